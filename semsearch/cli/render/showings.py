"""A passage in its surroundings, as text for a person and as JSON for a program."""

from typing import TYPE_CHECKING, Any

from semsearch.cli.render.hits import citation
from semsearch.cli.render.terminal import Style, printable_line
from semsearch.query.citation import Standing

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


def shown_record(shown: "Shown") -> dict[str, Any]:
    """A passage in its surroundings."""
    return {
        "path": shown.location.path,
        "pages": shown.location.pages,
        "lines": shown.location.lines,
        "place": shown.location.place,
        "headings": shown.location.headings,
        "standing": None if shown.standing is None else shown.standing.value,
        "rows": [
            {
                "line": row.line,
                "page": row.page,
                "place": row.place,
                "text": row.text,
                "cited": row.is_cited,
            }
            for row in shown.rows
        ],
    }


def _label(row: "Row") -> str:
    if row.line is not None and row.page is None:
        return str(row.line)
    if row.place is not None:
        return printable_line(row.place)
    return f"p.{row.page}"


def _row_text(row: "Row", style: Style) -> str:
    text = printable_line(row.text)
    return style.bold(text) if row.is_cited else text
