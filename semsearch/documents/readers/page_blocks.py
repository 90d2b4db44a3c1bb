"""Pages of text to blocks, under the headings of an outline: of PDF, DjVu and PostScript."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.headings import HeadingTrail
from semsearch.documents.readers.ocr import text_of_image
from semsearch.documents.readers.pdf_cleanup import mended, without_furniture
from semsearch.documents.readers.plain_text import paragraphs
from semsearch.documents.reason import DocumentUnreadable, Reason, ReasonCode

_LONGEST_LABEL: Final = 20
_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def paged_document(
    pages: Sequence[str],
    outline: Mapping[int, Sequence[tuple[int, str]]] | None = None,
    *,
    title: str | None = None,
    unread: Reason | None = None,
    has_pictures: bool = True,
    picture_of: Callable[[int], bytes],
    languages: str | None = None,
    unreadable: Collection[int] = (),
) -> Document:
    """Return a document of the texts of its pages; arguments are as in ``blocks_of_pages``.

    A page without text, or of whose text most is ``unreadable``, is one of ``blank_pages``, or its
    picture (``picture_of``) is read by OCR when ``languages`` are given. Without pictures
    (``has_pictures``) nothing is missing on it.
    """
    texts = list(pages)
    if languages and has_pictures:
        texts = [
            text
            if text.strip() and number not in unreadable
            else _text_of(number, picture_of, languages, is_damaged=unread is not None)
            for number, text in enumerate(texts, start=1)
        ]
        unreadable = ()
    blank = [
        number
        for number, text in enumerate(texts, start=1)
        if not text.strip() or number in unreadable
    ]
    blocks = tuple(blocks_of_pages(without_furniture(texts), outline or {}))
    return Document(
        blocks,
        page_count=len(texts) if blocks or has_pictures else None,
        blank_pages=tuple(blank) if has_pictures else (),
        title=title,
        unread=unread,
    )


def _text_of(
    page: int, picture_of: Callable[[int], bytes], languages: str, *, is_damaged: bool
) -> str:
    """The text of a page by OCR; "" where a damaged document has no picture of it."""
    try:
        picture = picture_of(page)
    except DocumentUnreadable as error:
        if is_damaged and error.code is ReasonCode.OCR_FAILED:
            return ""
        raise
    return text_of_image(picture, languages)


def blocks_of_pages(
    pages: Sequence[str],
    outline: Mapping[int, Sequence[tuple[int, str]]],
    labels: Sequence[str] = (),
) -> Iterator[Block]:
    """Yield the paragraphs of each page, with the words joined that the end of a row has cut.

    ``outline`` has (level, title) of the entries of a page (from 1), ``labels`` are the pages'
    names where these are not their numbers.
    """
    for block in _unplaced(mended(pages), outline):
        yield _placed(block, labels)


def _placed(block: Block, labels: Sequence[str]) -> Block:
    """Return the block with the label of its page and the line of each row on it."""
    assert block.page is not None  # each block has a page
    label = labels[block.page - 1] if labels else str(block.page)
    label = " ".join(label.translate(_SURROGATES).split())[:_LONGEST_LABEL]
    return block._replace(places=[f"p.{label} line {line}" for line in block.lines])


def _unplaced(
    texts: Sequence[str], outline: Mapping[int, Sequence[tuple[int, str]]]
) -> Iterator[Block]:
    """The paragraphs of each page; a row that equals an outline title of its page is a heading."""
    trail = HeadingTrail()
    for page, text in enumerate(texts, start=1):
        waiting = list(outline.get(page, ()))  # entries whose row was not found yet
        titles = {_key(row) for row in text.split("\n")}
        # Entries that match no row of their page: the first holds from its top, the last behind it.
        unplaced = [entry for entry in waiting if _key(entry[1]) not in titles]
        waiting = [entry for entry in waiting if entry not in unplaced]
        for level, title in unplaced[:1]:
            trail.enter(level, title)
        for first, rows in paragraphs(enumerate(text.split("\n"), start=1)):
            yield from _paragraph_blocks(page, first, rows, waiting, trail)
        for level, title in unplaced[1:]:
            trail.enter(level, title)


def _key(title: str) -> str:
    """A title as it is compared: blanks behind its number may be a gap, or lost."""
    return "".join(title.split())


def _paragraph_blocks(
    page: int,
    first: int,
    rows: Sequence[str],
    waiting: list[tuple[int, str]],
    trail: HeadingTrail,
) -> Iterator[Block]:
    start = 0
    for at, row in enumerate(rows):
        title = _key(row)
        entry = next((entry for entry in waiting if _key(entry[1]) == title), None)
        if entry is None:
            continue
        if at > start:
            yield _block(BlockKind.PARAGRAPH, page, first + start, rows[start:at], trail)
        waiting.remove(entry)
        trail.enter(*entry)
        yield _block(BlockKind.HEADING, page, first + at, [row], trail)
        start = at + 1
    if start < len(rows):
        yield _block(BlockKind.PARAGRAPH, page, first + start, rows[start:], trail)


def _block(
    kind: BlockKind, page: int, first: int, rows: Sequence[str], trail: HeadingTrail
) -> Block:
    return Block(kind, "\n".join(rows), range(first, first + len(rows)), page, trail.titles)
