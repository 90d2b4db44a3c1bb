"""A call that a thread carries out while whoever has begun it does something else."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def begin(call: Callable[[], T]) -> "Future[T]":
    """Carry out a call in a thread of its own; ``result`` of what is returned waits for it.

    The end of the process does not wait for a call whose result nobody wants any more.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=work, daemon=True, name="begun").start()
    return future
