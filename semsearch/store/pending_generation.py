"""The generation to come, opened for reading, as the next run will find it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from semsearch.errors import IndexMissing
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.connection import open_to_read
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.generation_scope import BATCH
from semsearch.store.record.generations import (
    Generation,
    StoredEmbedder,
    embedder_row,
    last_generation,
    relative_corpus,
)
from semsearch.store.record.sqlite import Connection
from semsearch.store.record.view import View


@dataclass(frozen=True, slots=True)
class PendingGeneration:
    """The generation that the next run will make; ``view`` has the rows that it starts from.

    These are the rows of the last generation, or of a stopped run; None if there is neither.
    """

    number: int
    committed: Generation | None
    embedder: StoredEmbedder | None
    view: View | None
    _connection: Connection | None

    def documents(self) -> Sequence[StoredDocument]:
        """Every known document."""
        return self.view.documents.all() if self.view else ()

    def committed_documents(self) -> Sequence[StoredDocument]:
        """The documents of the last generation."""
        if self._connection is None or self.committed is None:
            return ()
        return View(self._connection, self.committed.number).documents.all()

    def without_vector(self, digests: Sequence[bytes]) -> set[bytes]:
        """The digests of texts that have still to be embedded."""
        missing = set(digests)
        if self._connection is None or self.embedder is None:
            return missing
        for start in range(0, len(digests), BATCH):
            some = digests[start : start + BATCH]
            marks = ", ".join("?" * len(some))
            missing -= {
                digest
                for (digest,) in self._connection.execute(
                    f"select digest from text join vector on vector.text = text.id"
                    f" where embedder = ? and digest in ({marks})",
                    (self.embedder.id, *some),
                )
            }
        return missing


def stopped_embedder(directory: IndexDirectory) -> str | None:
    """Return the URI of the last embedder of an index in which no run has ended yet."""
    if not directory.record.exists():
        return None
    try:
        with open_to_read(directory.record) as connection:
            row = connection.execute("select uri from embedder order by id desc limit 1").fetchone()
    except IndexMissing:  # it was stopped before it had made the tables
        return None
    return None if row is None else str(row[0])


@contextmanager
def open_pending(
    directory: IndexDirectory, corpus: Path, uri: str, chunking: str, *, fresh: bool
) -> Iterator[PendingGeneration]:
    """Open it for a run of this folder, embedder and chunking profile; writes nothing."""
    if not directory.record.exists():
        yield PendingGeneration(1, None, None, None, None)
        return
    try:
        with open_to_read(directory.record) as connection:
            yield _pending(connection, directory, corpus, uri, chunking, fresh=fresh)
    except IndexMissing:  # a first run was stopped before it had made the tables
        yield PendingGeneration(1, None, None, None, None)


def _pending(
    connection: Connection,
    directory: IndexDirectory,
    corpus: Path,
    uri: str,
    chunking: str,
    *,
    fresh: bool,
) -> PendingGeneration:
    committed = last_generation(connection)
    number = committed.number + 1 if committed else 1
    pending = connection.execute("select corpus, chunking, fresh from pending").fetchone()
    relative = relative_corpus(corpus, directory.path)
    goes_on = pending is not None and pending[:2] == (relative, chunking)
    stopped = pending[2] if pending else None
    of_committed = committed.embedder.id if committed else None
    first, last = (stopped, of_committed) if fresh else (of_committed, stopped)
    embedder = embedder_row(connection, uri, first, last)
    if fresh and (embedder is None or embedder.id != stopped):
        embedder = None  # a fresh run makes its vectors anew
    return PendingGeneration(
        number,
        committed,
        embedder,
        View(connection, number if goes_on else number - 1),
        connection,
    )
