"""The vectors that an index is given: those of an epoch's texts, and its canaries."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote

from semsearch.embedders.embedder import Vectors
from semsearch.errors import DiskFull, EmbedderMismatch
from semsearch.store.disk.disk_space import Reserve
from semsearch.store.record.generations import StoredEmbedder, embedder_row
from semsearch.store.record.sqlite import Connection, transaction
from semsearch.store.record.vectors import PROBE_DTYPE, STORED_DTYPE


class VectorRows:
    """The rows of ``embedder``, stored request by request."""

    def __init__(self, connection: Connection, index: Path) -> None:
        self._connection = connection
        self._index = index
        self.embedder: StoredEmbedder
        self._reserve: Reserve | None = None

    def take_reserve(self) -> None:
        """Take space that gives way to what is paid for; raises ``DiskFull`` where none is."""
        self._reserve = Reserve(self._index)

    def give_up_reserve(self) -> None:
        """Give back the space that was taken for what is paid for."""
        if self._reserve is not None:
            self._reserve.give_up()

    def choose(self, uri: str, fresh: bool, committed: int | None, pending: int | None) -> None:
        """Take the row to make vectors for; ``pending`` is that of a fresh run which was stopped.

        Else it is the committed generation's, else the latest: an embedder that was left and is
        taken again has its vectors still.
        """
        first, last = (pending, committed) if fresh else (committed, pending)
        row = embedder_row(self._connection, uri, first, last)
        if row is not None and (not fresh or row.id == pending):
            self.embedder = row
            return
        new = self._connection.execute("insert into embedder (uri) values (?)", (uri,)).lastrowid
        self.embedder = StoredEmbedder(int(new or 0), uri, None)

    def put(
        self, texts: Sequence[int], vectors: Vectors, parts: Sequence[int] | None = None
    ) -> None:
        """Store one unit row for each text id.

        ``parts`` is what each text was split into to embed it; without it all went whole. Raises
        ``EmbedderMismatch`` when the rows are longer or shorter than the index's, and ``DiskFull``
        when these, which are kept if there is any way, leave no room for more.
        """
        dimension = int(vectors.shape[1])
        if self.embedder.dimension not in (None, dimension):
            raise EmbedderMismatch(
                f"{self.embedder.uri} now gives vectors of {dimension} numbers, the index has"
                f" {self.embedder.dimension}; run: semsearch rebuild --fresh"
                f" --index {quote(str(self._index))}"
            )
        try:
            self._put(texts, vectors, parts or _whole(texts))
        except DiskFull:
            if self._reserve is None or not self._reserve.give_up():
                raise
            self._put(texts, vectors, parts or _whole(texts))
            raise  # they are kept, and there is no room for more

    def _put(self, texts: Sequence[int], vectors: Vectors, parts: Sequence[int]) -> None:
        dimension = int(vectors.shape[1])
        stored = vectors.astype(STORED_DTYPE)
        with transaction(self._connection):
            if self.embedder.dimension is None:
                self._connection.execute(
                    "update embedder set dimension = ? where id = ?", (dimension, self.embedder.id)
                )
            self._connection.executemany(
                "insert or ignore into vector (embedder, text, parts, vector, hash)"
                " select ?1, ?2, ?3, ?4, row_hash(?1, ?2, ?3, ?4)"
                " where exists (select 1 from text where id = ?2)",  # it may be forgotten by now
                (
                    (self.embedder.id, text, count, row.tobytes())
                    for text, row, count in zip(texts, stored, parts, strict=True)
                ),
            )
        self.embedder = replace(self.embedder, dimension=dimension)

    def put_probes(self, vectors: Vectors) -> None:
        """Keep the vectors (n, dimension) of the embedder's canaries, in place of those it had."""
        with transaction(self._connection):
            self._connection.execute("delete from canary where embedder = ?", (self.embedder.id,))
            self._connection.executemany(
                "insert into canary values (?1, ?2, ?3, row_hash(?1, ?2, ?3))",
                (
                    (self.embedder.id, ordinal, row.astype(PROBE_DTYPE).tobytes())
                    for ordinal, row in enumerate(vectors)
                ),
            )

    def has(self, text: int) -> bool:
        """True when the epoch has a vector of the text."""
        found = self._connection.execute(
            "select 1 from vector where embedder = ? and text = ?", (self.embedder.id, text)
        )
        return found.fetchone() is not None

    def drop_put_aside(self) -> None:
        """Within the caller's transaction: drop the epochs that a fresh run has put aside.

        But not what a stopped one has made, which is paid for.
        """
        self._connection.execute(
            "update pending set fresh = null where fresh = ?", (self.embedder.id,)
        )
        self._connection.execute(
            "delete from vector where embedder in (select id from embedder where uri = ?"
            " and id != ? and id not in (select embedder from generation)"
            " and id not in (select fresh from pending where fresh is not null))",
            (self.embedder.uri, self.embedder.id),
        )


def _whole(texts: Sequence[int]) -> Sequence[int]:
    return [1] * len(texts)
