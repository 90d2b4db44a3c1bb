"""All passages of one generation with their vectors in a matrix: the input of every insight."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.vectors import Vectors
from semsearch.errors import TooLittle
from semsearch.insights.policy import DEFAULT_POLICY, ReadPolicy
from semsearch.settings.amounts import counted
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.disk.ids import Ids
from semsearch.store.locate import find_index
from semsearch.store.record.passages import StoredPassage
from semsearch.store.record.vectors import STORED_DTYPE, StoredVectors, unit_rows
from semsearch.store.snapshot import Snapshot, open_snapshot, withheld_notices

Steps = Callable[[str, int, int], None]  # progress: (name of the step, done, total)
Positions = npt.NDArray[np.int32]

BATCH: Final = DEFAULT_POLICY.reading.batch


@dataclass(frozen=True, slots=True, eq=False)
class PassageMatrix:
    """The passages of a generation, ordered by the bytes of the path, then by place.

    A passage is identified by its position in that order, a document by its position in ``paths``,
    which has the documents with passages only. ``stored`` (texts, dimension), float16, has a row
    for each text; ``vector_of`` (passages,) is the row of each passage's text. ``document_of``
    (passages,) is ascending. Passages whose text has no vector are left out.
    """

    snapshot: Snapshot
    paths: tuple[str, ...]
    document_of: Positions
    vector_of: Positions
    stored: StoredVectors
    _ids: Ids  # (passages,) ids of the passages in the record
    policy: ReadPolicy = DEFAULT_POLICY.reading

    @property
    def embedder(self) -> str:
        """The URI of the embedder that made the vectors."""
        return self.snapshot.generation.embedder.uri

    @property
    def notices(self) -> tuple[str, ...]:
        """Notices about damaged rows that were met so far."""
        return withheld_notices(self.snapshot)

    def vectors(self) -> Vectors:
        """The vectors of all texts, (texts, dimension) float32 unit rows: twice ``stored``."""
        whole = np.empty(self.stored.shape, dtype=np.float32)
        for first, rows in self.batches():
            whole[first : first + len(rows)] = rows
        return whole

    def batches(self, size: int = BATCH) -> Iterator[tuple[int, Vectors]]:
        """The vectors of all texts in batches: (first row, at most ``size`` rows)."""
        for first in range(0, len(self.stored), size):
            yield first, unit_rows(self.stored[first : first + size])

    def vectors_at(self, positions: Positions) -> Vectors:
        """The vectors of some passages, (n, dimension) float32 unit rows."""
        return unit_rows(self.stored[self.vector_of[positions]])

    def document_vectors(self) -> Vectors:
        """The mean vector of each document's passages, (documents, dimension) float32 unit rows."""
        sums = np.zeros((len(self.paths), self.stored.shape[1]), dtype=np.float32)
        size = self.policy.batch
        for first in range(0, len(self.vector_of), size):
            here = slice(first, first + size)
            documents, begins = np.unique(self.document_of[here], return_index=True)
            sums[documents] += np.add.reduceat(
                unit_rows(self.stored[self.vector_of[here]]), begins, axis=0
            )
        # Vectors that cancel each other out have no direction; such a row stays zero.
        sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        return sums

    def passages(
        self, positions: Iterable[int] | None = None
    ) -> Iterator[tuple[int, StoredPassage]]:
        """(position, passage) of some or all passages, in order, read lazily.

        A passage whose row is damaged is left out, and named in ``notices``.
        """
        wanted = range(len(self._ids)) if positions is None else sorted(set(map(int, positions)))
        size = self.policy.passages
        for start in range(0, len(wanted), size):
            some = wanted[start : start + size]
            ids = [int(self._ids[position]) for position in some]
            found = self.snapshot.view.passages.by_id(ids)
            for position, passage in zip(some, ids, strict=True):
                if passage in found:
                    yield position, found[passage]


@contextmanager
def open_passage_matrix(
    index: str | Path | None = None,
    *,
    settings: Settings | None = None,
    documents: int = 1,
    steps: Steps | None = None,
    policy: ReadPolicy = DEFAULT_POLICY.reading,
) -> Iterator[PassageMatrix]:
    """Read the vectors of the newest generation; passages can be read within the context.

    1,000,000 vectors of 1,024 dimensions take 2 GB. Raises ``SemsearchError``: ``TooLittle`` when
    fewer than ``documents`` documents have a passage with a vector.
    """
    with open_snapshot(find_index(run_settings(settings, index=index))) as snapshot:
        matrix = _read(snapshot, steps or silent, policy)
        if len(matrix.paths) < documents:
            raise TooLittle(
                f"the index in {snapshot.directory.path} has"
                f" {counted(len(matrix.paths), 'document')} with"
                f" text, and this takes {documents} or more; add some and run: semsearch index"
            )
        yield matrix


def _read(snapshot: Snapshot, steps: Steps, policy: ReadPolicy) -> PassageMatrix:
    documents = snapshot.view.documents.all()
    if len(documents) < snapshot.generation.documents:
        snapshot.view.withheld.add("a document")
    places = np.array(snapshot.view.passages.places(), dtype=np.int64).reshape(-1, 3)
    passage_ids, document_ids, texts = places.T
    known, stored = _stored(snapshot, np.unique(texts), steps, policy.batch)
    rank = {document.id: position for position, document in enumerate(documents)}
    # A document whose row is damaged has no path, so that its passages are left out.
    ranks = np.fromiter((rank.get(d, -1) for d in document_ids.tolist()), np.int64, len(texts))
    order = np.argsort(ranks, kind="stable")
    order = order[(ranks[order] >= 0) & np.isin(texts[order], known)]
    with_text, document_of = np.unique(ranks[order], return_inverse=True)
    return PassageMatrix(
        snapshot=snapshot,
        paths=tuple(documents[position].path for position in with_text),
        document_of=document_of.astype(np.int32),
        vector_of=np.searchsorted(known, texts[order]).astype(np.int32),
        stored=stored,
        _ids=passage_ids[order],
        policy=policy,
    )


def _stored(snapshot: Snapshot, texts: Ids, steps: Steps, batch: int) -> tuple[Ids, StoredVectors]:
    """Text ids, ascending, and their stored vectors, of the texts that have one."""
    embedder = snapshot.generation.embedder
    known = np.empty(len(texts), dtype=np.int64)
    stored = np.empty((len(texts), embedder.dimension or 0), dtype=STORED_DTYPE)
    count = 0
    for start in range(0, len(texts), batch):
        steps("reading vectors", start, len(texts))
        ids, rows = snapshot.view.vectors.stored(embedder, texts[start : start + batch])
        known[count : count + len(ids)] = ids
        stored[count : count + len(ids)] = rows
        count += len(ids)
    steps("reading vectors", len(texts), len(texts))
    return known[:count], stored[:count]


def silent(_step: str, _done: int, _total: int) -> None:
    """Show no progress."""
