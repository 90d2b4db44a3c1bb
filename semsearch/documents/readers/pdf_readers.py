"""Which readers of PDFs may be asked: after a crash the first alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_first_alone: ContextVar[bool] = ContextVar("the first reader of PDFs alone", default=False)


def is_first_alone() -> bool:
    """Whether the second reader must not be asked."""
    return _first_alone.get()


@contextmanager
def first_alone(wanted: bool) -> Iterator[None]:
    """Within, ask the second reader only if it is not wanted that the first reads alone."""
    token = _first_alone.set(wanted)
    try:
        yield
    finally:
        _first_alone.reset(token)
