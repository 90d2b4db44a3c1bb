"""Write the vectors of texts, of their sentences and of the probe texts, of one embedder row."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote

from semsearch.documents.passage import text_digest
from semsearch.embedders.vectors import Vectors
from semsearch.errors import DiskFull, EmbedderMismatch
from semsearch.store.disk.disk_space import Reserve
from semsearch.store.record.generations import StoredEmbedder, embedder_row
from semsearch.store.record.sentences import as_stored
from semsearch.store.record.sqlite import Connection, transaction
from semsearch.store.record.vectors import PROBE_DTYPE, STORED_DTYPE


class VectorRows:
    """Stores the vectors of ``embedder``, one transaction for each request."""

    def __init__(self, connection: Connection, index: Path) -> None:
        self._connection = connection
        self._index = index
        self.embedder: StoredEmbedder
        self._reserve: Reserve | None = None

    def take_reserve(self) -> None:
        """Reserve disk space for vectors that are paid for; raises ``DiskFull``."""
        self._reserve = Reserve(self._index)

    def give_up_reserve(self) -> None:
        """Free the reserved disk space."""
        if self._reserve is not None:
            self._reserve.give_up()

    def choose(self, uri: str, fresh: bool, committed: int | None, pending: int | None) -> None:
        """Choose the embedder row to store vectors under, or insert one.

        A fresh run takes ``pending``, the row of a stopped fresh run, or a new row. Any other run
        prefers the committed generation's row, then the latest with this URI, so that an embedder
        that is used again still has its vectors.
        """
        first, last = (pending, committed) if fresh else (committed, pending)
        row = embedder_row(self._connection, uri, first, last)
        if row is not None and (not fresh or row.id == pending):
            self.embedder = row
            return
        new = self._connection.execute("insert into embedder (uri) values (?)", (uri,)).lastrowid
        self.embedder = StoredEmbedder(int(new or 0), uri, None)

    def put(
        self,
        texts: Sequence[int],
        vectors: Vectors,
        parts: Sequence[int] | None = None,
        sentences: Sequence[Vectors] = (),
    ) -> None:
        """Store one unit row for each text id.

        ``parts`` is the number of parts that each text was split into, 1 by default. ``sentences``
        are the rows (n, dimension) of each text's sentences, n may be 0. Raises
        ``EmbedderMismatch`` when the dimension is not that of the index. Raises ``DiskFull`` when
        no space is left; the vectors are then stored in the reserved space if possible.
        """
        dimension = int(vectors.shape[1])
        if self.embedder.dimension not in (None, dimension):
            raise EmbedderMismatch(
                f"{self.embedder.uri} now gives vectors of {dimension} numbers, the index has"
                f" {self.embedder.dimension}; run: semsearch rebuild --fresh"
                f" --index {quote(str(self._index))}"
            )
        try:
            self._put(texts, vectors, parts or _whole(texts), sentences)
        except DiskFull:
            if self._reserve is None or not self._reserve.give_up():
                raise
            self._put(texts, vectors, parts or _whole(texts), sentences)
            raise  # these vectors are stored, but there is no space for more

    def put_titles(self, titles: Sequence[str], vectors: Vectors) -> None:
        """Store one unit row for each title of a document, as of a text that no passage has.

        Raises as ``put``.
        """
        with transaction(self._connection):
            texts = [text_id(self._connection, text_digest(title)) for title in titles]
        self.put(texts, vectors)

    def _put(
        self,
        texts: Sequence[int],
        vectors: Vectors,
        parts: Sequence[int],
        sentences: Sequence[Vectors],
    ) -> None:
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
                " where exists (select 1 from text where id = ?2)",  # may be forgotten by now
                (
                    (self.embedder.id, text, count, row.tobytes())
                    for text, row, count in zip(texts, stored, parts, strict=True)
                ),
            )
            self._connection.executemany(
                "insert or ignore into sentences (embedder, text, vectors, hash)"
                " select ?1, ?2, ?3, row_hash(?1, ?2, ?3)"
                " where exists (select 1 from text where id = ?2)",
                (
                    (self.embedder.id, text, as_stored(rows))
                    for text, rows in zip(texts, sentences, strict=False)
                    if len(rows)
                ),
            )
        self.embedder = replace(self.embedder, dimension=dimension)

    def put_probes(self, vectors: Vectors) -> None:
        """Store the vectors (n, dimension) of the probe texts, replacing earlier ones."""
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
        """Whether the embedder row has a vector of the text."""
        found = self._connection.execute(
            "select 1 from vector where embedder = ? and text = ?", (self.embedder.id, text)
        )
        return found.fetchone() is not None

    def drop_put_aside(self) -> None:
        """Within the caller's transaction: delete vectors that a fresh run has put aside.

        Vectors of a stopped fresh run are kept, as they are paid for.
        """
        self._connection.execute(
            "update pending set fresh = null where fresh = ?", (self.embedder.id,)
        )
        for table in ("vector", "sentences"):
            self._connection.execute(
                f"delete from {table} where embedder in (select id from embedder where uri = ?"
                " and id != ? and id not in (select embedder from generation)"
                " and id not in (select fresh from pending where fresh is not null))",
                (self.embedder.uri, self.embedder.id),
            )


def _whole(texts: Sequence[int]) -> Sequence[int]:
    return [1] * len(texts)


def text_id(connection: Connection, digest: bytes) -> int:
    """The id of the text with a digest, within the caller's transaction; inserted if it is new."""
    known = connection.execute("select id from text where digest = ?", (digest,)).fetchone()
    if known is None:
        known = connection.execute(
            "insert into text (digest) values (?) returning id", (digest,)
        ).fetchone()
    return int(known[0])
