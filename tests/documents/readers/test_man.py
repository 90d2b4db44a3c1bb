"""Pages of the manual are read as they are printed."""

import pytest

from semsearch.documents.readers.man import read_man
from semsearch.documents.readers.roff import readable

PAGE = """.\\" A comment
.de XX
hidden
..
.TH LAMP 1 2024
.SH NAME
lamp \\- light a lamp
.SH "A LONG TITLE"
.PP
The
.B lamp
burns
.BR oil (7).
.SS
Wick
.TP
.B \\-\\-long
It is long.
.nf
.if t hidden
.if n shown
code  here
.fi
"""


def test_a_page_of_man() -> None:
    """Sections make a trail, words of macros are text, each row on its line."""
    document = read_man(PAGE)
    assert document.title == "LAMP(1)"
    assert [(block.text, block.headings, list(block.lines)) for block in document.blocks] == [
        ("NAME", ("NAME",), [6]),
        ("lamp - light a lamp", ("NAME",), [7]),
        ("A LONG TITLE", ("A LONG TITLE",), [8]),
        ("The\nlamp\nburns\noil(7).", ("A LONG TITLE",), [10, 11, 12, 13]),
        ("Wick", ("A LONG TITLE", "Wick"), [14]),
        ("--long\nIt is long.", ("A LONG TITLE", "Wick"), [17, 18]),
        ("shown\ncode  here", ("A LONG TITLE", "Wick"), [21, 22]),
    ]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (".Nm lamp", "lamp"),
        (".Op Fl v Ar file ...", "[-v file ...]"),
        (".It Fl o Ns = Ns Ar name", "-o=name"),
        (".Xr oil 7 ,", "oil(7),"),
        (".Dq the lamp .", "“the lamp”."),
        (".Fn burn int", "burn(int)"),
        (".Pq see Sx WICK", "(see WICK)"),
        (".Fx 13", "FreeBSD 13"),
        (".Ql a b", "‘a b’"),
    ],
)
def test_a_row_of_mdoc(row: str, text: str) -> None:
    """Macros among the words stand for marks."""
    assert [block.text for block in read_man(f".Dd May 6\n.Dt LAMP 1\n{row}").blocks] == [text]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("\\fB\\-v\\fR, \\f[CW]x\\f[]", "-v, x"),
        ("don\\(aqt \\*(lqsay\\*(rq \\[em] \\(co", "don't “say” — ©"),
        ("M\\(:uller \\['e]t\\['e] \\[u00DF] \\N'233'", "Müller été ß é"),
        ("a\\&.b\\ c\\~d\\|e\\^f", "a.b c def"),
        ("\\s-2small\\s0 \\s+1x\\s[0] \\v'-1'y", "small x y"),
        ('back\\e slash \\" comment', "back\\ slash "),
    ],
)
def test_escapes_are_characters(row: str, text: str) -> None:
    """Fonts, sizes and comments are left out; named characters are written out."""
    assert readable(row) == text


def test_macros_of_the_page_print_their_arguments() -> None:
    """A macro that is defined in the page is text where it prints what it is given."""
    text = ".de ZN\n\\fB\\$1\\fR\\$2\n..\n.de SP\n.sp 2\n..\n.TH A 1\n.ZN Status .\n.SP 3\nEnd."
    assert [block.text for block in read_man(text).blocks] == ["Status.\nEnd."]


def test_a_table_has_its_cells() -> None:
    """Layout and lines are left out, and signs that divide cells."""
    text = ".TH A 1\n.TS\nallbox;\nl l\nl l.\na\tb\n_\nT{\nlong\nT}\tc\n.TE\nEnd."
    assert [block.text for block in read_man(text).blocks] == ["a | b\nlong\nc", "End."]
    text = ".TH A 1\n.TS\ntab(@);\nl l.\na@b\nT{\nx\nT}@T{\ny\nT}\n.TE\n"
    assert [block.text for block in read_man(text).blocks] == ["a | b\nx\ny"]
