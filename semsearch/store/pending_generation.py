"""The generation to come as a run would find it, opened for reading."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from semsearch.errors import IndexMissing
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.connection import open_to_read
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.generations import (
    Generation,
    StoredEmbedder,
    embedder_row,
    last_generation,
    relative_corpus,
)
from semsearch.store.record.sqlite import Connection
from semsearch.store.record.view import View

_AT_ONCE = 500  # values of one statement


@dataclass(frozen=True, slots=True)
class Coming:
    """``view`` shows what the last generation or a stopped run has; None when there is neither."""

    number: int
    committed: Generation | None
    embedder: StoredEmbedder | None
    view: View | None
    _connection: Connection | None

    def documents(self) -> Sequence[StoredDocument]:
        """Every file of the corpus that is known."""
        return self.view.documents.all() if self.view else ()

    def without_vector(self, digests: Sequence[bytes]) -> set[bytes]:
        """Those of some texts, by their digests, that have still to be embedded."""
        missing = set(digests)
        if self._connection is None or self.embedder is None:
            return missing
        for start in range(0, len(digests), _AT_ONCE):
            some = digests[start : start + _AT_ONCE]
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


@contextmanager
def open_coming(
    directory: IndexDirectory, corpus: Path, uri: str, chunking: str, *, fresh: bool
) -> Iterator[Coming]:
    """Open it for a run of this folder, embedder and these cuts; writes nothing."""
    if not directory.record.exists():
        yield Coming(1, None, None, None, None)
        return
    try:
        with open_to_read(directory.record) as connection:
            yield _coming(connection, directory, corpus, uri, chunking, fresh=fresh)
    except IndexMissing:  # a first run was stopped before it had made the tables
        yield Coming(1, None, None, None, None)


def _coming(
    connection: Connection,
    directory: IndexDirectory,
    corpus: Path,
    uri: str,
    chunking: str,
    *,
    fresh: bool,
) -> Coming:
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
        embedder = None  # its vectors are put aside
    return Coming(
        number,
        committed,
        embedder,
        View(connection, number if goes_on else number - 1),
        connection,
    )
