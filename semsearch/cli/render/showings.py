"""A cited passage with the rows around it as text."""

from typing import TYPE_CHECKING

from semsearch.cli.render.terminal import Style
from semsearch.documents.text.printable import printable_line
from semsearch.query.citation import Standing
from semsearch.query.citation_text import citation

if TYPE_CHECKING:
    from semsearch.query.passage_context import Row, Shown


def shown_text(shown: "Shown", style: Style) -> str:
    """The citation, then each row behind its line, page or place; those that are cited marked."""
    head = style.path(citation(shown.location))
    if shown.standing is Standing.MOVED:
        head += " (it has moved here since it was indexed)"
    elif shown.standing is Standing.CHANGED:
        head += " does not have this text any more; run: semsearch index"
    elif shown.standing is Standing.GONE:
        head += " is gone; run: semsearch index"
    elif not shown.rows:
        head += " has no text"
    labels = [_label(row) for row in shown.rows]
    width = max(map(len, labels), default=0)
    lines = [
        f"{'>' if row.is_cited else ' '} {style.dim(label.rjust(width))}  {_row_text(row, style)}"
        for row, label in zip(shown.rows, labels, strict=True)
    ]
    return "\n".join([head, *lines])


def _label(row: "Row") -> str:
    if row.line is not None and row.page is None:
        return str(row.line)
    if row.place is not None:
        return printable_line(row.place)
    return f"p.{row.page}"


def _row_text(row: "Row", style: Style) -> str:
    text = printable_line(row.text)
    return style.bold(text) if row.is_cited else text
