"""Batch sizes and thresholds of the insights, as values that a caller may replace.

The defaults are measured on large indexes; tests pass smaller ones, so that a few vectors take the
paths of millions.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SketchPolicy:
    """How sketches and their cells are learned; all in rows."""

    sample: int = 20_000  # that directions and centres are learned from
    single_cell: int = 500  # at most so many are not divided into cells


@dataclass(frozen=True, slots=True)
class PairPolicy:
    """How many comparisons of near-pair search are made at once."""

    rows: int = 512  # of a block of sketches that is compared
    columns: int = 4_096  # with a block of so many
    pairs: int = 10_000  # whose exact cosines are computed
    sketches: SketchPolicy = SketchPolicy()


@dataclass(frozen=True, slots=True)
class OutlierPolicy:
    """How outliers are searched; all in rows."""

    cells_from: int = 10_000  # with more, rows are compared within their cells first
    block: int = 2_000  # of a block that is compared with another one
    sketches: SketchPolicy = SketchPolicy()


@dataclass(frozen=True, slots=True)
class RelatedPolicy:
    """How related documents are searched."""

    passages: int = 40  # of the document, evenly spaced, whose neighbours are searched
    nearest: int = 100  # texts for each of them


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """How much of an index is in memory at once."""

    batch: int = 10_000  # rows that are float32 at once: 40 MB at 1,024 dimensions
    passages: int = 1_000  # passages that are read from the record at once


@dataclass(frozen=True, slots=True)
class KMeansPolicy:
    """How k-means is run."""

    sample: int = 50_000  # rows that centres are computed from; of more rows, a sample is drawn


@dataclass(frozen=True, slots=True)
class InsightPolicy:
    """The policies of all insights."""

    pairs: PairPolicy = PairPolicy()
    outliers: OutlierPolicy = OutlierPolicy()
    related: RelatedPolicy = RelatedPolicy()
    reading: ReadPolicy = ReadPolicy()
    kmeans: KMeansPolicy = KMeansPolicy()


DEFAULT_POLICY: Final = InsightPolicy()
