"""Real PDFs are read to blocks."""

import io
from pathlib import Path

import pypdf
import pytest
from fpdf import FPDF
from pypdf.generic import NameObject, StreamObject

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.document import BlockKind
from semsearch.documents.readers.pdf import read_pdf
from semsearch.documents.reason import DocumentUnreadable
from semsearch.settings.schema import Settings


def pdf(*pages: str, outline: tuple[tuple[int, str], ...] = ()) -> bytes:
    """A PDF with a page for each text; outline entries are (page, title)."""
    made = FPDF()
    made.set_font("Helvetica", size=12)
    for number, text in enumerate(pages, start=1):
        made.add_page()
        for page, title in outline:
            if page == number:
                made.start_section(title)
        if text:
            made.multi_cell(w=0, text=text)
    return bytes(made.output())


def changed(data: bytes, password: str) -> bytes:
    """The PDF encrypted with AES."""
    writer = pypdf.PdfWriter(io.BytesIO(data))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_each_block_knows_its_page() -> None:
    """Pages, and rows on each page, count from 1."""
    document = read_pdf(pdf("First page.", "Second\npage."))
    assert [(b.page, b.text, list(b.lines)) for b in document.blocks] == [
        (1, "First page.", [1]),
        (2, "Second\npage.", [1, 2]),
    ]
    assert document.page_count == 2


def test_pages_without_text_are_named() -> None:
    """Pages without text are listed."""
    document = read_pdf(pdf("Text.", "", ""))
    assert document.blank_pages == (2, 3)
    assert read_pdf(pdf("", "")).blocks == ()


def test_a_page_that_cannot_be_read_costs_no_other() -> None:
    """A page with an unknown filter does not affect other pages."""
    data = pdf("First.", "Second.", "Third.")
    damaged = data.replace(b"/FlateDecode", b"/NoSuchThing", 2).replace(
        b"/NoSuchThing", b"/FlateDecode", 1
    )
    document = read_pdf(damaged)
    assert [block.page for block in document.blocks] == [1, 3]
    assert document.blank_pages == (2,)


def test_headings_are_told_without_their_blanks() -> None:
    """The number of a heading may be set apart by a gap that is none in the outline, or lost."""
    data = pdf("1Tea\nfirst\n1.1  Hot tea\nsecond", outline=((1, "1 Tea"), (1, "1.1 Hot tea")))
    found = [(block.text, block.headings[-1]) for block in read_pdf(data).blocks]
    assert [heading for _, heading in found] == ["1 Tea", "1 Tea", "1.1 Hot tea", "1.1 Hot tea"]


def test_a_page_is_under_the_first_heading_that_has_no_row() -> None:
    """Of entries that match no row the last holds for the pages behind."""
    data = pdf("words", "more", outline=((1, "One"), (1, "Two")))
    assert [block.headings[-1] for block in read_pdf(data).blocks] == ["One", "Two"]


def test_the_outline_gives_the_headings() -> None:
    """Rows equal to outline entries are headings, which hold until the next entry."""
    data = pdf("Intro\nfirst words", "Part two\nmore", outline=((1, "Intro"), (2, "Part two")))
    found = [(b.kind, b.text, b.headings) for b in read_pdf(data).blocks]
    assert found == [
        (BlockKind.HEADING, "Intro", ("Intro",)),
        (BlockKind.PARAGRAPH, "first words", ("Intro",)),
        (BlockKind.HEADING, "Part two", ("Part two",)),
        (BlockKind.PARAGRAPH, "more", ("Part two",)),
    ]


def test_an_empty_password_is_tried() -> None:
    """A PDF with an empty user password is read."""
    assert read_pdf(changed(pdf("Open."), "")).blocks[0].text == "Open."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (changed(pdf("Secret."), "secret"), "password-protected"),
        (pdf("Cut off.")[:400], "damaged PDF"),
        (b"%PDF-1.7\n" + b"\xff" * 500, "damaged PDF"),
        (b"%PDF-", "damaged PDF"),
    ],
)
def test_what_cannot_be_read_has_a_reason(data: bytes, reason: str) -> None:
    """An unreadable PDF has a reason of one line."""
    with pytest.raises(DocumentUnreadable, match=reason):
        read_pdf(data)


def test_pages_are_cited_by_what_they_are_called(tmp_path: Path) -> None:
    """Pages with labels are cited by label, and found by it."""
    texts = [f"Page of number {number}, with enough text to be one. " * 3 for number in (1, 2, 3)]
    writer = pypdf.PdfWriter(io.BytesIO(pdf(*texts)))
    writer.set_page_label(0, 0, style="/r")
    writer.set_page_label(1, 2, style="/D")
    writer.write(str(tmp_path / "a.pdf"))
    semsearch.index(tmp_path, embedder=WordEmbedder(dimension=16), settings=Settings())
    for what, number in (
        ("a.pdf p.i", 1),
        ("a.pdf p.1", 2),
        ("a.pdf p.2", 3),
        ("a.pdf p.1 line 1-2", 2),
    ):
        shown = semsearch.show(what, context=0, index=tmp_path, settings=Settings())
        assert shown.location.pages == (number, number)


def test_headers_of_every_page_are_no_text() -> None:
    """Repeated headers are read once, and page numbers stay right."""
    pages = [f"Yearly report\n\n{name} is here.\nAnd more.\nAnd." for name in "abcd"]
    numbered = [f"{page}\nPage {number}" for number, page in enumerate(pages, start=1)]
    document = read_pdf(pdf(*numbered))
    text = "\n".join(block.text for block in document.blocks)
    assert text.count("Yearly report") == 1
    assert "Page" not in text
    assert [block.page for block in document.blocks if "is here" in block.text] == [1, 2, 3, 4]


def test_a_passage_is_cited_by_the_lines_of_its_page(tmp_path: Path) -> None:
    """A passage is cited by page and lines; ``show`` accepts the page alone."""
    (tmp_path / "a.pdf").write_bytes(
        pdf("The moon pulls the water. " * 60, "The sun pulls, too. " * 9)
    )
    semsearch.index(tmp_path, embedder=WordEmbedder(), settings=Settings(passage_characters=900))
    answer = semsearch.search("sun", index=tmp_path, embedder=WordEmbedder(), min_relevance=0)
    assert (answer.hits[0].location.place, answer.hits[0].location.pages) == (
        "p.2 line 1-2",
        (2, 2),
    )
    found = [place for hit in answer.hits for place in (hit.location, *hit.copies)]
    places = sorted(place.place or "" for place in found)
    assert places[0].startswith("p.1 line 1-")
    shown = semsearch.show("a.pdf p.1", index=tmp_path, settings=Settings())
    assert {row.page for row in shown.rows if row.is_cited} == {1}
    assert shown.rows[0].place == "p.1 line 1"


def test_a_text_layer_of_unknown_glyphs_is_none() -> None:
    """A page with unmapped glyphs counts as blank."""
    writer = pypdf.PdfWriter(io.BytesIO(pdf("Words that can be read. " * 5, "@" * 60 + " and 5")))
    private = StreamObject()
    private.set_data(b"1 beginbfchar\n<40> <E040>\nendbfchar\n")  # what @ is, by the font
    fonts = writer.pages[1]["/Resources"]["/Font"]  # type: ignore[index]
    for font in fonts.values():
        font.get_object()[NameObject("/ToUnicode")] = private
    made = io.BytesIO()
    writer.write(made)
    assert read_pdf(made.getvalue()).blank_pages == (2,)
