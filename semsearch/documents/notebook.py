"""Jupyter notebooks (nbformat 3 and 4) → blocks, cell by cell."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from semsearch.documents.decoding import without_surrogates
from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.headings import HeadingTrail
from semsearch.documents.markdown import read_markdown
from semsearch.errors import DocumentUnreadable


def read_notebook(text: str) -> Document:
    """The Markdown and the code of each cell; its output can be made again and is left out."""
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
        raise DocumentUnreadable(f"damaged notebook: {type(error).__name__}") from error
    return Document(tuple(blocks), has_lines=False)


def _cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    sheets = notebook.get("worksheets") or [notebook]  # nbformat 3 has its cells in sheets
    return [cell for sheet in sheets for cell in sheet.get("cells", [])]


def _blocks(cell: dict[str, Any], number: int, trail: HeadingTrail) -> Iterator[Block]:
    source = cell.get("source", cell.get("input", ""))
    text = without_surrogates(source if isinstance(source, str) else "".join(source))
    if cell.get("cell_type") == "markdown":
        for block in read_markdown(text).blocks:
            if block.kind is BlockKind.HEADING and block.headings:
                trail.enter(len(block.headings), block.headings[-1])
            yield _placed(replace(block, headings=trail.titles), number)
    elif text.strip():
        rows = range(1, text.strip("\n").count("\n") + 2)
        block = Block(BlockKind.CODE, text.strip("\n"), rows, headings=trail.titles)
        yield _placed(block, number)


def _placed(block: Block, number: int) -> Block:
    return replace(block, places=[f"cell {number}"] * len(block.lines))
