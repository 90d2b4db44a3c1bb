"""Drawings of Office Open XML (ECMA-376, part 1, 20 and 21): shapes, charts, diagrams, pictures."""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.documents.readers.embedded import object_rows
from semsearch.documents.readers.number_format import formatted
from semsearch.documents.readers.office_math import math_text
from semsearch.documents.readers.ooxml import (
    OfficePackage,
    child_named,
    children,
    descendants,
    is_on,
    nearest,
)
from semsearch.documents.readers.paragraph_text import cell_text
from semsearch.documents.readers.zip_package import Element, local, whole
from semsearch.documents.reason import DocumentUnreadable

_DESCRIBED: Final = frozenset({"docPr", "cNvPr"})
_FILE_NAME: Final = re.compile(r".+\.(?:bmp|emf|gif|jpe?g|png|svg|tiff?|webp|wmf)", re.IGNORECASE)
_POINTS: Final = frozenset({"", "node", "asst", "doc"})  # of a diagram: those with its text
_CHART_GROUPS: Final = tuple(
    f"{kind}{depth}Chart"
    for kind in ("area", "bar", "bubble", "doughnut", "line", "ofPie", "pie", "radar", "scatter")
    for depth in ("", "3D")
)
_OBJECTS: Final = ("OLEObject", "oleObj")
_CATEGORIES: Final = frozenset({"cat", "strDim"})


def paragraph_rows(element: Element) -> list[str]:
    """The paragraphs of a text body (``a:p``)."""
    return [_run_text(paragraph) for paragraph in nearest(element, "p")]


def _run_text(paragraph: Element) -> str:
    pieces: list[str] = []
    for child in descendants(paragraph, "oMath"):
        if local(child.tag) == "t":
            pieces.append(child.text or "")
        elif local(child.tag) == "oMath":
            pieces.append(math_text(child))
        elif local(child.tag) in ("br", "tab"):
            pieces.append("\n" if local(child.tag) == "br" else "\t")
    return "".join(pieces)


def table_rows(table: Element) -> list[str]:
    """The rows of a table (``a:tbl``), their cells side by side."""
    return [
        " | ".join(cell_text(paragraph_rows(cell)) for cell in nearest(row, "tc"))
        for row in nearest(table, "tr")
    ]


def is_hidden(shape: Element) -> bool:
    """Whether a shape, picture or group is not shown."""
    for part in children(shape):
        if local(part.tag).startswith("nv"):
            named = child_named(part, "cNvPr")
            return named is not None and named.get("hidden") in ("1", "true")
    return False


def description(element: Element) -> list[str]:
    """What a drawing is described by for those who do not see it; no names of files."""
    found: list[str] = []
    for named in (element, *descendants(element, "txbxContent", "txBody", "p")):
        if local(named.tag) in _DESCRIBED and named.get("hidden") not in ("1", "true"):
            texts = (named.get("title", ""), named.get("descr", ""))
            found += [text for text in texts if text and not is_file_name(text)]
    return list(dict.fromkeys(found))


def is_file_name(text: str) -> bool:
    """Whether a description is but the name of a picture's file, which programs put there."""
    return _FILE_NAME.fullmatch(text.strip()) is not None


def graphic_rows(package: OfficePackage, part: str, element: Element) -> list[str]:
    """Return the words of the charts, diagrams and objects that an element of a part shows."""
    rows: list[str] = []
    for shown in (element, *descendants(element, "txbxContent")):
        if local(shown.tag) == "chart":
            rows += chart_rows(package, package.related_by(part, shown))
        elif local(shown.tag) == "relIds":
            target = package.related_by(part, shown, "dm")
            diagram = None if target is None else package.part(target)
            rows += [] if diagram is None else _diagram_rows(diagram)
        elif local(shown.tag) in _OBJECTS:
            rows += embedded_rows(package, package.related_by(part, shown))
    return [row for row in rows if row.strip()]


def embedded_rows(package: OfficePackage, part: str | None) -> list[str]:
    """Return the words of an object of another program; None is one that is linked only."""
    if part is None:
        return []
    try:
        return object_rows(package.bytes_of(part), package.objects)
    except DocumentUnreadable as error:
        package.add_fault(error)
        return []


def _diagram_rows(root: Element) -> Iterator[str]:
    for point in nearest(root, "pt"):
        if (point.get("type") or "") in _POINTS:
            yield from paragraph_rows(point)


def chart_rows(package: OfficePackage, part: str | None) -> list[str]:
    """Return the words of a chart: titles and labels, series, categories, values with a label."""
    root = None if part is None else package.part(part)
    if part is None or root is None:
        return []
    rows: list[str] = []
    for text in nearest(root, "title", "dLbl"):
        rows += paragraph_rows(text) or [_values(text)]
    series = list(nearest(root, "ser", "series"))
    rows.append(" | ".join(dict.fromkeys(_values(child_named(one, "tx")) for one in series)))
    categories = (child for child in descendants(root) if local(child.tag) in _CATEGORIES)
    rows += map(_values, categories)
    for group in nearest(root, *_CHART_GROUPS):
        if any(is_on(child) for child in descendants(group) if local(child.tag) == "showVal"):
            rows += [_values(child_named(one, "val")) for one in nearest(group, "ser")]
    for shapes in package.related(part, "chartUserShapes"):
        drawn = package.part(shapes)
        rows += [] if drawn is None else paragraph_rows(drawn)
    return list(dict.fromkeys(row for row in rows if row.strip()))


def _values(element: Element | None) -> str:
    """The stored values of a series, a title or the categories, as they are shown."""
    if element is None:
        return ""
    code = "General"
    found: list[str] = []
    for child in descendants(element, "rich"):
        name = local(child.tag)
        if name == "formatCode":
            code = child.text or code
        elif name in ("v", "pt") and (child.text or "").strip():
            found.append(_shown(child.text or "", code))
    return " | ".join(found)


def _shown(value: str, code: str) -> str:
    try:
        return formatted(float(value), code)
    except ValueError:
        return value


def anchor_row(anchor: Element) -> int:
    """The row of a sheet at which a drawing begins, from 1."""
    start = child_named(anchor, "from")
    row = child_named(start, "row")
    number = None if row is None else whole(row.text)
    return 1 if number is None else number + 1
