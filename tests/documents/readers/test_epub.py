"""Books: their package documents, and the pages of their print edition."""

import io
import zipfile

import pytest

from semsearch.documents.document import Document
from semsearch.documents.readers.epub import read_epub
from semsearch.documents.reason import DocumentUnreadable

CONTAINER = '<c><rootfile full-path="b/x.opf"/></c>'
ITEMS = (
    '<item id="c1" href="1.xhtml"/><item id="c2" href="2.xhtml"/>'
    '<itemref idref="c1"/><itemref idref="c2"/>'
)
NAV = '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
NCX = '<item id="n" href="n.ncx" media-type="application/x-dtbncx+xml"/>'
ONE = '<p>Dawn.</p><p>The <a id="p5"/>harbour woke.</p><p id="p6">Gulls cried.</p>'
TWO = "<p>Noon.</p>"


def book(package: str, **members: str) -> Document:
    """A book of a package document, two chapters, and other members by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("META-INF/container.xml", CONTAINER)
        made.writestr("b/x.opf", package)
        for name, content in {"1.xhtml": ONE, "2.xhtml": TWO, **members}.items():
            made.writestr(f"b/{name}", f"<html><body>{content}</body></html>")
    return read_epub(file.getvalue())


def places(document: Document) -> list[str]:
    """The place of each block."""
    return [block.places[0] for block in document.blocks if block.places]


PRINTED = [
    "chapter 1 paragraph 1",
    "print p.5 chapter 1 paragraph 2",
    "print p.6 chapter 1 paragraph 3",
    "print p.7 chapter 2 paragraph 1",
]


def test_a_list_of_pages_names_the_printed_page() -> None:
    """A paragraph is cited by the page on which it stands, or by both."""
    listed = "".join(
        f'<li><a href="{place}">{number}</a></li>'
        for place, number in [("1.xhtml#p5", 5), ("1.xhtml#p6", 6), ("2.xhtml", 7)]
    )
    nav = f'<nav epub:type="page-list" hidden=""><ol>{listed}</ol></nav>'
    assert places(book(f"<package>{ITEMS}{NAV}</package>", **{"nav.xhtml": nav})) == PRINTED


def test_a_list_of_pages_of_epub_2_names_the_printed_page() -> None:
    """In its NCX file."""
    targets = "".join(
        f"<pageTarget><navLabel><text>{number}</text></navLabel>"
        f'<content src="{place}"/></pageTarget>'
        for place, number in [("1.xhtml#p5", 5), ("1.xhtml#p6", 6), ("2.xhtml", 7)]
    )
    ncx = f"<ncx><pageList>{targets}</pageList></ncx>"
    assert places(book(f"<package>{ITEMS}{NCX}</package>", **{"n.ncx": ncx})) == PRINTED


@pytest.mark.parametrize(
    "mark", ['epub:type="pagebreak" title="18"', 'role="doc-pagebreak" aria-label="18"']
)
def test_a_page_break_names_its_page_and_is_no_text(mark: str) -> None:
    """A paragraph that goes on over it is cited by both pages."""
    first = '<span epub:type="pagebreak" title="17"></span><p>One <span MARK>18</span>two.</p>'
    document = book(f"<package>{ITEMS}</package>", **{"1.xhtml": first.replace("MARK", mark)})
    assert [block.text for block in document.blocks] == ["One two.", "Noon."]
    assert places(document) == [
        "print p.17-18 chapter 1 paragraph 1",
        "print p.18 chapter 2 paragraph 1",
    ]


def test_a_package_document_may_name_a_dtd() -> None:
    """That of OEB 1.2; it is not fetched, and a package with entities of its own is refused."""
    named = '<!DOCTYPE package PUBLIC "+//ISBN 0-9673008-1-9//DTD OEB 1.2 Package//EN" "x.dtd">'
    assert len(book(f"{named}<package>{ITEMS}</package>").blocks) == 4
    with pytest.raises(DocumentUnreadable, match="defines its own entities"):
        book(f'<!DOCTYPE package [<!ENTITY a "b">]><package>{ITEMS}</package>')


def test_a_damaged_or_missing_chapter_costs_only_itself() -> None:
    """It is named, and the others are read."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("META-INF/container.xml", CONTAINER)
        made.writestr(
            "b/x.opf", f'<p>{ITEMS}<item id="c3" href="3.xhtml"/><itemref idref="c3"/></p>'
        )
        made.writestr("b/1.xhtml", "<p>Dawn.</p>")
        made.writestr("b/2.xhtml", "<p>Noon.</p>")
    document = read_epub(file.getvalue().replace(b"<p>Dawn.", b"<p>Dusk."))
    assert [block.text for block in document.blocks] == ["Noon."]
    assert document.unread is not None
    assert document.unread.detail == (
        "damaged file: b/1.xhtml: Bad CRC-32 for file 'b/1.xhtml';"
        " damaged file: it has no b/3.xhtml"
    )


def test_the_description_of_a_picture_is_a_paragraph_of_its_chapter() -> None:
    """As on a page of the web, where it says more than the text beside it."""
    one = '<p>Gulls.</p><p><img src="x.png" alt="A watercolour of gulls asleep"/></p>'
    texts = [block.text for block in book(f"<package>{ITEMS}</package>", **{"1.xhtml": one}).blocks]
    assert texts[:2] == ["Gulls.", "A watercolour of gulls asleep"]
