"""Blocks of a file within another document: an attachment, a member of an archive."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from semsearch.documents.document import Block
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_DEEPEST: Final = 3  # files within files
_depth: ContextVar[int] = ContextVar("depth of files within files", default=0)


@contextmanager
def deeper() -> Iterator[None]:
    """Bound how deep files are within files: a file can contain itself, compressed."""
    if _depth.get() >= _DEEPEST:
        raise DocumentUnreadable(ReasonCode.TOO_LARGE_UNPACKED, "it is too deep in other files")
    token = _depth.set(_depth.get() + 1)
    try:
        yield
    finally:
        _depth.reset(token)


def placed(block: Block, headings: tuple[str, ...], place: Callable[[str], str]) -> Block:
    """Return a block of a file as one of the document around it, below ``headings`` of that.

    ``place`` makes a place in the document of a place in the file.
    """
    within = block.places or [
        f"p.{block.page} line {line}" if block.page else f"line {line}" for line in block.lines
    ]
    return block._replace(
        lines=[1] * len(block.lines),
        last_lines=None,
        page=None,
        headings=(*headings, *block.headings),
        places=list(map(place, within)),
    )
