"""What a reader's process is told and what it answers: lines of JSON, a block to each.

The process has met whatever is in the files; what it says is checked and is never unpickled.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.reading import ReadDocument
from semsearch.documents.walk import FileStat
from semsearch.errors import DocumentUnreadable


def packed(read: ReadDocument) -> Iterator[str]:
    """A document as rows: one for each block, and a last one about the whole."""
    document, stat = read.document, read.stat
    for block in document.blocks:
        yield _row(
            [
                block.kind.value,
                block.text,
                _packed_numbers(block.lines),
                block.page,
                block.headings,
                None if block.last_lines is None else _packed_numbers(block.last_lines),
                None if block.places is None else list(block.places),
            ]
        )
    yield _row(
        {
            "digest": read.digest.hex(),
            "stat": [stat.size, stat.mtime_ns, stat.ctime_ns, stat.inode],
            "pages": document.page_count,
            "blank_pages": document.blank_pages,
            "has_lines": document.has_lines,
            "encoding": document.encoding,
            "title": document.title,
        }
    )


def packed_failure(error: DocumentUnreadable) -> str:
    """A document that cannot be read, as the one row that is said of it."""
    return _row({"reason": str(error), "digest": error.digest.hex() if error.digest else None})


def packed_absence() -> str:
    """A file that is not there any more."""
    return _row({"gone": True})


def unpacked(rows: Iterable[str]) -> ReadDocument:
    """The document of some rows; raises what reading it raised, and ``EOFError`` for half of one.

    Anything else that it raises (``ValueError``, ``KeyError``, ``TypeError``) is a fault of the
    process that has sent the rows.
    """
    blocks = []
    for row in rows:
        said = json.loads(row)
        if isinstance(said, list):
            blocks.append(_block(*said))
        elif said.get("gone"):
            raise FileNotFoundError
        elif "reason" in said:
            error = DocumentUnreadable(str(said["reason"]))
            error.digest = bytes.fromhex(said["digest"]) if said["digest"] else None
            raise error
        else:
            document = Document(
                tuple(blocks),
                said["pages"],
                tuple(said["blank_pages"]),
                said["has_lines"],
                said["encoding"],
                said["title"],
            )
            return ReadDocument(document, bytes.fromhex(said["digest"]), FileStat(*said["stat"]))
    raise EOFError


def _block(
    kind: str,
    text: str,
    lines: list[int],
    page: int | None,
    headings: list[str],
    last_lines: list[int] | None,
    places: list[str] | None,
) -> Block:
    rows = text.count("\n") + 1
    block = Block(
        BlockKind(kind),
        text,
        _numbers(lines),
        page,
        tuple(map(str, headings)),
        None if last_lines is None else _numbers(last_lines),
        places,
    )
    if any(len(of) != rows for of in (block.lines, last_lines and block.last_lines, places) if of):
        raise ValueError("a block whose rows have no places")
    return block


def _packed_numbers(numbers: Sequence[int]) -> list[int]:
    """A range as its bounds, anything else as a list behind a zero."""
    if isinstance(numbers, range):
        return [numbers.start, numbers.stop]
    return [0, *numbers]


def _numbers(packed: list[int]) -> Sequence[int]:
    return packed[1:] if packed[0] == 0 else range(*packed)


def _row(said: Any) -> str:
    return f"{json.dumps(said)}\n"
