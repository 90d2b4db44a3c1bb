"""What stands in an index more than once, word for word or nearly: passages and documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from semsearch.documents.passage import Location
from semsearch.errors import SettingsError
from semsearch.insights.near_pairs import linked
from semsearch.insights.overlaps import overlapping
from semsearch.insights.passage_matrix import (
    BATCH,
    Material,
    Positions,
    Steps,
    open_material,
    silent,
)
from semsearch.settings.schema import Settings

# A passage of which every twentieth word was exchanged keeps a cosine of 0.977 (median of 60,
# local:minilm), one of which every tenth was 0.948; of 7,820 passages of different abstracts two
# are so near each other.
MIN_SIMILARITY: Final = 0.95
MIN_SHARE: Final = 0.5
_LOWEST: Final = 0.5  # below which nearly all texts of some embedders are alike


@dataclass(frozen=True, slots=True)
class Copy:
    """A place of a group; ``similarity`` is the cosine to its first one.

    By way of others it may be in the group with less than was asked for.
    """

    location: Location
    similarity: float
    is_same: bool  # text as the group's first

    def to_dict(self) -> dict[str, Any]:
        """The copy as JSON names and values."""
        return {
            **self.location.to_dict(),
            "similarity": self.similarity,
            "same": self.is_same,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Passages that are alike, by path and place; ``text`` is the first one's."""

    text: str
    copies: tuple[Copy, ...]

    def to_dict(self) -> dict[str, Any]:
        """The text and its copies as JSON names and values."""
        return {"text": self.text, "copies": [copy.to_dict() for copy in self.copies]}


@dataclass(frozen=True, slots=True)
class DocumentCopy:
    """A document of a group, and the other one that has most of its passages as well."""

    path: str
    passages: int
    share: float  # of them that are in the other one, too
    other: str

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON names and values."""
        return {
            "path": self.path,
            "passages": self.passages,
            "share": self.share,
            "other": self.other,
        }


@dataclass(frozen=True, slots=True)
class Duplicates:
    """``passages`` in groups, the largest first, and ``documents`` in groups, by their paths."""

    index: Path
    generation: int
    embedder: str
    min_similarity: float
    min_share: float
    passages: tuple[Group, ...]
    documents: tuple[tuple[DocumentCopy, ...], ...]
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """All groups as JSON names and values."""
        return {
            "index": str(self.index),
            "generation": self.generation,
            "embedder": self.embedder,
            "min_similarity": self.min_similarity,
            "min_share": self.min_share,
            "documents": [[copy.to_dict() for copy in group] for group in self.documents],
            "passages": [group.to_dict() for group in self.passages],
        }

    def __bool__(self) -> bool:
        return bool(self.passages)


def duplicates(
    index: str | Path | None = None,
    *,
    min_similarity: float = MIN_SIMILARITY,
    min_share: float = MIN_SHARE,
    across_documents: bool = False,
    settings: Settings | None = None,
    steps: Steps | None = None,
) -> Duplicates:
    """Find what is alike in an index; calls no embedder.

    A group of passages is what a chain of pairs links whose cosine is ``min_similarity`` (0.5 to 1)
    or more; all such pairs are found. With ``across_documents`` two passages of one document are
    no pair. A group of documents is linked by pairs of which one has ``min_share`` of its passages
    in the other, or the like of them. Raises ``SemsearchError``.
    """
    if not _LOWEST <= min_similarity <= 1:
        raise SettingsError(f"the least similarity must be from {_LOWEST} to 1")
    if not 0 < min_share <= 1:
        raise SettingsError("the least share must be above 0, and at most 1")
    with open_material(index, settings=settings, steps=steps) as material:
        apart = _own_document(material) if across_documents else None
        of_texts = linked(material, min_similarity, steps or silent, apart=apart)
        labels = of_texts[material.vector_of]
        return Duplicates(
            index=material.snapshot.directory.path,
            generation=material.snapshot.generation.number,
            embedder=material.embedder,
            min_similarity=min_similarity,
            min_share=min_share,
            passages=tuple(_groups(material, labels, across_documents)),
            documents=tuple(_document_groups(material, labels, min_share)),
            notices=material.notices,
        )


def _own_document(material: Material) -> Positions:
    """For each text the only document that it stands in, or -1."""
    first = np.full(len(material.stored), len(material.paths), dtype=np.int32)
    last = np.full(len(material.stored), -1, dtype=np.int32)
    np.minimum.at(first, material.vector_of, material.document_of)
    np.maximum.at(last, material.vector_of, material.document_of)
    return np.where(first == last, first, -1).astype(np.int32)


def _groups(material: Material, labels: Positions, across_documents: bool) -> Iterator[Group]:
    order = np.argsort(labels, kind="stable").astype(np.int32)
    places = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    places = [some for some in places if len(some) > 1]
    if across_documents:
        places = [some for some in places if len(np.unique(material.document_of[some])) > 1]
    if not places:
        return
    places.sort(key=lambda some: (-len(some), some[0]))
    firsts = np.repeat(np.array([some[0] for some in places]), [len(some) for some in places])
    every = np.concatenate(places)
    similarities = dict(zip(every.tolist(), _cosines(material, firsts, every), strict=True))
    found = dict(material.passages(every))
    for some in places:
        whole = [(position, found[position]) for position in some.tolist() if position in found]
        if len(whole) < 2:
            continue
        _, first = whole[0]
        yield Group(
            first.body,
            tuple(
                Copy(passage.location, similarities[position], passage.text == first.text)
                for position, passage in whole
            ),
        )


def _cosines(material: Material, one: Positions, other: Positions) -> list[float]:
    found: list[float] = []
    for start in range(0, len(one), BATCH):
        here = slice(start, start + BATCH)
        left, right = material.vectors_at(one[here]), material.vectors_at(other[here])
        found += np.minimum(np.einsum("ij,ij->i", left, right), 1).tolist()
    return found


def _document_groups(
    material: Material, labels: Positions, min_share: float
) -> Iterator[tuple[DocumentCopy, ...]]:
    totals = np.bincount(material.document_of)
    for group in overlapping(material.document_of, labels, min_share):
        yield tuple(
            DocumentCopy(
                path=material.paths[overlap.document],
                passages=int(totals[overlap.document]),
                share=overlap.share,
                other=material.paths[overlap.other],
            )
            for overlap in group
        )
