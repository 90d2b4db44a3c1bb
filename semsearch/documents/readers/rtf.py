"""Rich Text Format 1.9.1 to blocks: what a page shows, notes after their sentences."""

from dataclasses import replace

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.embedded import stored_rows
from semsearch.documents.readers.headings import title_named
from semsearch.documents.readers.list_numbers import stored_number
from semsearch.documents.readers.paragraph_text import (
    ParagraphText,
    add_paragraph,
    cell_text,
    equation_text,
    is_page_field,
)
from semsearch.documents.readers.rtf_state import State, Target
from semsearch.documents.readers.rtf_styles import RtfHead
from semsearch.documents.readers.rtf_tokens import ByteText, Token, named_codec, page_codec, tokens
from semsearch.documents.readers.rtf_words import (
    CHARACTERS,
    DESCRIBING,
    ENDS,
    INFO,
    READ_THOUGH_STARRED,
    SKIPPED,
    TABLES,
    kind_of,
)
from semsearch.documents.readers.symbol_font import symbol
from semsearch.documents.readers.unread_parts import UnreadParts


def read_rtf(data: bytes) -> Document:
    """Read headings, paragraphs and tables; hidden and deleted text is left out."""
    reader = _Reader()
    for token in tokens(data):
        reader.take(token)
    return reader.document()


class _Reader:
    def __init__(self) -> None:
        self._head = RtfHead()
        self._flow = Flow()
        self._body = Target("body")
        self._state = State(self._body)
        self._stack: list[State] = []
        self._bytes = ByteText()
        self._to_skip = 0  # characters that stand in for a Unicode one
        self._surrogate = 0
        self._rows: list[str] = []
        self._comments: list[tuple[str, str]] = []
        self._author = ""
        self._property = ""
        self._table_depth = 0
        self._unread = UnreadParts()
        self._page_parts: dict[str, list[str]] = {"header": [], "footer": []}

    def take(self, token: Token) -> None:
        """Take the next token."""
        match token.kind:
            case "text":
                self._add_bytes(token.text)
            case "byte":
                self._add_bytes(bytes.fromhex(token.text.decode()))
            case "open":
                self._flush()
                self._stack.append(self._state)
                self._state = replace(self._state, is_starred=False, is_new=True, ends_target=False)
                if self._state.table and len(self._stack) == self._table_depth + 1:
                    self._head.begin()
            case "close":
                self._flush()
                self._close()
            case _:
                self._control(token.text, token.number)
        if token.kind != "open":
            self._state.is_new = self._state.is_new and token.text == b"*"

    def document(self) -> Document:
        """Return what was read; groups that are still open end here."""
        self._flush()
        while self._stack:
            self._close()
        self._end_open_row(self._body)
        self._end_paragraph(self._body)
        self._end_table()
        self._flow.comments(self._comments)
        for kind, texts in self._page_parts.items():
            self._flow.page_part(kind, texts)
        return self._flow.document(title_named(self._head.title), self._unread.reason)

    def _control(self, word: bytes, number: int | None) -> None:
        if self._to_skip and word != b"u":
            self._to_skip -= 1
            if word in CHARACTERS:
                return
        if word == b"*":
            self._state.is_starred = self._state.is_new
            return
        if word == b"u" and number is not None:
            self._unicode(number)
            return
        if word in CHARACTERS and not self._state.table:
            self._add_text(CHARACTERS[word])
            return
        self._flush()
        if not self._destination(word):
            self._property_word(word, number)

    def _destination(self, word: bytes) -> bool:
        """Begin a text of its own, or one that is not shown; False for any other word."""
        state = self._state
        is_starred, state.is_starred = state.is_starred, False
        if is_starred and word not in READ_THOUGH_STARRED:
            state.target = state.picture = None
            state.table = state.table if word == b"cs" else b""
            if word == b"cs":
                self._head.word(word, None)
            return True
        if word in TABLES:
            state.target, state.table = None, word
            self._table_depth = len(self._stack)
        elif word == b"pict":
            state.target, state.picture = None, state.target
        elif word in SKIPPED or word in INFO or (word[-2:] == b"Pr" and word[:1] == b"m"):
            state.target = state.picture = None
        elif word == b"ud":
            state.target = self._outermost_shown()
        elif word == b"fldrslt" and self._is_page_number(state.target):
            assert state.target is not None  # it has an instruction
            state.target.current.counts_pages = True
            state.target = None
        elif kind := kind_of(word):
            is_shown = state.target is not None and not (state.is_hidden or state.is_deleted)
            if is_shown or kind in ("sn", "sv"):
                state.target = Target(kind, state.target or state.picture)
                state.ends_target = True
            else:
                state.target = None
        else:
            return False
        return True

    def _outermost_shown(self) -> Target | None:
        """The text around an alternative in Unicode (``\\upr``)."""
        return next((s.target for s in reversed(self._stack) if s.target is not None), None)

    @staticmethod
    def _is_page_number(target: Target | None) -> bool:
        return target is not None and is_page_field(target.instruction)

    def _property_word(self, word: bytes, number: int | None) -> None:
        state = self._state
        if state.table:
            self._head.word(word, number)
            return
        match word:
            case b"ansi" | b"mac" | b"pc" | b"pca":
                self._head.codec = state.codec = named_codec(word) or state.codec
            case b"ansicpg" if number:
                self._head.codec = state.codec = page_codec(number)
            case b"f" if number is not None:
                state.codec = self._head.font_codec(number)
            case b"uc":
                state.skip_after_unicode = max(0, number or 0)
            case b"v":
                state.is_hidden = number != 0
            case b"deleted":
                state.is_deleted = number != 0
            case b"plain":
                state.is_hidden = state.is_deleted = False
                state.codec = self._head.codec
            case b"chpgn" if state.target is not None:
                state.target.current.counts_pages = True
            case _:
                self._paragraph_word(word, number)

    def _paragraph_word(self, word: bytes, number: int | None) -> None:
        target = self._state.target
        if target is None:
            return
        match word:
            case b"pard":
                self._state.style = self._state.outline = None
                target.in_table = False
            case b"s" if number is not None:
                self._state.style = number
                self._state.is_hidden |= self._head.is_hidden(number)
            case b"outlinelevel":
                self._state.outline = number
            case b"intbl":
                target.in_table = True
            case b"cell" | b"nestcell":
                self._end_cell(target)
            case b"row" | b"nestrow":
                self._end_row(target)
            case _ if word in ENDS:
                self._end_paragraph(target)

    def _add_bytes(self, data: bytes) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        if self._state.target is not None or self._state.table:
            self._put(self._bytes.add(data, self._state.codec))

    def _add_text(self, text: str) -> None:
        self._flush()
        self._put(text)

    def _flush(self) -> None:
        self._to_skip = 0
        self._put(self._bytes.flush())

    def _unicode(self, number: int) -> None:
        self._flush()
        self._to_skip = self._state.skip_after_unicode
        code = number & 0xFFFF if number < 0x10000 else number
        if 0xD800 <= code < 0xDC00:
            self._surrogate = code
        elif 0xDC00 <= code < 0xE000:
            pair = 0x10000 + (self._surrogate - 0xD800 << 10) + code - 0xDC00
            self._put(chr(pair) if self._surrogate else "\ufffd")
            self._surrogate = 0
        elif 0xF000 <= code < 0xF900:  # a letter of a font of symbols
            self._put(symbol(code, self._state.codec))
        elif code < 0x110000:
            self._put(chr(code))

    def _put(self, text: str) -> None:
        """Add text where the group's text goes."""
        state = self._state
        if not text:
            return
        if state.table:
            self._head.text(state.table, text)
        elif state.target is not None and not (state.is_hidden or state.is_deleted):
            state.target.current.add(text)

    def _close(self) -> None:
        """End a group: its text goes to the paragraph around it."""
        if not self._stack:
            return
        state, self._state = self._state, self._stack.pop()
        if state.ends_target and state.target is not None:
            self._end_target(state.target)

    def _end_target(self, target: Target) -> None:
        outer = target.outer
        text = target.text()
        match target.kind:
            case "sn":
                self._property = text.strip()
            case "sv" if outer is not None and self._property in DESCRIBING:
                outer.current.beside.append(text)
            case "author":
                self._author = text.strip()
            case "header" | "footer":
                rows = [one for one in (*target.finished, target.current) if not one.is_page_row]
                self._page_parts[target.kind].append("\n".join(row.text for row in rows))
            case "instruction" if outer is not None:
                outer.instruction = text.strip()
                outer.current.add(equation_text(outer.instruction))
            case "note" if outer is not None:
                outer.current.marks.append((outer.current.length, text))
            case "box" if outer is not None:
                outer.current.beside += text.split("\n")
            case "object" if outer is not None:
                outer.current.beside += stored_rows(text, self._unread)
            case "number" if outer is not None:
                outer.current.number = stored_number(text)
            case "comment" if text.strip():
                said = f"{self._author}: {text}" if self._author else text
                self._comments.append((f"paragraph {self._flow.number + 1}", said))

    def _end_paragraph(self, target: Target) -> None:
        found, target.current = target.current, ParagraphText()
        if target is not self._body:
            target.finished.append(found)
        elif target.in_table:
            target.cell += found.rows
        else:
            self._end_open_row(target)
            self._end_table()
            self._add(found)

    def _add(self, found: ParagraphText) -> None:
        level = self._head.level(self._state.style, self._state.outline)
        add_paragraph(self._flow, found, level)

    def _end_cell(self, target: Target) -> None:
        found, target.current = target.current, ParagraphText()
        target.cells.append(cell_text([*target.cell, *found.rows]))
        target.cell = []

    def _end_row(self, target: Target) -> None:
        row, target.cells = " | ".join(target.cells), []
        if target is self._body:
            self._rows.append(row)
        else:
            target.current.add(row)
            self._end_paragraph(target)

    def _end_open_row(self, target: Target) -> None:
        """End a row whose mark is missing."""
        if target.cells or target.cell:
            row = [*target.cells, cell_text(target.cell)]
            self._rows.append(" | ".join(filter(None, row)))
            target.cells, target.cell = [], []

    def _end_table(self) -> None:
        self._flow.rows(BlockKind.TABLE, self._rows)
        self._rows = []
