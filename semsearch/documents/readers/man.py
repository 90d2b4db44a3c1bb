"""Pages of the manual (man(7), mdoc(7)) to blocks: what a reader sees, under its sections.

Macros are read as far as they have text; their arguments are words.
"""

import re
from collections.abc import Sequence
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.headings import LONGEST_TITLE, HeadingTrail
from semsearch.documents.readers.mdoc import MACROS, MdocRow
from semsearch.documents.readers.roff import arguments, readable

_CONTROL: Final = re.compile(r"[.'][ \t]*([^\s\\]{0,40})[ \t]*(.*)$")
_SECTIONS: Final = {"SH": 1, "Sh": 1, "SS": 2, "Ss": 2}
_BREAKS: Final = frozenset(
    "PP LP P Pp HP sp bp br Bd Ed Bl El RS RE EX EE nf fi D1 Dl UE ME YS SY".split()
)
_TAGS: Final = frozenset({"TP", "TQ", "It", "IP"})
_SEPARATOR: Final = re.compile(r"\btab[ \t]*\(([^\n])\)")  # an option of tbl(1)
_FONTS: Final = frozenset(
    {"B", "I", "SM", "SB", "R", "CW", "UR", "MT", "URL", "MTO", "SY", "OP", "IR"}
)
_JOINED: Final = frozenset(
    {"BI", "BR", "IB", "IR", "RB", "RI"}
)  # arguments without a space between
_DEFINES: Final = frozenset({"de", "de1", "am", "ig"})  # up to "..", no text
_CONDITION: Final = re.compile(
    r"(?:!?(?:[neotv]|[dcrFmS] ?\S+|\\n\S+|\S+?[=<>]\S+|'[^']*'[^']*'|\([^()]*\)))[ \t]*"
)


def read_man(text: str) -> Document:
    """Read sections and paragraphs of a page, each with its lines."""
    page = _Page()
    rows = text.split("\n")
    at = 0
    while at < len(rows):
        first = at
        while rows[at].endswith("\\") and not rows[at].endswith("\\\\") and at + 1 < len(rows):
            at += 1  # a row that goes on
        row = "".join(piece.removesuffix("\\") for piece in rows[first:at]) + rows[at]
        at = page.read(row, first, at + 1, rows)
    page.end_paragraph()
    return Document(tuple(page.blocks), title=page.title)


class _Page:
    """The page as far as it is read."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.title: str | None = None
        self._trail = HeadingTrail()
        self._rows: list[tuple[int, str]] = []  # of the paragraph that is open
        self._is_code = False
        self._is_table = self._is_layout = False  # of a table the rows that say how it is drawn
        self._is_undefined = False  # no definition ends in the rest
        self._own: set[str] = set()  # macros of the page
        self._strings: dict[str, str] = {}
        self._separator = "\t"  # of the cells of a table
        self._name = ""  # of the page, which mdoc's Nm stands for

    def read(self, row: str, first: int, after: int, rows: Sequence[str]) -> int:
        """Read a row that begins at ``first``, from 0; return the row to read next."""
        control = _CONTROL.match(row)
        if control is None and self._is_table:
            self._table_row(row, first)
        elif control is None:
            if row.strip():
                self._add(first, self._text(row))
            elif not self._is_code:
                self.end_paragraph()
        if control is None:
            return after
        name, rest = control[1], control[2]
        if name in _DEFINES:
            return self._define(rest.partition(" ")[0].strip(), after, rows)
        if name in ("if", "ie", "while"):
            return self._condition(rest, first, after, rows)
        if name == "el":
            return self._branch(rest.strip(), False, first, after, rows)
        self._macro(name, rest, first, rows, after)
        if name in _SECTIONS and not arguments(rest) and after < len(rows):
            return after + 1  # its title stands on the row below
        return after

    def end_paragraph(self) -> None:
        """Make a block of the rows that are open."""
        kept = [(line, words) for line, words in self._rows if words.strip()]
        if kept:
            lines, words = zip(*kept, strict=True)
            kind = BlockKind.CODE if self._is_code else BlockKind.PARAGRAPH
            text = "\n".join(words)
            self.blocks.append(
                Block(kind, text, [n + 1 for n in lines], headings=self._trail.titles)
            )
        self._rows = []

    def _macro(self, name: str, rest: str, at: int, rows: Sequence[str], after: int) -> None:
        if name in ("ds", "as"):
            key, _, value = rest.partition(" ")
            self._strings[key] = value.lstrip().removeprefix('"')
        elif name in ("TH", "Dt"):
            words = [self._text(word) for word in arguments(rest)]
            self.title = f"{words[0]}({words[1]})" if len(words) > 1 else " ".join(words) or None
        elif name in _SECTIONS:
            title = " ".join(map(self._text, arguments(rest)))
            self._section(
                _SECTIONS[name], title or self._text(rows[after] if after < len(rows) else ""), at
            )
        elif name in _TAGS:
            self.end_paragraph()
            if name in ("IP", "It"):
                words = arguments(rest)[: 1 if name == "IP" else None]
                self._add(at, self._mdoc(words) if name == "It" else self._text(" ".join(words)))
        elif name in ("TS", "TE", "T&"):
            self.end_paragraph()
            self._is_table = self._is_layout = name != "TE"
            self._separator = "\t" if name == "TS" else self._separator
        elif name in _BREAKS:
            self.end_paragraph()
            self._is_code = name in ("nf", "EX", "Bd") or (
                self._is_code and name in ("PP", "sp", "br", "P", "LP")
            )
            if name in ("D1", "Dl", "SY"):
                self._add(at, self._mdoc(arguments(rest)))
        elif name in _JOINED:
            self._add(at, self._text("".join(arguments(rest))))
        elif name in _FONTS:
            self._add(at, self._text(" ".join(arguments(rest))))
        elif name in MACROS:
            self._add(at, self._mdoc([name, *arguments(rest)]))
        elif name in self._own:
            self._add(at, MdocRow(self._name, self._text).words(arguments(rest)))

    def _table_row(self, row: str, at: int) -> None:
        """A row of a table (tbl(1)), behind its options and the layout, which ends with "."."""
        if self._is_layout:
            self._is_layout = not row.rstrip().endswith(".")
            options = _SEPARATOR.search(row)
            self._separator = options[1] if options else self._separator
        elif row.strip("_= \t"):
            text = self._text(row.replace("T{", "").replace("T}", ""))
            cells = text.split(self._separator)
            self._add(at, " | ".join(cell.strip() for cell in cells if cell.strip()))

    def _section(self, level: int, title: str, at: int) -> None:
        self.end_paragraph()
        self._is_code = False
        title = " ".join(title.split())
        if title:
            self._trail.enter(level, title[:LONGEST_TITLE])
            self.blocks.append(
                Block(BlockKind.HEADING, title, [at + 1], headings=self._trail.titles)
            )

    def _define(self, name: str, after: int, rows: Sequence[str]) -> int:
        """Keep the name of a macro that prints its arguments; return the row behind it.

        That is the row below where nothing ends a definition from here on.
        """
        if self._is_undefined:
            return after
        end = next((n for n in range(after, len(rows)) if rows[n].startswith("..")), None)
        self._is_undefined = end is None
        if end is not None and any(map(_prints_argument, rows[after:end])):
            self._own.add(name)
        return after if end is None else end + 1

    def _condition(self, rest: str, first: int, after: int, rows: Sequence[str]) -> int:
        r"""A branch for terminals is read (.if n), others are not; it may reach over rows to \}."""
        condition = _CONDITION.match(rest)
        holds = condition is not None and condition[0].strip() == "n"
        return self._branch(
            rest[condition.end() :] if condition else rest, holds, first, after, rows
        )

    def _branch(self, body: str, holds: bool, first: int, after: int, rows: Sequence[str]) -> int:
        depth = body.count("\\{") - body.count("\\}")
        end = after
        while not holds and depth > 0 and end < len(rows):
            depth += rows[end].count("\\{") - rows[end].count("\\}")
            end += 1
        if holds and depth <= 0:
            words = body.replace("\\{", "").replace("\\}", "").strip()
            return self.read(words, first, after, rows) if words else after
        return after if holds else end

    def _mdoc(self, words: Sequence[str]) -> str:
        if words[:1] == ["Nm"] and len(words) > 1 and not self._name:
            self._name = self._text(words[1])
        return MdocRow(self._name, self._text).words(words)

    def _text(self, row: str) -> str:
        return readable(row, self._strings)

    def _add(self, at: int, words: str) -> None:
        self._rows.append((at, words))


def _prints_argument(row: str) -> bool:
    """Whether a row of a definition prints what the macro is given."""
    control = _CONTROL.match(row)
    prints = control is None or control[1] in {"if", "ie", "el", *_FONTS, *_JOINED}
    return prints and "\\$" in row
