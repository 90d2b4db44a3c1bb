"""The server: a socket, uvicorn on it, and a clean end."""

import errno
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn

from semsearch.errors import SettingsError
from semsearch.mcp.library import Library
from semsearch.serve.access import Access, bracketed
from semsearch.serve.app import application
from semsearch.serve.connections import ConnectionLimits, protocol_of
from semsearch.serve.work_threads import WorkThreads

_BACKLOG: Final = 512  # connections that wait to be accepted
_GRACE: Final = 3  # seconds for answers under way when the server ends
_PRELOADING: Final = 1.0  # seconds for a model that is loading then


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that listens, and where."""

    socket: socket.socket
    host: str
    port: int

    @property
    def address(self) -> str:
        """The address of the page."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://{bracketed(host)}:{self.port}/"


@contextmanager
def listening(host: str, port: int) -> Iterator[Listener]:
    """A socket at an address; raises ``SettingsError`` where that cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:  # the latter: of a name that is too long
        reason = getattr(error, "strerror", error)
        raise SettingsError(f"{host} is no address to listen at: {reason}") from error
    with socket.socket(family, kind, protocol) as opened:
        # On Windows SO_REUSEADDR would let another program take the port as well.
        option = "SO_EXCLUSIVEADDRUSE" if os.name == "nt" else "SO_REUSEADDR"
        opened.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
        try:
            opened.bind(address)
            opened.listen(_BACKLOG)
        except OSError as error:
            raise SettingsError(_refusal(host, port, error)) from error
        yield Listener(opened, host, opened.getsockname()[1])


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken; give another by --port, or 0 for any that is free"
    return f"cannot listen at port {port} of {host}: {error.strerror}"


class WebServer:
    """The application on a listening socket."""

    def __init__(
        self,
        library: Library,
        listener: Listener,
        access: Access,
        version: str,
        limits: ConnectionLimits | None = None,
    ) -> None:
        """Nothing is answered before ``run``."""
        self._library = library
        self._listener = listener
        self._threads = WorkThreads(asks_a_server=library.asks_a_server())
        config = uvicorn.Config(
            application(library, access, self._threads, version),
            access_log=False,  # addresses have questions in them
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            http=protocol_of(limits or ConnectionLimits()),
            loop="asyncio",
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = uvicorn.Server(config)

    def run(self) -> None:
        """Answer requests until Ctrl-C or SIGTERM, which is raised then, or ``stop``."""
        preloading = threading.Thread(target=self._library.preload, daemon=True)
        preloading.start()
        try:
            self._server.run(sockets=[self._listener.socket])
        finally:
            has_ended = self._threads.close()
            preloading.join(_PRELOADING)
            # An index that a thread still reads stays open until the process ends: SQLite and FAISS
            # crash where it is closed under them.
            if has_ended and not preloading.is_alive():
                self._library.close()

    def stop(self) -> None:
        """End ``run``, from another thread."""
        self._server.should_exit = True
