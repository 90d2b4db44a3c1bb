"""Blocks of a file within another document: an attachment, a member of an archive."""

from collections.abc import Callable

from semsearch.documents.document import Block


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
