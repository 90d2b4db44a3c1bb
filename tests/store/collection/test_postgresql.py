"""Collections in PostgreSQL: dropped connections, time limits, rights, TLS, and the index."""

import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from fakes.child_process import read_until, started
from fakes.engine_texts import DIMENSION, directions, keys_of, new_texts, question, true_nearest
from fakes.postgresql_front import losing_one_answer
from fakes.postgresql_server import PostgresqlServer
from fakes.postgresql_tls import tls_before
from semsearch.errors import EngineRefused, EngineUnreachable, IndexTooNew, SettingsError
from semsearch.settings.schema import Settings
from semsearch.store.collection.engines.postgresql import PostgresqlEngine
from semsearch.store.collection.engines.postgresql.policy import PostgresqlPolicy
from semsearch.store.collection.uri import collection_uri

SETTINGS = Settings(connect_seconds=5, read_seconds=30)
POLICY = PostgresqlPolicy(exact_below=500, sample=8)


@pytest.fixture
def database(postgresql: PostgresqlServer) -> str:
    """A new database with pgvector."""
    return postgresql.new_database()


OPENED: list[PostgresqlEngine] = []


def opened(address: str, name: str = "notes", **settings: Any) -> PostgresqlEngine:
    """The engine of a collection at an address of libpq, closed after the test."""
    policy = settings.pop("policy", POLICY)
    engine = PostgresqlEngine(
        collection_uri(f"{address}#{name}"), replace(SETTINGS, **settings), policy
    )
    OPENED.append(engine)
    return engine


@pytest.fixture(autouse=True)
def all_closed() -> Iterator[None]:
    """Close what a test has opened."""
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture
def engine(postgresql: PostgresqlServer, database: str) -> PostgresqlEngine:
    """An empty collection of vectors of 16 numbers."""
    engine = opened(postgresql.address(database))
    engine.prepare(DIMENSION)
    return engine


def backends(postgresql: PostgresqlServer, database: str) -> list[int]:
    """The processes of the server that serve semsearch in a database."""
    rows = postgresql.run(
        "select pid from pg_stat_activity where application_name = 'semsearch'"
        f" and datname = '{database}'"
    )
    return [pid for (pid,) in rows]


# Dropped connections


def test_a_killed_server_that_is_back_is_asked_again(
    postgresql: PostgresqlServer, engine: PostgresqlEngine
) -> None:
    """What was written is there, and nobody who holds an engine notices."""
    engine.put_texts(new_texts(1, directions(5)))
    engine.put_manifest("notes", b"one", None)
    postgresql.kill()
    postgresql.start()
    assert engine.count_texts(1) == 5
    postgresql.stop()
    postgresql.start()
    assert engine.put_manifest("notes", b"two", b"one")
    engine.put_texts(new_texts(1, directions(5), 5))
    assert engine.count_texts(1) == 10


def test_a_call_waits_for_a_server_that_starts(
    postgresql: PostgresqlServer, engine: PostgresqlEngine
) -> None:
    """A restart takes seconds, and a call is carried out after it."""
    engine.put_blobs([("a", b"1")])
    postgresql.kill()
    starting = threading.Timer(0.5, postgresql.start)
    starting.start()
    try:
        assert dict(engine.blobs(["a"])) == {"a": b"1"}
    finally:
        starting.join()


def test_a_connection_that_ends_during_a_call_is_made_again(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """An administrator ends the connections while a call waits for a lock."""
    engine.put_blobs([("a", b"1")])
    with psycopg.connect(f"{postgresql.admin} dbname={database}") as other:
        other.execute("lock table notes.blob in access exclusive mode")
        found: list[Any] = []
        asking = threading.Thread(target=lambda: found.append(engine.blobs(["a"])))
        asking.start()
        waiting = "select pid from pg_stat_activity where wait_event_type = 'Lock'"
        while not (rows := postgresql.run(waiting, database=database)):
            assert asking.is_alive()
        postgresql.run(f"select pg_terminate_backend({rows[0][0]})")
    asking.join()
    assert [dict(blobs) for blobs in found] == [{"a": b"1"}]


def test_a_server_that_is_away_is_unreachable(postgresql: PostgresqlServer, database: str) -> None:
    """The error says to look at the server, and the next call works again."""
    engine = opened(postgresql.address(database), retry_seconds=0.3)
    engine.prepare(DIMENSION)
    postgresql.stop()
    try:
        with pytest.raises(EngineUnreachable, match=r"cannot be reached: .*refused.*; look"):
            engine.manifests()
        with pytest.raises(EngineUnreachable):
            opened(postgresql.address(database))
    finally:
        postgresql.start()
    assert dict(engine.manifests()) == {}


def test_a_manifest_whose_answer_is_lost_counts_as_replaced(
    postgresql: PostgresqlServer, database: str
) -> None:
    """The repeated call finds its own manifest, and no other publisher's."""
    opened(postgresql.address(database)).prepare(DIMENSION)
    with losing_one_answer(postgresql.port, b"\x0bcommit\0") as front:
        address = postgresql.address(database).replace(str(postgresql.port), str(front.port))
        engine = opened(address)
        front.armed = True
        assert engine.put_manifest("notes", b"one", None)
        assert front.lost == 1
        assert not engine.put_manifest("notes", b"one", None)
        front.armed = True
        assert not engine.put_manifest("notes", b"two", None)
        assert front.lost == 2
    assert dict(opened(postgresql.address(database)).manifests()) == {"notes": b"one"}


# Time limits


def test_a_server_that_does_not_answer_is_given_up(
    postgresql: PostgresqlServer, database: str
) -> None:
    """Its process stands still, so that its own limit of time does not end the call."""
    engine = opened(postgresql.address(database), read_seconds=0.2)
    engine.prepare(DIMENSION)
    (backend,) = backends(postgresql, database)
    postgresql.pause(backend)
    try:
        with pytest.raises(EngineUnreachable, match=r"no answer within 0\.2 s"):
            engine.manifests()
    finally:
        postgresql.resume(backend)
    assert dict(engine.manifests()) == {}


def test_a_slow_statement_is_ended_by_the_server(
    postgresql: PostgresqlServer, database: str
) -> None:
    """A lock that another session holds makes a reader wait no longer than read_seconds."""
    engine = opened(postgresql.address(database), read_seconds=0.3)
    engine.prepare(DIMENSION)
    with psycopg.connect(f"{postgresql.admin} dbname={database}") as other:
        other.execute("lock table notes.manifest in access exclusive mode")
        with pytest.raises(EngineUnreachable, match=r"no answer within 0\.3 s"):
            engine.manifests()
    assert dict(engine.manifests()) == {}


def test_a_host_that_accepts_and_says_nothing_is_given_up() -> None:
    """The client waits for connect_seconds, two at least."""
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(EngineUnreachable, match=r"cannot be reached: .*time"),
    ):
        opened(f"postgresql://ann@127.0.0.1:{silent.getsockname()[1]}/db", connect_seconds=0.1)


# Addresses, passwords and TLS


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (("@", "x@"), "look at user and password"),
        (("/test_", "/none_"), "name of the database"),
        (("publisher:", "nobody:"), "look at user and password"),
    ],
    ids=["password", "database", "user"],
)
def test_what_the_server_does_not_know_is_told_without_the_password(
    postgresql: PostgresqlServer, database: str, change: tuple[str, str], step: str
) -> None:
    """The line names the next step; the whole traceback has no password."""
    address = postgresql.address(database).replace(*change)
    with pytest.raises(EngineRefused, match=step) as caught:
        opened(address)
    assert postgresql.password not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:sec%ret@127.0.0.1/db",
        "postgresql://ann:sec ret@127.0.0.1/db",
        "postgresql://ann:sec/ret@127.0.0.1/db",
        "postgresql://ann@127.0.0.1/db?bogus=1&sslpassword=secret",
    ],
)
def test_a_uri_that_cannot_be_read_is_told_without_the_password(address: str) -> None:
    """The client's own message would repeat parts of it."""
    with pytest.raises(SettingsError) as caught:
        opened(address)
    assert caught.value.__suppress_context__
    assert "sec" not in str(caught.value) and "ret" not in str(caught.value)


def test_place_and_errors_hide_the_password(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """A person sees user, host, database and name."""
    assert engine.place == (
        f"postgresql://publisher:***@127.0.0.1:{postgresql.port}/{database}#notes"
    )
    assert engine.version == "PostgreSQL 18.6, pgvector 0.8.6"


def test_tls_is_used_and_verified(
    postgresql: PostgresqlServer, database: str, tmp_path: Path
) -> None:
    """With sslmode=verify-full the certificate has to be the one that sslrootcert names."""
    with tls_before(postgresql.port, tmp_path) as (port, certificate):
        way = postgresql.address(database, sslmode="verify-full", sslrootcert=certificate)
        engine = opened(way.replace(str(postgresql.port), str(port)))
        engine.prepare(DIMENSION)
        engine.put_texts(new_texts(1, directions(2_000)))
        assert len(engine.bodies(keys_of(1, range(2_000)))) == 2_000
        engine.close()
        (tmp_path / "other").mkdir()
        with (
            tls_before(postgresql.port, tmp_path / "other") as (other, _),
            pytest.raises(EngineRefused, match=r"certificate.*; look at sslmode"),
        ):
            opened(way.replace(str(postgresql.port), str(other)))
    with pytest.raises(EngineRefused, match=r"SSL.*; look at sslmode"):
        opened(postgresql.address(database, sslmode="require"))


# Rights, versions, foreign schemas


def reader(postgresql: PostgresqlServer, database: str, *grants: str) -> str:
    """The address for a new role that has these rights."""
    role = f"reader_{database}"
    postgresql.run(f"create role {role} login password '{postgresql.password}'")
    postgresql.run(*(grant.format(role=role) for grant in grants), database=database)
    return postgresql.address(database, role)


GRANTS = (
    "revoke all on database {database} from public",
    "grant connect on database {database} to {{role}}",
    "grant usage on schema notes to {{role}}",
    "grant select on all tables in schema notes to {{role}}",
)


def test_a_reader_needs_usage_and_select_only(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """Every call that reads works with the rights that the manual names, and none that writes."""
    engine.put_texts(new_texts(1, directions(1_000), sentences=[b"s"] * 1_000))
    engine.put_blobs([("a", b"1")])
    engine.put_manifest("notes", b"one", None)
    engine.finish([1])
    grants = [grant.format(database=database) for grant in GRANTS]
    other = opened(reader(postgresql, database, *grants))
    keys = keys_of(1, [0, 1])
    assert dict(other.manifests()) == {"notes": b"one"}
    assert dict(other.blobs(other.blob_names(""))) == {"a": b"1"}
    assert len(other.nearest(question(1), 10, [1])) == 10
    assert len(other.nearest(question(1), 10, [1], keys)) == 2
    assert (other.count_texts(1), len(other.vectors(keys)[0])) == (1_000, 2)
    assert len(other.sentences(keys)) == len(other.places(keys)) == len(other.bodies(keys)) == 2
    for write in (
        lambda: other.put_manifest("notes", None, b"one"),
        lambda: other.put_blobs([("b", b"")]),
        lambda: other.delete_blobs(["a"]),
        lambda: other.put_texts(new_texts(2, directions(1))),
        lambda: other.delete_segments([1]),
    ):
        with pytest.raises(EngineRefused, match=r"permission denied.*42501.*ask the owner"):
            write()


def test_a_reader_without_rights_is_told_to_ask_for_them(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """A collection that may not be read is no empty one."""
    engine.put_manifest("notes", b"one", None)
    with pytest.raises(EngineRefused, match=r"permission denied for schema notes.*ask the owner"):
        opened(reader(postgresql, database))


def test_a_publisher_needs_no_more_than_a_schema(
    postgresql: PostgresqlServer, database: str
) -> None:
    """An administrator makes schema and extension; the tables are the publisher's."""
    way = reader(postgresql, database, "create schema notes authorization {role}")
    with pytest.raises(EngineRefused, match="permission denied for database"):
        opened(way, "others").prepare(DIMENSION)
    engine = opened(way)
    engine.prepare(DIMENSION)
    engine.put_texts(new_texts(1, directions(1_000)))
    engine.finish([1])
    assert len(engine.nearest(question(1), 10, [1])) == 10


def test_a_publisher_who_does_not_own_the_tables_leaves_the_index(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """Rights to write are enough to publish; searches compare all texts until the owner comes."""
    grants = (*GRANTS, "grant insert, update, delete on all tables in schema notes to {{role}}")
    way = reader(postgresql, database, *(grant.format(database=database) for grant in grants))
    other = opened(way)
    other.put_texts(new_texts(1, directions(1_000)))
    other.finish([1])
    assert index_of(postgresql, database) is None
    engine.finish([1])
    assert index_of(postgresql, database) == "text_vector_ivfflat_1"


def test_pgvector_is_asked_for_where_a_publisher_may_not_make_it(
    postgresql: PostgresqlServer,
) -> None:
    """A reader who came before it was made finds the nearest after it."""
    postgresql.run("create database without_pgvector owner publisher")
    publisher = opened(postgresql.address("without_pgvector"))
    assert publisher.version == "PostgreSQL 18.6, no pgvector"
    with pytest.raises(EngineRefused, match="have an administrator run there: create extension"):
        publisher.prepare(DIMENSION)
    early = opened(postgresql.address("without_pgvector"))
    postgresql.run("create extension vector", database="without_pgvector")
    publisher.prepare(DIMENSION)
    assert publisher.version == "PostgreSQL 18.6, pgvector 0.8.6"
    publisher.put_texts(new_texts(1, directions(3)))
    assert len(early.nearest(question(0), 3, [1])) == 3


def test_an_administrator_who_publishes_makes_pgvector(postgresql: PostgresqlServer) -> None:
    """Nothing is done by hand in a new database."""
    postgresql.run("create database empty")
    address = f"postgresql://postgres@/empty?host={postgresql.socket_folder}&port={postgresql.port}"
    opened(address).prepare(DIMENSION)
    opened(address, "others").prepare(DIMENSION)
    assert opened(address, "others").version.endswith("pgvector 0.8.6")


def test_pgvector_may_be_in_any_schema(postgresql: PostgresqlServer, database: str) -> None:
    """Some providers put extensions into a schema of their own."""
    postgresql.run(
        'create schema "Their ""own"""',
        'alter extension vector set schema "Their ""own"""',
        'grant usage on schema "Their ""own""" to public',
        database=database,
    )
    engine = opened(postgresql.address(database))
    engine.prepare(DIMENSION)
    engine.put_texts(new_texts(1, directions(1_000)))
    engine.finish([1])
    assert len(engine.nearest(question(1), 10, [1])) == 10
    assert index_of(postgresql, database) == "text_vector_ivfflat_1"


def test_an_old_pgvector_is_refused(postgresql: PostgresqlServer, database: str) -> None:
    """Before 0.8 an index finds too few texts under a filter."""
    postgresql.run(
        "update pg_extension set extversion = '0.7.4' where extname = 'vector'", database=database
    )
    with pytest.raises(EngineRefused, match=r"pgvector 0\.7\.4; collections need 0\.8"):
        opened(postgresql.address(database))


def test_a_schema_of_something_else_is_refused(postgresql: PostgresqlServer, database: str) -> None:
    """Neither a reader nor a publisher touches it."""
    postgresql.run(
        "create schema notes authorization publisher",
        "create table notes.manifest (id integer)",
        database=database,
    )
    with pytest.raises(EngineRefused, match="schema notes has tables of something else"):
        opened(postgresql.address(database))


def test_a_later_format_is_refused(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """An old semsearch neither reads nor writes what a new one has made."""
    postgresql.run("update notes.semsearch_format set version = 2", database=database)
    with pytest.raises(IndexTooNew, match="format 2, this one knows 1"):
        opened(postgresql.address(database))
    with pytest.raises(IndexTooNew):
        engine.prepare(DIMENSION)


def test_a_collection_that_is_not_there_is_told(
    postgresql: PostgresqlServer, database: str
) -> None:
    """Its manifests are none; to read anything else of it is refused."""
    engine = opened(postgresql.address(database), "none")
    assert dict(engine.manifests()) == {}
    with pytest.raises(EngineRefused, match="publish into the collection first"):
        engine.bodies(keys_of(1, [1]))


@pytest.mark.parametrize(
    ("state", "step"),
    [("53100", "disk is full"), ("53200", "too little memory"), ("XX001", "damaged")],
)
def test_what_a_server_reports_has_a_next_step(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine, state: str, step: str
) -> None:
    """The server raises the errors of a full disk, of no memory, and of damaged pages."""
    postgresql.run(
        "create function notes.fail() returns trigger language plpgsql as"
        f" $$ begin raise exception 'it failed' using errcode = '{state}'; end $$",
        "create trigger fail before insert on notes.blob execute function notes.fail()",
        database=database,
    )
    with pytest.raises(EngineRefused, match=rf"it failed \({state}\); .*{step}"):
        engine.put_blobs([("a", b"1")])
    assert list(engine.blob_names("")) == []


def test_a_server_that_only_reads_is_told(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """A standby answers; it cannot be published to."""
    postgresql.run(f"alter database {database} set default_transaction_read_only = on")
    engine = opened(postgresql.address(database))
    assert dict(engine.manifests()) == {}
    with pytest.raises(EngineRefused, match=r"25006.*publish to the primary"):
        engine.put_blobs([("a", b"1")])


# Publishers that are killed


PUBLISHER = """
import sys
from fakes.engine_texts import directions, new_texts
from semsearch.settings.schema import Settings
from semsearch.store.collection.engines.postgresql import PostgresqlEngine
from semsearch.store.collection.uri import collection_uri

engine = PostgresqlEngine(collection_uri(sys.argv[1]), Settings())
for first in range(0, 1_000_000, 1_000):
    engine.put_texts(new_texts(1, directions(1_000), first))
    print("put", flush=True)
"""


def test_a_killed_publisher_leaves_whole_calls_and_no_lock(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """The next publisher goes on at once, and finds the texts of each call whole or not at all."""
    tests = Path(__file__).parents[2]
    command = [sys.executable, "-c", PUBLISHER, f"{postgresql.address(database)}#notes"]
    with started(command, cwd=tests, stderr=subprocess.DEVNULL) as publisher:
        for _ in range(5):
            read_until(publisher, "put")
        publisher.kill()
    engine.put_texts(new_texts(1, directions(1_500), 500))
    engine.finish([1])
    count = engine.count_texts(1)
    assert count % 1_000 == 0 and count >= 5_000
    assert len(engine.bodies(keys_of(1, range(count)))) == count
    engine.delete_segments([1])
    assert engine.count_texts(1) == 0


# The index


def index_of(postgresql: PostgresqlServer, database: str) -> str | None:
    """The name of the index over the vectors; there is none but the one in use."""
    rows = postgresql.run(
        "select indexname from pg_indexes where schemaname = 'notes' and indexdef like '%ivfflat%'",
        database=database,
    )
    used = postgresql.run("select index_name from notes.semsearch_format", database=database)
    assert [name for (name,) in rows] == [name for (name,) in used if name]
    name: str | None = used[0][0]
    return name


def test_the_index_is_made_when_there_are_enough_texts(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """And made anew when they are three times as many; else it remains."""
    engine.put_texts(new_texts(1, directions(400, 1)))
    engine.finish([1])
    assert index_of(postgresql, database) is None
    engine.put_texts(new_texts(2, directions(400, 2)))
    engine.finish([1, 2])
    assert index_of(postgresql, database) == "text_vector_ivfflat_1"
    engine.put_texts(new_texts(3, directions(400, 3)))
    engine.finish([1, 2, 3])
    assert index_of(postgresql, database) == "text_vector_ivfflat_1"
    engine.put_texts(new_texts(4, directions(2_000, 4)))
    engine.finish([1, 2, 3, 4])
    assert index_of(postgresql, database) == "text_vector_ivfflat_2"


def test_a_search_uses_the_index_unless_it_is_exact_or_of_few(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """The server counts the scans of the index."""
    engine.put_texts(new_texts(1, directions(2_000, 1)))
    engine.put_texts(new_texts(2, directions(100, 2)))
    engine.finish([1, 2])

    def scans() -> int:
        engine.close()  # a connection that ends has its counts told
        while backends(postgresql, database):
            pass
        statement = "select idx_scan from pg_stat_user_indexes where indexrelname like '%ivfflat%'"
        return int(postgresql.run(statement, database=database)[0][0])

    before = scans()
    engine.nearest(question(1), 10, [1, 2], exact=True)
    engine.nearest(question(1), 10, [2])
    engine.nearest(question(1), 10, [1, 2], keys_of(1, range(1_000)))
    assert scans() == before
    for seed in range(3):
        engine.nearest(question(seed), 10, [1, 2])
    assert scans() == before + 3


def test_readers_go_on_while_an_index_is_made(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """Answers before, while and after the second index is made are whole."""
    engine.put_texts(new_texts(1, directions(3_000, 1)))
    engine.finish([1])
    engine.put_texts(new_texts(2, directions(12_000, 2)))
    publishing = threading.Thread(target=engine.finish, args=([1, 2],))
    publishing.start()
    sizes = {len(engine.nearest(question(0), 50, [1]))}
    while publishing.is_alive():
        sizes.add(len(engine.nearest(question(len(sizes)), 50, [1])))
    publishing.join()
    assert sizes == {50}
    assert index_of(postgresql, database) == "text_vector_ivfflat_2"


def test_a_reader_that_holds_the_old_index_keeps_it(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """A dump of the database may run for hours: the publication ends, the index goes later."""
    engine.put_texts(new_texts(1, directions(1_000, 1)))
    engine.finish([1])
    engine.put_texts(new_texts(2, directions(4_000, 2)))
    with psycopg.connect(f"{postgresql.admin} dbname={database}") as dump:
        dump.execute("lock table notes.text_vector in access share mode")
        engine.finish([1, 2])
        assert len(engine.nearest(question(0), 50, [1, 2])) == 50
    engine.put_texts(new_texts(3, directions(12_000, 3)))
    engine.finish([1, 2, 3])
    assert index_of(postgresql, database) == "text_vector_ivfflat_3"


def test_what_a_killed_publisher_has_not_measured_is_measured_by_the_next(
    postgresql: PostgresqlServer, database: str, engine: PostgresqlEngine
) -> None:
    """Until then a tenth of the lists is scanned, and no answer is short."""
    engine.put_texts(new_texts(1, directions(2_000, 1)))
    engine.finish([1])
    read = "select probes from notes.semsearch_format"
    assert postgresql.run(read, database=database) != [(None,)]
    postgresql.run("update notes.semsearch_format set probes = null", database=database)
    assert len(engine.nearest(question(1), 500, [1])) == 500
    engine.finish([1])
    # By a sample of its own: not the same number.
    assert postgresql.run(read, database=database) != [(None,)]


def test_as_many_keys_as_a_search_names_are_compared(engine: PostgresqlEngine) -> None:
    """50,000 of 60,000 texts pass a filter."""
    vectors = directions(60_000, 1)
    for first in range(0, 60_000, 10_000):
        engine.put_texts(new_texts(1, vectors[first : first + 10_000], first))
    among = keys_of(1, range(10_000, 60_000))
    vector = question(1)
    found = [key for key, _ in engine.nearest(vector, 100, [1], among)]
    assert found == true_nearest([(among, vectors[10_000:])], vector, 100)


@pytest.mark.parametrize("dimension", [1, 1_024, 4_000, 4_096])
def test_vectors_of_any_length_are_kept_and_found(
    postgresql: PostgresqlServer, database: str, dimension: int
) -> None:
    """Those of more than 4,000 numbers, or of one, have no index."""
    policy = replace(POLICY, exact_below=20)
    engine = opened(postgresql.address(database), policy=policy)
    engine.prepare(dimension)
    vectors = directions(100, 1, dimension)
    engine.put_texts(new_texts(1, vectors))
    engine.finish([1])
    assert (index_of(postgresql, database) is None) == (dimension in (1, 4_096))
    vector = question(1, dimension)
    expected = true_nearest([(keys_of(1, range(100)), vectors)], vector, 10)
    assert [key for key, _ in engine.nearest(vector, 10, [1], exact=True)] == expected
    assert len(engine.nearest(vector, 10, [1])) == 10
    assert (engine.vectors(keys_of(1, range(100)))[1] == vectors).all()


def test_numbers_that_are_none_are_refused(engine: PostgresqlEngine) -> None:
    """The server takes no NaN, and keeps nothing of such a call."""
    vectors = directions(3)
    vectors[2, 0] = np.nan
    with pytest.raises(EngineRefused, match="NaN"):
        engine.put_texts(new_texts(1, vectors))
    assert engine.count_texts(1) == 0
