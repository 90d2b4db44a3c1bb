"""Presentations are read as the show has them: each shown slide once, with what is on it."""

import gzip
from pathlib import Path

import pytest

from fakes.office_files import open_document, package, relations
from semsearch.documents.document import Document
from semsearch.documents.readers.reader import document_of

FILES = Path(__file__).parent / "files"


def shown(document: Document) -> dict[str, list[str]]:
    """The texts of each slide."""
    found: dict[str, list[str]] = {}
    for block in document.blocks:
        assert block.places is not None
        found.setdefault(block.places[0], []).extend(block.text.split("\n"))
    return found


def shape(text: str, role: str = "", named: str = "") -> str:
    """A shape with a text."""
    holder = f'<nvPr><ph type="{role}"/></nvPr>' if role else ""
    body = f"<txBody><p><r><t>{text}</t></r></p></txBody>"
    return f"<sp><nvSpPr><cNvPr {named}/>{holder}</nvSpPr>{body}</sp>"


def show(*slides: str, parts: dict[str, str] | None = None) -> Document:
    """A presentation; each slide may refer to all ``parts`` by the kind in their names."""
    names = [f"slide{number}.xml" for number in range(len(slides))]
    listed = "".join(f'<sldId r:id="{name}"/>' for name in names)
    kinds = {f"{name.split('.')[0]} {name.split('.')[0]}": name for name in parts or {}}
    made = {
        "presentation.xml": f"<sldIdLst>{listed}</sldIdLst>",
        "_rels/presentation.xml.rels": relations({f"{name} slide": name for name in names}),
        **dict(zip(names, slides, strict=True)),
        **{f"_rels/{name}.rels": relations(kinds) for name in names},
        **(parts or {}),
    }
    return document_of(package("ppt", made), "a.pptx")


@pytest.mark.parametrize(
    ("slide", "expected"),
    [
        (shape("Tides", "title") + shape("They come."), ["Tides", "They come."]),
        (shape("They come.") + shape("Tides", "ctrTitle"), ["Tides", "They come."]),
        (shape("7", "sldNum") + shape("a"), ["a"]),
        (shape("x", named='hidden="1"') + shape("a"), ["a"]),
        (f"<grpSp><nvGrpSpPr><cNvPr hidden='1'/></nvGrpSpPr>{shape('x')}</grpSp>{shape('a')}",
         ["a"]),
        (f"<grpSp><grpSp>{shape('a')}</grpSp>{shape('b')}</grpSp>", ["a", "b"]),
        (f"<AlternateContent><Choice>{shape('a')}</Choice><Fallback>{shape('a')}</Fallback>"
         "</AlternateContent>", ["a"]),
        (f"<AlternateContent><Choice></Choice><Fallback>{shape('a')}</Fallback></AlternateContent>",
         ["a"]),
        ("<pic><nvPicPr><cNvPr descr='A boat at sea'/></nvPicPr></pic>", ["A boat at sea"]),
        ("<pic><nvPicPr><cNvPr descr='boat.JPG'/></nvPicPr></pic>", []),
        (shape("a", named="descr='A box'"), ["a", "A box"]),
        ("<graphicFrame><chart r:id='chart'/></graphicFrame>", ["Rain"]),
        ("<graphicFrame><relIds r:dm='diagramData'/></graphicFrame>", ["Plan"]),
        ("<graphicFrame><tbl><tr><tc><txBody><p><r><t>a</t></r></p></txBody></tc><tc><txBody><p><r>"
         "<t>b</t></r></p></txBody></tc></tr></tbl></graphicFrame>", ["a | b"]),
    ],
)  # fmt: skip
def test_what_a_slide_shows_is_read_once(slide: str, expected: list[str]) -> None:
    """Titles first, groups taken apart, charts, diagrams, tables and descriptions; no more."""
    parts = {
        "chart.xml": "<chart><title><p><r><t>Rain</t></r></p></title></chart>",
        "diagramData.xml": "<ptLst><pt><t><p><r><t>Plan</t></r></p></t></pt></ptLst>",
    }
    assert [text for rows in shown(show(slide, parts=parts)).values() for text in rows] == expected


def test_a_hidden_slide_is_left_out_and_counted() -> None:
    """A slide that the show skips is not read; the others keep their numbers."""
    parts = {
        "presentation.xml": '<sldId r:id="a"/><sldId r:id="b"/>',
        "_rels/presentation.xml.rels": relations({"a slide": "a.xml", "b slide": "b.xml"}),
        "b.xml": shape("two"),
    }
    members = {"ppt/a.xml": f'<sld show="0">{shape("one")}</sld>'}
    assert shown(document_of(package("ppt", parts, members=members), "a.pptx")) == {
        "slide 2": ["two"]
    }


def test_what_belongs_to_a_slide_is_cited_by_it() -> None:
    """Speaker notes and comments have the number of their slide."""
    parts = {
        "notesSlide.xml": shape("Speak up", "body") + shape("3", "sldNum"),
        "comments.xml": "<cm><text>Shorter?</text></cm>",
    }
    assert shown(show(shape("Tides", "title"), parts=parts)) == {
        "slide 1": ["Tides", "Speak up", "Shorter?"]
    }


def test_what_all_slides_show_is_read_once() -> None:
    """Footers and fixed texts of layouts are read with the first slide that shows them."""
    date = "<txBody><p><fld><t>1 May</t></fld></p></txBody>"
    field = f"<sp><nvSpPr><nvPr><ph type='dt'/></nvPr></nvSpPr>{date}</sp>"
    footer = shape("Draft", "ftr") + field
    layout = {"slideLayout.xml": shape("Click to add", "title") + shape("Harbour board")}
    assert shown(show(shape("one") + footer, shape("two") + footer, parts=layout)) == {
        "slide 1": ["one", "Draft", "Harbour board"],
        "slide 2": ["two"],
    }


PAGE = '<d:page d:style-name="{}"><d:frame p:class="title"><d:text-box><t:p>{}</t:p></d:text-box>'
STYLES = (
    '<s:style s:family="drawing-page" s:name="H"><s:drawing-page-properties'
    ' p:visibility="hidden"/></s:style>'
)


def test_slides_of_opendocument_are_read() -> None:
    """Hidden slides are left out, notes and comments are cited by their slide."""
    end = "</d:frame><o:annotation><dc:creator>Bo</dc:creator><t:p>Sure?</t:p></o:annotation>"
    notes = "<p:notes><d:frame><d:text-box><t:p>Speak up</t:p></d:text-box></d:frame></p:notes>"
    hidden = f"{PAGE.format('H', 'x')}</d:frame></d:page>"
    pages = f"{hidden}{PAGE.format('', 'Tides')}{end}{notes}</d:page>"
    document = document_of(open_document("presentation", f"{STYLES}{pages}"), "a.odp")
    assert shown(document) == {
        "slide 2": ["Tides", "Speak up"],
        "comment 1 on slide 2": ["Bo: Sure?"],
    }


def test_what_all_slides_of_opendocument_show_is_read_once() -> None:
    """Fixed texts and footers of a master are read with the first slide that shows them."""
    box = "<d:frame {}><d:text-box><t:p>{}</t:p></d:text-box></d:frame>"
    master = (
        '<s:master-page s:name="M">'
        + box.format('p:class="title"', "Click to edit")
        + box.format('p:class="footer"', "Draft<p:footer>&lt;footer&gt;</p:footer>")
        + box.format("", "Harbour board")
        + "</s:master-page>"
    )
    shows = '<s:drawing-page-properties p:display-footer="true"/>'
    style = f'<s:style s:family="drawing-page" s:name="F">{shows}</s:style>'
    page = '<d:page d:style-name="F" d:master-page-name="M">{}</d:page>'
    pages = style + page.format(box.format("", "one")) + page.format(box.format("", "two"))
    document = document_of(open_document("presentation", pages, master), "a.odp")
    assert shown(document) == {
        "slide 1": ["Draft", "Harbour board", "one"],
        "slide 2": ["two"],
    }


def test_a_presentation_of_powerpoint_97_is_read() -> None:
    """A PPT file has its titles, texts, boxes, tables and notes, and no hidden slide."""
    data = gzip.decompress((FILES / "talk.ppt.gz").read_bytes())
    document = document_of(data, "talk.ppt")
    assert shown(document) == {
        "slide 1": ["Tides", "Twice a day – naïve €", "boxed Tides", "note for Tides"],
        "slide 2": ["Waves", "Wind makes them.", "Second row", "boxed Waves", "note for Waves"],
        "slide 4": ["c0", "c1", "c2", "c3"],
    }
    assert document.blocks[1].headings == ("Tides",)
