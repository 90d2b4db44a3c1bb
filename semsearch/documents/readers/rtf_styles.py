"""The tables at the head of an RTF document: fonts with their code pages, styles, the title."""

import re
from dataclasses import dataclass, field
from typing import Final

from semsearch.documents.readers import symbol_font
from semsearch.documents.readers.rtf_tokens import charset_codec, page_codec

_HEADING: Final = re.compile(r"heading ([1-9])", re.IGNORECASE)
_BODY_TEXT: Final = 9  # the outline level of text that is no heading
_LONGEST_CHAIN: Final = 50  # styles, each based on the next
_NAMED_CHARSETS: Final = {"CE": 238, "Cyr": 204, "Greek": 161, "Tur": 162, "Baltic": 186}


@dataclass(slots=True)
class _Entry:
    """One font or style while it is read: its control words with their numbers, and its name."""

    words: dict[bytes, int | None] = field(default_factory=dict)
    name: str = ""


@dataclass(slots=True)
class RtfHead:
    """What the tables of a document say."""

    codec: str = "cp1252"
    title: str = ""
    _fonts: dict[int, str] = field(default_factory=dict)
    _styles: dict[int, _Entry] = field(default_factory=dict)
    _entry: _Entry = field(default_factory=_Entry)

    def word(self, word: bytes, number: int | None) -> None:
        """Take a control word of a table."""
        self._entry.words[word] = number

    def text(self, table: bytes, text: str) -> None:
        """Take some text of a table; a semicolon ends an entry."""
        if table == b"title":
            self.title += text
            return
        for at, part in enumerate(text.split(";")):
            if at:
                self._end(table)
            self._entry.name += part

    def begin(self) -> None:
        """Begin an entry that a group holds."""
        self._entry = _Entry()

    def _end(self, table: bytes) -> None:
        entry, self._entry = self._entry, _Entry()
        if table == b"fonttbl":
            number = entry.words.get(b"f")
            codec = _font_codec(entry)
            if number is not None and codec:
                self._fonts[number] = codec
        elif b"cs" not in entry.words:
            self._styles[entry.words.get(b"s") or 0] = entry

    def font_codec(self, number: int) -> str:
        """Return the codec of a font's text; that of the document where the font names none."""
        return self._fonts.get(number, self.codec)

    def level(self, style: int | None, own: int | None) -> int | None:
        """Return the level of a heading, 0 for a title, by outline level and style; else None."""
        if own is not None:
            return None if own >= _BODY_TEXT else own + 1
        for entry in self._chain(style):
            name = entry.name.strip()
            if match := _HEADING.fullmatch(name):
                return int(match[1])
            if name.lower() == "title":
                return 0
            outline = entry.words.get(b"outlinelevel")
            if outline is not None:
                return None if outline >= _BODY_TEXT else outline + 1
        return None

    def is_hidden(self, style: int | None) -> bool:
        """Whether a style hides its text."""
        values = (e.words[b"v"] for e in self._chain(style) if b"v" in e.words)
        return next(values, 0) != 0

    def _chain(self, style: int | None) -> list[_Entry]:
        chain: list[_Entry] = []
        while style is not None and style in self._styles and len(chain) < _LONGEST_CHAIN:
            chain.append(self._styles[style])
            style = chain[-1].words.get(b"sbasedon")
        return chain


def _font_codec(entry: _Entry) -> str | None:
    if entry.name.strip().casefold() == symbol_font.NAME:
        return symbol_font.NAME
    page = entry.words.get(b"cpg")
    if page is not None:
        return page_codec(page)
    charset = entry.words.get(b"fcharset")
    if charset is None:
        charset = _NAMED_CHARSETS.get(entry.name.strip().rpartition(" ")[2])
    return None if charset is None else charset_codec(charset)
