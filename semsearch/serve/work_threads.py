"""Threads for searches and for reading documents; the loop of requests never waits for either."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from http import HTTPStatus
from typing import Final, TypeVar

from starlette.requests import Request

from semsearch.serve.daemon_threads import DaemonThreads
from semsearch.serve.problems import Problem
from semsearch.settings.processors import usable_processors

Result = TypeVar("Result")

_WAITING: Final = 16  # searches at once that wait for the server of an embedder
_GRACE: Final = 1.0  # seconds for what runs in a pool when the server ends
_MOST_WAITING: Final = 400  # requests, fewer than connections: others are told to come again


class Work(Enum):
    """Kinds of work. Reading starts processes; a search is not to wait for that."""

    SEARCH = "search"
    READ = "read"
    MAP = "map"


class WorkThreads:
    """A pool of threads for each kind of work.

    Searches of local models are work for a processor, of which Python uses one at a time: 100 of
    them take 1.5 s of it in one thread, 1.8 s in two. Two let one overtake another that is slow.
    Those that ask a server mostly wait for it.
    """

    def __init__(self, *, asks_a_server: bool) -> None:
        searches = _WAITING if asks_a_server else max(2, usable_processors() // 2)
        sizes = {Work.SEARCH: searches, Work.READ: 2, Work.MAP: 1}
        self._pools = {work: DaemonThreads(size, work.value) for work, size in sizes.items()}
        self._waiting = 0

    def close(self) -> bool:
        """Drop what waits; a search that runs may end, a map that runs is given up.

        Returns whether all has ended.
        """
        have_ended = [pool.close(_GRACE) for pool in self._pools.values()]
        return all(have_ended)

    async def run(self, request: Request, work: Work, task: Callable[[], Result]) -> Result:
        """The result of a task; one that has not begun when its client goes is dropped.

        Raises ``Problem`` where too many wait already.
        """
        if self._waiting >= _MOST_WAITING:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "too many requests wait", {"Retry-After": "1"}
            )
        self._waiting += 1
        running = asyncio.get_running_loop().run_in_executor(self._pools[work], task)
        gone = asyncio.ensure_future(_disconnected(request))
        try:
            await asyncio.wait((running, gone), return_when=asyncio.FIRST_COMPLETED)
            if not running.done() and running.cancel():
                raise Problem(HTTPStatus.REQUEST_TIMEOUT, "the client has gone")
            return await running
        finally:
            self._waiting -= 1
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone


async def _disconnected(request: Request) -> None:
    """Return when the client of a request without a body has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        continue
