"""Articles and books in XML (DocBook, JATS, TEI, FictionBook) to blocks.

The elements of the four are told by name. Each block stands on the lines of its element.
"""

from collections.abc import Iterator
from dataclasses import replace
from html.entities import html5
from typing import Final
from xml.parsers import expat

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.headings import LONGEST_TITLE, HeadingTrail, title_named
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_ROOTS: Final = frozenset(
    """appendix article bibliography book chapter FictionBook glossary part preface refentry
    reference refsect1 refsection sect1 sect2 section set TEI TEI.2 teiCorpus topic""".split()
)
_SECTIONS: Final = frozenset(
    """ack app appendix article bibliography book boxed-text chapter div div1 div2 div3
    div4 div5 example figure glossary informaltable part preface refentry reference refsect1
    refsect2 refsect3 refsection sec sect1 sect2 sect3 sect4 sect5 section set sidebar simplesect
    table table-wrap topic""".split()
)
_TITLES: Final = frozenset("article-title bridgehead head refentrytitle title".split())
_LISTED: Final = frozenset("callout item list-item listitem member step varlistentry".split())
_CODE: Final = frozenset(
    "code-block eg egXML literallayout preformat programlisting screen synopsis".split()
)
_ROWS: Final = frozenset({"row", "tr"})
_CELLS: Final = frozenset("cell entry td th".split())
# Elements whose text is one paragraph, whatever is in them.
_WHOLE: Final = frozenset(
    """aff attribution author bibl biblioentry bibliomixed bookinfo-date caption contrib editor
    funcprototype kwd keyword book-title mixed-citation element-citation ref refname refpurpose
    row subtitle term text-author tr""".split()
)
_PARAGRAPHS: Final = frozenset(
    """ab abstract affiliation annotation argument blockquote cite closer cmdsynopsis date dateline
    def disp-quote email epigraph glossdef glossterm important info journal-title l label lang lg
    note opener orgname p para primary q quote salute sentence set-teaser signed simpara speaker
    stage subject tip v warning""".split()
)
_NOTES: Final = frozenset({"fn", "footnote", "note"})  # where they stand within a paragraph
_APART: Final = frozenset(  # inline, and no part of the word beside it
    """alt-text br first-name given-names last-name lb middle-name name nickname personname surname
    firstname year month day volume issue fpage lpage source publisher-name""".split()
)
_LEFT_OUT: Final = frozenset(  # not printed, or data
    """annotation-xml article-id binary comment counts custom-meta custom-meta-group document-info
    elocation-id encodingDesc history index-term indexterm isbn issn journal-id lof object-id
    permissions processing-meta profileDesc publicationStmt publish-info remark revisionDesc
    self-uri toc""".split()
)
_DEEPEST: Final = 200  # elements within elements
_LONGEST_ENTITY: Final = 100  # characters; a file's own short words are written out


def read_xml(data: bytes) -> Document:
    """Read title, sections, paragraphs, lists, tables and listings.

    No other file is read; of a damaged one what stands before the damage. Raises
    ``DocumentUnreadable`` for XML of other kinds, and where nothing can be read.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.EntityDeclHandler = reader.entity
    parser.DefaultHandler = reader.other  # with it no entity is expanded
    reader.parser = parser
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        damage = DocumentUnreadable(ReasonCode.DAMAGED, f"damaged XML: {error}")
        document = reader.document()
        if not document.blocks:
            raise damage from error
        return replace(document, unread=damage.reason)
    return reader.document()


class _Text:
    """The text of a block while it is read, with the lines of its first and last words."""

    def __init__(self, kind: BlockKind) -> None:
        self.kind = kind
        self.pieces: list[str] = []
        self.begun = self.first = self.last = 0

    def add(self, text: str, line: int) -> None:
        """Add text that begins on a line."""
        self.begun = self.begun or line
        if text.strip():
            self.first = self.first or line
            self.last = line
        self.pieces.append(text)


class _Reader:
    """Goes through the elements; the text of one block is open at a time."""

    def __init__(self) -> None:
        self.parser: expat.XMLParserType
        self._blocks: list[Block] = []
        self._trail = HeadingTrail()
        self._names: list[str] = []  # of the elements that are open
        self._sections = 0
        self._left_out = 0  # depth within an element that is left out
        self._whole = 0  # depth within an element that is one paragraph
        self._kinds: list[BlockKind] = [BlockKind.PARAGRAPH]
        self._text: _Text | None = None
        self._outer: list[tuple[_Text | None, int]] = []  # around notes
        self._notes: list[_Text] = []
        self._entities: dict[str, str] = {}
        self._title: str | None = None

    def start(self, tag: str, _: dict[str, str]) -> None:
        """Begin an element."""
        name = tag.rpartition(":")[2]
        if not self._names and name not in _ROOTS:
            raise DocumentUnreadable(ReasonCode.OTHER_TYPE, "XML of a type that is not read")
        self._names.append(name)
        if len(self._names) > _DEEPEST:
            raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged XML: it is nested too deeply")
        is_second = name == "tex-math" and "alternatives" in self._names
        if self._left_out or name in _LEFT_OUT or is_second:
            self._left_out += 1
        elif name in _NOTES and self._text is not None:
            self._outer.append((self._text, self._whole))
            self._text, self._whole = _Text(BlockKind.PARAGRAPH), 1
        elif self._whole:
            self._whole += 1
            if name in _CELLS and self._words():
                self.characters(" | ")
            elif name in _APART or name in _PARAGRAPHS or name in _WHOLE or name in _TITLES:
                self.characters(" ")
        elif name in _TITLES or name in _WHOLE:
            self._flush()
            self._text, self._whole = _Text(self._kind_of(name)), 1
        elif name in _SECTIONS:
            self._flush()
            self._sections += 1
        elif name in _LISTED or name in _CODE or name in _PARAGRAPHS:
            self._flush()
            self._kinds.append(self._kind_of(name))
        elif name in _APART:
            self.characters(" ")

    def _kind_of(self, name: str) -> BlockKind:
        """The kind of an element's text: its own, or that of the element around it."""
        if name in _TITLES:
            return BlockKind.HEADING
        if name in _ROWS:
            return BlockKind.TABLE
        if name in _CODE:
            return BlockKind.CODE
        return BlockKind.LIST if name in _LISTED else self._kinds[-1]

    def end(self, _: str) -> None:
        """End an element."""
        name = self._names.pop()
        if self._left_out:
            self._left_out -= 1
        elif self._whole:
            self._whole -= 1
            if name in _APART:
                self.characters(" ")
            if not self._whole and self._outer:
                self._end_note()
            elif not self._whole:
                self._flush()
        elif name in _SECTIONS:
            self._flush()
            self._trail.enter(self._sections, "")
            self._sections -= 1
        elif name in _LISTED or name in _CODE or name in _PARAGRAPHS:
            self._flush()
            self._kinds.pop()

    def characters(self, text: str) -> None:
        """Add text to the block that is open, or begin one with it."""
        if self._left_out or (self._text is None and not text.strip()):
            return
        if self._text is None:
            self._text = _Text(self._kinds[-1])
        self._text.add(text, self.parser.CurrentLineNumber)

    def entity(self, name: str, is_parameter: bool, value: str | None, *_: object) -> None:
        """Keep a word that the file has a short name for."""
        is_plain = (
            value is not None and len(value) <= _LONGEST_ENTITY and not set(value) & set("<&%")
        )
        if value is not None and is_plain and not is_parameter:
            self._entities[name] = value

    def other(self, data: str) -> None:
        """Write out the name of a character, or of a word of the file."""
        if data.startswith("&") and data.endswith(";") and self._names:
            self.characters(self._entities.get(data[1:-1]) or html5.get(data[1:], ""))

    def document(self) -> Document:
        """Return what was read, that of open elements, too."""
        while self._outer:
            self._end_note()
        self._flush()
        return Document(
            tuple(_with_whole_tables(self._blocks)), title=title_named(self._title or "")
        )

    def _words(self) -> str:
        return " ".join("".join(self._text.pieces).split()) if self._text else ""

    def _end_note(self) -> None:
        """Go back to the text around a note."""
        if self._text is not None:
            self._notes.append(self._text)
        self._text, self._whole = self._outer.pop()

    def _flush(self) -> None:
        if (text := self._text) is not None:
            self._text = None
            self._add(text)
        notes, self._notes = self._notes, []
        for note in notes:
            self._add(note)

    def _add(self, text: _Text) -> None:
        content = "".join(text.pieces)
        if text.kind is BlockKind.CODE:
            rows = [(text.begun + at, row.rstrip()) for at, row in enumerate(content.split("\n"))]
            kept = [(line, row) for line, row in rows if row]
            if kept:
                code = "\n".join(row for _, row in kept)
                lines = [line for line, _ in kept]
                self._blocks.append(Block(text.kind, code, lines, headings=self._trail.titles))
            return
        words = " ".join(content.split()).replace(" ,", ",")
        if not words:
            return
        if text.kind is BlockKind.HEADING:
            self._title = self._title or words
            self._trail.enter(self._sections, words[:LONGEST_TITLE])
        self._blocks.append(
            Block(
                text.kind, words, [text.first], headings=self._trail.titles, last_lines=[text.last]
            )
        )


def _with_whole_tables(blocks: list[Block]) -> Iterator[Block]:
    """The blocks, with the rows of a table in one."""
    rows: list[Block] = []
    for block in blocks:
        if rows and (block.kind is not BlockKind.TABLE or block.headings != rows[0].headings):
            yield _table(rows)
            rows = []
        if block.kind is BlockKind.TABLE:
            rows.append(block)
        else:
            yield block
    if rows:
        yield _table(rows)


def _table(rows: list[Block]) -> Block:
    return rows[0]._replace(
        text="\n".join(row.text for row in rows),
        lines=[row.lines[0] for row in rows],
        last_lines=[(row.last_lines or row.lines)[0] for row in rows],
    )
