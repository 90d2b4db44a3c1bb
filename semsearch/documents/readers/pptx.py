"""PowerPoint presentations (ECMA-376, PresentationML) to blocks, slide by slide."""

import posixpath
from collections.abc import Iterator
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.zip_package import Element, Package, attribute, local

_PRESENTATION: Final = "ppt/presentation.xml"
_TITLES: Final = frozenset({"title", "ctrTitle"})
_FURNITURE: Final = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})


def read_pptx(data: bytes) -> Document:
    """Read titles, texts and tables of each slide in the order of the show, and its notes."""
    package = Package(data)
    flow = Flow()
    slides = _relations(package, _PRESENTATION)
    for number, part in enumerate(_slides(package, slides), start=1):
        flow.begin_part(f"slide {number}", page=number)
        shapes = list(_shapes(package.xml(part)))
        title = next((_text(shape) for shape, role in shapes if role in _TITLES), "")
        # Also without a title: the heading of the previous slide ends.
        flow.trail.enter(1, " ".join(title.split()))
        flow.heading(1, title)
        for shape, role in shapes:
            if role not in _TITLES | _FURNITURE:
                _add(flow, shape)
        for notes in _relations(package, part).values():
            if "/notesSlides/" in f"/{notes}" and notes in package.names:
                for shape, role in _shapes(package.xml(notes)):
                    if role not in _FURNITURE:
                        _add(flow, shape)
    return flow.document(package.title())


def _slides(package: Package, relations: dict[str, str]) -> Iterator[str]:
    for element in package.xml(_PRESENTATION).iter():
        if local(element.tag) == "sldId":
            identity = next((v for k, v in element.items() if k.endswith("relationships}id")), "")
            if relations.get(identity) in package.names:
                yield relations[identity]


def _relations(package: Package, part: str) -> dict[str, str]:
    """The parts that a part refers to, by relationship id."""
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in package.names:
        return {}
    return {
        element.get("Id", ""): posixpath.normpath(
            posixpath.join(folder, element.get("Target", ""))
        ).lstrip("/")
        for element in package.xml(relations)
    }


def _shapes(slide: Element) -> Iterator[tuple[Element, str]]:
    """Each shape and table of a slide, with the role of its placeholder."""
    for element in slide.iter():
        if local(element.tag) in ("sp", "graphicFrame"):
            role = next((e for e in element.iter() if local(e.tag) == "ph"), None)
            yield element, (attribute(role, "type") or "body") if role is not None else "shape"


def _add(flow: Flow, shape: Element) -> None:
    rows = [element for element in shape.iter() if local(element.tag) == "tr"]
    if rows:
        flow.rows(BlockKind.TABLE, [_row(row) for row in rows])
    else:
        flow.paragraph(_text(shape))


def _row(row: Element) -> str:
    cells = (element for element in row if local(element.tag) == "tc")
    return " | ".join(" ".join(_text(cell).split()) for cell in cells)


def _text(element: Element) -> str:
    """Paragraphs as rows."""
    pieces: list[str] = []
    for child in element.iter():
        name = local(child.tag)
        if (name == "p" and pieces) or name == "br":
            pieces.append("\n")
        elif name == "t":
            pieces.append(child.text or "")
    return "".join(pieces)
