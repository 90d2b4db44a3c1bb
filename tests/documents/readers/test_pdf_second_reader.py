"""The second reader of PDFs."""

import io
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.raw_pdf import PROSE, collection_font, raw_pdf, second_readers_pdf
from semsearch.cli.render.reports import status_text
from semsearch.documents.document import PageReader
from semsearch.documents.pool.protocol import packed, unpacked
from semsearch.documents.readers.pdf import read_pdf
from semsearch.documents.readers.pdf_quality import LEAST_QUALITY, are_codes, are_words, quality
from semsearch.documents.readers.reader import read_document
from semsearch.settings.schema import Settings


def test_a_page_without_a_meaning_is_read_again() -> None:
    """Only the page whose glyphs the first reader cannot name comes from the second."""
    document = read_pdf(second_readers_pdf())
    assert [block.text for block in document.blocks] == [PROSE, PROSE]
    assert document.reread == PageReader("pypdfium2", (2,))
    assert document.blank_pages == ()


def test_a_page_with_hidden_text_is_not_read_again() -> None:
    """The second reader would read what is not shown, so that such a page stays unreadable."""
    document = read_pdf(second_readers_pdf(hidden=b"0 -900 Td /F2 9 Tf (off the page) Tj"))
    assert document.reread is None
    assert document.blank_pages == (2,)


def test_a_page_that_the_first_cannot_read_is_asked_of_the_second() -> None:
    """A content stream with a filter that the first reader refuses may have text all the same."""
    content = b"BT /F1 10 Tf 72 700 Td (%s) Tj ET" % PROSE.encode()
    data = raw_pdf(content, content).replace(b"<</Length", b"<</Filter/Unknown/Length", 1)
    document = read_pdf(data)
    assert [block.text for block in document.blocks] == [PROSE, PROSE]
    assert document.reread == PageReader("pypdfium2", (1,))


def test_korean_by_a_published_encoding_needs_no_second_reader() -> None:
    """Codes of the character sets of the East are text."""
    font, objects = collection_font(b"Korea1", b"KSCms-UHC-H")
    content = b"BT /F1 10 Tf 72 700 Td <%s> Tj ET" % "등대지기".encode("cp949").hex().encode()
    document = read_pdf(raw_pdf(content, font=font, objects=objects))
    assert [block.text for block in document.blocks] == ["등대지기"]


def test_the_reader_of_a_page_is_kept_and_shown(tmp_path: Path) -> None:
    """Status says which pages came from the second reader, and so does its JSON."""
    (tmp_path / "a.pdf").write_bytes(second_readers_pdf())
    read = read_document(tmp_path, "a.pdf", max_bytes=1_000_000)
    assert unpacked(io.BytesIO(b"".join(packed(read)))).document == read.document
    semsearch.index(tmp_path, embedder=WordEmbedder(dimension=16), settings=Settings())
    found = semsearch.status(tmp_path, settings=Settings())
    assert found.to_dict()["page_readers"] == {"a.pdf": {"reader": "pypdfium2", "pages": [2]}}
    assert found.encodings == {}
    assert "readers    a.pdf page 2 by pypdfium2\n" in status_text(found)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        (PROSE, 1, 1),
        ("", 1, 1),
        ("1 2 3\n4 5 6\n7.50", 1, 1),
        ("Let x be a number and y another, so that z is their sum, as we have seen before", 0.9, 1),
        (PROSE.replace(" ", ""), 0, 0.2),  # joined
        (" ".join(PROSE), 0, 0.1),  # split
        (PROSE.replace("e", "\ufffd"), 0.5, LEAST_QUALITY),  # unmapped
        ("灯台守は毎晩、灯がともる前に日誌を書いた。" * 3, 1, 1),
        ("ประภาคารเก่าตั้งอยู่บนเนินเขาใกล้ทะเลและมีแสงสว่างทุกคืน", 1, 1),
    ],
)
def test_the_quality_of_a_text_is_measured_without_a_dictionary(
    text: str, least: float, most: float
) -> None:
    """Split and joined words and unmapped glyphs lower it; prose, tables and any script do not."""
    assert least <= quality(text) <= most


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PROSE, True),
        ("Dvůr Králové nad Labem žije v šumu řeky", True),
        ("Смотритель маяка писал журнал каждый вечер", True),
        ("wkh oljkwkrxvh nhhshu zurwh wkh orj hdfk hyhqlqj ehiruh wkh odps zdv olw", False),
        ("@@@@ @@@ @@@@@ and 5", False),
        ("àÍ¡ÊÒÃ©ºÑº¹Õ à»¹ ÊÒ¸ÒÃ³ÊÁºÑµÔ ÊÒÁÒÃ¶¨Ð¨Ñ´·Ó LaTeX", False),  # Thai, read as Latin
        ("!\"#$% &'() *+,- ./01", False),
    ],
)  # fmt: skip
def test_codes_that_look_like_letters_are_no_words(text: str, expected: bool) -> None:
    """Letters put for other letters lack vowels, and codes for letters lack letters."""
    assert are_words(text) is expected


def test_a_text_of_the_record_is_an_encoding_or_a_reader() -> None:
    """Encodings of documents in older records are none of readers."""
    assert PageReader.of_text("utf-16-le") is None
    assert PageReader.of_text("x:y") is None
    assert PageReader.of_text("pypdfium2:2,9") == PageReader("pypdfium2", (2, 9))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("".join(dict(zip(dict.fromkeys(PROSE), map(chr, range(33, 90)), strict=False)).get(m, m)
                 for m in PROSE), True),
        (PROSE, False),
        ("Contents\n1 Introduction . . . . . . . . . . 3\n2 Tides .................... 4", False),
        ("12.50 | 13.75 | -4.00\n" * 9, False),
        ("if (x[i] != y) { z = x[i]; } // the tides", False),
        ("--------------------\n| a | b |\n--------------------", False),
        ("«»—„“”…" * 9, False),
    ],
)  # fmt: skip
def test_numbers_of_glyphs_are_no_text(text: str, expected: bool) -> None:
    """A subset font without names has signs for the letters that come first."""
    assert are_codes(text) is expected
