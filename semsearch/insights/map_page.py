"""A map as one page that needs nothing but a browser: no server, no network.

Document text is untrusted: it stands in the page as JSON whose "<" is escaped, is put into the page
as text only, and the page's policy lets no script run but its own, by its digest, and nothing be
fetched or sent.
"""

import base64
import hashlib
import html
import json
from importlib.resources import files
from string import Template
from typing import Any, Final

from semsearch.documents.text.printable import printable_line
from semsearch.insights.map import CorpusMap, Point
from semsearch.query.citation_text import citation

# By Paul Tol (personal.sron.nl/~pault, "bright" and "muted" of his technical note, 2021): they can
# be told apart by the colour-blind, too.
COLOURS: Final = (
    "#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#DDAA33", "#882255",
    "#44AA99", "#999933",
)  # fmt: skip

_START: Final = 200  # characters of a passage that are shown


def map_page(found: CorpusMap) -> str:
    """The page."""
    page = files("semsearch.insights") / "page"
    script = (page / "map.js").read_text(encoding="utf-8")
    style = (page / "map.css").read_text(encoding="utf-8")
    template = Template((page / "map.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=html.escape(printable_line(f"Map of {found.corpus.name}")),
        told=html.escape(map_told(found)),
        by="Clusters" if found.by == "cluster" else "Folders",
        style=style,
        style_hash=_digest(style),
        script=script,
        script_hash=_digest(script),
        data=json.dumps(map_data(found), separators=(",", ":")).replace("<", "\\u003c"),
    )


def map_told(found: CorpusMap) -> str:
    """The contents of a map in a line."""
    shown, what = len(found.points), found.unit.value
    told = f"{shown:,} {what}" if shown == found.count else f"{shown:,} of {found.count:,} {what}"
    groups = f"{len(found.groups)} {found.by.value}{'' if len(found.groups) == 1 else 's'}"
    return f"{told} in {groups}, silhouette {found.silhouette:.2f}"


def map_data(found: CorpusMap) -> dict[str, Any]:
    """What the page's script draws: colours, names of groups, and points as lists."""
    return {
        "colours": COLOURS,
        "groups": [printable_line(name) for name in found.groups],
        "points": [_point(point) for point in found.points],
    }


def _point(point: Point) -> list[float | int | str]:
    text = " ".join(point.text.split())
    return [
        round(point.x, 4),
        round(point.y, 4),
        point.group,
        citation(point.location),
        printable_line(" › ".join(point.location.headings)),
        printable_line(text[: _START - 1] + "…" if len(text) > _START else text),
    ]


def _digest(text: str) -> str:
    """As https://www.w3.org/TR/CSP3/#grammardef-hash-source has it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
