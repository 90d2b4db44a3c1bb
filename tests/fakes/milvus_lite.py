"""Collections on Milvus for tests: in Milvus Lite, or on the server that the environment names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from semsearch.settings.schema import Settings
from semsearch.store.collection.engines.milvus.engine import MilvusEngine
from semsearch.store.collection.uri import collection_uri

# http://HOST:19530 of a server on which tests may make collections and remove them.
SERVER = os.environ.get("SEMSEARCH_TEST_MILVUS")


def lite_uri(folder: Path) -> str:
    """The URI of a collection in a folder of Milvus Lite."""
    return f"milvus:{folder / 'milvus.db'}"


def opened(uri: str, **settings: float) -> MilvusEngine:
    """The engine of a collection; the caller closes it."""
    return MilvusEngine(collection_uri(uri), Settings(**settings))  # type: ignore[arg-type]


@contextmanager
def lite_engine(folder: Path) -> Iterator[MilvusEngine]:
    """A collection in Milvus Lite that is not there yet."""
    engine = opened(lite_uri(folder))
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def server_engine() -> Iterator[MilvusEngine]:
    """A collection of its own on the server, not there yet; removed in the end."""
    name = f"t{uuid4().hex}"
    engine = opened(f"milvus:{SERVER}#{name}")
    try:
        yield engine
    finally:
        engine.close()
        from pymilvus import MilvusClient

        client = MilvusClient(SERVER)
        for kind in ("texts", "blobs"):
            client.drop_collection(f"{name}_{kind}")
        client.close()
