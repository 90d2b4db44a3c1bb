"""Connections to PostgreSQL: time limits, a new connection for a dropped one, transactions."""

import math
import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import BoundedSemaphore, Timer
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from semsearch.errors import EngineRefused, SettingsError
from semsearch.store.collection.engines.postgresql import server_errors
from semsearch.store.collection.engines.postgresql.policy import PostgresqlPolicy
from semsearch.store.collection.engines.postgresql.server_errors import Failure

try:
    import psycopg
    from psycopg import conninfo
except ImportError as error:
    raise SettingsError(
        f"psycopg is not installed ({error}); run: pip install 'semsearch[postgresql]'"
    ) from error

if TYPE_CHECKING:
    from semsearch.settings.schema import Settings

_Result = TypeVar("_Result")
_Values = Sequence[Any] | Mapping[str, Any]
# A peer that is gone is noticed within half a minute, in whatever call.
_KEEPALIVE: Final = {
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_SECRETS: Final = ("password", "sslpassword")
_GRACE_SECONDS: Final = 2.0  # the server ends a slow statement first, and the connection lives on
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction; ``attempt`` is 0, or counts how often it was begun before."""

    connection: "psycopg.Connection[tuple[Any, ...]]"
    attempt: int

    def rows(self, statement: str, values: _Values = ()) -> list[tuple[Any, ...]]:
        """The rows of a query; vectors as pgvector's binary format."""
        with self.connection.cursor(binary=True) as cursor:
            return cursor.execute(statement.encode(), values or None).fetchall()

    def run(self, statement: str, values: _Values = ()) -> int:
        """Carry out a statement; the number of rows that it changed."""
        with self.connection.cursor() as cursor:
            return cursor.execute(statement.encode(), values or None).rowcount

    def run_or_refuse(self, statement: str, states: Mapping[str, str]) -> None:
        """Carry out a statement; ``states``: what is told where it fails with a SQLSTATE."""
        try:
            self.run(statement)
        except psycopg.Error as error:
            if (told := states.get(error.sqlstate or "")) is None:
                raise
            raise EngineRefused(told) from error

    def run_for_each(self, statement: str, values: Sequence[_Values]) -> None:
        """Carry out a statement with each of some values, without waiting between them."""
        with self.connection.cursor() as cursor:
            cursor.executemany(statement.encode(), values)

    def copy(self, target: str, rows: bytes) -> None:
        """Copy rows in COPY's binary format into a table."""
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"copy {target} from stdin (format binary)".encode()) as copy,
        ):
            copy.write(rows)


class Connections:
    """A few connections to a database, each for one transaction at a time.

    ``search_path`` is that of every transaction, quoted. A transaction whose connection is dropped
    is begun again, so that what it does must be idempotent.
    """

    def __init__(
        self, address: str, place: str, settings: "Settings", policy: PostgresqlPolicy
    ) -> None:
        self._parameters = _parameters(address, place, settings)
        self._secrets = [self._parameters[name] for name in _SECRETS if name in self._parameters]
        self._place = place
        self._policy = policy
        self._read_seconds = settings.read_seconds
        self._again_seconds = min(policy.again_seconds, settings.retry_seconds)
        self._idle: deque[psycopg.Connection[tuple[Any, ...]]] = deque()
        self._slots = BoundedSemaphore(policy.connections)
        self._was_open = False
        self.search_path = "pg_catalog"

    def read(self, work: Callable[[Transaction], _Result]) -> _Result:
        """Do some work in a transaction that only reads, each statement in ``read_seconds``."""
        return self._repeated(work, self._read_seconds, "begin read only")

    def write(self, work: Callable[[Transaction], _Result]) -> _Result:
        """Do some work in a transaction, durable when this returns."""
        return self._repeated(work, self._policy.write_seconds, "begin")

    def make_index(self, work: Callable[[Transaction], _Result]) -> _Result:
        """Do work that may take hours in a transaction, durable when this returns."""
        return self._repeated(work, self._policy.index_seconds, "begin")

    def close(self) -> None:
        """Close all connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    def _repeated(
        self, work: Callable[[Transaction], _Result], seconds: float, begin: str
    ) -> _Result:
        end = monotonic() + self._again_seconds
        pause, attempt = _FIRST_PAUSE, 0
        while True:
            try:
                with self._slots:
                    return self._once(work, seconds, begin, attempt)
            except Failure as failure:
                if not failure.is_passing or monotonic() + pause > end:
                    raise failure.error from failure.__cause__
            self.close()  # those that idle were dropped with it
            sleep(pause)
            pause, attempt = min(2 * pause, _LONGEST_PAUSE), attempt + 1

    def _once(
        self, work: Callable[[Transaction], _Result], seconds: float, begin: str, attempt: int
    ) -> _Result:
        connection = self._connection()
        is_done, cut = False, [False]
        try:
            with _cut_after(connection, seconds + _GRACE_SECONDS, cut):
                connection.execute(self._beginning(begin, seconds).encode())
                found = work(Transaction(connection, attempt))
                connection.execute(b"commit")
            is_done = True
        except psycopg.Error as error:
            if cut[0]:
                answer = server_errors.no_answer(self._place, seconds)
                raise Failure(answer, is_passing=False) from error
            raise server_errors.of_statement(error, self._place, seconds) from error
        finally:
            if is_done:
                self._idle.append(connection)
            else:
                connection.close()
        return found

    def _beginning(self, begin: str, seconds: float) -> str:
        """Of a transaction: limits hold for it alone, so that poolers may share connections."""
        limit = math.ceil(seconds * 1000)
        return (
            f"{begin}; set local statement_timeout = {limit};"
            f" set local search_path = {self.search_path}; set local jit = off"
            + ("" if "read" in begin else "; set local synchronous_commit = on")
        )

    def _connection(self) -> "psycopg.Connection[tuple[Any, ...]]":
        try:
            return self._idle.pop()
        except IndexError:
            again, self._was_open = self._was_open, True
        try:
            # Poolers that share connections lose prepared statements.
            connection = psycopg.connect(
                **self._parameters, autocommit=True, prepare_threshold=None
            )
        except psycopg.Error as error:
            failure = server_errors.of_connection(error, self._place, self._secrets, again)
            # Not "from error": its message may repeat what the URI holds.
            raise failure from None
        return connection


def _parameters(address: str, place: str, settings: "Settings") -> dict[str, Any]:
    """Parameters of the client: those of the URI, and time limits that it does not name."""
    try:
        named = conninfo.conninfo_to_dict(address)
    except psycopg.Error:
        _refuse_uri(place)
    _, _, after = address.partition("://")
    if "@" in after.partition("?")[0].partition("/")[2]:
        _refuse_uri("the URI of the collection")  # with a part of its password before the slash
    seconds = str(max(2, math.ceil(settings.connect_seconds)))  # 1 counts as 2
    defaults = {"connect_timeout": seconds, "application_name": "semsearch", **_KEEPALIVE}
    return defaults | {name: value for name, value in named.items() if value is not None}


def _refuse_uri(place: str) -> NoReturn:
    raise SettingsError(
        f"{place} cannot be read: write signs such as @ / % # ? and spaces in the user and the"
        " password as %40 %2F %25 %23 %3F %20, and look at the parameters after the ?"
    ) from None


@contextmanager
def _cut_after(
    connection: "psycopg.Connection[tuple[Any, ...]]", seconds: float, cut: list[bool]
) -> Iterator[None]:
    """End the connection after some seconds, also when the server does not answer at all.

    The client's own calls have no time limit; a socket that is shut down ends them.
    """
    # The family is of no matter: the descriptor is duplicated, and knows its own.
    own = socket.fromfd(connection.pgconn.socket, socket.AF_INET, socket.SOCK_STREAM)

    def end() -> None:
        cut[0] = True
        with suppress(OSError):  # the peer was faster
            own.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # before the socket is closed under it
        own.close()
