"""Notebooks are read with what their cells show."""

import json
from typing import Any

import pytest

from semsearch.documents.readers.notebook import read_notebook


def shown(output: dict[str, Any]) -> list[str]:
    """The texts of a cell with one output, below its code."""
    cell = {"cell_type": "code", "source": "x", "outputs": [output]}
    return [block.text for block in read_notebook(json.dumps({"cells": [cell]})).blocks][1:]


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ({"data": {"text/html": "<table><tr><td>a</td><td>b</td></tr></table>"}}, "a | b"),
        ({"data": {"text/plain": "<Styler at 0x1>", "text/html": ["<p>a</p>"]}}, "a"),
        ({"data": {"text/markdown": "**a**", "text/plain": "<Markdown object>"}}, "**a**"),
        ({"data": {"text/plain": "   a", "text/html": "<td>a"}}, "   a"),
        ({"data": {"text/latex": "$a$"}}, "$a$"),
        (
            {"data": {"application/json": {"a": ["ü"]}, "text/plain": "<JSON object>"}},
            '{"a": ["ü"]}',
        ),
        ({"data": {"image/png": "iVBORw0KGgo="}}, ""),
        ({"html": ["<p>", "a</p>"], "output_type": "pyout"}, "a"),
        (
            {
                "output_type": "error",
                "ename": "E",
                "evalue": "a",
                "traceback": ["T", "\x1b[31mE\x1b[0m: a"],
            },
            "T\nE: a",
        ),
        ({"output_type": "pyerr", "ename": "E", "evalue": "a", "traceback": ["T"]}, "T\nE: a"),
        ({"output_type": "error", "ename": "E", "evalue": "a", "traceback": []}, "E: a"),
        ({"output_type": "stream", "text": ["10 %\r", "50 %\r", "100 %\n", "done"]}, "100 %\ndone"),
    ],
)
def test_an_output_is_read_in_the_form_that_is_shown(output: dict[str, Any], text: str) -> None:
    """A plain text, or else the richer form; an error with its message; a bar as it ends."""
    assert shown(output) == ([text] if text else [])


def test_heading_cells_make_a_trail() -> None:
    """Cells of format 3 stand under the heading cells above them."""
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["The *lamp*"]},
        {"cell_type": "heading", "level": 2, "source": "Oil"},
        {"cell_type": "code", "input": ["burn()"], "outputs": []},
    ]
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]})
    last = read_notebook(text).blocks[-1]
    assert (last.text, last.headings, last.places) == ("burn()", ("The lamp", "Oil"), ["cell 3"])


def test_a_damaged_cell_costs_only_itself() -> None:
    """It is named, and the other cells are read."""
    cells = [{"cell_type": "code", "source": ["x", 1]}, {"cell_type": "code", "source": "y"}]
    document = read_notebook(json.dumps({"cells": cells}))
    assert [block.text for block in document.blocks] == ["y"]
    assert document.unread is not None
    assert document.unread.detail == "not read: cell 1: damaged cell: TypeError"
