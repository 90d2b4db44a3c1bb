"""Files in a PDF: attachments, and the documents of a portfolio (ISO 32000-1, 7.11 and 12.3.5)."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final

from semsearch.documents.document import Block, BlockKind
from semsearch.documents.formats import why_not_read
from semsearch.documents.readers.contained import deeper, placed
from semsearch.documents.readers.pdf_strings import text_string
from semsearch.documents.readers.reader import document_within, is_read_within
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_MOST: Final = 100  # files that are read
_MOST_NAMED: Final = 1_000
_MOST_NODES: Final = 10_000  # of the tree of names
_HEADING: Final = ("Attachments",)


def attached_files(root: Any, of_pages: Iterable[Any]) -> list[tuple[str, Any]]:
    """Return the name and the stream of each file of a document; None for one that is not there.

    ``of_pages`` are the specifications of those that are attached to a place on a page.
    """
    files: list[tuple[str, Any]] = []
    streams: set[int] = set()
    try:
        named = list(_specifications(root))
    except MemoryError:
        raise
    except Exception:  # pypdf raises any exception for broken structures
        named = []
    for specification in (*named, *of_pages):
        try:
            name, stream = _file(specification.get_object())
        except MemoryError:
            raise
        except Exception:  # noqa: S112  # as above; the other files can be read
            continue
        if name and id(stream) not in streams and len(files) < _MOST_NAMED:
            streams.add(id(stream))
            files.append((name, stream))
    return files


def _specifications(root: Any) -> Iterator[Any]:
    """The file specifications in the tree of names (7.9.6)."""
    names = root["/Names"].get_object() if "/Names" in root else {}
    nodes = [names["/EmbeddedFiles"].get_object()] if "/EmbeddedFiles" in names else []
    for _ in range(_MOST_NODES):
        if not nodes:
            return
        node = nodes.pop()
        yield from list(node.get("/Names", ()))[1::2]
        nodes += [kid.get_object() for kid in reversed(list(node.get("/Kids", ())))]


def _file(specification: Any) -> tuple[str, Any]:
    name = text_string(specification.get("/UF") or specification.get("/F") or "")
    embedded = specification["/EF"].get_object() if "/EF" in specification else {}
    found = embedded.get("/UF") or embedded.get("/F")
    name = " ".join(name.replace("\\", "/").rpartition("/")[2].split())
    return name, None if found is None else found.get_object()


def blocks_of_files(files: Iterable[tuple[str, Any]], unread: UnreadParts) -> list[Block]:
    """Return the text of the files, each row with its place in the file, after a list of all.

    A file that is not read is named with the reason, and noted in ``unread``.
    """
    listed: list[str] = []
    blocks: list[Block] = []
    for number, (name, stream) in enumerate(files, start=1):
        try:
            if number > _MOST:
                told = f"the document has more than {_MOST} files"
                raise DocumentUnreadable(ReasonCode.TOO_LARGE_UNPACKED, told)
            read = _blocks(name, stream, unread)
            listed.append(f"Attached: {name}")
        except DocumentUnreadable as error:
            read = []
            unread.add_failure(name, error)
            listed.append(f"Attached: {name} (not read: {error})")
        blocks += read
    if not listed:
        return []
    count = len(listed)
    rows = "\n".join(listed)
    place = ["attachments"] * count
    return [Block(BlockKind.LIST, rows, [1] * count, None, _HEADING, places=place), *blocks]


def _blocks(name: str, stream: Any, unread: UnreadParts) -> list[Block]:
    if stream is None:
        raise DocumentUnreadable(ReasonCode.DAMAGED, "it is not in the document")
    if not is_read_within(name):
        reason = why_not_read(name)
        raise DocumentUnreadable(reason.code, reason.detail)
    with deeper():
        try:
            data = stream.get_data()
        except MemoryError:
            raise
        except Exception as error:  # filters fail with any exception
            raise DocumentUnreadable(ReasonCode.DAMAGED, "it is damaged") from error
        document = document_within(data, name)
        unread.add_incomplete(name, document, len(data))
        return [placed(block, (name,), partial(_place, name)) for block in document.blocks]


def _place(name: str, within: str) -> str:
    """A place in an attached file."""
    return f"attachment {name} {within}"
