"""Jupyter notebooks (nbformat 3 and 4) to blocks, cell by cell."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.encoding import without_surrogates
from semsearch.documents.readers.headings import HeadingTrail
from semsearch.documents.readers.markdown import read_markdown
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_MOST_OUTPUT: Final = 10_000  # characters of a cell's output
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_OBJECT: Final = re.compile(r"\s*<[^\n]*>\s*")  # "<Figure size 640x480 with 1 Axes>"


def read_notebook(text: str) -> Document:
    """Read the Markdown of each cell, its code, and its text output."""
    try:
        notebook = json.loads(text)
        cells = _cells(notebook)
        trail = HeadingTrail()
        blocks = [
            block
            for number, cell in enumerate(cells, start=1)
            for block in _blocks(cell, number, trail)
        ]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DocumentUnreadable(
            ReasonCode.DAMAGED, f"damaged notebook: {type(error).__name__}"
        ) from error
    return Document(tuple(blocks), has_lines=False)


def _cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    sheets = notebook.get("worksheets") or [notebook]  # in nbformat 3 cells are in worksheets
    return [cell for sheet in sheets for cell in sheet.get("cells", [])]


def _blocks(cell: dict[str, Any], number: int, trail: HeadingTrail) -> Iterator[Block]:
    source = cell.get("source", cell.get("input", ""))
    text = without_surrogates(source if isinstance(source, str) else "".join(source))
    if cell.get("cell_type") == "markdown":
        for block in read_markdown(text).blocks:
            if block.kind is BlockKind.HEADING and block.headings:
                trail.enter(_level(block.text), block.headings[-1])
            yield _placed(block._replace(headings=trail.titles), number)
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
    """The text output of a cell, without colour codes."""
    texts = []
    for output in outputs:
        data = output.get("data", output)
        text = data.get("text/plain", data.get("text", ""))
        text = text if isinstance(text, str) else "".join(text)
        texts.append("" if _OBJECT.fullmatch(text) else text[:_MOST_OUTPUT])
    shown = _COLOUR.sub("", "\n".join(filter(str.strip, texts)))[:_MOST_OUTPUT]
    return without_surrogates("\n".join(row.rstrip() for row in shown.split("\n"))).strip("\n")


def _placed(block: Block, number: int) -> Block:
    return block._replace(places=[f"cell {number}"] * len(block.lines))
