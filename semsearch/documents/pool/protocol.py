"""The protocol of reader processes: lines of JSON, many blocks to each.

A reader process may be taken over by a document; its answers are checked and never unpickled.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from semsearch.documents.document import Block, BlockKind, Document, PageReader
from semsearch.documents.readers.reader import ReadDocument
from semsearch.documents.reason import DocumentUnreadable, Reason, ReasonCode
from semsearch.documents.walk.walker import FileStat

_KINDS: Final = {kind.value: kind for kind in BlockKind}
_ROW: Final = 200_000  # characters per row of an answer

Value = TypeVar("Value", int, str)


def packed(read: ReadDocument) -> Iterator[bytes]:
    """Yield a document as rows: rows of a few hundred blocks, and a last row about the whole."""
    document, stat = read.document, read.stat
    blocks: list[Any] = []
    characters = 0
    headings: tuple[str, ...] | None = None
    for block in document.blocks:
        blocks.append(_packed_block(block, None if block.headings == headings else block.headings))
        headings = block.headings
        characters += len(block.text)
        if characters > _ROW:
            yield _row(blocks)
            blocks, characters = [], 0
    yield _row(blocks)
    yield _row(
        {
            "digest": read.digest.hex(),
            "stat": [stat.size, stat.mtime_ns, stat.ctime_ns, stat.inode],
            "pages": document.page_count,
            "blank_pages": document.blank_pages,
            "has_lines": document.has_lines,
            "encoding": document.encoding,
            "title": document.title,
            "invalid_bytes": document.invalid_bytes,
            "is_blank": document.is_blank,
            "unread": document.unread and [document.unread.code.key, document.unread.detail],
            "reread": None if document.reread is None else str(document.reread),
        }
    )


def packed_failure(error: DocumentUnreadable) -> bytes:
    """Return an unreadable document as the one row of its answer."""
    digest = error.digest.hex() if error.digest else None
    return _row({"code": error.code.key, "reason": str(error), "digest": digest})


def packed_page_count(count: int) -> bytes:
    """Return the row that has the number of pages of a document."""
    return _row({"page_count": count})


def packed_absence() -> bytes:
    """Return the row that says that a file is gone."""
    return _row({"gone": True})


def unpacked(rows: Iterable[bytes]) -> ReadDocument:
    """Return the document of some rows, or raise the error of its reader.

    Raises ``EOFError`` for half an answer. Any other error (``ValueError``, ``KeyError``,
    ``TypeError``) is a fault of the process that sent the rows.
    """
    blocks: list[Block] = []
    for row in rows:
        said = json.loads(row)
        if isinstance(said, list):
            headings = blocks[-1].headings if blocks else ()
            for kind, text, lines, page, own_headings, last_lines, places in said:
                if own_headings is not None:
                    headings = tuple(map(str, own_headings))
                count = text.count("\n") + 1
                blocks.append(
                    Block(
                        _KINDS[kind],
                        text,
                        _numbers(lines, count),
                        page,
                        headings,
                        None if last_lines is None else _numbers(last_lines, count),
                        None if places is None else _counted(places, count),
                    )
                )
        elif said.get("gone"):
            raise FileNotFoundError
        elif "reason" in said:
            error = DocumentUnreadable(ReasonCode.named(said["code"]), str(said["reason"]))
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
                said["invalid_bytes"],
                said["is_blank"],
                said["unread"] and Reason(ReasonCode.named(said["unread"][0]), said["unread"][1]),
                None if said["reread"] is None else PageReader.of_text(said["reread"]),
            )
            return ReadDocument(document, bytes.fromhex(said["digest"]), FileStat(*said["stat"]))
    raise EOFError


def unpacked_page_count(rows: Iterable[bytes]) -> int:
    """Return the page count of an answer; errors are those of ``unpacked``."""
    for row in rows:
        said = json.loads(row)
        if "page_count" not in said:
            unpacked([row])
        return max(1, int(said["page_count"]))
    raise EOFError


def _packed_block(block: Block, headings: Sequence[str] | None) -> list[Any]:
    """A block as a list; ``headings`` is None where they equal those of the block before."""
    last_lines = block.last_lines
    return [
        block.kind.value,
        block.text,
        _packed_numbers(block.lines),
        block.page,
        headings,
        None if last_lines is None else _packed_numbers(last_lines),
        None if block.places is None else list(block.places),
    ]


def _packed_numbers(numbers: Sequence[int]) -> int | list[int]:
    """Consecutive numbers as the first of them, other numbers as a list."""
    if isinstance(numbers, range) and numbers.step == 1 and numbers:
        return numbers.start
    return list(numbers)


def _numbers(packed: int | list[int], count: int) -> Sequence[int]:
    return range(packed, packed + count) if isinstance(packed, int) else _counted(packed, count)


def _counted(values: list[Value], count: int) -> list[Value]:
    """Check that there is one value a row; raises ``ValueError`` when there is not."""
    if len(values) != count:
        raise ValueError("a block whose rows have no places")
    return values


def _row(said: Any) -> bytes:
    return json.dumps(said).encode("ascii") + b"\n"
