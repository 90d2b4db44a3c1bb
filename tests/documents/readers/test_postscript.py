"""PostScript documents are read page by page, by Ghostscript within the limits of a reader."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from fakes.programs import TESSERACT_OF_MARKS, put_programs
from fakes.raw_pdf import PROSE
from semsearch.documents.document import Document
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool
from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

pytestmark = pytest.mark.skipif(shutil.which("gs") is None, reason="Ghostscript is not installed")

FONT = "/Times-Roman findfont 10 scalefont setfont\n"
TWO_PAGES = f"""%!PS-Adobe-3.0
%%Title: (The tides)
%%Pages: 2
%%EndComments
{FONT}72 700 moveto (The moon pulls the wa-) show
72 688 moveto (ter of the sea.) show
showpage
{FONT}72 700 moveto (The sun helps.) show
showpage
%%EOF
"""


def read(program: str | bytes, name: str = "a.ps") -> Document:
    """Read a program."""
    return document_of(program.encode() if isinstance(program, str) else program, name)


def shown(text: str) -> str:
    """The text of a page that a piece of a program shows."""
    (block,) = read(f"%!PS\n{FONT}72 700 moveto {text} showpage\n").blocks
    return block.text


def refused(program: str, name: str = "a.ps") -> DocumentUnreadable:
    """The error over a program."""
    with pytest.raises(DocumentUnreadable) as caught:
        read(program, name)
    return caught.value


def test_pages_are_cited_by_their_numbers() -> None:
    """Each row knows its page and line; a word that the end of a row divides is one word."""
    document = read(TWO_PAGES)
    assert [(block.text, block.page, block.places) for block in document.blocks] == [
        ("The moon pulls the water\nof the sea.", 1, ["p.1 line 1", "p.1 line 2"]),
        ("The sun helps.", 2, ["p.2 line 1"]),
    ]
    assert (document.title, document.page_count, document.blank_pages) == ("The tides", 2, ())


@pytest.mark.parametrize(
    "piece",
    [
        "(one two) show",
        "(one) show 3 0 rmoveto (two) show",
        "(on) show -.2 0 rmoveto (e two) show",
        "10 0 (one) ashow (two) show",
        "1 0 32 .5 0 (one two) awidthshow",
        "4 0 101 .1 0 (one) awidthshow (two) show",
        "(onetwo) [5 5 8 3 7 5] xshow",
        "(onetwo) [5 0 5 0 8 0 3 0 7 0 5 0] xyshow",
        "(two) show -36 0 rmoveto (one ) show",
    ],
)
def test_blanks_are_told_by_the_places_of_letters(piece: str) -> None:
    """However a program spaces its letters, words are apart and whole."""
    found = shown(piece.replace("10 0 (one) ashow", "(on) show 4 0 (e) ashow"))
    assert found == "one two"


def test_letters_beyond_ascii_are_read_by_the_names_of_their_glyphs() -> None:
    """Ligatures, accented letters and quotes of the usual fonts are letters."""
    encoded = "/Times-Roman findfont dup length dict copy dup /Encoding ISOLatin1Encoding put"
    font = "/L exch definefont 10 scalefont setfont".join([encoded + " ", " "])
    assert shown(f"{font} (Gr\\366\\337e <&> \\351t\\351) show") == "Größe <&> été"
    assert shown("/f /f_i pop pop /fi glyphshow (sh) show") == "fish"


def test_turned_and_scaled_text_is_read() -> None:
    """A text along the edge of a page is a row of its own."""
    assert shown("(Body.) show 500 300 translate 90 rotate 0 0 moveto 2 1 scale (Edge) show") == (
        "Body.\nEdge"
    )


@pytest.mark.parametrize(
    ("name", "begin", "end"),
    [
        ("a.ps", "", ""),
        ("a.txt", "", ""),
        ("a.pdf", "", ""),
        ("a", "\x04", "\x04"),
        ("job.prn", "\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=POSTSCRIPT\r\n", "\x1b%-12345X"),
    ],
)
def test_the_content_decides(name: str, begin: str, end: str) -> None:
    """PostScript is told by its mark, also behind commands for a printer."""
    assert len(read(begin + TWO_PAGES + end, name).blocks) == 2


def test_the_program_of_a_dos_file_is_read() -> None:
    """A file with a preview for DOS has the places of its parts in its header."""
    program = TWO_PAGES.encode()
    places = b"".join(number.to_bytes(4, "little") for number in (30, len(program)))
    header = (b"\xc5\xd0\xd3\xc6" + places).ljust(30, b"\0")
    assert len(read(header + program + b"II*\0preview", "a.ps").blocks) == 2


def test_a_program_without_the_whole_mark_is_told_by_its_name() -> None:
    """The mark "%!" alone is enough under the name of such a document, and elsewhere is text."""
    program = TWO_PAGES.replace("%!PS-Adobe-3.0", "%!")
    assert read(program).page_count == 2
    assert read(program, "a.txt").page_count is None
    assert refused("Notes.", "a.ps").code is ReasonCode.WRONG_TYPE


def test_fonts_are_no_documents() -> None:
    """Fonts and other parts of programs are left out by their marks."""
    for mark in ("%!PS-AdobeFont-1.0: X", "%!FontType1-1.0: X", "%!PS-Adobe-3.0 Resource-CMap"):
        assert refused(mark + "\n", "UniX-H").code is ReasonCode.OTHER_TYPE


def test_a_compressed_document_is_read() -> None:
    """The file within ``.ps.gz`` is read as it is without the compression."""
    assert read(gzip.compress(TWO_PAGES.encode()), "a.ps.gz") == read(TWO_PAGES)


def test_pages_before_a_fault_are_read() -> None:
    """Of a program that fails, the pages before are kept, and the fault is told."""
    document = read(TWO_PAGES.replace("%%EOF", "nonsense showpage"))
    assert len(document.blocks) == 2
    assert document.unread is not None
    assert document.unread.detail == (
        "damaged PostScript document: undefined in nonsense; it is read up to page 2"
    )
    error = refused("%!PS\n" + "\x1b[31m" + "nonsense")
    assert (error.code, str(error).isprintable()) == (ReasonCode.DAMAGED, True)


def test_drawings_have_no_text() -> None:
    """A page of lines is no scan; a page with a picture may be one."""
    drawing = "%!PS\n0 0 moveto 90 90 lineto stroke showpage\n"
    picture = "%!PS\n90 90 scale 1 1 8 [1 0 0 1 0 0] {<00>} image showpage\n"
    assert (read(drawing).page_count, read(picture).blank_pages) == (None, (1,))
    assert not read("%!PS\n/x 1 def\n").blocks


def test_what_a_program_prints_is_no_text() -> None:
    """Messages of a program do not mix with its pages."""
    assert shown("(noise <page>\\n) print (text) show (noise) = flush") == "text"


def test_a_document_may_define_names_of_its_own() -> None:
    """The names by which letters are spaced do not meet those of a document."""
    assert shown("letter /ashow { pop pop pop } def 72 700 moveto (one two) show") == "one two"


def pooled(folder: Path, program: str, limits: Limits) -> Document:
    """The document of a program, read in a process of the pool."""
    (folder / "a.ps").write_text(program)
    with ReaderPool(folder, limits, workers=1) as pool:
        return pool.read("a.ps").document


def test_a_reader_process_reads_it_without_files(tmp_path: Path) -> None:
    """A process that is kept from files can run Ghostscript, and Ghostscript opens none."""
    assert len(pooled(tmp_path, TWO_PAGES, Limits()).blocks) == 2
    secret = tmp_path / "secret.txt"
    secret.write_text("The key.")
    program = f"%!PS\n{FONT}72 700 moveto ({secret}) (r) file 99 string readline pop show showpage"
    with pytest.raises(DocumentUnreadable, match="invalidfileaccess in file"):
        pooled(tmp_path, program, Limits())


@pytest.mark.parametrize(
    ("piece", "limits", "codes"),
    [
        ("{} loop", Limits(seconds=1), {ReasonCode.TOOK_TOO_LONG}),
        (
            "[ { 1000000 string } loop",
            Limits(memory_bytes=300_000_000),
            {ReasonCode.TOO_MUCH_MEMORY, ReasonCode.DAMAGED},
        ),
        (
            "{ (xxxxxxxxxxxxxxxx) print } loop",
            Limits(seconds=3, memory_bytes=200_000_000),
            {ReasonCode.TOO_MUCH_MEMORY, ReasonCode.TOOK_TOO_LONG},
        ),
    ],
    ids=["time", "memory", "output"],
)
def test_the_limits_of_a_reader_hold_for_it(
    tmp_path: Path, piece: str, limits: Limits, codes: set[ReasonCode]
) -> None:
    """A program without an end costs itself alone, within the limits of its reader."""
    with pytest.raises(DocumentUnreadable) as caught:
        pooled(tmp_path, f"%!PS\n{piece}\n", limits)
    assert caught.value.code in codes


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_what_groff_makes_is_read(tmp_path: Path) -> None:
    """Words of a justified text of groff, which spaces letters, are whole and apart."""
    words = "For example, now a new macro has been defined to be used wherever it is of value."
    made = subprocess.run(["groff", "-Tps"], input=words * 20, text=True, stdout=subprocess.PIPE)
    text = " ".join(block.text for block in read(made.stdout).blocks)
    assert " ".join(text.split()).replace("-", "") == " ".join([words] * 20).replace(". ", ".")


@pytest.fixture
def tesseract(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for tesseract that tells the mark of the picture that it gets."""
    folder = tmp_path_factory.mktemp("programs")
    put_programs(folder, monkeypatch, tesseract=TESSERACT_OF_MARKS)


@pytest.mark.usefixtures("tesseract")
def test_a_page_that_is_a_picture_is_read_by_ocr(tmp_path: Path) -> None:
    """With OCR the picture of a page without text is read, where its program draws it."""
    scan = "90 90 scale 1 1 8 [1 0 0 1 0 0] {<00>} image showpage\n"
    document = pooled(tmp_path, TWO_PAGES.replace("%%EOF", scan), Limits(languages="eng"))
    assert [block.text for block in document.blocks if block.page == 3] == ["found in PNG"]
    assert (len(document.blocks), document.blank_pages) == (3, ())
    failing = TWO_PAGES.replace("%%EOF", f"{scan}nonsense")
    document = pooled(tmp_path, failing, Limits(languages="eng"))
    assert (len(document.blocks), document.blank_pages) == (2, (3,))


def test_glyphs_without_names_are_no_text() -> None:
    """A page of a subset font that numbers its glyphs is named, and is a picture for OCR."""
    numbered = {
        letter: chr(33 + at) for at, letter in enumerate(dict.fromkeys(PROSE.replace(" ", "")))
    }
    codes = "".join(numbered.get(letter, letter) for letter in PROSE)
    codes = "".join(f"\\{mark}" if mark in "()\\" else mark for mark in codes)
    page = f"{FONT}72 650 moveto ({codes}) show showpage\n"
    document = read(TWO_PAGES.replace("%%EOF", page))
    assert (document.blank_pages, document.page_count) == ((3,), 3)


def bitmap_font(names: dict[str, str]) -> str:
    """A font of drawn letters, with the name of the glyph of each."""
    pairs = " ".join(f"dup {ord(letter)} /{name} put" for letter, name in names.items())
    return (
        "8 dict begin /FontType 3 def /FontMatrix [.1 0 0 .1 0 0] def /FontBBox [0 0 5 7] def\n"
        f"/Encoding 256 array 0 1 255 {{1 index exch /.notdef put}} for {pairs} def\n"
        "/BuildChar {pop pop 5 0 0 0 5 7 setcachedevice 0 0 5 7 rectfill} def\n"
        "currentdict end /F exch definefont pop /F findfont 10 scalefont setfont\n"
    )


def with_font(text: str, names: dict[str, str]) -> Document:
    """A page that shows a text in such a font."""
    return read(f"%!PS\n{bitmap_font(names)}72 700 moveto ({text}) show showpage\n")


def test_glyphs_that_are_named_by_numbers_are_letters() -> None:
    """Bitmap fonts of TeX, whose numbers Ghostscript takes for dingbats, have their letters."""
    text = "The moon pulls the water of the sea."
    (block,) = with_font(text, {letter: f"a{ord(letter)}" for letter in text}).blocks
    assert block.text == text


def test_a_page_of_glyphs_without_meaning_is_named() -> None:
    """Where most letters of a page are unknown, it is one of those that have no text."""
    codes = [chr(code) for code in range(1, 9)]
    document = with_font("".join(codes) * 5, {code: f"G{ord(code)}X" for code in codes})
    assert (document.blank_pages, document.page_count) == ((1,), 1)
