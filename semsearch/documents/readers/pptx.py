"""PowerPoint presentations (ECMA-376, PresentationML) to blocks, slide by slide."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.office_drawings import (
    description,
    graphic_rows,
    is_hidden,
    paragraph_rows,
    table_rows,
)
from semsearch.documents.readers.ooxml import OfficePackage, nearest
from semsearch.documents.readers.zip_package import Element, attribute, local
from semsearch.documents.reason import DocumentUnreadable

_USUAL: Final = "ppt/presentation.xml"
_TITLES: Final = frozenset({"title", "ctrTitle"})
_FURNITURE: Final = frozenset({"sldNum", "sldImg"})  # numbers and pictures of slides
_OF_EACH_PAGE: Final = frozenset({"dt", "ftr", "hdr"})
_SHAPES: Final = ("sp", "cxnSp", "pic", "graphicFrame", "grpSp", "contentPart")
_DEEPEST: Final = 50  # groups in groups


def read_pptx(data: bytes) -> Document:
    """Read each slide in the order of the show, with its notes and comments; no hidden ones."""
    package = OfficePackage(data)
    main = package.main_part(_USUAL)
    flow = Flow()
    repeated = _Repeated(set(), set())
    for number, part in enumerate(_slides(package, main), start=1):
        slide = None if part is None else package.part(part)
        if part is None or slide is None or slide.get("show") in ("0", "false"):
            continue
        flow.begin_part(f"slide {number}", page=number)
        _Slide(package, part, flow, repeated).read(slide)
    if not flow.number and package.fault:
        raise DocumentUnreadable(package.fault.code, package.fault.detail)
    return flow.document(package.title(), package.fault)


def _slides(package: OfficePackage, main: str) -> Iterator[str | None]:
    for element in package.xml(main).iter():
        if local(element.tag) == "sldId":
            yield package.related_by(main, element)


class _Repeated(NamedTuple):
    """What several slides show, of which the rest is read once."""

    texts: set[str]  # footers, and texts of layouts
    parts: set[str]  # layouts and masters


class _Slide:
    """Reads one slide; what is the same on several is read with the first of them."""

    def __init__(self, package: OfficePackage, part: str, flow: Flow, repeated: _Repeated) -> None:
        self._package = package
        self._part = part
        self._flow = flow
        self._repeated = repeated

    def read(self, slide: Element) -> None:
        """Add the title, the shapes, and what belongs to the slide."""
        shapes = list(_shapes(slide))
        titles = (_text(shape) for shape, role in shapes if role in _TITLES)
        title = next(filter(str.strip, titles), "")
        # Also without a title: the heading of the previous slide ends.
        self._flow.trail.enter(1, " ".join(title.split()))
        self._flow.heading(1, title)
        for shape, role in shapes:
            if role not in _FURNITURE and not (role in _TITLES and _text(shape) == title):
                self._add(shape, role)
        if slide.get("showMasterSp") not in ("0", "false"):
            self._layouts()
        for notes in self._roots("notesSlide"):
            for shape, role in _shapes(notes):
                if role not in _FURNITURE:
                    self._add(shape, role)
        for comments in self._roots("comments"):
            for text in nearest(comments, "text", "txBody"):
                rows = paragraph_rows(text) or [text.text or ""]
                self._flow.paragraph("\n".join(rows))

    def _layouts(self) -> None:
        """Add the fixed texts of the layout and of its master: what is no placeholder."""
        for layout in self._package.related(self._part, "slideLayout"):
            root = self._fixed(layout)
            if root is not None and root.get("showMasterSp") not in ("0", "false"):
                for master in self._package.related(layout, "slideMaster"):
                    self._fixed(master)

    def _fixed(self, part: str) -> Element | None:
        """Add the fixed texts of a part, and return it; None where another slide has it, too."""
        if part in self._repeated.parts:
            return None
        self._repeated.parts.add(part)
        root = self._package.part(part)
        for shape, role in () if root is None else _shapes(root):
            if role == "" and (text := _text(shape)):
                self._once(text)
        return root

    def _once(self, text: str) -> None:
        if text not in self._repeated.texts:
            self._repeated.texts.add(text)
            self._flow.paragraph(text)

    def _roots(self, kind: str) -> Iterator[Element]:
        for part in self._package.related(self._part, kind):
            root = self._package.part(part)
            if root is not None:
                yield root

    def _add(self, shape: Element, role: str) -> None:
        if role in _OF_EACH_PAGE:
            if not any(local(child.tag) == "fld" for child in shape.iter()):
                self._once(_text(shape))
            return
        for table in nearest(shape, "tbl"):
            self._flow.rows(BlockKind.TABLE, table_rows(table))
        self._flow.paragraph(_text(shape))
        self._flow.paragraph("\n".join(graphic_rows(self._package, self._part, shape)))
        self._flow.paragraph("\n".join(description(shape)))


def _shapes(above: Element, depth: int = 0) -> Iterator[tuple[Element, str]]:
    """Each shape that is shown, groups taken apart, with the role of its placeholder, else ""."""
    for shape in nearest(above, *_SHAPES):
        if is_hidden(shape):
            continue
        if local(shape.tag) == "grpSp" and depth < _DEEPEST:
            yield from _shapes(shape, depth + 1)
        else:
            role = next(nearest(shape, "ph", skipped=frozenset({"txBody"})), None)
            yield shape, "" if role is None else attribute(role, "type") or "body"


def _text(shape: Element) -> str:
    """The paragraphs of a shape as rows."""
    return "\n".join(
        row
        for body in nearest(shape, "txBody", skipped=frozenset({"tbl"}))
        for row in paragraph_rows(body)
    )
