"""The engines of collections that the tests ask, each on a real server or in a real file."""

from collections.abc import Callable, Iterator

import pytest

from fakes.engine_texts import DIMENSION
from fakes.milvus_lite import lite_uri
from fakes.postgresql_server import PostgresqlServer, postgresql_server
from semsearch.settings.schema import Settings
from semsearch.store.collection.engine import Engine
from semsearch.store.collection.engines.milvus.engine import MilvusEngine
from semsearch.store.collection.engines.postgresql import PostgresqlEngine
from semsearch.store.collection.engines.postgresql.policy import PostgresqlPolicy
from semsearch.store.collection.uri import collection_uri

OpenEngine = Callable[[], Engine]  # opens a collection, which may be open already
SETTINGS = Settings(connect_seconds=5, read_seconds=30)
# A few thousand texts behave like millions.
POLICY = PostgresqlPolicy(exact_below=2_000, sample=8)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server, which the tests of a process share."""
    with postgresql_server() as server:
        yield server


def open_postgresql(request: pytest.FixtureRequest) -> OpenEngine:
    """Opens a collection of a new database."""
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    uri = collection_uri(server.address(server.new_database()) + "#notes")
    return lambda: PostgresqlEngine(uri, SETTINGS, POLICY)


def open_milvus_lite(request: pytest.FixtureRequest) -> OpenEngine:
    """Opens a collection in a folder of Milvus Lite, which only one may have open at a time."""
    uri = collection_uri(lite_uri(request.getfixturevalue("tmp_path")) + "#notes")
    opened: list[MilvusEngine] = []

    def open_alone() -> Engine:
        for engine in opened:
            engine.close()
        opened.append(MilvusEngine(uri, SETTINGS))
        return opened[-1]

    return open_alone


ENGINES: dict[str, Callable[[pytest.FixtureRequest], OpenEngine]] = {
    "postgresql": open_postgresql,
    "milvus lite": open_milvus_lite,
}


@pytest.fixture(params=ENGINES)
def open_collection(request: pytest.FixtureRequest) -> Iterator[OpenEngine]:
    """Opens a collection that is not there at first; each is closed after the test."""
    open_new = ENGINES[request.param](request)
    opened: list[Engine] = []

    def open_and_note() -> Engine:
        opened.append(open_new())
        return opened[-1]

    yield open_and_note
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(open_collection: OpenEngine) -> Engine:
    """An empty collection of vectors of 16 numbers."""
    engine = open_collection()
    engine.prepare(DIMENSION)
    return engine
