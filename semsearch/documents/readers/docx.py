"""Word documents (ECMA-376, WordprocessingML) to blocks."""

from collections.abc import Iterator
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.block_builder import Flow
from semsearch.documents.readers.docx_lists import Numbers
from semsearch.documents.readers.docx_styles import Styles
from semsearch.documents.readers.docx_text import NOT_READ, RunReader
from semsearch.documents.readers.ooxml import (
    OfficePackage,
    child_named,
    children,
    is_on,
    nearest,
)
from semsearch.documents.readers.paragraph_text import ParagraphText, add_paragraph
from semsearch.documents.readers.zip_package import Element, attribute, local
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_ZIP: Final = b"PK"
_ANY_FORMAT: Final = "chunk.doc"  # a name of which the content says what it is
_DEEPEST: Final = 5  # documents in documents
_USUAL: Final = "word/document.xml"


def read_docx(data: bytes, depth: int = 0) -> Document:
    """Read the text that a page shows: each note after its sentence, comments and headers last.

    Hidden and deleted text is left out; a comment knows the paragraph that it is about. ``depth``
    counts the documents around this one.
    """
    package = OfficePackage(data)
    main = package.main_part(_USUAL)
    body = package.xml(main)
    flow = Flow()
    reader = _Reader(package, main, flow, depth)
    reader.read(body)
    reader.add_comments()
    for kind in ("header", "footer"):
        flow.page_part(kind, reader.page_texts(body, kind))
    return flow.document(package.title(), package.fault)


class _Reader:
    """Walks the body once; the items of a list are collected until the list ends."""

    def __init__(self, package: OfficePackage, main: str, flow: Flow, depth: int) -> None:
        self._package = package
        self._depth = depth
        self._main = main
        self._flow = flow
        self._styles = Styles(self._part_of("styles"))
        self._notes = {
            (kind, identity): note
            for kind in ("footnote", "endnote")
            for identity, note in self._notes_of(kind)
        }
        self._numbers = Numbers(self._part_of("numbering"), self._styles)
        self._runs = RunReader(package, main, self._styles, self._notes, self._numbers)
        self._items: list[str] = []
        self._begun: ParagraphText | None = None  # whose end is deleted (17.13.5.15)
        self._commented: dict[str, int] = {}  # comments by their first paragraph, in order

    def read(self, body: Element) -> None:
        """Add headings, paragraphs, lists and tables."""
        for element in nearest(body, "p", "tbl", "altChunk", skipped=NOT_READ):
            if local(element.tag) != "p":
                self._end_begun()
            if local(element.tag) == "altChunk":
                self._end_list()
                self._chunk(self._package.related_by(self._main, element))
            elif local(element.tag) == "tbl":
                self._end_list()
                rows, comments = self._runs.table(element)
                self._flow.rows(BlockKind.TABLE, rows)
                self._comment(comments)
            else:
                self._paragraph(element)
        self._end_begun()
        self._end_list()

    def _end_begun(self) -> None:
        if self._begun is not None:
            self._add(self._begun, None)
            self._begun = None

    def _paragraph(self, element: Element) -> None:
        found = self._runs.paragraph(element)
        if self._begun is not None:
            found = self._begun.joined(found)
        properties = child_named(element, "pPr")
        is_whole = child_named(child_named(properties, "rPr"), "del") is None
        self._begun = None if is_whole else found
        if is_whole:
            self._add(found, properties)

    def _add(self, found: ParagraphText, properties: Element | None) -> None:
        level = self._styles.level(properties)
        is_item = level is None and self._numbers.is_item(properties)
        if is_item and not found.beside:
            self._items += filter(None, [found.item])
            self._comment(found.comments, len(self._items))
            return
        self._end_list()
        add_paragraph(self._flow, found, level)
        self._comment(found.comments)

    def _chunk(self, part: str | None) -> None:
        """Add a document of another format that the text shows in this place (17.17.2.1)."""
        if part is None:
            return
        from semsearch.documents.readers.reader import document_within  # here: it imports readers

        try:
            if self._depth >= _DEEPEST:
                raise DocumentUnreadable(
                    ReasonCode.TOO_LARGE_UNPACKED, f"{part} is too deep in other documents"
                )
            data = self._package.bytes_of(part)
            is_word = data.startswith(_ZIP)
            document = (
                read_docx(data, self._depth + 1) if is_word else document_within(data, _ANY_FORMAT)
            )
        except DocumentUnreadable as error:
            self._package.add_fault(error)
            return
        if (reason := document.unread) is not None:
            self._package.add_fault(DocumentUnreadable(reason.code, reason.detail))
        for block in document.blocks:
            if block.kind is BlockKind.HEADING:
                self._flow.heading(len(block.headings), block.text)
            else:
                self._flow.rows(block.kind, block.text.split("\n"))

    def _end_list(self) -> None:
        self._flow.rows(BlockKind.LIST, self._items)
        self._items = []

    def _comment(self, comments: list[str], ahead: int = 0) -> None:
        for identity in comments:
            self._commented.setdefault(identity, max(1, self._flow.number + ahead))

    def add_comments(self) -> None:
        """Add the comments in the order of the text, each with its author."""
        comments = dict(self._comments())
        self._flow.comments(
            (f"paragraph {paragraph}", comments.pop(identity, ""))
            for identity, paragraph in self._commented.items()
        )

    def _comments(self) -> Iterator[tuple[str, str]]:
        for part in self._package.related(self._main, "comments"):
            root = self._package.part(part)
            runs = RunReader(self._package, part, self._styles, {})
            for comment in () if root is None else nearest(root, "comment"):
                author = attribute(comment, "author") or ""
                text = runs.whole(comment)
                said = f"{author}: {text}" if author and text.strip() else text
                yield attribute(comment, "id") or "", said

    def page_texts(self, body: Element, kind: str) -> Iterator[str]:
        """Yield the texts of the headers or footers that pages show, section by section."""
        has_even = is_on(child_named(self._part_of("settings"), "evenAndOddHeaders"))
        for section in nearest(body, "sectPr"):
            has_first = is_on(child_named(section, "titlePg"))
            shown = {"default": True, "first": has_first, "even": has_even}
            for reference in children(section):
                if local(reference.tag) == f"{kind}Reference":
                    part = self._package.related_by(self._main, reference)
                    root = None if part is None else self._package.part(part)
                    if part and root is not None and shown.get(attribute(reference, "type") or ""):
                        runs = RunReader(self._package, part, self._styles, {})
                        yield "\n".join(filter(None, map(_page_row, runs.paragraphs(root))))

    def _part_of(self, kind: str) -> Element | None:
        part = next(iter(self._package.related(self._main, kind)), None)
        if part is None:
            part = f"word/{kind}.xml"
        return self._package.part(part)

    def _notes_of(self, kind: str) -> Iterator[tuple[str, str]]:
        for part in self._package.related(self._main, f"{kind}s") or [f"word/{kind}s.xml"]:
            root = self._package.part(part)
            runs = RunReader(self._package, part, self._styles, {})
            for note in () if root is None else nearest(root, kind):
                if attribute(note, "type") in (None, "normal"):
                    yield attribute(note, "id") or "", runs.whole(note)


def _page_row(found: ParagraphText) -> str:
    """A row of a header or footer."""
    return "" if found.is_page_row else "\n".join(found.rows)
