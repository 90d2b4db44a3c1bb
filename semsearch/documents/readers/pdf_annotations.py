"""What is written on a page beside its content stream: form values, typed text, comments.

ISO 32000-1, 12.5 and 12.7.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from semsearch.documents.readers.pdf_fragments import Fragment
from semsearch.documents.readers.pdf_layers import Layers
from semsearch.documents.readers.pdf_rows import Row
from semsearch.documents.readers.pdf_strings import text_string

_COMMENTS: Final = frozenset(
    "/Text /Highlight /Underline /Squiggly /StrikeOut /Caret /Stamp /Line /Square /Circle"
    " /Polygon /PolyLine /Ink /FileAttachment".split()
)
_UNSEEN: Final = 1 << 1 | 1 << 5  # flags: hidden, not shown on a screen
_PASSWORD: Final = 1 << 13  # a flag of text fields
_COMBO: Final = 1 << 17  # a flag of choice fields: only what is chosen is shown
_TAG: Final = re.compile(r"<[^<>]*>")
_DEEPEST_FIELD: Final = 20  # fields within fields
_MOST: Final = 10_000  # annotations of a page
_EM: Final = 12.0  # points, of a value that stands in no row
_TOUCHING: Final = 2.0  # points that a label may reach into its field


@dataclass(slots=True)
class Annotations:
    """The texts of a page's annotations."""

    values: list[tuple[str, Sequence[float]]] = field(default_factory=list)  # with their rectangles
    notes: list[str] = field(default_factory=list)  # rows: typed text, then comments
    files: list[Any] = field(default_factory=list)  # file specifications


def annotations_of(page: Any, layers: Layers) -> Annotations:
    """Return the values, notes and files of a page; a damaged annotation is left out."""
    found = Annotations()
    comments: list[str] = []
    try:
        listed = page["/Annots"].get_object() if "/Annots" in page else []
        references = list(list.__iter__(listed))[:_MOST]
    except Exception:  # pypdf raises any exception for broken structures
        return found
    for reference in references:
        try:
            annotation = reference.get_object()
            if _is_seen(annotation, layers):
                _add(annotation, found, comments)
        except MemoryError:
            raise
        except Exception:  # noqa: S112  # as above; the other annotations can be read
            continue
    found.notes += comments
    return found


def _is_seen(annotation: Any, layers: Layers) -> bool:
    is_on = "/OC" not in annotation or layers.shows(annotation.raw_get("/OC"))
    return is_on and not int(annotation.get("/F", 0)) & _UNSEEN


def _add(annotation: Any, found: Annotations, comments: list[str]) -> None:
    kind = annotation.get("/Subtype")
    if kind == "/Widget":
        text = "\n".join(_values(annotation))
        if text.strip():
            found.values.append((text, [float(number) for number in annotation["/Rect"]]))
        return
    if kind == "/FileAttachment" and "/FS" in annotation:
        found.files.append(annotation["/FS"])
    rows = _rows(text_string(annotation.get("/Contents", "")))
    if not rows and "/RC" in annotation:  # text with its style, in XHTML
        rich = html.unescape(_TAG.sub(" ", text_string(annotation["/RC"].get_object())))
        rows = [" ".join(row.split()) for row in _rows(rich)]
    if not rows:
        return
    if kind == "/FreeText":
        found.notes += rows
    elif kind in _COMMENTS:
        author = " ".join(text_string(annotation.get("/T", "")).split())
        rows[0] = f"Comment by {author}: {rows[0]}" if author else f"Comment: {rows[0]}"
        comments += rows


def _rows(text: str) -> list[str]:
    return [
        row for row in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if row.strip()
    ]


def _values(widget: Any) -> Iterator[str]:
    """The text of a text or choice field; fields inherit (12.7.3.1)."""
    kind = _inherited(widget, "/FT")
    flags = int(_inherited(widget, "/Ff") or 0)
    value = _inherited(widget, "/V")
    shown = _options(_inherited(widget, "/Opt")) if kind == "/Ch" else {}
    if shown and not flags & _COMBO:
        yield from shown.values()
        return
    if value is None or kind not in ("/Tx", "/Ch") or (kind == "/Tx" and flags & _PASSWORD):
        return
    if hasattr(value, "get_data"):
        value = value.get_data()
    chosen = value if isinstance(value, list) else [value]
    for item in chosen[:_MOST]:
        text = text_string(item.get_object() if hasattr(item, "get_object") else item)
        yield shown.get(text, text)


def _options(options: Any) -> dict[str, str]:
    """What a choice field shows, by the value that it exports."""
    found: dict[str, str] = {}
    for option in options[:_MOST] if isinstance(options, list) else []:
        one = option.get_object()
        pair = one if isinstance(one, list) else [one, one]
        if len(pair) == 2:
            found[text_string(pair[0])] = text_string(pair[1])
    return found


def _inherited(widget: Any, key: str) -> Any:
    here = widget
    for _ in range(_DEEPEST_FIELD):
        if key in here:
            return here[key].get_object()
        if "/Parent" not in here:
            return None
        here = here["/Parent"].get_object()
    return None


def with_values(rows: list[Row], values: Sequence[tuple[str, Sequence[float]]]) -> None:
    """Put the values of fields behind their labels in the rows, and others in rows at the end."""
    for text, (x, y, right, top) in values:
        left, bottom = min(x, right), min(y, top)
        first, *more = _rows(text)
        beside = [
            row
            for row in rows
            if row.fragments[0].turn == 0
            and bottom - _TOUCHING <= row.base <= max(y, top)
            and row.right <= left + _TOUCHING
        ]
        label = max(beside, key=lambda row: row.right, default=None)
        if label is None:
            rows.append(Row([Fragment(first, left, max(x, right), bottom, _EM)]))
        else:
            last = label.fragments[-1]
            label.fragments.append(Fragment(f" {first}", left, max(x, right), last.base, last.em))
        rows += [Row([Fragment(one, left, max(x, right), bottom, _EM)]) for one in more]
