"""PostScript to blocks, page by page, by Ghostscript where it is installed.

Ghostscript runs the program that a document is, under the limits of the reader process and with
files shut (``-dSAFER``), and writes each letter with its place (``txtwrite``). Rows, words and
columns are made of them as of a PDF's.
"""

import html
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from semsearch.documents.document import Document
from semsearch.documents.readers.child_process import ended_after, output_of
from semsearch.documents.readers.encoding import decoded
from semsearch.documents.readers.headings import title_named
from semsearch.documents.readers.page_blocks import paged_document
from semsearch.documents.readers.pdf_columns import text_of_rows
from semsearch.documents.readers.pdf_fonts import UNMAPPED
from semsearch.documents.readers.pdf_fragments import CLOSEST_GAP, Fragment
from semsearch.documents.readers.pdf_initials import put_initials
from semsearch.documents.readers.pdf_page_content import PageContent, clean, with_text
from semsearch.documents.readers.pdf_quality import are_codes
from semsearch.documents.readers.pdf_rows import rows_of
from semsearch.documents.readers.postscript_file import program_of
from semsearch.documents.readers.tex_glyphs import texts_of_dingbats
from semsearch.documents.reason import DocumentUnreadable, Reason, ReasonCode

_PER_POINT: Final = 10  # units of a place; Ghostscript rounds places to whole ones
# Nothing is written but to standard output, and what the program prints goes to standard error.
_GHOSTSCRIPT: Final = (
    "gs", "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH", "-sstdout=%stderr", "-sOutputFile=-",
)  # fmt: skip
# ``txtwrite`` counts spacing as a part of the letter, and blanks made of it would be lost. Letters
# that an operator spaces are shown one by one (PLRM 3, chapter 8), but those of composite fonts.
_LETTER_BY_LETTER: Final = """
userdict begin
/.has-letters { currentfont /FontType get 0 ne } def
/.letter { 1 string dup 0 4 -1 roll put show } def
/ashow { .has-letters
  { { .letter 2 copy rmoveto } forall pop pop } { systemdict /ashow get exec } ifelse } def
/awidthshow { .has-letters
  { { dup .letter 3 copy pop rmoveto 3 index eq { 4 index 4 index rmoveto } if } forall
    5 { pop } repeat }
  { systemdict /awidthshow get exec } ifelse } def
/xshow { .has-letters 1 index type /stringtype ne and
  { exch 0 exch
    { currentpoint 3 -1 roll .letter moveto 2 copy get 0 rmoveto 1 add } forall pop pop }
  { systemdict /xshow get exec } ifelse } def
/xyshow { .has-letters 1 index type /stringtype ne and
  { exch 0 exch
    { currentpoint 3 -1 roll .letter moveto
      2 copy 2 copy get 3 1 roll 1 add get rmoveto 2 add } forall pop pop }
  { systemdict /xyshow get exec } ifelse } def
end
"""
_TEXT: Final = (
    f"-r{72 * _PER_POINT}",
    "-sDEVICE=txtwrite",
    "-dTextFormat=0",
    "-c",
    _LETTER_BY_LETTER,
    "-f",
    "-",
)
_PICTURE: Final = ("-r300", "-sDEVICE=pnggray", "-sBandListStorage=memory")
_DINGBATS: Final = b"ingbats"  # in the names of such fonts
_PAGE: Final = b"<page>\n"
_SPAN: Final = re.compile(rb'<span bbox="([-\d ]+)" font="([^\n]*)" size="([\d.]+)">\n')
_CHARACTER: Final = re.compile(rb'<char bbox="([-\d ]+)" c="([^"\n]*)"/>\n')
_ERROR: Final = re.compile(rb"Error: /(\w+)(?: in (?:--)?(\S{1,60}?)(?:--)?(?:\s|$))?")
_OUT_OF_MEMORY: Final = b"VMerror"
_TITLE: Final = re.compile(rb"^%%Title: *\(?([^\r\n]{1,400}?)\)?[ \t]*$", re.MULTILINE)
_HEADER: Final = 4000  # bytes in which the comments about a document stand
_DRAWS_PICTURES: Final = re.compile(rb"image")  # image, colorimage, imagemask


def read_postscript(data: bytes, languages: str | None = None) -> Document:
    """Read the text of each page; of a program that fails, the pages before.

    A page without text, or whose glyphs have no names, is named in ``blank_pages``, or read by OCR
    when ``languages`` are given. A document that only draws lines has no text.
    Raises ``DocumentUnreadable``.
    """
    program = program_of(data)
    ended = ended_after((*_GHOSTSCRIPT, *_TEXT), program, ReasonCode.NEEDS_GHOSTSCRIPT)
    found = [_page_text(page) for page in ended.stdout.split(_PAGE)[1:]]
    contents = [with_text(PageContent(), "" if are_codes(text) else text) for text in found]
    pages = [content.text for content in contents]
    unread = None
    if ended.returncode != 0:
        if _OUT_OF_MEMORY in ended.stderr:
            detail = "reading it takes more memory than a document may"
            raise DocumentUnreadable(ReasonCode.TOO_MUCH_MEMORY, detail)
        unread = _fault(ended.stderr, len(pages))
        if not any(map(str.strip, pages)):
            raise DocumentUnreadable(unread.code, unread.detail)

    def picture_of(page: int) -> bytes:
        only = (f"-dFirstPage={page}", f"-dLastPage={page}", "-")
        return output_of((*_GHOSTSCRIPT, *_PICTURE, *only), program)

    return paged_document(
        pages,
        title=_title(program),
        unread=unread,
        # Codes are text for a person, who sees the glyphs.
        has_pictures=pages != found or _DRAWS_PICTURES.search(program) is not None,
        picture_of=picture_of,
        languages=languages,
        unreadable=[at for at, content in enumerate(contents, start=1) if content.is_unreadable],
    )


def _fault(said: bytes, pages: int) -> Reason:
    """Why Ghostscript has stopped, behind so many pages."""
    error = _ERROR.search(said)
    what, where = (error[1].decode(), (error[2] or b"").decode("latin-1")) if error else ("", "")
    told = " in ".join(filter(None, (what, where))) or "Ghostscript stopped"
    read = f"; it is read up to page {pages}" if pages else ""
    # What stands in a document is made printable.
    detail = f"damaged PostScript document: {told}{read}"
    return DocumentUnreadable(ReasonCode.DAMAGED, detail).reason


def _title(program: bytes) -> str | None:
    """The title of the comments at the beginning (DSC 3.0, 4.5); None without one."""
    found = _TITLE.search(program[:_HEADER])
    if found is None or found[1].startswith(b"atend"):
        return None
    try:
        return title_named(decoded(found[1]).text)
    except DocumentUnreadable:
        return None  # not text


def _page_text(page: bytes) -> str:
    rows = rows_of(_fragments(page))
    put_initials(rows)
    return clean(text_of_rows(rows))


def _fragments(page: bytes) -> Iterator[Fragment]:
    """The pieces of text that ``txtwrite`` tells of a page, without a gap within."""
    glyphs = _numbered_glyphs(page)
    for span, behind in _spans(page):
        em = float(span[3])
        x, y, x_end, y_end = map(int, span[1].split())
        letters = _CHARACTER.finditer(page, span.end(), behind)
        if not em > 0:
            continue
        meant = glyphs.get(span[2], {})
        if y == y_end and x_end > x:
            yield from _upright(letters, y, em, meant)
        else:
            # Turned; its letters have no places of their own.
            text = "".join(_text(letter[2], meant) for letter in letters)
            yield _turned(text, (x, y), (x_end, y_end), em)


def _upright(
    letters: Iterable["re.Match[bytes]"], y: int, em: float, meant: Mapping[str, str]
) -> Iterator[Fragment]:
    gap = CLOSEST_GAP * em * _PER_POINT
    texts: list[str] = []
    start = end = 0
    for letter in letters:
        left, _, right, _ = map(int, letter[1].split())
        if texts and abs(left - end) > gap:
            yield _fragment(texts, start, end, y, em)
            texts = []
        if not texts:
            start = left
        texts.append(_text(letter[2], meant))
        end = right
    if texts:
        yield _fragment(texts, start, end, y, em)


def _fragment(texts: list[str], start: int, end: int, y: int, em: float) -> Fragment:
    unit = float(_PER_POINT)
    return Fragment("".join(texts), start / unit, end / unit, -y / unit, em)


def _turned(text: str, start: tuple[int, int], end: tuple[int, int], em: float) -> Fragment:
    """A text whose baseline goes another way than to the right."""
    (x, y), (x_end, y_end) = start, end
    length = math.hypot(x_end - x, y_end - y) or 1.0
    along, up = (x_end - x) / length, (y - y_end) / length
    unit = float(_PER_POINT)
    left, base = (x * along - y * up) / unit, (-y * along - x * up) / unit
    turn = round(math.degrees(math.atan2(up, along)))
    return Fragment(text, left, left + length / unit, base, em, turn)


def _spans(page: bytes) -> Iterator[tuple["re.Match[bytes]", int]]:
    """The heads of the pieces of a page, each with the place behind its letters."""
    spans = list(_SPAN.finditer(page))
    ends = [*(span.start() for span in spans), len(page)][1:]
    return zip(spans, ends, strict=True)


def _numbered_glyphs(page: bytes) -> Mapping[bytes, Mapping[str, str]]:
    """What the letters of fonts mean whose glyphs are named by numbers, by the font's name."""
    used: dict[bytes, set[str]] = {}
    for span, behind in _spans(page):
        if _DINGBATS not in span[2]:
            found = _CHARACTER.finditer(page, span.end(), behind)
            used.setdefault(span[2], set()).update(_text(letter[2], {}) for letter in found)
    return texts_of_dingbats(used)


def _text(escaped: bytes, meant: Mapping[str, str]) -> str:
    text = escaped.decode("utf-8", "replace")
    if "&" in text:
        text = html.unescape(text) or UNMAPPED  # a code of control means no character
    return meant.get(text, text)
