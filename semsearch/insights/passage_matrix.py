"""All passages of one generation with their vectors: what every insight is made of."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.embedder import Vectors
from semsearch.errors import TooLittle
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.disk.ids import Ids
from semsearch.store.locate import find_index
from semsearch.store.record.passages import StoredPassage
from semsearch.store.record.vectors import STORED_DTYPE, StoredVectors, unit_rows
from semsearch.store.snapshot import Snapshot, open_snapshot, withheld_notices

Steps = Callable[[str, int, int], None]  # what is being done, how much of it, of how much
Positions = npt.NDArray[np.int32]

BATCH: Final = 10_000  # rows that are float32 at once: 40 MB of 1,024 numbers
_PASSAGES: Final = 1_000  # that are read at once


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """The passages of a generation in a fixed order: by the bytes of the path, then by place.

    A passage is known by its position in that order, a document by its position in ``paths``: those
    that have a passage. A text is stored once, however many passages have it: ``vector_of``
    (passages,) is the row of each passage's text in ``stored`` (texts, dimension), float16;
    ``document_of`` (passages,) is ascending. A text without a vector is left out with its passages.
    """

    snapshot: Snapshot
    paths: tuple[str, ...]
    document_of: Positions
    vector_of: Positions
    stored: StoredVectors
    _ids: Ids  # (passages,) of their rows in the record

    @property
    def embedder(self) -> str:
        """The URI of the embedder whose vectors they are."""
        return self.snapshot.generation.embedder.uri

    @property
    def notices(self) -> tuple[str, ...]:
        """What is to be said of damaged rows that were met so far."""
        return withheld_notices(self.snapshot)

    def vectors(self) -> Vectors:
        """The vectors of all texts, (texts, dimension) float32, unit rows: twice ``stored``."""
        whole = np.empty(self.stored.shape, dtype=np.float32)
        for first, rows in self.batches():
            whole[first : first + len(rows)] = rows
        return whole

    def batches(self, size: int = BATCH) -> Iterator[tuple[int, Vectors]]:
        """The same by and by: (the first row, at most ``size`` rows)."""
        for first in range(0, len(self.stored), size):
            yield first, unit_rows(self.stored[first : first + size])

    def vectors_at(self, positions: Positions) -> Vectors:
        """The vectors of some passages, (n, dimension) float32, unit rows."""
        return unit_rows(self.stored[self.vector_of[positions]])

    def document_vectors(self) -> Vectors:
        """(documents, dimension) float32, unit rows: the mean of each one's passages."""
        sums = np.zeros((len(self.paths), self.stored.shape[1]), dtype=np.float32)
        for first in range(0, len(self.vector_of), BATCH):
            here = slice(first, first + BATCH)
            documents, begins = np.unique(self.document_of[here], return_index=True)
            sums[documents] += np.add.reduceat(
                unit_rows(self.stored[self.vector_of[here]]), begins, axis=0
            )
        # Vectors that take each other out have no mean; such a row stays zero.
        sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        return sums

    def passages(
        self, positions: Iterable[int] | None = None
    ) -> Iterator[tuple[int, StoredPassage]]:
        """(position, passage) of some, or of all, read as they are asked for, in their order.

        One whose row is damaged is left out, and told in ``notices``. ``body`` is its text without
        its context.
        """
        wanted = range(len(self._ids)) if positions is None else sorted(set(map(int, positions)))
        for start in range(0, len(wanted), _PASSAGES):
            some = wanted[start : start + _PASSAGES]
            ids = [int(self._ids[position]) for position in some]
            found = self.snapshot.view.passages.by_id(ids)
            for position, passage in zip(some, ids, strict=True):
                if passage in found:
                    yield position, found[passage]


@contextmanager
def open_material(
    index: str | Path | None = None,
    *,
    settings: Settings | None = None,
    documents: int = 1,
    steps: Steps | None = None,
) -> Iterator[Material]:
    """Read the vectors of the newest generation; its passages can be read until this is closed.

    Of 1,000,000 vectors of 1,024 numbers they take 2 GB. Raises ``SemsearchError``: ``TooLittle``
    where fewer than ``documents`` have a passage with a vector.
    """
    with open_snapshot(find_index(run_settings(settings, index=index))) as snapshot:
        material = _read(snapshot, steps or silent)
        if len(material.paths) < documents:
            raise TooLittle(
                f"the index in {snapshot.directory.path} has {len(material.paths)} documents with"
                f" text, and this takes {documents} or more; add some and run: semsearch index"
            )
        yield material


def _read(snapshot: Snapshot, steps: Steps) -> Material:
    documents = snapshot.view.documents.all()
    if len(documents) < snapshot.generation.documents:
        snapshot.view.withheld.add("a document")
    places = np.array(snapshot.view.passages.places(), dtype=np.int64).reshape(-1, 3)
    passage_ids, document_ids, texts = places.T
    known, stored = _stored(snapshot, np.unique(texts), steps)
    rank = {document.id: position for position, document in enumerate(documents)}
    # A document whose row is damaged has no path; its passages cannot be shown.
    ranks = np.fromiter((rank.get(d, -1) for d in document_ids.tolist()), np.int64, len(texts))
    order = np.argsort(ranks, kind="stable")
    order = order[(ranks[order] >= 0) & np.isin(texts[order], known)]
    with_text, document_of = np.unique(ranks[order], return_inverse=True)
    return Material(
        snapshot=snapshot,
        paths=tuple(documents[position].path for position in with_text),
        document_of=document_of.astype(np.int32),
        vector_of=np.searchsorted(known, texts[order]).astype(np.int32),
        stored=stored,
        _ids=passage_ids[order],
    )


def _stored(snapshot: Snapshot, texts: Ids, steps: Steps) -> tuple[Ids, StoredVectors]:
    """Text ids, ascending, and their vectors; none for a text without."""
    embedder = snapshot.generation.embedder
    known = np.empty(len(texts), dtype=np.int64)
    stored = np.empty((len(texts), embedder.dimension or 0), dtype=STORED_DTYPE)
    count = 0
    for start in range(0, len(texts), BATCH):
        steps("reading vectors", start, len(texts))
        ids, rows = snapshot.view.vectors.stored(embedder, texts[start : start + BATCH])
        known[count : count + len(ids)] = ids
        stored[count : count + len(ids)] = rows
        count += len(ids)
    steps("reading vectors", len(texts), len(texts))
    return known[:count], stored[:count]


def silent(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""
