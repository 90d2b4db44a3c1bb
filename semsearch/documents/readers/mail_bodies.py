"""The parts of a message that a person sees, and their text."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from semsearch.documents.document import Block, BlockKind
from semsearch.documents.passage import QUOTED
from semsearch.documents.readers.cards import read_cards
from semsearch.documents.readers.encoding import text_in
from semsearch.documents.readers.html import declared_encoding, read_html
from semsearch.documents.readers.mail_files import (
    File,
    ends_armour,
    is_cut,
    is_elsewhere,
    without_files,
    without_yenc,
)
from semsearch.documents.readers.mail_headers import Part, file_name, parsed
from semsearch.documents.readers.plain_text import paragraphs
from semsearch.documents.readers.quotation import begins_quotation, text_parts
from semsearch.documents.readers.signed_content import signed_content
from semsearch.documents.reason import DocumentUnreadable

_DEEPEST: Final = 10  # parts within parts
_MESSAGES: Final = ("message/rfc822", "message/global", "message/news")
# Share of the words of the page that the plain text beside it has, at the least, to say as much.
_SAME: Final = 0.75
_WORD: Final = re.compile(
    "[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\\W\u0e00-\u0eff\u3040-\u9fff]+"
)
_BOUNDARY: Final = re.compile(r"^--([^\s\"\\]{1,100})[ \t]*\r?\n(?=[\w-]+:)", re.MULTILINE)
_ENRICHED: Final = re.compile(r"<(?:/?[A-Za-z-]{1,60}>|(<))")  # RFC 1896
_BEGINNING: Final = 2_000  # bytes of a page in which it names its encoding
_NO_TEXT: Final = frozenset("text/css text/javascript text/ecmascript text/rtf".split())
_SIGNED: Final = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_PAGES: Final = ("text/html", "text/x-amp-html")
_CARDS: Final = ("text/calendar", "text/vcard", "text/x-vcard", "text/directory")


class Text(NamedTuple):
    """A piece of a message's text: kind, rows, and the headings that tell what it is.

    ``files`` stood coded in the text.
    """

    kind: BlockKind
    rows: list[str]
    trail: tuple[str, ...] = ()
    files: tuple[File, ...] = ()


def shown_parts(message: Part) -> list[Part]:
    """Return the texts, attachments and messages in a message, in the order of the message.

    Of alternatives one is shown, with the files of the others; of equal parts the first.
    """
    parts: list[Part] = []
    seen: set[bytes] = set()
    for part in _leaves(message, 0):
        digest = sha256(_bytes_of(part)).digest() if not part.is_multipart() else b""
        if digest not in seen or not digest:
            parts.append(part)
        seen.add(digest)
    return parts


def is_message(part: Part) -> bool:
    """Whether a part is a message with text of its own."""
    return part.get_content_type() in _MESSAGES


def is_too_deep(part: Part) -> bool:
    """Whether a shown part has parts of its own, which are not read."""
    return part.get_content_maintype() == "multipart" and bool(_within(part))


def is_body(part: Part) -> bool:
    """Whether a part is text of the message itself, and no file beside it."""
    kind, disposition = part.get_content_type(), part.get_content_disposition()
    if kind.startswith("message/"):
        return not is_message(part) and not is_elsewhere(part) and not file_name(part)
    is_text = kind.startswith("text/") or kind.startswith("multipart/")  # the latter without parts
    return is_text and kind not in _NO_TEXT and not file_name(part) and disposition != "attachment"


def texts_of(part: Part) -> Iterator[Text]:
    """Yield the paragraphs of a body."""
    kind = part.get_content_type()
    if kind.startswith("message/"):  # a report on delivery or on reading, RFC 3464 and RFC 8098
        for report in _within(part) or [part]:
            rows = [f"{name}: {' '.join(str(value).split())}" for name, value in report.raw_items()]
            rows += _content(report).split("\n") if not report.is_multipart() else []
            yield Text(BlockKind.LIST, [row for row in rows if row.strip()])
    elif kind in _PAGES:
        yield from _page_texts(_page(_content(part)))
    elif kind in _CARDS:
        for block in read_cards(_content(part)).blocks:
            yield Text(BlockKind.LIST, block.text.split("\n"))
    else:
        rows, files = _plain(part)
        yield from _plain_texts(rows)
        yield from _text_of_files(files)


def texts_of_body(plain: str, page: str) -> Iterator[Text]:
    """Yield the paragraphs of a body in two forms: of the plain text, or else of the page."""
    content, files = without_files(plain)
    rows, blocks = content.split("\n"), _page(page) if page else ()
    if _says_as_much(rows, blocks):
        yield from _plain_texts(rows)
        yield from _text_of_files(files)
    else:
        yield from _page_texts(blocks)


def _text_of_files(files: Sequence[File]) -> Iterator[Text]:
    if files:
        yield Text(BlockKind.LIST, [], (), tuple(files))


def _plain_texts(content: Sequence[str]) -> Iterator[Text]:
    for found in text_parts(content):
        for _, rows in paragraphs(enumerate(found.rows, start=1)):
            yield Text(BlockKind.PARAGRAPH, rows, found.trail)


def _leaves(part: Part, depth: int) -> Iterator[Part]:
    kind = part.get_content_type()
    inner = _within(part)
    if not inner or kind.startswith("message/") or depth > _DEEPEST:
        yield part
        return
    shown = _chosen(inner, depth) if kind == "multipart/alternative" else inner
    for one in inner:
        if any(one is other for other in shown):
            yield from _leaves(one, depth + 1)
        else:
            yield from (leaf for leaf in _leaves(one, depth + 1) if _is_beside(leaf))


def _within(part: Part) -> list[Part]:
    if part.get_content_type() in _SIGNED:
        content = signed_content(_bytes_of(part))
        return [] if content is None else [parsed(content)]
    payload = part.get_payload()
    if isinstance(payload, str) and part.get_content_maintype() == "multipart":
        line = _BOUNDARY.search(payload)
        if line is not None:  # another than the header says
            head = f'Content-Type: multipart/mixed; boundary="{line[1]}"\n\n'
            whole = parsed((head + payload).encode("utf-8", "surrogateescape"))
            payload = whole.get_payload()
    return [one for one in payload if not isinstance(one, str)] if isinstance(payload, list) else []


def _chosen(inner: Sequence[Part], depth: int) -> list[Part]:
    """Of alternatives the plain text where it says what the page says; else the page."""
    plain = next((one for one in inner if one.get_content_type() == "text/plain"), None)
    pages = {id(one): _page_of(one, depth) for one in inner}
    page = next((one for one in reversed(inner) if pages[id(one)] is not None), None)
    if plain is None or page is None:
        return [plain or page or inner[-1]]
    return [plain if _says_as_much(_rows(plain), pages[id(page)] or ()) else page]


def _says_as_much(rows: Sequence[str], page: Sequence[Block]) -> bool:
    in_page = set(_words("\n".join(block.text for block in page)))
    return len(in_page & set(_words("\n".join(rows)))) >= _SAME * len(in_page)


def _page_of(part: Part, depth: int) -> Sequence[Block] | None:
    """The blocks of the pages in an alternative; None where it has none."""
    leaves = (leaf for leaf in _leaves(part, depth + 1) if is_body(leaf))
    pages = [leaf for leaf in leaves if leaf.get_content_type() == "text/html"]
    return [block for page in pages for block in _page(_content(page))] if pages else None


def _is_beside(leaf: Part) -> bool:
    """Whether a part of an alternative that is not shown is text or a file of its own."""
    if is_body(leaf):
        return leaf.get_content_type() in _CARDS
    return not (leaf.get_content_maintype() == "image" and leaf["Content-ID"])


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


@lru_cache(maxsize=4)
def _page(content: str) -> Sequence[Block]:
    """The blocks of a page, which is looked at before it is read."""
    try:
        return read_html(content.encode("utf-8", "replace"), only_text=False).blocks
    except DocumentUnreadable:
        return ()


def _page_texts(blocks: Sequence[Block]) -> Iterator[Text]:
    trail: tuple[str, ...] = ()
    for block in _with_whole_armour(blocks):
        if not trail and begins_quotation(block.text):
            trail = (QUOTED,)
        content, files = without_files(block.text)
        yield Text(block.kind, content.split("\n") if content else [], trail, tuple(files))


def _with_whole_armour(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks of a page, those joined over which armour of PGP reaches."""
    closings = [at for at, block in enumerate(blocks) if ends_armour(block.text)]
    at = 0
    while at < len(blocks):
        end = at + 1
        if is_cut(blocks[at].text):
            following = bisect_right(closings, at)
            end = (closings[following] if following < len(closings) else at) + 1
        yield blocks[at]._replace(text="\n".join(block.text for block in blocks[at:end]))
        at = end


def _rows(part: Part) -> list[str]:
    return _plain(part)[0]


def _plain(part: Part) -> tuple[list[str], list[File]]:
    """The rows of a plain text, those joined that were broken for the way (RFC 3676).

    With them the files that stood coded among them.
    """
    content, files = without_files(_content(part))
    files += without_yenc(_bytes_of(part))[1]
    kind = part.get_content_type()
    if kind in ("text/enriched", "text/richtext"):
        content = _ENRICHED.sub(lambda found: found[1] or "", content)
    rows = content.split("\n")
    if str(part.get_param("format", "")).lower() != "flowed":
        return rows, files
    deletes_space = str(part.get_param("delsp", "")).lower() == "yes"
    return _joined(rows, deletes_space=deletes_space), files


def _joined(rows: Sequence[str], *, deletes_space: bool) -> list[str]:
    joined: list[str] = []
    before: int | None = None  # depth of the row above, where that goes on
    for row in rows:
        depth = len(row) - len(row.lstrip(">"))
        text = row[depth:].removeprefix(" ")
        is_signature = text == "-- "
        if before == depth and not is_signature:
            joined[-1] += text
        else:
            joined.append(f"{'>' * depth} {text}" if depth else text)
        before = depth if text.endswith(" ") and not is_signature else None
        if before is not None and deletes_space:
            joined[-1] = joined[-1][:-1]
    return joined


def _content(part: Part) -> str:
    """The text of a part, in the encoding that it names, or that its bytes are in."""
    charset = part.get_param("charset")
    name = charset[2] if isinstance(charset, tuple) else charset
    data, _ = without_yenc(_bytes_of(part))
    if not name and part.get_content_type() in _PAGES:
        name = declared_encoding(data[:_BEGINNING])
    return text_in(data, str(name) if name else None)


def _bytes_of(part: Part) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
