"""What a person reads on a page of a PDF: its text, and the notes that are put on it."""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any, Final

from semsearch.documents.readers.pdf_annotations import annotations_of, with_values
from semsearch.documents.readers.pdf_columns import text_of_rows
from semsearch.documents.readers.pdf_fonts import UNMAPPED, Typefaces
from semsearch.documents.readers.pdf_initials import put_initials
from semsearch.documents.readers.pdf_layers import Layers
from semsearch.documents.readers.pdf_page import Box, read_page
from semsearch.documents.readers.pdf_rows import rows_of
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

# Latin ligatures, U+FB00 to U+FB06, never occur in questions.
LIGATURES: Final = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
# Small capitals and old-style figures of Adobe's Glyph List, in the private use area: what they
# show. Roman numerals: fonts without their own have letters for them, and name the letters so.
_SHOWN_AS: Final = {
    **{0xF700 + code: chr(code) for code in (*range(0x30, 0x3A), *range(0x61, 0x7B))},
    **{0xF700 + code: chr(code) for code in range(0xE0, 0xFF)},
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2160, 0x2180)},
}
# Control characters; a glyph may mean any character.
_NO_TEXT: Final = {code: " " if 8 < code < 14 else None for code in (*range(32), 127)}
_NO_TEXT[10] = "\n"
# Glyphs without Unicode mapping: such a text cannot be searched.
_UNREADABLE: Final = re.compile("[\ufffd\ue000-\uf8ff]")
_MOST_UNREADABLE: Final = 0.3
SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), UNMAPPED)
_CLEANED: Final = {**_SHOWN_AS, **_NO_TEXT, **LIGATURES, **SURROGATES}
# Operators that put something on a page (ISO 32000-1, annex A).
_DRAWS: Final = re.compile(rb"(?<![A-Za-z/])(?:[fFbB]\*?|[sS]|sh|Do|T[jJ]|EI|['\"])(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class PageContent:
    """A page: the text that is shown, rows of notes on it, and files that are attached to it.

    Most of the text layer of a page that ``is_unreadable`` has no meaning in Unicode; ``text`` has
    the words that have. ``has_hidden`` text is not shown. A page that ``is_empty`` draws nothing.
    """

    text: str = ""
    notes: tuple[str, ...] = ()
    files: tuple[Any, ...] = ()
    is_unreadable: bool = False
    has_hidden: bool = False
    is_empty: bool = False

    @property
    def needs_ocr(self) -> bool:
        """Whether only a picture of the page may tell what is on it."""
        return self.is_unreadable or not self.text.strip()


def content_of(page: Any, typefaces: Typefaces, layers: Layers) -> PageContent:
    """Return what is on a page; raises any exception where its content stream is damaged."""
    stream = _stream(page)
    found = read_page(stream, page.get("/Resources", {}), _box(page), typefaces, layers)
    annotations = annotations_of(page, layers)
    rows = rows_of(found.fragments)
    put_initials(rows)
    with_values(rows, annotations.values)
    text = text_of_rows(rows)
    page_content = PageContent(
        notes=tuple(clean(note) for note in annotations.notes),
        files=tuple(annotations.files),
        has_hidden=found.has_hidden,
        is_empty=_DRAWS.search(stream) is None,
    )
    return with_text(page_content, clean(text))


def with_text(content: PageContent, text: str) -> PageContent:
    """Return a page with this text, or with the readable words of it where most is unreadable."""
    is_unreadable = len(_UNREADABLE.findall(text)) > _MOST_UNREADABLE * len(text)
    text = _readable_words(text) if is_unreadable else text
    return replace(content, text=text, is_unreadable=is_unreadable)


def clean(text: str) -> str:
    """Return text without control characters, ligatures and halves of characters."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_CLEANED)


def _readable_words(text: str) -> str:
    """The words of a text that is mostly unreadable, but for single letters and signs."""
    rows = (filter(_is_readable, row.split()) for row in text.split("\n"))
    return "\n".join(row for row in map(" ".join, rows) if row)


def _is_readable(word: str) -> bool:
    return not _UNREADABLE.search(word) and sum(map(str.isalnum, word)) > 1


def _stream(page: Any) -> bytes:
    """The content stream of a page, which may be in several pieces (ISO 32000-1, 7.8.2)."""
    content = page.get("/Contents")
    content = content.get_object() if content is not None else None
    if content is None:
        return b""
    pieces = [piece.get_object() for piece in content] if isinstance(content, list) else [content]
    streams = [piece for piece in pieces if hasattr(piece, "get_data")]
    if pieces and not streams:
        raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged PDF: a page without a content stream")
    return b"\n".join(stream.get_data() for stream in streams)


def _box(page: Any) -> Box | None:
    """The part of a page that viewers show (14.11.2); None where its boxes are damaged."""
    try:
        media, crop = page.mediabox, page.cropbox
        box = Box(
            max(float(media.left), float(crop.left)),
            max(float(media.bottom), float(crop.bottom)),
            min(float(media.right), float(crop.right)),
            min(float(media.top), float(crop.top)),
        )
    except Exception:  # pypdf raises any exception for broken structures
        return None
    return box if box.right - box.left > 1 and box.top - box.bottom > 1 else None
