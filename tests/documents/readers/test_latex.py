"""LaTeX is read in letters, under its sections, without what is not printed."""

import pytest

from semsearch.documents.readers.latex import read_latex
from semsearch.documents.readers.latex_source import readable


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"M\"uller, M\"{u}ller, {\"U}ber", "Müller, Müller, Über"),
        (r"{\'E}cole, \'{e}t\'e, na\"{\i}ve, \'\i n", "École, été, naïve, ín"),
        (
            r"\v{S}koda, \v Cech, \c{c}a, Erd\H{o}s, \k{a}, \r{a}, \u{g}",
            "Škoda, Čech, ça, Erdős, ą, å, ğ",
        ),
        (
            r"Stra\ss e, Stra{\ss}e, Stra\ss{}e, \O re, \L{}\'od\'z, \AE gir",
            "Straße, Straße, Straße, Øre, Łódź, Ægir",
        ),
        (r"100\,\% of \$5 \& \#1 a\_b", "100 % of $5 & #1 a_b"),
        (r"hy\-phen\-ation", "hyphenation"),
        (r"a \\'x' b \\\"u", r"a \\'x' b \\ü"),
        (r"\section{\'A la carte}", r"\section{Á la carte}"),
        (r"\unknown{x} \iff y", r"\unknown{x} \iff y"),
    ],
)
def test_commands_for_letters_are_letters(source: str, text: str) -> None:
    """In all ways in which they are written; other commands stay."""
    assert readable(source) == text


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        (["a % b", r"50\% c", r"d \\% e"], ["a ", "50% c", r"d \\"]),
        ([r"\begin{comment}", "a", r"\end{comment}", "b"], ["", "", "", "b"]),
        ([r"a \iffalse b", r"\ifx c \fi d", r"e \fi f"], ["a ", "", " f"]),
        ([r"\iffalse a \else b \fi c"], [r" b \fi c"]),
        (
            [r"\begin{verbatim}", r"\"u % a", r"\end{verbatim}"],
            [r"\begin{verbatim}", r"\"u % a", r"\end{verbatim}"],
        ),
        ([r"a\end{document}", "b"], [r"a\end{document}", ""]),
        (
            [r"\begin{tabbing}", r"a \= b \' c", r"\end{tabbing}"],
            [r"\begin{tabbing}", r"a \= b \' c", r"\end{tabbing}"],
        ),
    ],
)
def test_what_is_not_printed_is_left_out(rows: list[str], kept: list[str]) -> None:
    """Comments, and text behind the end; each row stays on its line, listings as they are."""
    assert readable("\n".join(rows)).split("\n") == kept


def test_shorthands_of_german_are_letters() -> None:
    """Where the language is loaded, a quotation mark before a vowel is an umlaut."""
    german = '\\usepackage[ngerman]{babel}\nM"uller, Stra"se, "`Tee"\''
    assert readable(german).split("\n")[1] == "Müller, Straße, „Tee“"
    assert readable('say "also"') == 'say "also"'


def test_a_title_may_stand_on_several_lines() -> None:
    """The rows of a section's title are one heading, and the text stands under it."""
    blocks = read_latex("x\n\\subsection[Short]{A long\ntitle {\\em here}}\nText.").blocks
    assert [(block.headings, list(block.lines)) for block in blocks] == [
        ((), [1]),
        (("A long title here",), [2, 3]),
        (("A long title here",), [4]),
    ]
