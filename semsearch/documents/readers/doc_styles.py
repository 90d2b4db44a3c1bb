"""Styles of Word 97-2003 documents (MS-DOC, 2.9.271): headings and hidden text, inherited."""

import struct
from typing import Final, NamedTuple

from semsearch.documents.readers.doc_file import (
    HIDDEN,
    LIST,
    LIST_LEVEL,
    OUTLINE,
    RUN_STYLE,
    Format,
    properties,
)

_HEADINGS: Final = range(1, 10)  # numbers of built-in styles
_TITLE: Final = 62
_NO_STYLE: Final = 0xFFF
_PARAGRAPH: Final = 1  # the kind of a style
_BODY_TEXT: Final = 9  # the outline level of text that is no heading
_LONGEST_CHAIN: Final = 50  # styles, each based on the next
_AS_BEFORE: Final = 0x80  # of a switch: as the style has it
_OPPOSITE: Final = 0x81  # (2.9.325, ToggleOperand)


class ListPlace(NamedTuple):
    """The list that a paragraph is in, from 1, and its level in it, from 0."""

    number: int
    level: int


class _Style(NamedTuple):
    built_in: int
    based_on: int
    paragraph: dict[int, int]  # properties
    hidden: int | None

    @property
    def outline(self) -> int | None:
        return self.paragraph.get(OUTLINE)


class DocStyles:
    """The styles of a document by their numbers."""

    def __init__(self, sheet: bytes) -> None:
        self._styles: dict[int, _Style] = {}
        if len(sheet) < 6:
            return
        head, count, base_size = struct.unpack_from("<HHH", sheet)
        position = 2 + head
        for number in range(count):
            if position + 2 > len(sheet):
                return
            (size,) = struct.unpack_from("<H", sheet, position)
            style = sheet[position + 2 : position + 2 + size]
            if size >= base_size >= 10:
                self._styles[number] = _style(style, base_size)
            position += 2 + size + size % 2

    def level(self, paragraph: Format) -> int | None:
        """Return the level of a heading, 0 for a title; else None."""
        own = paragraph.properties.get(OUTLINE)
        if own is not None:
            return None if own >= _BODY_TEXT else own + 1
        for style in self._chain(paragraph.style or 0):
            if style.built_in in _HEADINGS:
                return style.built_in
            if style.built_in == _TITLE:
                return 0
            if style.outline is not None:
                return None if style.outline >= _BODY_TEXT else style.outline + 1
        return None

    def list_place(self, paragraph: Format) -> ListPlace | None:
        """Return the list that a paragraph is in, by itself or its style; None without one."""
        found = [paragraph.properties]
        found += [style.paragraph for style in self._chain(paragraph.style or 0)]
        number = next((one[LIST] for one in found if LIST in one), 0)
        level = next((one[LIST_LEVEL] for one in found if LIST_LEVEL in one), 0)
        return ListPlace(number, level) if number else None

    def is_hidden(self, run: Format, paragraph: Format) -> bool:
        """Whether a run is not shown, by itself or by its styles."""
        by_paragraph = self._hidden(paragraph.style or 0)
        by_style = by_paragraph != self._hidden(run.properties.get(RUN_STYLE, _NO_STYLE))
        return _toggled(run.properties.get(HIDDEN), is_on=by_style)

    def _hidden(self, number: int) -> bool:
        is_hidden = False
        for style in reversed(self._chain(number)):
            is_hidden = _toggled(style.hidden, is_on=is_hidden)
        return is_hidden

    def _chain(self, number: int) -> list[_Style]:
        chain: list[_Style] = []
        while number in self._styles and len(chain) < _LONGEST_CHAIN:
            chain.append(self._styles[number])
            number = chain[-1].based_on
        return chain


def _toggled(value: int | None, *, is_on: bool) -> bool:
    """A switch after one more value, which may refer to what it was."""
    if value is None or value == _AS_BEFORE:
        return is_on
    return not is_on if value == _OPPOSITE else value == 1


def _style(data: bytes, base_size: int) -> _Style:
    built_in, kind_and_base, count = struct.unpack_from("<HHH", data)
    kind, based_on = kind_and_base & 0xF, kind_and_base >> 4
    position = base_size
    (name_length,) = struct.unpack_from("<H", data, position) if position + 2 <= len(data) else (0,)
    position += 2 + 2 * (name_length + 1)
    lists: list[bytes] = []
    for _ in range(count & 0xF):
        if position + 2 > len(data):
            break
        (size,) = struct.unpack_from("<H", data, position)
        lists.append(data[position + 2 : position + 2 + size])
        position += 2 + size + size % 2
    paragraph: dict[int, int] = {}
    if kind == _PARAGRAPH and lists:
        paragraph = properties(lists.pop(0)[2:])
    hidden = properties(lists[0]).get(HIDDEN) if lists else None
    return _Style(built_in & 0xFFF, based_on, paragraph, hidden)
