"""The tables of a collection in PostgreSQL: what they are, their making, and whose a schema is."""

from dataclasses import dataclass
from typing import Final

from semsearch.errors import EmbedderMismatch, EngineRefused, IndexTooNew
from semsearch.store.collection.engines.postgresql.connections import Transaction

FORMAT: Final = 1
_OLDEST_SERVER: Final = 13_00_00  # as the server counts: 18.6 is 180006
_OLDEST_PGVECTOR: Final = (
    0,
    8,
)  # halfvec came with 0.7, scans that go on until enough is found 0.8
_LONGEST_PLAIN: Final = 4_000  # numbers of a halfvec that fit into a page of 8 KB with their row
LONGEST_INDEXED: Final = 4_000  # of pgvector's indexes over halfvec

# A vector is beside its key alone, so that a scan reads little else, and in the row itself: a
# vector of more than 1,000 numbers would be put aside otherwise. What is in segment_size is known
# of segments that are whole.
_TABLES: Final = (
    """create table {name}.semsearch_format (
        only_row boolean primary key default true check (only_row), version integer not null,
        dimension integer not null, index_name text, lists integer, probes integer, indexed bigint
    )""",
    'create table {name}.manifest (source text collate "C" primary key, manifest bytea not null)',
    'create table {name}.blob (name text collate "C" primary key, value bytea not null)',
    "alter table {name}.blob alter column value set storage external",  # they are compressed
    """create table {name}.text_vector (
        key bigint primary key, segment integer not null, vector halfvec({dimension}) not null
    )""",
    "alter table {name}.text_vector alter column vector set storage {storage}",
    """create table {name}.text_body (
        key bigint primary key, sentences bytea, places bytea not null, body bytea not null
    )""",  # no text: it cannot hold U+0000
    "alter table {name}.text_body alter column sentences set storage external",
    "create table {name}.segment_size (segment integer primary key, texts bigint not null)",
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a collection finds on a server.

    pgvector: the version and the schema of the extension; None where it is not made.
    has_tables, dimension: whether the collection is there, and the length of its vectors.
    """

    server: str
    pgvector: str | None
    extension_schema: str | None
    has_tables: bool
    dimension: int | None

    @property
    def version(self) -> str:
        """The server and pgvector for a person."""
        return f"{self.server}, " + (
            f"pgvector {self.pgvector}" if self.pgvector else "no pgvector"
        )

    def search_path(self, name: str) -> str:
        """The schemas of unqualified names, those of the server before all others."""
        return ", ".join(
            f'"{schema.replace(chr(34), 2 * chr(34))}"'
            for schema in ("pg_catalog", name, self.extension_schema)
            if schema
        )


def look_around(transaction: Transaction, name: str, place: str) -> Surroundings:
    """Read what is there, and refuse versions and schemas that cannot be worked with.

    Raises ``EngineRefused`` and ``IndexTooNew``.
    """
    info = transaction.connection.info
    server = f"PostgreSQL {info.parameter_status('server_version') or info.server_version}"
    if info.server_version < _OLDEST_SERVER:
        raise EngineRefused(f"{place} is {server}; collections need PostgreSQL 13 or later")
    extension = transaction.rows(
        "select extversion, nspname::text from pg_extension join pg_namespace on"
        " pg_namespace.oid = extnamespace where extname = 'vector'"
    )
    pgvector, extension_schema = extension[0] if extension else (None, None)
    if pgvector and _numbers(pgvector) < _OLDEST_PGVECTOR:
        raise EngineRefused(
            f"{place} has pgvector {pgvector}; collections need 0.8 or later: install it on the"
            " server, then have an administrator run: alter extension vector update"
        )
    found = dict(
        transaction.rows(
            "select relname::text, relkind::text from pg_class join pg_namespace on"
            " pg_namespace.oid = relnamespace where nspname = %s and relkind in"
            " ('r', 'p', 'v', 'm', 'f')",
            (name,),
        )
    )
    dimension = _dimension(transaction, name, place) if "semsearch_format" in found else None
    if found and dimension is None:
        raise EngineRefused(
            f"{place}: the schema {name} has tables of something else; name another schema after"
            " the # of the URI"
        )
    return Surroundings(server.split(" (")[0], pgvector, extension_schema, bool(found), dimension)


def make(transaction: Transaction, name: str, place: str, dimension: int) -> None:
    """Make the extension, the schema and its tables where they are not there.

    Raises ``EmbedderMismatch``, and the errors of ``look_around``.
    """
    transaction.rows(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))::text", (place_of(name),)
    )
    around = look_around(transaction, name, place)
    if around.dimension not in (None, dimension):
        raise EmbedderMismatch(
            f"{place} has vectors of {around.dimension} numbers, not {dimension}; publish under"
            " another name after the #, or index again with the embedder of the collection"
        )
    if around.has_tables:
        return
    schema = f'"{name}"'
    if not transaction.rows("select 1 from pg_namespace where nspname = %s", (name,)):
        transaction.run(f"create schema {schema}")
    if around.pgvector is None:
        _make_extension(transaction, schema, place)
        around = look_around(transaction, name, place)
    transaction.run(f"set local search_path = {around.search_path(name)}")
    storage = "plain" if dimension <= _LONGEST_PLAIN else "external"
    for statement in _TABLES:
        transaction.run(statement.format(name=schema, dimension=dimension, storage=storage))
    transaction.run(
        f"insert into {schema}.semsearch_format (version, dimension) values (%s, %s)",
        (FORMAT, dimension),
    )


def place_of(name: str) -> str:
    """The text whose hash is the advisory lock of a collection."""
    return f"semsearch {name}"


def _make_extension(transaction: Transaction, schema: str, place: str) -> None:
    """Where other collections find it, too."""
    has_public = transaction.rows("select 1 from pg_namespace where nspname = 'public'")
    absent = f"{place} has no pgvector: install its package on the server, 0.8 or later"
    denied = (
        f"{place} has no pgvector in this database, and you may not make it: have an administrator"
        " run there: create extension vector"
    )
    # No right to it; no files of it (of either state, by the server's version).
    transaction.run_or_refuse(
        f"create extension vector schema {'public' if has_public else schema}",
        {"42501": denied, "0A000": absent, "58P01": absent},
    )


def _dimension(transaction: Transaction, name: str, place: str) -> int:
    version, dimension = transaction.rows(
        f'select version, dimension from "{name}".semsearch_format'
    )[0]
    if version > FORMAT:
        raise IndexTooNew(
            f"{place} was made by a later semsearch (format {version}, this one knows {FORMAT});"
            " install that one"
        )
    return int(dimension)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
