"""A pool of threads that never keeps a process from ending, as a map takes minutes."""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


class DaemonThreads(Executor):
    """An executor whose threads end with the process, whatever they do."""

    def __init__(self, size: int, name: str) -> None:
        """Starts ``size`` threads."""
        self._tasks: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = (
            queue.SimpleQueue()
        )
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True)
            for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    def submit(
        self, task: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Result]:
        """The result to come of a task."""
        future: Future[Result] = Future()
        self._tasks.put((future, partial(task, *args, **kwargs)))
        return future

    def close(self, seconds: float) -> bool:
        """Drop what waits, and wait for what runs, so many seconds at the most.

        Returns whether all has ended.
        """
        while not self._tasks.empty():
            if (waiting := self._tasks.get()) is not None:
                waiting[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (waiting := self._tasks.get()) is not None:
            future, task = waiting
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(task())
            except BaseException as error:  # of whatever kind, it is the caller's
                future.set_exception(error)
