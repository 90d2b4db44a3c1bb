"""Jupyter notebooks (nbformat 3 and 4) to blocks, cell by cell."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.encoding import without_surrogates
from semsearch.documents.readers.headings import LONGEST_TITLE, HeadingTrail
from semsearch.documents.readers.html import read_html
from semsearch.documents.readers.markdown import plain_words, read_markdown
from semsearch.documents.readers.text_cleanup import without_terminal_codes
from semsearch.documents.readers.unread_parts import UnreadParts
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_MOST_OUTPUT: Final = 100_000  # characters of a cell's output
_OBJECT: Final = re.compile(r"\s*<[^\n]*>\s*")  # "<Figure size 640x480 with 1 Axes>"
_OVERWRITTEN: Final = re.compile(r"^[^\n]*\r(?=[^\n\r])", re.MULTILINE)  # by progress bars
_PLAIN: Final = ("text/plain", "text")
_RICH: Final = (  # what is shown in place of a plain text that only names an object
    ("text/markdown", "markdown"),
    ("text/html", "html"),
    ("text/latex", "latex"),
    ("application/json", "json"),
)


def read_notebook(text: str) -> Document:
    """Read the Markdown of each cell, its code, and the output that it shows as text."""
    blocks: list[Block] = []
    unread = UnreadParts()
    try:
        notebook = json.loads(text)
        cells = _cells(notebook)
        trail = HeadingTrail()
        for number, cell in enumerate(cells, start=1):
            try:
                blocks += _blocks(cell, number, trail)
            except (ValueError, TypeError, AttributeError, RecursionError) as error:
                told = f"damaged cell: {type(error).__name__}"
                unread.add_failure(f"cell {number}", DocumentUnreadable(ReasonCode.DAMAGED, told))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DocumentUnreadable(
            ReasonCode.DAMAGED, f"damaged notebook: {type(error).__name__}"
        ) from error
    return Document(tuple(blocks), has_lines=False, unread=unread.reason)


def _cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    sheets = notebook.get("worksheets") or [notebook]  # in nbformat 3 cells are in worksheets
    return [cell for sheet in sheets for cell in sheet.get("cells", [])]


def _blocks(cell: dict[str, Any], number: int, trail: HeadingTrail) -> Iterator[Block]:
    text = without_surrogates(_text(cell.get("source", cell.get("input", ""))))
    kind = cell.get("cell_type")
    if kind == "markdown":
        for block in read_markdown(text).blocks:
            if block.kind is BlockKind.HEADING and block.headings:
                trail.enter(_level(block.text), block.headings[-1])
            yield _placed(block._replace(headings=trail.titles), number)
    elif kind == "heading" and text.strip():  # of nbformat 3
        level = cell.get("level")
        title = " ".join(text.split())
        trail.enter(level if isinstance(level, int) else 1, plain_words(title[:LONGEST_TITLE]))
        yield _placed(Block(BlockKind.HEADING, title, [1], headings=trail.titles), number)
    elif text.strip():
        rows = range(1, text.strip("\n").count("\n") + 2)
        block = Block(BlockKind.CODE, text.strip("\n"), rows, headings=trail.titles)
        yield _placed(block, number)
    if shown := _output(cell.get("outputs", [])):
        rows = range(1, shown.count("\n") + 2)
        yield _placed(Block(BlockKind.CODE, shown, rows, headings=trail.titles), number)


def _level(heading: str) -> int:
    """The level of a Markdown heading, by the marks before it or the row below it."""
    marks = heading.lstrip()
    height = len(marks) - len(marks.lstrip("#"))
    return height or (1 if heading.rstrip().endswith("=") else 2)


def _output(outputs: Iterable[dict[str, Any]]) -> str:
    """The text that the outputs of a cell show, as it stands when they have ended."""
    texts = [_shown(output) for output in outputs]
    text = "\n".join(filter(str.strip, texts))
    text = _OVERWRITTEN.sub("", without_terminal_codes(text).replace("\r\n", "\n"))
    if len(text) > _MOST_OUTPUT:
        left_out = len(text) - _MOST_OUTPUT
        text = f"{text[:_MOST_OUTPUT]}\n(and {left_out:,} more characters of output)"
    return without_surrogates("\n".join(row.rstrip() for row in text.split("\n"))).strip("\n")


def _shown(output: dict[str, Any]) -> str:
    """The text of one output: of the forms that it has, the one that says most to a reader."""
    if output.get("output_type") in ("error", "pyerr"):
        names = (output.get("ename"), output.get("evalue"))
        error = ": ".join(str(name) for name in names if name)
        traceback = "\n".join(_lines(output.get("traceback", [])))
        told = " ".join(without_terminal_codes(traceback).split())
        is_told = " ".join(error.split()) in told
        return traceback if is_told else f"{traceback}\n{error}".strip("\n")
    data = output.get("data", output)
    plain = next((_text(data[name]) for name in _PLAIN if name in data), "")
    if plain.strip() and not _OBJECT.fullmatch(plain):
        return plain
    form = next((name for names in _RICH for name in names if name in data), None)
    if form is None:
        return ""
    if form in ("text/html", "html"):
        page = read_html(_text(data[form]).encode("utf-8", "replace"), only_text=False)
        return "\n".join(block.text for block in page.blocks)
    value = data[form]
    is_text = isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(row, str) for row in value)
    )
    return _text(value) if is_text else json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "".join(value)


def _lines(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(row) for row in value]


def _placed(block: Block, number: int) -> Block:
    return block._replace(places=[f"cell {number}"] * len(block.lines))
