"""A collection in a PostgreSQL database with pgvector.

The collection is a schema of the database. A reader needs of the rights on it

    grant connect on database DATABASE to READER;
    grant usage on schema NAME to READER;
    grant select on all tables in schema NAME to READER;
    alter default privileges for role PUBLISHER in schema NAME grant select on tables to READER;

and nothing else. A publisher owns the schema (``create schema NAME authorization PUBLISHER``, or
``grant create on database DATABASE to PUBLISHER`` and it makes the schema itself); several
publishers are members of the role that owns it. pgvector is made by an administrator, once
(``create extension vector``), or by a publisher who may create in the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.store.collection.engine import ORDINAL_BITS, NewTexts
from semsearch.store.collection.engines.postgresql import copy_format, schema, vector_index
from semsearch.store.collection.engines.postgresql.blobs import ManifestsAndBlobs
from semsearch.store.collection.engines.postgresql.connections import Connections, Transaction
from semsearch.store.collection.engines.postgresql.policy import DEFAULT_POLICY, PostgresqlPolicy
from semsearch.store.collection.engines.postgresql.schema import Surroundings
from semsearch.store.collection.uri import CollectionUri
from semsearch.store.disk.ids import Ids
from semsearch.store.record.vectors import unit_rows

if TYPE_CHECKING:
    from semsearch.settings.schema import Settings
    from semsearch.store.record.vectors import StoredVectors

_MORE: Final = 10  # are fetched and ordered by cosines in single precision: 1 in 10, and so many


class PostgresqlEngine(ManifestsAndBlobs):
    """A collection in a schema of PostgreSQL; see ``Engine``.

    Vectors of more than 4,000 numbers have no index: a search compares all of them.
    """

    def __init__(
        self, uri: CollectionUri, settings: "Settings", policy: PostgresqlPolicy = DEFAULT_POLICY
    ) -> None:
        self._place = str(replace(uri, source=None))
        self._name = uri.name
        self._policy = policy
        self._connections = Connections(uri.address, self._place, settings, policy)
        self._around = self._look_around()

    @property
    def place(self) -> str:
        """The address and the name of the collection for a person, without any secret."""
        return self._place

    @property
    def version(self) -> str:
        """The server and pgvector with their versions."""
        return self._around.version

    def prepare(self, dimension: int) -> None:
        """Make the extension, the schema and its tables where they are not there.

        Raises ``EmbedderMismatch`` where its vectors have another length.
        """
        self._connections.write(
            lambda transaction: schema.make(transaction, self._name, self._place, dimension)
        )
        self._look_around()

    def put_texts(self, texts: NewTexts) -> None:
        """Keep texts, all of them or none; a text with the same key is replaced."""
        if not len(texts.keys):
            return
        vectors = copy_format.vector_rows(texts.keys, texts.vectors)
        bodies = copy_format.text_rows(texts)
        segments = np.unique(texts.keys >> ORDINAL_BITS).tolist()

        def work(transaction: Transaction) -> None:
            vector_index.lock(transaction, self._name, is_shared=True)
            transaction.run("delete from segment_size where segment = any(%s)", (segments,))
            if transaction.rows(
                "select 1 from text_vector where key between %s and %s limit 1",
                (int(texts.keys[0]), int(texts.keys[-1])),
            ):
                keys = texts.keys.tolist()
                for table in ("text_vector", "text_body"):
                    transaction.run(f"delete from {table} where key = any(%s)", (keys,))
            transaction.copy("text_vector", vectors)
            transaction.copy("text_body", bodies)

        self._connections.write(work)

    def delete_segments(self, segments: Sequence[int]) -> None:
        """Remove all texts of some segments."""

        def work(transaction: Transaction) -> None:
            vector_index.lock(transaction, self._name, is_shared=True)
            transaction.run("delete from segment_size where segment = any(%s)", (list(segments),))
            for segment in segments:
                for table in ("text_vector", "text_body"):
                    transaction.run(
                        f"delete from {table} where key between %s and %s", _keys_of(segment)
                    )

        self._connections.write(work)

    def count_texts(self, segment: int) -> int:
        """The number of texts of a segment."""
        statement = "select count(*) from text_vector where key between %s and %s"
        rows = self._connections.read(
            lambda transaction: transaction.rows(statement, _keys_of(segment))
        )
        return int(rows[0][0])

    def nearest(
        self,
        vector: Vectors,
        count: int,
        segments: Sequence[int],
        among: Ids | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[int, float]]:
        """The ``count`` nearest texts of some segments as (key, cosine), best first."""
        if count < 1 or not segments or (among is not None and not len(among)):
            return []
        question = vector_index.Question(vector, count + count // 10 + _MORE, sorted(set(segments)))
        self._dimension()  # and the schema of pgvector, if it was made since
        rows = self._connections.read(
            lambda transaction: vector_index.nearest(
                transaction, question, among, exact, self._policy
            )
        )
        if not rows:
            return []
        keys = np.array([key for key, _ in rows], dtype=np.int64)
        stored = copy_format.vectors_of([halves for _, halves in rows], len(vector))
        cosines = np.vecdot(unit_rows(stored), vector.astype(np.float32))
        best = np.lexsort((keys, -cosines))[:count]
        return list(zip(keys[best].tolist(), cosines[best].tolist(), strict=True))

    def vectors(self, keys: Ids) -> "tuple[Ids, StoredVectors]":
        """Keys, ascending, and vectors (n, dimension) of some texts, of those that are there."""
        dimension = self._dimension()
        rows = self._of_keys("select key, vector from text_vector where {keys} order by key", keys)
        found: Ids = np.array([key for key, _ in rows], dtype=np.int64)
        return found, copy_format.vectors_of([halves for _, halves in rows], dimension)

    def sentences(self, keys: Ids) -> Mapping[int, bytes]:
        """The vectors of the sentences of some texts, by key, of those that have any."""
        return dict(
            self._of_keys(
                "select key, sentences from text_body where {keys} and sentences is not null", keys
            )
        )

    def places(self, keys: Ids) -> Mapping[int, bytes]:
        """Where some texts stand, by key."""
        return dict(self._of_keys("select key, places from text_body where {keys}", keys))

    def bodies(self, keys: Ids) -> Mapping[int, str]:
        """The texts, by key."""
        rows = self._of_keys("select key, body from text_body where {keys}", keys)
        return {key: body.decode() for key, body in rows}

    def finish(self, segments: Sequence[int]) -> None:
        """Make the index over the vectors if there are enough, or anew if there are many more."""
        vector_index.make_index(self._connections, self._name, segments, self._policy)

    def close(self) -> None:
        """Close connections."""
        self._connections.close()

    def _of_keys(self, statement: str, keys: Ids) -> list[tuple[Any, ...]]:
        condition = "key = any(%s::bigint[])"
        return self._connections.read(
            lambda transaction: transaction.rows(statement.format(keys=condition), (keys.tolist(),))
        )

    def _dimension(self) -> int:
        if self._around.dimension is None:
            self._look_around()
        return self._around.dimension or 0

    def _look_around(self) -> Surroundings:
        """Read versions, rights and the format anew; raises what ``schema.look_around`` does."""
        self._around = self._connections.read(
            lambda transaction: schema.look_around(transaction, self._name, self._place)
        )
        self._connections.search_path = self._around.search_path(self._name)
        return self._around


def _keys_of(segment: int) -> tuple[int, int]:
    """The first and the last key that a text of a segment can have."""
    return segment << ORDINAL_BITS, (segment + 1 << ORDINAL_BITS) - 1
