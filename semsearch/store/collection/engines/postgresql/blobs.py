"""Manifests and blobs in PostgreSQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from semsearch.store.collection.engines.postgresql.connections import Connections, Transaction

_BYTES_AT_ONCE: Final = 8_000_000  # blobs in a transaction
_SET_BLOB: Final = (
    "insert into blob values (%s, %b) on conflict (name) do update set value = excluded.value"
)
_BEGINS: Final = "name >= %s and name < %s"


class ManifestsAndBlobs:
    """The part of an engine that keeps manifests and blobs."""

    _connections: Connections
    _name: str

    def manifests(self) -> Mapping[str, bytes]:
        """The manifest of each source, by name; none in a collection that is not there."""

        def work(transaction: Transaction) -> dict[str, bytes]:
            there = transaction.rows(
                "select 1 from pg_class join pg_namespace on pg_namespace.oid = relnamespace"
                " where nspname = %s and relname = 'manifest'",
                (self._name,),
            )
            if not there:
                return {}
            return dict(transaction.rows("select source, manifest from manifest"))

        return self._connections.read(work)

    def put_manifest(self, source: str, manifest: bytes | None, before: bytes | None) -> bool:
        """Replace the manifest ``before`` of a source, None for none; None removes it.

        Changes nothing and returns False where the source has another manifest than ``before``.
        """

        def work(transaction: Transaction) -> bool:
            if _replace_manifest(transaction, source, manifest, before):
                return True
            # The connection may have been dropped between the commit and the word of it.
            return transaction.attempt > 0 and _manifest(transaction, source) == manifest

        return self._connections.write(work)

    def put_blobs(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        """Keep blobs under names of ASCII letters, digits, ``/``, ``-`` and ``.``; replaces."""
        for some in _parts(blobs):
            self._connections.write(partial(_set_blobs, some))

    def blobs(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """The blobs with some names, of those that are there."""
        return self._connections.read(
            lambda transaction: dict(
                transaction.rows(
                    "select name, value from blob where name = any(%s::text[])", (list(names),)
                )
            )
        )

    def blob_names(self, prefix: str) -> Sequence[str]:
        """The names that begin so, ascending."""
        return self._connections.read(
            lambda transaction: [
                name
                for (name,) in transaction.rows(
                    f"select name from blob where {_BEGINS} order by name", _between(prefix)
                )
            ]
        )

    def delete_blobs(self, prefixes: Sequence[str]) -> None:
        """Remove all blobs whose names begin so."""

        def work(transaction: Transaction) -> None:
            for prefix in prefixes:
                transaction.run(f"delete from blob where {_BEGINS}", _between(prefix))

        self._connections.write(work)


def _set_blobs(blobs: Sequence[tuple[str, bytes]], transaction: Transaction) -> None:
    transaction.run_for_each(_SET_BLOB, blobs)


def _replace_manifest(
    transaction: Transaction, source: str, manifest: bytes | None, before: bytes | None
) -> bool:
    if manifest is None and before is None:
        return _manifest(transaction, source) is None
    if before is None:
        statement = "insert into manifest values (%s, %b) on conflict do nothing"
        return transaction.run(statement, (source, manifest)) == 1
    if manifest is None:
        statement = "delete from manifest where source = %s and manifest = %b"
        return transaction.run(statement, (source, before)) == 1
    statement = "update manifest set manifest = %b where source = %s and manifest = %b"
    return transaction.run(statement, (manifest, source, before)) == 1


def _manifest(transaction: Transaction, source: str) -> bytes | None:
    found = transaction.rows("select manifest from manifest where source = %s", (source,))
    return bytes(found[0][0]) if found else None


def _between(prefix: str) -> tuple[str, str]:
    """The bounds of the names that begin so, in the order of their bytes; they are ASCII."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else "\x7f"
    return prefix, end


def _parts(blobs: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    """The blobs in lists of some megabytes, each of which may be put again."""
    part: list[tuple[str, bytes]] = []
    size = 0
    for name, value in blobs:
        part.append((name, value))
        size += len(value)
        if size >= _BYTES_AT_ONCE:
            yield part
            part, size = [], 0
    if part:
        yield part
