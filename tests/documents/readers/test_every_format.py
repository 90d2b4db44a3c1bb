"""Documents of each format, made by common programs, are read completely."""

import io
import json
import textwrap
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.documents.chunker import Budget, passages_of
from semsearch.documents.document import BlockKind, Document
from semsearch.documents.passage import Passage
from semsearch.documents.readers.reader import read_document
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"


def read(folder: Path, name: str, content: bytes | str) -> Document:
    """Read a file with this content."""
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return read_document(folder, name, max_bytes=100_000_000).document


def passages(document: Document) -> list[Passage]:
    """The passages of at most 1000 characters."""
    return list(passages_of(document, Budget(1000, 0, lambda _: True)))


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the mark of a file of an old Office
ENCRYPTED = OLE + b"x" * 600 + "EncryptedPackage".encode("utf-16-le")


def cited(document: Document) -> list[tuple[str | None, str]]:
    """The place and the first row of each block."""
    return [
        (block.places[0] if block.places else None, block.text.split("\n")[0])
        for block in document.blocks
    ]


def zipped(members: dict[str, str | bytes]) -> bytes:
    """A package with some members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return file.getvalue()


def saved(document: docx.document.Document | pptx.presentation.Presentation) -> bytes:
    """The bytes of an Office document."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_a_word_document_has_headings_lists_and_tables(tmp_path: Path) -> None:
    """Paragraphs of a Word document are numbered, each under its headings."""
    made = docx.Document()
    made.add_heading("The house", level=0)
    made.add_heading("Roof", level=1)
    made.add_paragraph("It leaks.")
    made.add_paragraph("")
    made.add_paragraph("slates", style="List Bullet")
    table = made.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["what", "when", "gutter", "May"], strict=True):
        cell.text = text
    document = read(tmp_path, "a.docx", saved(made))
    assert [(b.kind.value, b.text, b.headings) for b in document.blocks] == [
        ("heading", "The house", ("The house",)),
        ("heading", "Roof", ("The house", "Roof")),
        ("paragraph", "It leaks.", ("The house", "Roof")),
        ("paragraph", "slates", ("The house", "Roof")),
        ("table", "what | when\ngutter | May", ("The house", "Roof")),
    ]
    (roof,) = passages(document)[-1:]
    assert (roof.lines, roof.pages, roof.place) == (None, None, "paragraph 1-6")


def test_a_slide_is_cited_by_its_number(tmp_path: Path) -> None:
    """A slide is cited by number, with its title as heading and its notes."""
    made = pptx.Presentation()
    for title, text in (("Tides", "They come twice a day."), ("Waves", "The wind makes them.")):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
        slide.notes_slide.notes_text_frame.text = f"Say more about {title.lower()}: " + "x" * 40
    document = read(tmp_path, "a.pptx", saved(made))
    tides, waves = passages(document)
    assert (waves.pages, waves.place, waves.headings) == ((2, 2), "slide 2", ("Waves",))
    assert "Say more about waves" in waves.text
    assert "wind" not in tides.text


def test_a_row_of_a_spreadsheet_is_cited_by_sheet_and_row(tmp_path: Path) -> None:
    """A spreadsheet row is cited by sheet and row, with column names and formatted values."""
    made = openpyxl.Workbook()
    made.active.title = "Costs 2024"
    for row in (["what", "price", "due"], ["roof", 1200, "1 May"], [], ["paint", 80.5, "June"]):
        made.active.append(row)
    file = io.BytesIO()
    made.save(file)
    document = read(tmp_path, "a.xlsx", file.getvalue())
    (block,) = document.blocks
    assert block.text.split("\n")[1:] == [
        "what: roof; price: 1200; due: 1 May",
        "what: paint; price: 80.5; due: June",
    ]
    assert block.places is not None
    assert block.places[-1] == "sheet Costs 2024 row 4"
    assert passages(document)[0].place == "sheet Costs 2024 row 1-4"


def test_opendocument_texts_and_slides(tmp_path: Path) -> None:
    """OpenDocument headings have levels, and space and line break elements are kept."""
    text = (
        f'<o:document-content xmlns:o="{OFFICE}office:1.0" xmlns:t="{OFFICE}text:1.0"'
        f' xmlns:d="{OFFICE}drawing:1.0"><o:body>'
        '<t:h t:outline-level="2">Bees</t:h><t:p>They<t:s t:c="2"/>dance.<t:line-break/>So!</t:p>'
        "<t:list><t:list-item><t:p>wax</t:p></t:list-item></t:list></o:body></o:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    document = read(tmp_path, "a.odt", zipped({"mimetype": kind, "content.xml": text}))
    assert [(b.text, b.headings) for b in document.blocks] == [
        ("Bees", ("Bees",)),
        ("They dance.\nSo!", ("Bees",)),
        ("- wax", ("Bees",)),
    ]
    slides = text.replace("<t:h", '<d:page><t:h t:x="1"').replace("</o:body>", "</d:page></o:body>")
    kind = "application/vnd.oasis.opendocument.presentation"
    document = read(tmp_path, "a.odp", zipped({"mimetype": kind, "content.xml": slides}))
    assert {block.page for block in document.blocks} == {1}


def test_a_book_is_cited_by_chapter(tmp_path: Path) -> None:
    """A book is cited by chapter, in spine order, under its title."""
    book = zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<c><rootfile full-path="b/x.opf"/></c>',
            "b/x.opf": '<package xmlns:dc="urn:d"><dc:title>The Sea</dc:title><manifest>'
            '<item id="one" href="1%20a.xhtml"/><item id="two" href="2.xhtml"/></manifest>'
            '<spine><itemref idref="two"/><itemref idref="one"/></spine></package>',
            "b/1 a.xhtml": "<!DOCTYPE html><html><body><h1>Salt</h1><p>Much.</p></body></html>",
            "b/2.xhtml": "<html><body><h1>Foam</h1><p>White.</p></body></html>",
        }
    )
    document = read(tmp_path, "a.epub", book)
    assert cited(document)[1] == ("chapter 1 paragraph 2", "White.")
    assert document.blocks[3].headings == ("The Sea", "Salt")
    assert passages(document)[1].place == "chapter 2 paragraph 1-2"


NOTE = "<aside {}><p>One pinch in forty.</p></aside>"


@pytest.mark.parametrize(
    "page",
    [
        "<body><p>Salt.</p>" + NOTE.format('epub:type="footnote"') + "</body>",
        "<body><p>Salt.</p>" + NOTE.format('epub:type="footnote" hidden=""') + "</body>",
        "<body><p>Salt.</p>" + NOTE.format('role="doc-footnote" style="display: none"') + "</body>",
        "<body><section><p>Salt.</p>" + NOTE.format('epub:type="endnote"') + "</section></body>",
        "<body><p>Salt.</p><footer><p>One pinch in forty.</p></footer></body>",
        "<body><p>Salt.</p>" + NOTE.format("") + "</body>",
    ],
)
def test_notes_of_a_book_are_text(tmp_path: Path, page: str) -> None:
    """Asides and footers of a chapter are read, also where programs show them on a click only."""
    package = '<package><manifest><item id="a" href="1.xhtml"/></manifest><itemref idref="a"/>'
    members = {
        "META-INF/container.xml": '<c><rootfile full-path="x.opf"/></c>',
        "x.opf": package + "</package>",
        "1.xhtml": f"<html>{page}</html>",
    }
    assert cited(read(tmp_path, "a.epub", zipped(members)))[1][1] == "One pinch in forty."


def test_notes_outside_of_the_reading_order_come_last(tmp_path: Path) -> None:
    """A page of notes that only links lead to is read, the table of contents is not."""
    kind = 'media-type="application/xhtml+xml"'
    items = "".join(f'<item id="{n}" href="{n}.xhtml" {kind}/>' for n in ("notes", "text"))
    toc = f'<item id="toc" href="toc.xhtml" properties="nav" {kind}/>'
    members: dict[str, str | bytes] = {
        "META-INF/container.xml": '<c><rootfile full-path="x.opf"/></c>',
        "x.opf": f'<package>{items}{toc}<itemref idref="text"/></package>',
        **{f"{name}.xhtml": f"<html><p>{name}</p></html>" for name in ("notes", "text", "toc")},
    }
    assert [row for _, row in cited(read(tmp_path, "a.epub", zipped(members)))] == ["text", "notes"]


def test_an_aside_of_a_web_page_is_furniture(tmp_path: Path) -> None:
    """A page of the web has menus and notices in its asides and footers."""
    page = "<body><p>Salt.</p><aside>Subscribe!</aside><footer>Imprint</footer></body>"
    assert cited(read(tmp_path, "a.html", page)) == [(None, "Salt.")]


DOCX = zipped({"word/document.xml": "<d><p><t>Salt.</t></p></d>"})
MHTML = (
    'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="X"\r\n\r\n--X\r\n'
    "Content-Type: text/html\r\n\r\n<html><p>Salt.</p></html>\r\n--X--\r\n"
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.doc", rb"{\rtf1\ansi Salt.}"),
        ("a.doc", DOCX),
        ("a.DOC", b"\xef\xbb\xbf<html xmlns:w='urn'><p>Salt.</p>"),
        ("a.doc", b"<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE html><html><p>Salt.</p></html>"),
        ("a.doc", MHTML.encode()),
        ("a.doc", b"Salt."),
        ("a.dot", DOCX),
        ("a.ppt", zipped({"word/document.xml": "<d><p><t>Salt.</t></p></d>"})),
        ("a.xls", b"<html><table><tr><td>Salt.</td></tr></table>"),
        ("a.xls", b"Salt.\t\n"),
        ("a.xls", "Salt.\t\n".encode("utf-16")),
        ("a.xls", DOCX),
    ],
)
def test_an_office_name_may_stand_for_another_format(
    tmp_path: Path, name: str, data: bytes
) -> None:
    """Of a file with a name of an old Office the content decides."""
    assert [row for _, row in cited(read(tmp_path, name, data))] == ["Salt."]


@pytest.mark.parametrize("data", [OLE + b" of another program", b"\x01\0\2", b"<?xml ?>"])
def test_a_doc_that_is_no_document_is_of_another_type(tmp_path: Path, data: bytes) -> None:
    """A ``.doc`` with the content of another program is skipped, which is no failure."""
    with pytest.raises(DocumentUnreadable) as caught:
        read(tmp_path, "a.doc", data)
    assert caught.value.code is ReasonCode.OTHER_TYPE


def test_rich_text_keeps_its_letters(tmp_path: Path) -> None:
    """RTF text is decoded by its code page and Unicode escapes."""
    rtf = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Gr\'fc\'dfe\par\u8364? 5\par}"
    assert cited(read(tmp_path, "a.rtf", rtf)) == [("paragraph 1", "Grüße"), ("paragraph 2", "€ 5")]


def message(subject: str, text: str) -> EmailMessage:
    """A message with an attachment."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.org", "b@example.org", subject
    made.set_content(text)
    made.add_attachment(b"x", maintype="image", subtype="png", filename="roof.png")
    return made


def test_messages_are_read_with_their_heads(tmp_path: Path) -> None:
    """Headers and bodies of messages are decoded, and attachment names are found."""
    document = read(tmp_path, "a.eml", bytes(message("Grüße", "Der Kessel läuft.\n\nBis bald")))
    texts = [block.text for block in document.blocks]
    assert texts[0].endswith("Subject: Grüße")
    assert texts[1:] == ["Der Kessel läuft.", "Bis bald", "Attached: roof.png"]
    box = b"".join(b"From a\n" + bytes(message(name, f"about {name}")) for name in ("one", "two"))
    document = read(tmp_path, "a.mbox", box)
    assert ("message 2", "about two") in cited(document)
    assert passages(document)[1].headings == ("two",)


def test_a_notebook_has_the_text_of_its_outputs(tmp_path: Path) -> None:
    """Notebook outputs have their text, without colour codes, object names and excess."""
    outputs = [
        {"output_type": "stream", "text": ["\x1b[31mloss\x1b[0m 0.5  \n", "loss 0.25\n"]},
        {"output_type": "display_data", "data": {"text/plain": "<Figure size 640x480>"}},
        {"output_type": "execute_result", "data": {"text/plain": ["42"], "text/html": "<b>"}},
        {"output_type": "error", "evalue": "boom"},
        {"output_type": "stream", "text": "x" * 200_000},
    ]
    cells = [
        {"cell_type": "markdown", "source": "## Loss\n\nIt falls."},
        {"cell_type": "code", "source": "train()", "outputs": outputs},
        {"cell_type": "markdown", "source": "Rest\n----\n\nMore."},
    ]
    document = read(tmp_path, "a.ipynb", json.dumps({"cells": cells, "nbformat": 4}))
    shown = document.blocks[3]
    assert shown.text.startswith("loss 0.5\nloss 0.25\n\n42\nboom\nxxx")
    assert shown.text.endswith("x\n(and 100,030 more characters of output)")
    assert shown.places == ["cell 2"] * 7
    assert document.blocks[-1].headings == ("Rest",)


def test_a_notebook_is_cited_by_cell(tmp_path: Path) -> None:
    """A notebook is cited by cell, with code under Markdown headings."""
    cells = [
        {"cell_type": "markdown", "source": ["# Load\n", "\n", "First the data."]},
        {"cell_type": "code", "source": "x = read()\nprint(x)"},
    ]
    document = read(tmp_path, "a.ipynb", json.dumps({"cells": cells, "nbformat": 4}))
    assert cited(document)[-1] == ("cell 2", "x = read()")
    assert document.blocks[-1].headings == ("Load",)
    assert passages(document)[0].place == "cell 1-2"


def test_attachments_are_read_where_their_format_is_known(tmp_path: Path) -> None:
    """Attachments of known formats are read, others are listed with the reason."""
    made = message("Tides", "See below.")
    inner = bytes(message("Inner", "A message, too."))
    for name, data in (
        ("moon.md", b"# Moon\n\nIt pulls.\n"),
        ("talk.pdf", b"%PDF-1.4 nothing"),
        ("inner.eml", inner),
        ("id_rsa", b"secret"),
    ):
        made.add_attachment(data, maintype="application", subtype="x", filename=name)
    document = read(tmp_path, "a.eml", bytes(made))
    listed = next(block for block in document.blocks if block.text.startswith("Attached"))
    rows = listed.text.split("\n")
    assert [*rows[:2], *rows[3:]] == [
        *("Attached: roof.png", "Attached: moon.md"),
        *("Attached: inner.eml", "Attached: id_rsa"),
    ]
    assert rows[2].startswith("Attached: talk.pdf (not read: damaged PDF")
    places = dict(cited(document))
    assert places["message, moon.md line 3"] == "It pulls."
    assert places["message, inner.eml"].startswith("Attached")
    assert ("message, inner.eml", "A message, too.") in cited(document)
    assert ("Tides", "moon.md", "Moon") in [block.headings for block in document.blocks]
    assert "message, moon.md line 1-3" in [passage.place for passage in passages(document)]


def test_subtitles_know_their_time(tmp_path: Path) -> None:
    """Subtitles have their words and lines, and a pause starts a paragraph."""
    text = "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i>\nthere.\n\n"
    text += "2\n00:01:10,000 --> 00:01:12,000\nGoodbye.\n"
    first, second = read(tmp_path, "a.srt", text).blocks
    assert (first.text, list(first.lines)) == ("Hello\nthere.", [3, 4])
    assert (second.places, list(second.lines)) == (["00:01:10"], [8])
    assert read(tmp_path, "a.vtt", "WEBVTT\n\n" + text.replace(",", ".")).blocks[0].lines == [5, 6]


def test_rows_of_a_table_have_the_names_of_their_columns(tmp_path: Path) -> None:
    """Table rows have column names with any separator and quoted line ends."""
    text = 'tool;price\n"saw;\nlong";12,50\n\nnail;0,10\n'
    (block,) = read(tmp_path, "a.csv", text).blocks
    assert block.text.split("\n")[1:] == [
        "tool: saw; long; price: 12,50",
        "tool: nail; price: 0,10",
    ]
    assert (block.lines, block.last_lines) == ([1, 2, 5], [1, 3, 5])


HEADED = {
    "a.rst": "Knots\n=====\n\nIntro.\n\nBowline\n-------\n\nIt jams::\n\n    pull()\n",
    "a.adoc": "= Knots\n\nIntro.\n\n== Bowline\n\nIt jams\n----\npull()\n----\n",
    "a.tex": "\\section{Knots}\nIntro.\n\n\\subsection{Bow\\emph{line}}\nIt jams\n"
    "\\begin{verbatim}\npull()\n\\end{verbatim}\n",
    "a.yaml": "# about\nKnots:\n  Intro: 1\n\nBowline:\n  - It jams\n",
    "a.toml": "[Knots]\nIntro = 1\n\n[Bowline]\nit = 'It jams'\n",
    "a.md": "---\ntitle: Knots\n---\n\nIntro.\n\n## Bowline\n\nIt jams\n",
}


@pytest.mark.parametrize("name", HEADED)
def test_texts_with_marks_have_headings(tmp_path: Path, name: str) -> None:
    """Text in markup formats has its headings."""
    document = read(tmp_path, name, HEADED[name])
    trails = {row: block.headings for block in document.blocks for row in block.text.split("\n")}
    (below,) = (trail for row, trail in trails.items() if "It jams" in row)
    (above,) = (trail for row, trail in trails.items() if "Intro" in row)
    assert (above[-1], below[-1]) == ("Knots", "Bowline")


def test_code_in_marked_texts_is_code(tmp_path: Path) -> None:
    """Code in markup formats is a code block, kept whole where it fits."""
    for name in ("a.rst", "a.adoc", "a.tex"):
        kinds = [block.kind for block in read(tmp_path, name, HEADED[name]).blocks]
        assert kinds[-1] is BlockKind.CODE


PROGRAMS = {
    "a.py": "import os\n\n# Adds.\n@cache\ndef add(a):\n    return a\n\nclass Box:\n    x = 1\n\n"
    "    def open(self):\n        pass\n",
    "a.rs": "use std;\n\nfn add(a: i8) -> i8 { a }\n\nimpl Box {\n  fn open() {}\n}\n",
    "a.ts": "import x\n\nexport function add(a: number) {}\n\nclass Box {\n  open() {}\n}\n",
    "a.java": "import x;\n\nclass Box {\n  int add(int a) { return a; }\n  void open() {}\n}\n",
    "a.cpp": "#include <x>\n\nint add(int a) { return a; }\n\nclass Box {\n  void open() {}\n};\n",
    "a.go": "package x\n\nfunc add(a int) int {\n return a\n}\n\nfunc (b Box) open() {}\n",
    "a.rb": "require 'x'\n\ndef add(a)\nend\n\nclass Box\n  def open\n  end\nend\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_cut_at_their_definitions(tmp_path: Path, name: str) -> None:
    """Programs are split at definitions, under enclosing names, with each row in one block."""
    document = read(tmp_path, name, PROGRAMS[name])
    trails = [block.headings for block in document.blocks]
    assert {trail[-1] for trail in trails if trail} >= {"add", "open"}
    assert ("Box", "open") in trails or name == "a.go"
    rows = [row for block in document.blocks for row in block.text.split("\n") if row.strip()]
    assert rows == [row for row in PROGRAMS[name].split("\n") if row.strip()]


def test_a_comment_belongs_to_the_definition_below(tmp_path: Path) -> None:
    """A comment or decorator belongs to the definition below."""
    document = read(tmp_path, "a.py", PROGRAMS["a.py"])
    (add,) = (block for block in document.blocks if block.headings == ("add",))
    assert add.text.startswith("# Adds.\n@cache")


def test_letters_that_json_writes_as_numbers_are_letters(tmp_path: Path) -> None:
    """JSON escapes of letters are decoded; escapes that would end the string stay."""
    text = r'{"a": "gr\u00fcn \ud83d\ude00 \u0022 \\u00fc \ud800"}'
    (block,) = read(tmp_path, "a.json", text).blocks
    assert block.text == r'{"a": "grün 😀 \u0022 \\u00fc �"}'


PIECES = st.lists(st.sampled_from([
    "", "word", "====", "Title", "-----", ".. code::", "   code", "- item", "== Head", "----",
    "|===", "[x]", "\\section{A}", "\\begin{table}", "\\end{table}", "key:", "[table]", "a = 1",
    "def f():", "    pass", "class A:", "{", "}", "int f() {", "fn f() {", "'''", "\"", "# c", "::",
]), max_size=25)  # fmt: skip


@pytest.mark.parametrize("name", ["a.rst", "a.adoc", "a.yaml", "a.toml", "a.json", "a.py",
                                  "a.rs", "a.c", "a.js", "a.txt", "a.md", "a.sh"])  # fmt: skip
@given(rows=PIECES)
@settings(max_examples=25, deadline=None)
def test_cited_lines_contain_the_passage(
    tmp_path_factory: pytest.TempPathFactory, name: str, rows: list[str]
) -> None:
    """Cited lines of each text format equal the passage, and no row is lost."""
    folder = tmp_path_factory.mktemp("cited")
    found = passages(read(folder, name, "\n".join(rows)))
    for passage in found:
        assert passage.lines is not None
        first, last = passage.lines
        lines = [row.strip() for row in rows[first - 1 : last] if row.strip()]
        assert [row.strip() for row in passage.text.split("\n") if row.strip()] == lines
    words = sum(len(passage.text.split()) for passage in found)
    assert words == len(" ".join(rows).split())


def bomb(name: str, size: int) -> Callable[[], bytes]:
    """A package whose only member unpacks to ``size`` zero bytes."""
    return lambda: zipped({name: b"\0" * size, "mimetype": ""})


def entities() -> bytes:
    """A Word document that defines its own entities."""
    xml = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><document>&b;</document>'
    return zipped({"word/document.xml": xml})


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.docx", bomb("word/document.xml", 20_000_000), "unpacks to"),
        ("a.xlsx", bomb("xl/workbook.xml", 20_000_000), "unpacks to"),
        ("a.docx", entities, "entities"),
        ("a.docx", lambda: b"PK\x03\x04 nonsense", "damaged file"),
        ("a.docx", lambda: b"hello", "it is no Word document"),
        ("a.odt", lambda: zipped({"a": "b"}), "an archive"),
        ("a.xlsx", lambda: zipped({"xl/workbook.xml": "<x"}), "damaged file: xl/workbook.xml"),
        ("a.xls", lambda: OLE + b"x" * 600, "damaged spreadsheet"),
        ("a.docx", lambda: OLE + b"x" * 600, "it is no Word document"),
        ("a.doc", lambda: OLE + "WordDocument".encode("utf-16-le"), "damaged file"),
        ("a.ppt", lambda: OLE + "PowerPoint Document".encode("utf-16-le"), "damaged file"),
        ("a.docx", lambda: ENCRYPTED, "password-protected"),
        ("a.xlsx", lambda: ENCRYPTED, "password-protected"),
        (
            "a.docx",
            lambda: zipped({"_rels/.rels": "<?xml version='1.0' encoding='x'?><r/>"}),
            "archive",
        ),
        ("a.epub", lambda: zipped({"META-INF/container.xml": "<c/>"}), "names no book"),
        ("a.ipynb", lambda: b"[1, 2", "damaged notebook"),
        ("a.canvas", lambda: b'{"nodes": [', "damaged canvas"),
        ("a.canvas", lambda: b'{"layers": []}', "damaged canvas"),
        ("a.canvas", lambda: b"[1, 2]", "damaged canvas"),
        ("a.mbox", lambda: b"Subject: x", "no mailbox"),
        ("a.csv", lambda: b'a,"' + b"x" * 11_000_000, "damaged table"),
    ],
)
def test_hostile_and_damaged_files_have_a_reason(
    tmp_path: Path, name: str, content: Callable[[], bytes], reason: str
) -> None:
    """Hostile packages fail with a reason, without unpacking or entity expansion."""
    with pytest.raises(DocumentUnreadable, match=reason):
        read(tmp_path, name, content())


def test_the_content_says_which_package_it_is(tmp_path: Path) -> None:
    """The content of a package or page decides its format, not the name."""
    made = pptx.Presentation()
    made.slides.add_slide(made.slide_layouts[0]).shapes.title.text = "Tides"
    assert cited(read(tmp_path, "a.docx", saved(made))) == [("slide 1", "Tides")]
    assert cited(read(tmp_path, "b.rtf", "<html><body><p>Page")) == [(None, "Page")]
    assert cited(read(tmp_path, "c.txt", "<!doctype html><p>Page")) == [(None, "Page")]


def test_the_encoding_is_recorded(tmp_path: Path) -> None:
    """The encoding of text formats is recorded."""
    german = textwrap.dedent("Die Straße führt über die Brücke, größer als früher.\n") * 3
    assert read(tmp_path, "a.txt", german).encoding == "utf-8"
    assert read(tmp_path, "b.txt", german.encode("utf-16")).encoding == "utf-16-le"
    assert read(tmp_path, "c.html", german.encode("latin-1")).encoding in ("cp1250", "cp1252")


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("a.rst", ".. a comment\n   and more\n\nTea.\n\n.. _x: y\n.. note:: Hot.",
         ["Tea.", ".. note:: Hot."]),
        ("a.rst", "..\n\n   Tea.\n\n::\n\n  .. code", ["   Tea.", "::", "  .. code"]),
        ("a.adoc", "// one\nTea.\n\n////\ntwo\n////\n\n----\n// three\n----",
         ["Tea.", "----\n// three\n----"]),
    ],
)  # fmt: skip
def test_comments_of_text_with_markup_are_left_out(
    tmp_path: Path, name: str, text: str, shown: list[str]
) -> None:
    """Comments of reStructuredText and AsciiDoc are no text, but in listings."""
    assert [block.text for block in read(tmp_path, name, text).blocks] == shown
