"""OpenDocument texts, presentations and drawings (ISO/IEC 26300) to blocks."""

from collections.abc import Iterable, Iterator
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.odf_lists import Numbers
from semsearch.documents.readers.odf_styles import OdfStyles
from semsearch.documents.readers.odf_text import NOT_READ, SHAPES, OdfText, is_hidden, nearest
from semsearch.documents.readers.paragraph_text import ParagraphText, add_paragraph
from semsearch.documents.readers.zip_package import Element, Package, attribute, local, whole
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_MANIFEST: Final = "META-INF/manifest.xml"
_CONTENT: Final = "content.xml"
_STYLES: Final = "styles.xml"
_PAGE_PARTS: Final = {
    name: kind for kind in ("header", "footer") for name in (kind, f"{kind}-left", f"{kind}-first")
}


def read_odf(data: bytes) -> Document:
    """Read headings, paragraphs, lists and tables; a presentation slide by slide.

    Each note stands after its sentence; comments, headers and footers come last.
    """
    package = Package(data)
    refuse_encrypted(package)
    content = package.xml(_CONTENT)
    styles_part = package.part(_STYLES)
    styles = OdfStyles([styles_part, content])
    flow = Flow()
    masters = {} if styles_part is None else _named(nearest(styles_part, "master-page"))
    text = OdfText(package, styles, numbers=Numbers(content, styles))
    reader = _Reader(flow, text, styles, masters)
    reader.read(content)
    reader.add_comments()
    if not reader.slides:
        reader.add_page_parts(styles.master_pages())
    return flow.document(package.title(), package.fault)


def refuse_encrypted(package: Package) -> None:
    """Raise ``DocumentUnreadable`` for a document with a password."""
    if _MANIFEST in package.names and b"encryption-data" in package.bytes_of(_MANIFEST):
        raise DocumentUnreadable(ReasonCode.PASSWORD, "password-protected file")


class _Reader:
    def __init__(
        self, flow: Flow, text: OdfText, styles: OdfStyles, masters: dict[str, Element]
    ) -> None:
        self._masters = masters
        self._flow = flow
        self._text = text
        self._styles = styles
        self._comments: list[tuple[str, str]] = []  # places and texts
        self._footers: dict[str, str] = {}
        self._repeated: set[str] = set()
        self._masters_read: set[tuple[str, bool]] = set()  # with whether footers were shown
        self.slides = 0

    def read(self, content: Element) -> None:
        """Add the content of a document."""
        stack = [iter(content)]
        while stack:
            element = next(stack[-1], None)
            if element is None:
                stack.pop()
            elif not is_hidden(element) and not self._read(element):
                stack.append(iter(element))

    def _read(self, element: Element) -> bool:
        """Take an element; False for one that holds others."""
        name = local(element.tag)
        if name == "page":
            return self._begin_slide(element)
        if name == "footer-decl":
            self._footers[attribute(element, "name") or ""] = "".join(element.itertext())
        elif name in ("p", "h"):
            self._paragraph(element)
        elif name == "frame" and attribute(element, "class") == "title":
            title = [row for row in self._text.shape(element) if row.strip()]
            self._flow.heading(1, " ".join(title[:1]))
            self._flow.paragraph("\n".join(title[1:]))
        elif name in SHAPES:
            self._flow.paragraph("\n".join(self._text.shape(element)))
        elif name == "list":
            self._list(element)
        elif name == "table":
            rows, comments = self._text.table(element)
            self._flow.rows(BlockKind.TABLE, rows)
            self._comment(comments)
        elif name == "annotation":
            self._comment([self._text.comment(element)])
        else:
            return name in NOT_READ
        return True

    def _begin_slide(self, page: Element) -> bool:
        """Begin a slide; True for a hidden one, which is passed over."""
        self.slides += 1
        style = attribute(page, "style-name")
        if self._styles.is_hidden("drawing-page", style):
            return True
        self._flow.begin_part(f"slide {self.slides}", page=self.slides)
        self._flow.trail.enter(1, "")  # the heading of the previous slide ends
        shows_footer = self._styles.shows_footer(style)
        if shows_footer:
            self._once(self._footers.get(attribute(page, "use-footer-name") or "", ""))
        self._master(attribute(page, "master-page-name") or "", shows_footer)
        return False

    def _master(self, name: str, shows_footer: bool) -> None:
        """Add the fixed texts of a master page, with the first slide that shows them."""
        if (name, shows_footer) in self._masters_read:
            return
        self._masters_read.add((name, shows_footer))
        for shape in self._masters.get(name, ()):
            role = attribute(shape, "class")
            if local(shape.tag) in SHAPES and (
                role is None or (role in _PAGE_PARTS and shows_footer)
            ):
                self._once("\n".join(filter(str.strip, self._text.shape(shape))))

    def _once(self, text: str) -> None:
        """Add what several slides show with the first of them."""
        if text not in self._repeated:
            self._repeated.add(text)
            self._flow.paragraph(text)

    def _paragraph(self, element: Element) -> None:
        found = self._text.paragraph(element)
        if found.is_hidden:
            return
        level = _level(element) if local(element.tag) == "h" else None
        add_paragraph(self._flow, found, level)
        self._comment(found.comments)

    def _list(self, element: Element) -> None:
        """Add the items of a list; a numbered heading stands in a list of its own."""
        if any(local(e.tag) in ("h", "table") for e in nearest(element, "h", "table")):
            for part in nearest(element, "p", "h", "table"):
                self._read(part)
            return
        items = [item for item in self._items(element) if not item.is_hidden]
        self._flow.rows(BlockKind.LIST, [item.item for item in items])
        for item in items:
            self._flow.attached(item.beside)
            self._comment(item.comments)

    def _items(self, element: Element) -> Iterator[ParagraphText]:
        return map(self._text.paragraph, nearest(element, "p", "h"))

    def _comment(self, comments: list[str]) -> None:
        of_slide = f"slide {self.slides}"
        place = of_slide if self.slides else f"paragraph {max(1, self._flow.number)}"
        self._comments += [(place, text) for text in comments if text.strip()]

    def add_comments(self) -> None:
        """Add the comments in the order of the text, each with its author."""
        self._flow.comments(self._comments)

    def add_page_parts(self, used: set[str]) -> None:
        """Add the headers and footers of the pages that the document begins."""
        texts: dict[str, list[str]] = {"header": [], "footer": []}
        pages = self._masters
        begun = [name for name in pages if name in used] or list(pages)[:1]
        if "Standard" in pages:
            begun.append("Standard")
        for name in dict.fromkeys(begun):
            following = attribute(pages[name], "next-style-name")
            for page in filter(None, (pages[name], pages.get(following or ""))):
                for part in page:
                    kind = _PAGE_PARTS.get(local(part.tag))
                    if kind and attribute(part, "display") != "false":
                        texts[kind].append(self._text.page_rows(part))
        for kind, found in texts.items():
            self._flow.page_part(kind, found)


def _named(elements: Iterable[Element]) -> dict[str, Element]:
    return {attribute(element, "name") or "": element for element in elements}


def _level(heading: Element) -> int:
    level = whole(attribute(heading, "outline-level"))
    return 1 if level is None else level
