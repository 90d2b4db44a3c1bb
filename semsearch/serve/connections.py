"""Connections: how many there may be, and how long one may take to send a request."""

import asyncio
import sys
from dataclasses import dataclass, field
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_MOST: Final = 512  # connections, where the system allows as many files as usual, which is 1024


def _most_connections() -> int:
    """Half of the files that the process may have open: the others are for indexes."""
    if sys.platform == "win32":
        return _MOST
    import resource  # here: Windows has no such module

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if files == resource.RLIM_INFINITY else max(1, min(_MOST, files // 2))


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The most connections at once, and the seconds in which a request must have come whole."""

    most: int = field(default_factory=_most_connections)
    seconds: float = 30.0


def protocol_of(limits: ConnectionLimits) -> type[asyncio.Protocol]:
    """Uvicorn's protocol with limits, which it has none of its own for.

    A connection that is one too many is closed at once. One is closed, too, when its request has
    not come whole in time, the first as any later one: clients that send a letter a minute would
    take all files of the process, before anybody asks them for a token.
    """

    class Limited(H11Protocol):
        _late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > limits.most:
                transport.abort()
            else:
                self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._is_awaited():
                self._wait()
            elif self._late is not None:
                self._late.cancel()
                self._late = None

        def connection_lost(self, exc: Exception | None) -> None:
            if self._late is not None:
                self._late.cancel()
            super().connection_lost(exc)

        def _is_awaited(self) -> bool:
            """Whether a part of a request is there, and the rest is not."""
            return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

        def _wait(self) -> None:
            if self._late is None:
                self._late = self.loop.call_later(limits.seconds, self._give_up)

        def _give_up(self) -> None:
            self._late = None
            if self._is_awaited():
                self.transport.abort()

    return Limited
