"""Word documents and texts of other office programs are read as their pages show them."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from fakes.office_files import open_document, package, paragraph, relations, run, word, zipped
from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable

FILES = Path(__file__).parent / "files"


def cited(document: Document) -> list[tuple[str, str]]:
    """The place and the text of each block."""
    return [(block.places[0] if block.places else "", block.text) for block in document.blocks]


def texts(data: bytes, name: str = "a.docx") -> list[str]:
    """The texts of a document's blocks."""
    return [block.text for block in document_of(data, name).blocks]


@pytest.mark.parametrize("name", ["letter.odt", "letter.doc", "letter.docx", "letter.rtf"])
def test_a_letter_is_the_same_in_each_format(name: str) -> None:
    """A text that LibreOffice has saved in four formats has the same blocks and places in each."""
    document = document_of((FILES / name).read_bytes(), name)
    assert cited(document) == [
        ("paragraph 1", "The keeper’s log"),
        (
            "paragraph 2",
            "The keeper wrote the log each evening. [In ink, never in pencil.]"
            " It rained for days in Łódź.",
        ),
        ("paragraph 3", "He kept the lamp alight."),
        ("paragraph 4", "Supplies"),
        ("paragraph 5", "oil | 12 barrels\nwicks | 40"),
        ("paragraph 7", "Before the box and after it. [An endnote.]"),
        ("paragraph 7", "Boxed words"),
        ("comment 1 on paragraph 3", "Anna: Which lamp?"),
        ("header", "File number 4711"),
        ("footer", "Confidential until May"),
    ]
    assert document.blocks[4].headings == ("The keeper’s log", "Supplies")
    assert document.blocks[4].kind is BlockKind.TABLE
    assert document.title == "The lighthouse"


def style(name: str, properties: str = "", identity: str | None = None) -> str:
    """A style of paragraphs."""
    return (
        f'<style type="paragraph" styleId="{identity or name}"><name val="{name}"/>'
        f"{properties}</style>"
    )


STYLES = (
    style("heading 1", identity="H1")
    + style("Chapter", '<basedOn val="H1"/>')
    + style("Part", '<basedOn val="Chapter"/>')
    + style("Outlined", '<pPr><outlineLvl val="1"/></pPr>')
    + style("TOC Heading", '<basedOn val="H1"/><pPr><outlineLvl val="9"/></pPr>', "Toc")
    + style("Loop", '<basedOn val="Loop2"/>')
    + style("Loop2", '<basedOn val="Loop"/>')
)


@pytest.mark.parametrize(
    ("properties", "trail"),
    [
        ('<pStyle val="H1"/>', ("Top", "Here")[1:]),
        ('<pStyle val="Chapter"/>', ("Here",)),
        ('<pStyle val="Part"/>', ("Here",)),
        ('<pStyle val="Outlined"/>', ("Top", "Here")),
        ('<outlineLvl val="2"/>', ("Top", "Here")),
        ('<pStyle val="H1"/><outlineLvl val="9"/>', ("Top",)),
        ('<pStyle val="Toc"/>', ("Top",)),
        ('<pStyle val="Loop"/>', ("Top",)),
        ('<pStyle val="Unknown"/>', ("Top",)),
    ],
)
def test_a_heading_is_told_by_its_style_and_level(properties: str, trail: tuple[str, ...]) -> None:
    """A paragraph is a heading by its own level, else by its style or those it is based on."""
    body = paragraph("Top", '<pStyle val="H1"/>') + paragraph("Here", properties)
    document = document_of(word(body, STYLES), "a.docx")
    assert document.blocks[-1].headings == trail


HIDING = (
    '<style type="paragraph" styleId="P"><rPr><vanish/></rPr></style>'
    '<style type="paragraph" styleId="Q"><basedOn val="P"/></style>'
    '<style type="paragraph" styleId="S"><basedOn val="P"/><rPr><vanish val="0"/></rPr></style>'
    '<style type="character" styleId="C"><rPr><vanish/></rPr></style>'
)
DEFAULTS = "<docDefaults><rPrDefault><rPr><vanish/></rPr></rPrDefault></docDefaults>"


@pytest.mark.parametrize(
    ("styles", "paragraph_style", "properties", "is_shown"),
    [
        ("", "", "<vanish/>", False),
        ("", "", '<vanish val="1"/>', False),
        ("", "", '<vanish val="false"/>', True),
        (HIDING, "P", "", False),
        (HIDING, "Q", "", False),
        (HIDING, "S", "", True),
        (HIDING, "P", '<vanish val="0"/>', True),
        (HIDING, "", '<rStyle val="C"/>', False),
        (HIDING, "P", '<rStyle val="C"/>', True),  # two switches
        (DEFAULTS, "", "", False),
        (DEFAULTS, "", '<vanish val="0"/>', True),
        (DEFAULTS + HIDING, "S", "", True),
        (HIDING.replace('"P"', '"P" default="1"', 1), "", "", False),
    ],
)
def test_hidden_text_is_left_out(
    styles: str, paragraph_style: str, properties: str, *, is_shown: bool
) -> None:
    """A run is hidden by itself, its styles, those they are based on, or the defaults."""
    name = f'<pStyle val="{paragraph_style}"/>' if paragraph_style else ""
    body = f"<p><pPr>{name}</pPr>{run('word', properties)}</p>"
    assert texts(word(body, styles)) == (["word"] if is_shown else [])


FIELD = (
    '<r><fldChar fldCharType="begin"/></r><r><instrText>{}</instrText>{}</r>'
    '<r><fldChar fldCharType="separate"/></r>{}<r><fldChar fldCharType="end"/></r>'
)
BOX = "<txbxContent>" + paragraph("In a box") + "</txbxContent>"
CHOICE = f"<AlternateContent><Choice><drawing>{BOX}</drawing></Choice>"
FALLBACK = f"<Fallback><pict>{BOX}</pict></Fallback></AlternateContent>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"<p>{run('a')}<del>{run('gone')}</del><ins>{run('b')}</ins></p>", ["ab"]),
        (f"<p>{run('a')}<moveFrom>{run('gone')}</moveFrom></p>", ["a"]),
        (f"<p>{run('on ')}{FIELD.format('REF x', run('code'), run('page'))}</p>", ["on page"]),
        ('<p><r><fldChar fldCharType="begin"/></r></p>' + paragraph("after"), ["after"]),
        (f"<p>{run('a')}<r>{CHOICE}{FALLBACK}</r>{run('b')}</p>", ["ab", "In a box"]),
        (f"<p><r><AlternateContent><Choice/>{FALLBACK}</r></p>", ["In a box"]),
        ("<p><r><drawing><tbl><tr><tc>x</tc></tr></tbl></drawing></r></p>", []),
        ('<p><r><pict><shape alt="A map"><textpath string="DRAFT"/></shape></pict></r></p>',
         ["A map", "DRAFT"]),
        ('<p><r><pict><rect alt="A box"/></pict></r></p>', ["A box"]),
        ('<p><r><drawing><docPr descr="A boat" title="Boats"/></drawing></r></p>',
         ["Boats", "A boat"]),
        ('<p><r><drawing><docPr descr="image1.png"/></drawing></r></p>', []),
        ("<p><r><ruby><rt>" + run("とう") + "</rt><rubyBase>" + run("灯") + "</rubyBase></ruby>"
         "</r></p>", ["灯"]),
        ('<p><r><sym font="Wingdings" char="F0E0"/><t>x</t><sym char="2192"/></r></p>', ["x→"]),
        ('<p><r><t>160</t><sym font="Symbol" char="F0B0"/><t>C</t></r></p>', ["160°C"]),
        ("<p><r><t>non</t><noBreakHyphen/><t>stop</t></r></p>", ["non-stop"]),
        ("<tbl><tr><trPr><hidden/></trPr><tc><p><r><t>x</t></r></p></tc></tr>"
         f"<tr><trPr><del/></trPr><tc>{paragraph('y')}</tc></tr>"
         f"<tr><tc>{paragraph('a')}</tc><tc>{paragraph('b')}</tc></tr></tbl>", ["a | b"]),
        (f"<sdt><sdtContent>{paragraph('chosen')}</sdtContent></sdt>", ["chosen"]),
    ],
)  # fmt: skip
def test_what_a_page_shows_is_read_once(body: str, expected: list[str]) -> None:
    """Results of fields, one of two alternatives, boxes and descriptions are read; no more."""
    rows = [row for text in texts(word(body)) for row in text.split("\n")]
    assert rows == expected


def test_a_table_in_a_box_is_read() -> None:
    """The rows of a table in a text box stand behind the paragraph with the box."""
    table = f"<tbl><tr><tc>{paragraph('oil')}</tc><tc>{paragraph('12')}</tc></tr></tbl>"
    body = f"<p>{run('Stock')}<r><pict><txbxContent>{table}</txbxContent></pict></r></p>"
    document = document_of(word(body), "a.docx")
    assert cited(document) == [("paragraph 1", "Stock"), ("paragraph 1", "oil | 12")]


DELETED_END = "<pPr><rPr><del/></rPr></pPr>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"<p>{DELETED_END}{run('quar')}</p><p>{DELETED_END}{run('ter')}</p>{paragraph('ly')}",
         ["quarterly"]),
        (f"<p>{DELETED_END}{run('a')}</p><tbl><tr><tc>{paragraph('b')}</tc></tr></tbl>",
         ["a", "b"]),
        (f"<p>{DELETED_END}{run('a')}</p>", ["a"]),
        (f"<p>{DELETED_END}<del>{run('x')}</del></p>{paragraph('a')}", ["a"]),
    ],
)  # fmt: skip
def test_a_paragraph_goes_on_behind_a_deleted_end(body: str, expected: list[str]) -> None:
    """Paragraphs are one where the mark between them is deleted by a tracked change."""
    assert texts(word(body)) == expected


def note(identity: int, text: str, kind: str = "footnote") -> str:
    """A note of a document."""
    return f'<{kind} id="{identity}">{paragraph(text)}</{kind}>'


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("He wrote", " daily. It rained.", "He wrote daily. [In ink.] It rained."),
        ("He wrote daily.", " It rained.", "He wrote daily. [In ink.] It rained."),
        ("He wrote", "", "He wrote [In ink.]"),
        ("", "He wrote.", "He wrote. [In ink.]"),
    ],
)
def test_a_note_stands_behind_its_sentence(before: str, after: str, expected: str) -> None:
    """A footnote or endnote follows the sentence that has its mark."""
    for kind in ("footnote", "endnote"):
        mark = f'<r><{kind}Reference id="2"/></r>'
        body = f"<p>{run(before)}{mark}{run(after)}</p>"
        line = f'<{kind} type="separator" id="0">{paragraph("line")}</{kind}>'
        notes = {f"{kind}s": line + note(2, "In ink.", kind)}
        assert texts(word(body, **notes)) == [expected]


def test_a_note_of_a_heading_is_not_in_the_trail() -> None:
    """The trail has the heading without its note, which follows it."""
    mark = '<r><footnoteReference id="1"/></r>'
    body = f'<p><pPr><outlineLvl val="0"/></pPr>{run("Ships")}{mark}</p>' + paragraph("They sail.")
    document = document_of(word(body, footnotes=note(1, "Of wood.")), "a.docx")
    assert [(b.text, b.headings) for b in document.blocks] == [
        ("Ships", ("Ships",)),
        ("Of wood.", ("Ships",)),
        ("They sail.", ("Ships",)),
    ]


def test_comments_follow_the_text_in_its_order() -> None:
    """A comment has its author, and the paragraph that it is about; a reply is one of its own."""
    marks = '<commentRangeStart id="{0}"/><r><commentReference id="{0}"/></r>'
    body = paragraph("One") + f"<p>{run('Two')}{marks.format(7)}{marks.format(3)}</p>"
    comments = "".join(
        f'<comment id="{identity}" author="{author}">{paragraph(text)}</comment>'
        for identity, author, text in ((3, "Bo", "Yes."), (7, "Anna", "Sure?"))
    )
    assert cited(document_of(word(body, comments=comments), "a.docx"))[2:] == [
        ("comment 1 on paragraph 2", "Anna: Sure?"),
        ("comment 2 on paragraph 2", "Bo: Yes."),
    ]


def section(*references: str, properties: str = "") -> str:
    """The properties of a section, with references to headers and footers."""
    rows = "".join(
        f'<{part}Reference type="{kind}" r:id="{part}{kind}"/>'
        for part, kind in (reference.split() for reference in references)
    )
    return f"<sectPr>{rows}{properties}</sectPr>"


PAGE = "<p>" + run("Page ") + FIELD.format("PAGE", "", run("7")) + "</p>"


@pytest.mark.parametrize(
    ("references", "properties", "settings", "expected"),
    [
        (("header default", "footer default"), "", "", {"header": "H", "footer": "F"}),
        (("header first", "header default"), "", "", {"header": "H"}),
        (
            ("header first", "header default"), "<titlePg/>", "",
            {"header 1": "H first", "header 2": "H"},
        ),
        (("footer even",), "", "", {}),
        (("footer even",), "", "<evenAndOddHeaders/>", {"footer": "F even"}),
    ],
)  # fmt: skip
def test_headers_and_footers_of_shown_pages_come_last(
    references: tuple[str, ...], properties: str, settings: str, expected: dict[str, str]
) -> None:
    """Headers are read that pages show: those of the first and even pages where they differ."""
    made = {
        f"{part}{kind}": paragraph(f"{part[0].upper()} {kind}".removesuffix(" default"))
        for part in ("header", "footer")
        for kind in ("default", "first", "even")
    }
    names = {f"{name} {name[:6]}": f"{name}.xml" for name in made}
    body = paragraph("Text") + section(*references, properties=properties) * 2
    parts = {
        "document.xml": body,
        "settings.xml": settings,
        "_rels/document.xml.rels": relations({**names, "s settings": "settings.xml"}),
        **{f"{name}.xml": text for name, text in made.items()},
    }
    assert dict(cited(document_of(package("word", parts), "a.docx"))[1:]) == expected


def test_a_footer_that_counts_pages_is_left_out() -> None:
    """Of a footer the numbers of pages are not read, nor a row that has no other words."""
    parts = {
        "document.xml": paragraph("Text") + section("footer default"),
        "_rels/document.xml.rels": relations({"footerdefault footer": "f.xml"}),
        "f.xml": PAGE + paragraph("Draft of May") + PAGE.replace("Page", "Quagga"),
    }
    document = document_of(package("word", parts), "a.docx")
    assert cited(document)[1:] == [("footer", "Draft of May\nQuagga")]


def symbols(text: str) -> str:
    """Letters of a formula."""
    return f"<r><t>{text}</t></r>"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (f"<f><num>{symbols('way')}</num><den>{symbols('time')}</den></f>", "way/time"),
        (f"<f><num>{symbols('a+b')}</num><den>{symbols('2')}</den></f>", "(a+b)/2"),
        (f'<f><fPr><type val="noBar"/></fPr><num>{symbols("n")}</num><den>{symbols("k")}</den></f>',
         "n k"),
        (f"<sSup><e>{symbols('x')}</e><sup>{symbols('2')}</sup></sSup>", "x2"),
        (f"<func><fName>{symbols('sin')}</fName><e>{symbols('x')}</e></func>", "sin x"),
        (f'<d><dPr><begChr val="["/></dPr><e>{symbols("a")}</e><e>{symbols("b")}</e></d>', "[a|b)"),
        (f'<nary><naryPr><chr val="∑"/></naryPr><sub>{symbols("i")}</sub><e>{symbols("x")}</e>'
         "</nary>", "∑ i x"),
        (f"<m><mr><e>{symbols('a')}</e><e>{symbols('b')}</e></mr><mr><e>{symbols('c')}</e></mr></m>",
         "a b; c"),
        (f"<rad><deg/><e>{symbols('x')}</e></rad><del>{symbols('gone')}</del>", "√x"),
    ],
)  # fmt: skip
def test_the_parts_of_a_formula_stand_apart(formula: str, expected: str) -> None:
    """A formula is a line with the signs that are drawn, so that each of its words is one."""
    assert texts(word(f"<p>{run('so ')}<oMath>{formula}</oMath></p>")) == [f"so {expected}"]


@pytest.mark.parametrize("target", ["Doc2.XML", "/word/Doc2.XML", "./doc2.xml"])
def test_the_main_part_is_the_one_that_the_package_names(target: str) -> None:
    """The main part is found by its relationship, whatever its name and that of another part."""
    stale = {"Doc2.XML": paragraph("right"), "document.xml": paragraph("stale")}
    parts = {**stale, "_rels/Doc2.XML.rels": relations({})}
    data = package("word", parts, main=target.removeprefix("/word/").removeprefix("./"))
    assert texts(data, "a.txt") == ["right"]


MHT = (
    'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="X"\r\n\r\n--X\r\n'
    "Content-Type: text/html\r\n\r\n<html><p>In between</p></html>\r\n--X--\r\n"
)


@pytest.mark.parametrize(
    "chunk",
    [
        b"<html><body><p>In between</p></body></html>",
        MHT.encode(),
        rb"{\rtf1 In between\par}",
        word(paragraph("In between")),
    ],
)
def test_a_document_in_the_text_is_read(chunk: bytes) -> None:
    """A chunk of HTML, MHTML, RTF or Word stands where the text has it."""
    parts = {
        "document.xml": paragraph("Before") + '<altChunk r:id="c"/>' + paragraph("After"),
        "_rels/document.xml.rels": relations({"c aFChunk": "../chunk.bin"}),
    }
    data = package("word", parts, members={"chunk.bin": chunk})
    assert texts(data) == ["Before", "In between", "After"]


def test_a_damaged_document_in_the_text_does_not_lose_the_rest() -> None:
    """The text around a chunk that cannot be read is read, and the document says so."""
    parts = {
        "document.xml": '<altChunk r:id="c"/>' + paragraph("After"),
        "_rels/document.xml.rels": relations({"c aFChunk": "../chunk.bin"}),
    }
    data = package("word", parts, members={"chunk.bin": b"PK\x03\x04 nothing"})
    document = document_of(data, "a.docx")
    assert cited(document) == [("paragraph 1", "After")]
    assert document.unread is not None
    assert document.unread.detail.startswith("damaged file")


def test_a_damaged_part_of_a_document_in_the_text_is_told() -> None:
    """Its text is read, and the document around it says what is not."""
    parts = {
        "document.xml": '<altChunk r:id="c"/>',
        "_rels/document.xml.rels": relations({"c aFChunk": "../chunk.bin"}),
    }
    chunk = word(paragraph("Inner"), comments="<p>")
    document = document_of(package("word", parts, members={"chunk.bin": chunk}), "a.docx")
    assert cited(document) == [("paragraph 1", "Inner")]
    assert document.unread is not None
    assert "word/comments.xml" in document.unread.detail


def test_a_damaged_part_does_not_lose_the_text() -> None:
    """The body is read where the notes are damaged, and the document says so."""
    data = word(paragraph("Text"), parts={"footnotes.xml": ""}, comments="<p>")
    document = document_of(data, "a.docx")
    assert cited(document) == [("paragraph 1", "Text")]
    assert document.unread is not None
    assert "word/comments.xml" in document.unread.detail


CHART = (
    "<chartSpace><chart><title><tx><rich><p><r><t>Rain</t></r></p></rich></tx></title><barChart>"
    "{}<ser><tx><strRef><strCache><pt><v>North</v></pt></strCache></strRef></tx><cat><numRef>"
    "<numCache><formatCode>0</formatCode><pt><v>2022</v></pt><pt><v>2023</v></pt></numCache>"
    "</numRef></cat><val><numRef><numCache><formatCode>0.0%</formatCode><pt><v>0.125</v></pt>"
    "</numCache></numRef></val></ser></barChart><catAx><title><tx><rich><p><r><t>Year</t></r></p>"
    "</rich></tx></title></catAx></chart></chartSpace>"
)


@pytest.mark.parametrize(
    ("labels", "values"),
    [("", []), ('<dLbls><showVal val="0"/></dLbls>', []), ("<dLbls><showVal/></dLbls>", ["12.5%"])],
)
def test_a_chart_is_read(labels: str, values: list[str]) -> None:
    """Of a chart the titles, series and categories are read, and values that have labels."""
    body = '<p><r><drawing><chart r:id="c"/></drawing></r></p>'
    parts = {
        "_rels/document.xml.rels": relations({"c chart": "charts/c.xml"}),
        "charts/c.xml": CHART.format(labels),
    }
    (shown,) = texts(word(body, parts=parts))
    assert shown.split("\n") == ["Rain", "Year", "North", "2022 | 2023", *values]


def test_a_diagram_is_read() -> None:
    """Of a diagram the texts of its points are read, not those of its layout."""
    body = '<p><r><drawing><relIds r:dm="d"/></drawing></r></p>'
    points = '<pt><t><p><r><t>Plan</t></r></p></t></pt><pt type="pres"><t><p/></t></pt>'
    parts = {
        "_rels/document.xml.rels": relations({"d diagramData": "d.xml"}),
        "d.xml": f"<ptLst>{points}</ptLst>",
    }
    assert texts(word(body, parts=parts)) == ["Plan"]


SPAN = '<s:style s:family="{}" s:name="{}"><s:text-properties t:display="none"/></s:style>'
NOTE = (
    "<t:note><t:note-citation>1</t:note-citation>"
    "<t:note-body><t:p>In ink.</t:p></t:note-body></t:note>"
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (SPAN.format("text", "T") + '<t:p>a <t:span t:style-name="T">x</t:span>b</t:p>', ["a b"]),
        (SPAN.format("paragraph", "P") + '<t:p t:style-name="P">x</t:p><t:p>a</t:p>', ["a"]),
        (SPAN.format("paragraph", "P")
         + '<s:style s:family="paragraph" s:name="Q" s:parent-style-name="P"/>'
         '<t:p t:style-name="Q">x</t:p><t:p>a</t:p>', ["a"]),
        ('<t:section t:display="none"><t:p>x</t:p></t:section><t:p>a</t:p>', ["a"]),
        ('<t:section t:display="condition" t:is-hidden="true"><t:p>x</t:p></t:section>', []),
        ('<t:section t:display="condition"><t:p>a</t:p></t:section>', ["a"]),
        ('<t:p>a<t:hidden-text t:is-hidden="true">x</t:hidden-text></t:p>', ["a"]),
        ('<t:p>x<t:hidden-paragraph t:is-hidden="true"/></t:p><t:p>a</t:p>', ["a"]),
        (f"<t:p>He wrote{NOTE} daily. It rained.</t:p>", ["He wrote daily. [In ink.] It rained."]),
        ("<t:p>a<d:frame><d:text-box><t:p>box</t:p></d:text-box><o:title>T</o:title>"
         "<o:desc>D</o:desc></d:frame>b</t:p>", ["ab", "box", "T", "D"]),
        ("<t:p>a<d:g><d:custom-shape><t:p>one</t:p></d:custom-shape><d:rect><t:p>two</t:p></d:rect>"
         "</d:g></t:p>", ["a", "one", "two"]),
        ("<t:p>灯<t:ruby><t:ruby-base>台</t:ruby-base><t:ruby-text>だい</t:ruby-text></t:ruby>"
         "</t:p>", ["灯台"]),
        ('<t:list><t:list-item><t:h t:outline-level="1">Top</t:h></t:list-item></t:list>'
         "<t:p>a</t:p>", ["Top", "a"]),
        ("<tb:table><tb:table-row><tb:table-cell><t:p>a</t:p></tb:table-cell></tb:table-row>"
         '<tb:table-row tb:visibility="collapse"><tb:table-cell><t:p>x</t:p></tb:table-cell>'
         "</tb:table-row></tb:table>", ["a"]),
    ],
)  # fmt: skip
def test_what_an_opendocument_text_shows_is_read(content: str, expected: list[str]) -> None:
    """Hidden text is left out, notes follow their sentences, boxes their paragraphs."""
    data = open_document("text", f"<o:body>{content}</o:body>")
    rows = [row for text in texts(data, "a.odt") for row in text.split("\n")]
    assert rows == expected


def test_a_chart_of_an_opendocument_text_is_read() -> None:
    """Of an embedded chart the titles and the names in its table are read."""
    cells = (
        "<tb:table-cell><t:p>May</t:p></tb:table-cell>"
        '<tb:table-cell o:value-type="float"><t:p>5</t:p></tb:table-cell>'
    )
    chart = (
        f"<c:chart><c:title><t:p>Rain</t:p></c:title>"
        f"<tb:table><tb:table-row>{cells}</tb:table-row></tb:table></c:chart>"
    )
    content = '<t:p>See<d:frame><d:object d:href="./Object 1"/></d:frame></t:p>'
    data = open_document("text", content, parts={"Object 1/content.xml": chart})
    assert texts(data, "a.odt") == ["See", "Rain\nMay"]


@pytest.mark.parametrize("is_flat", [True, False])
def test_a_formula_stands_in_its_sentence(is_flat: bool) -> None:
    """A formula of an OpenDocument text is read in its place, without its source."""
    formula = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mi>v</mi><mo>=</mo>'
        "<mfrac><mi>way</mi><mi>time</mi></mfrac></mrow><annotation>source</annotation>"
        "</semantics></math>"
    )
    shown = f"<d:object>{formula}</d:object>" if is_flat else '<d:object d:href="./F/"/>'
    content = f"<t:p>So <d:frame>{shown}<d:image/></d:frame> holds.</t:p>"
    data = BytesIO(open_document("text", content))
    with ZipFile(data, "a") as package:
        package.writestr("F/content.xml", formula)
    assert texts(data.getvalue(), "a.odt") == ["So v=way/time holds."]


HEAD = (
    r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial;}{\f2\fcharset128 MS;}"
    r"{\f3 Times CE;}{\f4\fcharset2 Symbol{\*\falt Times;};}}{\stylesheet"
    r"{\s0 Normal;}{\s1\outlinelevel0 heading 1;}"
    r"{\s2\sbasedon1 Chapter;}{\s3\v Secret;}}"
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"{\v x}a\par", ["a"]),
        (r"\v x\v0 a\plain b\par", ["ab"]),
        (r"\pard\s3 x\par\pard\plain a\par", ["a"]),
        (r"a{\deleted x}{\revised b}\par", ["ab"]),
        (r"He wrote{\footnote In ink.} daily. It rained.\par",
         ["He wrote daily. [In ink.] It rained."]),
        (r"a{\shp{\*\shpinst{\shptxt one\par two}}{\shprslt{\*\do\dptxbx{\dptxbxtext one}}}}\par",
         ["a", "one", "two"]),
        (r"a{\*\do\dptxbx{\dptxbxtext old box}}\par", ["a", "old box"]),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt a link}}\par", ["a link"]),
        (r"{\*\unknown x{\par y}}a\par", ["a"]),
        (r"{\*\shppict{\pict{\*\picprop{\sp{\sn wzDescription}{\sv A boat}}}0102}}\par",
         ["A boat"]),
        (r"{\nonshppict{\pict{\*\picprop{\sp{\sn wzDescription}{\sv x}}}0102}}\par", []),
        (r"\'fc\'df {\f1\'cf\'f0} {\f2\'93\'fa\'96\'7b} {\f3\'b3}\par", ["üß Пр 日本 ł"]),
        (r"160{\f4\'b0}C {\f4 a\u-3999?}\par", ["160°C αα"]),
        (r"\uc1\u8364? \uc2\u252\'81\'fc \uc0\u228 x\par", ["€ ü äx"]),
        (r"\u-10179?\u-8704?\par", ["😀"]),
        (r"{\upr{old}{\*\ud{n\u232 ?w}}}\par", ["nèw"]),
        (r"a\emdash b\~c\_d\-e\{\}\\\par", ["a—b c-d\u00ade{}\\"]),
        ("a\\\nb\\par", ["a", "b"]),
        (r"{\bin3 x}}\pard}" r"a\par", ["a"]),
        (r"\trowd\intbl a\cell b\cell\row\trowd\intbl c\cell d\cell\row\pard e\par",
         ["a | b", "c | d", "e"]),
        (r"\trowd\intbl a\cell b\cell\pard c\par", ["a | b", "c"]),
        (r"\trowd\intbl a\cell b\cell", ["a | b"]),
        (r"{\info{\author Bo}}{\*\generator x}{\xe index}a\par", ["a"]),
        (r"{\listtext 1.\tab}a\par", ["1. a"]),
    ],
)  # fmt: skip
def test_what_rich_text_shows_is_read(body: str, expected: list[str]) -> None:
    """Rich text has its notes and boxes, in its code pages, without what is hidden or deleted."""
    found = document_of((HEAD + body + "}").encode("latin-1"), "a.rtf")
    assert [row for block in found.blocks for row in block.text.split("\n")] == [
        row.replace("\u00ad", "") for row in expected
    ]


@pytest.mark.parametrize(
    ("properties", "trail"),
    [
        (r"\s1", ("Here",)),
        (r"\s2", ("Here",)),
        (r"\outlinelevel1", ("Top", "Here")),
        (r"\s1\outlinelevel9", ("Top",)),
        (r"\s1{\listtext\pard\plain 1.}", ("1. Here",)),
        (r"\s0", ("Top",)),
        (r"{\s2 Within\par}", ("Within",)),
    ],
)
def test_headings_of_rich_text_are_in_the_trail(properties: str, trail: tuple[str, ...]) -> None:
    """A paragraph of rich text is a heading by its style, or by its own level."""
    body = rf"\pard\s1 Top\par\pard{properties} Here\par" + "}"
    document = document_of((HEAD + body).encode(), "a.rtf")
    assert document.blocks[-1].headings == trail


def test_comments_and_headers_of_rich_text_come_last() -> None:
    """A comment has its author; of headers the rows that count pages are left out."""
    body = (
        r"{\header Draft\par}{\footerf Page \chpgn\par}{\footer {\field{\*\fldinst PAGE}"
        r"{\fldrslt 1}}\par}Text{\*\atnid B}{\*\atnauthor Bo}\chatn{\*\annotation Sure?}\par}"
    )
    assert cited(document_of((HEAD + body).encode(), "a.rtf")) == [
        ("paragraph 1", "Text"),
        ("comment 1 on paragraph 1", "Bo: Sure?"),
        ("header", "Draft"),
    ]


@pytest.mark.parametrize("char", ["-5", "110000", "x"])
def test_a_symbol_without_a_code_costs_only_itself(char: str) -> None:
    """A code below or beyond those of Unicode is no letter, and the text around it is read."""
    sign = f'<r><sym char="{char}"/></r>'
    assert texts(word(f"<p>{run('be')}{sign}{run('side')}</p>")) == ["beside"]


def test_a_damaged_chart_of_an_opendocument_text_costs_only_itself() -> None:
    """The text around it is read, and the document says so."""
    frame = '<p>Text<frame><object href="./Object 1"/></frame></p>'
    data = open_document("text", frame, parts={"Object 1/content.xml": "<chart>"})
    document = document_of(data, "a.odt")
    assert cited(document) == [("paragraph 1", "Text")]
    assert document.unread is not None
    assert document.unread.detail.startswith("damaged file: Object 1/content.xml: ")


def test_a_package_whose_type_is_damaged_is_told() -> None:
    """As a damaged file, in the words of what unpacks it."""
    data = bytearray(zipped({"mimetype": "application/epub+zip" * 9, "content.xml": "<x/>"}))
    begin = data.index(b"mimetype") + len(b"mimetype")
    data[begin : begin + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(DocumentUnreadable, match="damaged file: Error -3 while decompressing"):
        document_of(bytes(data), "a.odt")
