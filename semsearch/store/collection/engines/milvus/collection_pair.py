"""A collection of Milvus that is opened, made and checked: on a server, or in Milvus Lite.

A collection NAME is two collections of Milvus: NAME_texts, and NAME_blobs with the blobs, the
manifests and the values that are too long for a row. Words are searched by posting lists in blobs,
so that Milvus only keeps them.
"""

import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from semsearch.errors import EmbedderMismatch, EngineRefused, IndexTooNew
from semsearch.store.collection.engines.milvus.address import (
    LiteAddress,
    ServerAddress,
    milvus_address,
)
from semsearch.store.collection.engines.milvus.blobs import BLOB_FIELDS, BLOB_INDEX, BlobRows
from semsearch.store.collection.engines.milvus.client import Client, Row
from semsearch.store.collection.engines.milvus.manifests import CLAIM_SECONDS, ManifestRows
from semsearch.store.collection.engines.milvus.texts import (
    TextRows,
    text_fields,
    text_index,
)
from semsearch.store.collection.uri import CollectionUri

if TYPE_CHECKING:
    from semsearch.settings.schema import Settings

FORMAT: Final = 1
_FORMAT_BLOB: Final = ":format"


class CollectionPair:
    """The two collections of Milvus, opened when they are needed; see ``Engine``.

    Milvus Lite is opened by the first call that needs its directory, and is this process's until
    ``close``. A server is connected to at once.
    """

    def __init__(self, uri: CollectionUri, settings: "Settings") -> None:
        self._uri = replace(uri, source=None)
        self._settings = settings
        self._address = milvus_address(uri.address, settings)
        self._opening = threading.RLock()
        self._client: Client | None = None
        self._dimension: int | None = None  # of a collection that is there and loaded
        if isinstance(self._address, ServerAddress):
            self._connect()

    @property
    def place(self) -> str:
        return str(self._uri)

    @property
    def version(self) -> str:
        return self._connect().version

    def prepare(self, dimension: int) -> None:
        if self._is_there():
            self._require(dimension)
            return
        client = self._connect()
        with self._opening, client.alone():
            index = text_index(is_lite=client.is_lite)
            client.create(self._texts_name, text_fields(dimension), index)
            client.create(self._blobs_name, BLOB_FIELDS, BLOB_INDEX)
            self._load(client)
            self._require(dimension)
            # Last: without it the collection is not there, for a reader.
            self._blobs.put([(_FORMAT_BLOB, json.dumps({"format": FORMAT}).encode())])

    def finish(self, segments: Sequence[int]) -> None:
        if self._is_there():
            self._texts.flush()

    def close(self) -> None:
        with self._opening:
            self._dimension = None
            if self._client is not None:
                self._client.close()
                self._client = None

    @property
    def _texts_name(self) -> str:
        return f"{self._uri.name}_texts"

    @property
    def _blobs_name(self) -> str:
        return f"{self._uri.name}_blobs"

    def _connect(self) -> Client:
        with self._opening:
            if self._client is None:
                client = Client(self._address, self._settings, self.place)
                self._client = client
                self._blobs = BlobRows(client, self._blobs_name)
                self._texts = TextRows(client, self._texts_name, self._blobs)
                claim_seconds = None if client.is_lite else CLAIM_SECONDS
                self._manifests = ManifestRows(client, self._blobs, claim_seconds)
            return self._client

    def _is_there(self) -> bool:
        """Whether the collection is there; loads it the first time.

        Raises ``EngineRefused`` for collections of others, and ``IndexTooNew``.
        """
        with self._opening:
            if self._dimension is not None:
                return True
            if isinstance(self._address, LiteAddress) and not self._address.path.exists():
                return False  # a reader makes no directory
            client = self._connect()
            names = (self._texts_name, self._blobs_name)
            # One without an index is of a publisher that was killed while it made them.
            if not all(client.has(name) and client.has_index(name) for name in names):
                return False
            dimension = self._load(client)
            found = self._blobs.get([_FORMAT_BLOB], strong=True).get(_FORMAT_BLOB)
            if found is None:
                self._dimension = None
                return False
            if _format_of(found) > FORMAT:
                self._dimension = None
                raise IndexTooNew(f"{self.place} was made by a later semsearch; update semsearch")
            self._dimension = dimension
            return True

    def _load(self, client: Client) -> int:
        """Check the fields of both collections and load them; returns the vectors' length."""
        found = client.fields(self._texts_name)
        dimension = _dimension(found)
        self._require_own(self._texts_name, found, text_fields(dimension))
        self._require_own(self._blobs_name, client.fields(self._blobs_name), BLOB_FIELDS)
        client.load(self._texts_name)
        client.load(self._blobs_name)
        self._dimension = dimension
        return dimension

    def _require_own(self, name: str, found: Sequence[Row], wanted: Sequence[Row]) -> None:
        has = [(field["name"], field["type"].name) for field in found]
        if has != [(field["field_name"], field["datatype"]) for field in wanted]:
            raise EngineRefused(
                f"{self.place}: the collection {name} of Milvus is not one of semsearch; name"
                " another behind #"
            )

    def _require_there(self) -> None:
        if not self._is_there():
            raise EngineRefused(f"{self.place}: there is no such collection; publish into it first")

    def _require(self, dimension: int) -> None:
        if dimension != self._dimension:
            raise EmbedderMismatch(
                f"{self.place} has vectors of {self._dimension} numbers, and this index of"
                f" {dimension}; name another collection behind #"
            )


def _dimension(fields: Sequence[Row]) -> int:
    with suppress(KeyError, StopIteration):
        return int(next(one for one in fields if one["name"] == "vector")["params"]["dim"])
    return 0


def _format_of(blob: bytes) -> int:
    try:
        return int(json.loads(blob)["format"])
    except (ValueError, KeyError, TypeError):
        return FORMAT + 1  # nothing that this version has written
