"""Words of PDFs whose letters are placed in ways that break them."""

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen

from fakes.raw_pdf import FIRST_FREE, TIMES, codes, mapped_font, raw_pdf, stream
from semsearch.documents.readers.pdf import read_pdf
from semsearch.documents.readers.pdf_right_to_left import logical


def rows_of(data: bytes) -> list[str]:
    """The rows of all pages."""
    return [row for block in read_pdf(data).blocks for row in block.text.split("\n")]


def shown(operators: str, font: bytes = TIMES) -> list[str]:
    """The rows of a page with these operators, whose font is 10 points large."""
    return rows_of(raw_pdf(f"BT /F1 10 Tf 72 700 Td {operators} ET".encode("latin-1"), font=font))


@pytest.mark.parametrize(
    ("operators", "row"),
    [
        ("(cof) Tj 11.6 0 Td (fee) Tj", "coffee"),  # groff: a string for each kerning pair
        ("[(k)10(eeper)] TJ", "keeper"),
        ("[(the)-250(k)25(eeper)-180(w)12(as)] TJ", "the keeper was"),
        ("3.565 Tc (fo) Tj 0 Tc 11.895 0 Td (ur) Tj", "f our"),  # ps2pdf: spacing for a blank
        ("-0.25 Tc -2.15 Tw (ev e) Tj 0 Tc 0 Tw 13.48 0 Td (ning) Tj", "evening"),
        ("-1.12 Tc -1.4 Tw (Tw o) Tj 0 Tc 0 Tw 20 0 Td (words) Tj", "Two words"),
        ("(wheneve) Tj 2.5 Tc 33.3 0 Td (rac) Tj 0 Tc 17.21 0 Td (onnection) Tj",
         "whenever a connection"),
        ("-1.2 Tc (VA T) Tj 0 Tc 18 0 Td (AR) Tj", "VATAR"),
        ("10 Tw (wide blanks) Tj", "wide blanks"),
        ("50 Tz [(half)-250(as)-250(wide)] TJ", "half as wide"),
        ("(left) Tj 200 0 Td (right) Tj", "left right"),
        ("200 0 Td (cat) Tj -100 0 Td (the) Tj", "the cat"),
        ("[(wielko)0(sci)-145(24pt)-160(with)-165(tight)-160(blanks)] TJ",
         "wielkosci 24pt with tight blanks"),
    ],
)  # fmt: skip
def test_gaps_tell_words_and_kerning_does_not(operators: str, row: str) -> None:
    """Letters that touch are one word, and a gap of a blank's width is a blank."""
    assert shown(operators) == [row]


@pytest.mark.parametrize(
    ("operators", "row"),
    [
        (r"[(H)-56(\250)389(auser)] TJ", "Häuser"),
        (r"[(na)28(\250)305(bve)] TJ", "na¨bve"),  # no letter that takes a dieresis
        (r"100 0 Td 1.4 2 Td (\264) Tj -1.4 -2 Td (Ecole) Tj", "École"),
        (r"[(fa)(c)389(\270)55(ade)] TJ", "façade"),
        (r"(5) Tj 10 0 Td (\250) Tj", "5 ¨"),
        (r"(User) Tj -1 -6 Td (\257) Tj", "User¯"),  # a rule under a title
    ],
)
def test_accents_over_letters_are_letters(operators: str, row: str) -> None:
    """An accent that is set over a letter is composed with it; others stay."""
    assert shown(operators) == [row]


def test_a_word_is_read_once_however_many_others_like_it_stand_between() -> None:
    """A row of one letter over the whole page, printed twice, has each once."""
    row = " ".join("(i) Tj 7 0 Td" for _ in range(70))
    assert "".join(shown(f"{row} -489.9 0 Td {row}")) == "i" * 70


def test_what_is_printed_twice_for_boldness_is_read_once() -> None:
    """A text printed over itself counts once; the same words further on count again."""
    twice = "(bold) Tj 0.35 0 Td (bold) Tj 40 0 Td (bold) Tj"
    assert shown(twice) == ["bold bold"]


@pytest.mark.parametrize(
    ("operators", "row"),
    [
        ("(H) Tj 0.3 0 Td (H) Tj 7 0 Td (i) Tj 0.3 0 Td (i) Tj", "Hi"),  # each letter twice
        ("[(H)720(Hi)276(il)276(l)] TJ", "Hil"),  # groff's .bd
        ("(all) Tj 30 0 Td (all) Tj", "all all"),
        (
            "(bold text) Tj 0.4 0 Td [(bold)-250(text)] TJ 45 0 Td (and more) Tj",
            "bold text and more",
        ),
        ("(ll) Tj 5.56 0 Td (l) Tj", "lll"),
    ],
)
def test_pieces_over_each_other_are_read_once(operators: str, row: str) -> None:
    """Printing twice by letters or words is seen; words that repeat in a row are kept."""
    assert shown(operators) == [row]


def test_rows_of_a_cell_are_apart_and_a_logo_is_whole() -> None:
    """Two rows that are half a row apart are no word; letters of a word may overlap."""
    cells = "(Spoken) Tj 4 -6 Td (words) Tj"
    logo = "(L) Tj 2.6 2 Td /F1 7 Tf (A) Tj 3.5 -2 Td /F1 10 Tf (TeX) Tj"
    assert shown(f"{cells} 0 -40 Td {logo}") == ["Spoken words", "LATeX"]


def test_letterspaced_headings_are_words() -> None:
    """Letters spaced out evenly are words with blanks at larger gaps; a row of names is not."""
    heading = "[(L)-300(e)-300(t)-300(t)-300(e)-300(r)-900(b)-300(o)-300(x)] TJ"
    names = "[(A)-400(B)-400(C)-400(D)-400(E)] TJ"
    assert shown(f"{heading} 0 -30 Td {names}") == ["Letter box", "A B C D E"]
    assert shown("4 Tc (CONTENTS 1) Tj 0 -20 Td (NOTE) Tj") == ["CONTENTS 1", "NOTE"]


@pytest.mark.parametrize(
    ("initial", "expected"),
    [
        ("(O) Tj", ["Once upon a time", "it was dark."]),
        ("(12) Tj", ["12", "nce upon a time", "it was dark."]),
        ("/F1 12 Tf (O) Tj", ["O", "nce upon a time", "it was dark."]),
        ("0 -40 Td (O) Tj 0 40 Td", ["O", "nce upon a time", "it was dark."]),
    ],
)
def test_a_large_initial_belongs_to_its_word(initial: str, expected: list[str]) -> None:
    """A letter over several rows is put before the first of them, wherever the file has it."""
    text = "/F1 10 Tf 24 12 Td (nce upon a time) Tj 0 -12 Td (it was dark.) Tj"
    assert shown(f"/F1 30 Tf {initial} {text}") == expected


def test_a_footnote_mark_is_no_part_of_a_word() -> None:
    """A raised small number stands apart from its word; an index of a formula does not."""
    mark = "(lighthouse) Tj 43.3 4 Td /F1 6 Tf (12) Tj"
    water = "(H) Tj 7.22 -2 Td /F1 6 Tf (2) Tj 3 2 Td /F1 10 Tf (O) Tj"
    assert shown(mark) == ["lighthouse 12"]
    assert shown(water) == ["H2O"]


def test_a_word_divided_at_the_end_of_a_row_is_whole() -> None:
    """A hyphenated word is joined though its rest is in several strings."""
    assert shown("(photogra-) Tj 0 -12 Td (ph) Tj 10 0 Td (y here) Tj") == ["photography", "here"]


def bitmap_font(numbers: list[int]) -> bytes:
    """A font as pdfTeX writes it without outlines: glyphs are pictures named by their codes."""
    names = " ".join(f"{number} /a{number}" for number in numbers)
    widths = " ".join("50" for _ in range(256))
    return (
        "<</Type/Font/Subtype/Type3/FontMatrix[.01 0 0 .01 0 0]/FontBBox[0 -20 60 80]"
        f"/FirstChar 0/LastChar 255/Widths[{widths}]/CharProcs<<>>"
        f"/Encoding<</Type/Encoding/Differences[{names}]>>>>"
    ).encode()


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (r"e\036cient o\033er, Stra\377e \247\342", "efficient offer, Straße ğâ"),  # T1
        (r"e\016cient o\013er, Stra\031e", "efficient offer, Straße"),  # OT1
        (r"\314\340\377\352 \274", "Маяк ё"),  # T2A
    ],
)
def test_bitmap_fonts_of_tex_have_their_ligatures(text: str, row: str) -> None:
    """The codes that a document uses tell which encoding of TeX its bitmap fonts have."""
    low = (14, 11, 25) if "016" in text else (30, 27, 255, 167, 226)
    numbers = range(188, 256) if "314" in text else (*b"eciontarS,r ", *low)
    font = bitmap_font([*numbers, 32])
    assert shown(f"({text}) Tj", font) == [row]


def drawn_font(names: str, meanings: str) -> tuple[bytes, dict[int, bytes]]:
    """A Type 3 font whose glyphs have these names by code, and the object of its /ToUnicode."""
    font = bitmap_font([]).replace(b"[]", f"[{names}]".encode())
    cmap = f"{len(meanings.split())} beginbfrange\n{meanings}\nendbfrange"
    linked = font.replace(b"/FirstChar", b"/ToUnicode %d 0 R/FirstChar" % FIRST_FREE)
    return linked, {FIRST_FREE: stream(cmap.encode())}


def test_glyphs_that_dvips_has_numbered_are_letters() -> None:
    """Names of two signs are numbers to the base of 36: CR is the letter c, and ends no row."""
    names = "11 /AB 97 /CP 99 /CR 101 /CT 105 /CX 108 /D0 110 /D2 111 /D3 116 /D8"
    font, objects = drawn_font(names, "<63><63><000d>")
    content = rb"BT /F1 10 Tf 72 700 Td (a\013ection) Tj 60 0 Td (col) Tj ET"
    assert rows_of(raw_pdf(content, font=font, objects=objects)) == ["affection col"]


def test_the_meanings_that_ghostscript_makes_of_numbers_are_none() -> None:
    """Glyphs named a97 and so on are letters, though /ToUnicode has signs of Zapf Dingbats."""
    names = " ".join(f"{number} /a{number}" for number in b"abcdefghijkl")
    font, objects = drawn_font(names, "<61><61><275e>\n<62><62><2761>")
    content = b"BT /F1 10 Tf 72 700 Td (baffled) Tj ET"
    assert rows_of(raw_pdf(content, font=font, objects=objects)) == ["baffled"]


def test_a_font_whose_codes_are_the_order_of_use_has_no_letters() -> None:
    """Its page is named as one without text, and none of its codes is taken for a letter."""
    numbers = range(240)
    font = bitmap_font([*numbers])
    shown = b"".join(b"\\%03o" % number for number in [*range(40, 90), *range(130, 235)])
    document = read_pdf(raw_pdf(b"BT /F1 10 Tf 72 700 Td (%s) Tj ET" % shown, font=font))
    assert (document.blocks, document.blank_pages) == ((), (1,))


def test_a_word_in_a_font_of_its_own_is_read() -> None:
    """A bitmap font of few letters has them at their codes."""
    font, objects = drawn_font("52 /BG /BH 102 /CU 107 /CZ 114 /D6", "<66><66><000d>")
    content = b"BT /F1 10 Tf 72 700 Td (rkf45) Tj ET"
    assert rows_of(raw_pdf(content, font=font, objects=objects)) == ["rkf45"]


def compact_font(texts: dict[int, str]) -> bytes:
    """The program of a font in the Compact Font Format, with the names of glyphs by code."""
    builder = FontBuilder(1000, isTTF=False)
    names = [".notdef", *texts.values()]
    builder.setupGlyphOrder(names)
    pen = T2CharStringPen(500, None)
    outlines = dict.fromkeys(names, pen.getCharString())
    builder.setupCFF("Small", {}, outlines, {})
    top = builder.font["CFF "].cff.topDictIndex[0]
    top.Encoding = [texts.get(code, ".notdef") for code in range(256)]
    return bytes(builder.font["CFF "].compile(builder.font))


def test_codes_without_a_stated_meaning_have_that_of_the_program() -> None:
    """/ToUnicode with the ligatures alone leaves the other codes to the font's program."""
    texts = {11: "ff", 12: "fi", 97: "a", 102: "braceleft", 103: "braceright", 108: "l"}
    program = compact_font(texts)
    font = (
        "<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+Small/FirstChar 0/LastChar 255"
        f"/Widths[{'500 ' * 256}]/ToUnicode {FIRST_FREE} 0 R"
        f"/FontDescriptor<</Type/FontDescriptor/FontName/ABCDEF+Small/Flags 4"
        f"/FontFile3 {FIRST_FREE + 1} 0 R>>>>"
    ).encode()
    cmap = stream(b"1 beginbfchar\n<0B> <FB00>\nendbfchar")
    outlines = stream(program, b"/Subtype/Type1C")
    content = rb"BT /F1 10 Tf 72 700 Td (f\014lag a\013a) Tj ET"
    objects = {FIRST_FREE: cmap, FIRST_FREE + 1: outlines}
    assert rows_of(raw_pdf(content, font=font, objects=objects)) == ["{fila} affa"]


def test_a_bitmap_font_of_symbols_has_its_bullets() -> None:
    """Signs of TeX's encoding of symbols are read."""
    font = bitmap_font([136, 191])
    assert rows_of(raw_pdf(rb"BT /F1 10 Tf 72 700 Td (\210\277) Tj ET", font=font)) == ["•€"]


def test_the_names_of_glyphs_go_over_the_program_of_the_font() -> None:
    """Names of glyphs are text by the rules of the Adobe Glyph List; others are unmapped."""
    names = "65 /f_f_i /eacute.sc /uni0416 /u1F600 /nonsense"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/X/Encoding<</Differences[%s]>>>>" % names.encode()
    assert shown("(ABCD) Tj 0 -20 Td (readable words E) Tj", font) == [
        "ffiéЖ😀",
        "readable words \ufffd",
    ]


HEBREW = "שלום עולם 123"


def test_right_to_left_rows_are_in_reading_order() -> None:
    """Words drawn from the left of the screen are read from the right, numbers as they are."""
    letters = sorted(set(HEBREW) - {" "})
    font, objects = mapped_font(letters, FIRST_FREE)
    strings = []
    for x, word in ((100, "123"), (120, "םלוע"), (150, "םולש")):  # as the screen has them
        strings.append(
            b"1 0 0 1 %d 700 Tm %s Tj" % (x, codes([letters.index(c) + 1 for c in word]))
        )
    content = b"BT /F1 10 Tf " + b" ".join(strings) + b" ET"
    assert rows_of(raw_pdf(content, font=font, objects=objects)) == [HEBREW]


@pytest.mark.parametrize(
    ("screen", "read"),
    [
        ("םויה )GPT-4( ןחבמ", "מבחן (GPT-4) היום"),
        (".5 רפסמ", "מספר 5."),
        ("see םולש here", "see שלום here"),
        ("صن ٢٠٢٤/١٢ اب", "با ٢٠٢٤/١٢ نص"),
    ],
)
def test_phrases_of_the_other_direction_stay(screen: str, read: str) -> None:
    """A row as the screen has it is read by the direction of most of its letters."""
    assert logical(screen) == read


def test_presentation_forms_are_letters() -> None:
    """Shapes of Arabic letters are the letters, and a ligature keeps the order of its letters."""
    font, objects = mapped_font(["ﻡ", "ﻼ", "ﺴ", "لا"], FIRST_FREE)
    content = b"BT /F1 10 Tf 72 700 Td %s Tj 0 -20 Td %s Tj ET" % (codes([1, 2, 3]), codes([4]))
    assert rows_of(raw_pdf(content, font=font, objects=objects)) == ["سلام", "لا"]


def test_the_meaning_that_a_file_states_goes_over_its_glyphs() -> None:
    """Marked content with ActualText is read as that text, in its place."""
    content = b"BT /F1 10 Tf 72 700 Td (a) Tj /Span <</ActualText(ffi)>> BDC (X) Tj EMC (x) Tj ET"
    assert rows_of(raw_pdf(content)) == ["affix"]


def test_text_off_the_page_is_left_out_and_an_unseen_layer_is_kept() -> None:
    """Text outside the boxes is not read; text that OCR has put under a picture is."""
    operators = "(seen) Tj 0 -900 Td (below) Tj 1 0 0 1 700 700 Tm (beside) Tj"
    scanned = "1 0 0 1 72 650 Tm 3 Tr (layer of a scan) Tj"
    assert shown(f"{operators} {scanned}") == ["seen", "layer of a scan"]


def test_forms_are_read_where_they_are_drawn() -> None:
    """A form XObject is read with its matrix, within its box; one that draws itself ends."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 600 400 800]/Matrix[1 0 0 1 100 0]"
    body = b"BT /F1 10 Tf 0 700 Td (inside) Tj 0 -200 Td (clipped) Tj ET /X0 Do"
    content = b"BT /F1 10 Tf 72 700 Td (page) Tj ET /X0 Do"
    objects = {10: stream(body, form)}
    data = raw_pdf(content, resources=b"/XObject<</X0 10 0 R>>", objects=objects)
    assert rows_of(data)[0].startswith("page inside inside")
    assert "clipped" not in rows_of(data)[0]


def test_damaged_operators_cost_no_other_text() -> None:
    """Operators without their operands, and unknown ones, are passed over."""
    damaged = (
        "12 TL (one) Tj Td 5 Tf [(x) Tj /None Do ] ) >> EMC Q Q (two) ' 0 0 0 Tm BDC 9 TL (end"
    )
    assert shown(damaged) == ["one", "two"]


@pytest.mark.parametrize("number", ["0 0 0 0 0 0 cm", "/F1 0 Tf", "9" * 400 + " 0 Td", "0 Tz"])
def test_texts_without_size_or_place_cost_no_other_text(number: str) -> None:
    """Numbers that no viewer could draw with leave the rest of the page."""
    assert shown(f"(one) Tj {number} (lost) Tj 1 0 0 1 9 9 Tm (two) Tj")[0].startswith("one")
