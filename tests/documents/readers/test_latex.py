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
        (["a % b", r"50\% c", r"d \\% e"], ["a ", r"50\% c", r"d \\"]),
        ([r"\url{x/a%20b} and \verb|%| here % not"], [r"\url{x/a%20b} and \verb|%| here "]),
        ([r"\begin{comment}", "a", r"\end{comment}", "b"], ["", "", "", "b"]),
        ([r"a \iffalse b", r"\ifx c \fi d", r"e \fi f"], ["a ", "", " f"]),
        ([r"\iffalse a \else b \fi c"], [r" b \fi c"]),
        (
            [r"\begin{verbatim}", r"\"u % a", r"\end{verbatim}"],
            [r"\begin{verbatim}", r"\"u % a", r"\end{verbatim}"],
        ),
        ([r"a\end{document}", "b"], ["a", ""]),
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
    assert readable('\\usepackage[german]{babel}\nF\\"ahig').split("\n")[1] == "Fähig"


def test_a_title_may_stand_on_several_lines() -> None:
    """The rows of a section's title are one heading, and the text stands under it."""
    blocks = read_latex("x\n\\subsection[Short]{A long\\\\\ntitle {\\em here}}\nText.").blocks
    assert [(block.headings, list(block.lines)) for block in blocks] == [
        ((), [1]),
        (("A long title here",), [2, 3]),
        (("A long title here",), [4]),
    ]


def shown(source: str) -> str:
    """What the blocks of a source show, row below row."""
    return "\n".join(block.text for block in read_latex(source).blocks)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"100\,\% of \$5 \& \#1 a\_b", "100 % of $5 & #1 a_b"),
        (r"hy\-phen\-ation", "hyphenation"),
        (r"See \emph{tea}~\cite[p. 3]{a}, \textcolor{red}{hot}\label{x}", "See tea , hot"),
        (r"\href{http://x.org}{a site}, \url{x.org/a_b}", "a site, x.org/a_b"),
        (r"tea\footnote{Green.} is hot", "tea [Green.] is hot"),
        ("``a'' -- b --- c", "“a” – b — c"),
        (r"\verb|\emph{x}| and \unknown[width=3]{kept}", r"\emph{x} and kept"),
        (r"$\alpha_{1}x^2 \leq \frac{a+b}{2}$", "α1 x2 ≤(a+b)/2"),
        (r"\(\lim_{x\to 0} f\) costs a_b", "lim x→0 f costs a_b"),
        (r"$x^\frac{1}{2} + y^\alpha z$", "x1/2 + yα z"),
        (r"\vskip 1cm plus 2pt x \parindent=0pt y \\[2pt] z", "x  y   z"),
        (r"\multicolumn{2}{c}{Tea} & \cline{1-2} pot", "Tea  |   pot"),
        (r"\begin{align} a &= b \\ c &= d \end{align}", "a  = b   c  = d"),
        (r"\title{On tea} \author{A. Person}", "On tea  A. Person"),
        (r"\includegraphics[width=3cm]{a.png} \caption[Short]{A long one}", "A long one"),
    ],
)
def test_commands_are_read_as_the_page_shows_them(source: str, text: str) -> None:
    """Their text stands without their names; keys, files and measures are left out."""
    assert shown(source).strip() == text


@pytest.mark.parametrize(
    ("definition", "use", "text"),
    [
        (r"\newcommand{\firm}{Tea \& Co}", r"At \firm.", "At Tea & Co."),
        (r"\newcommand\pot[2][small]{a #1 pot of #2}", r"\pot{tea}, \pot[big]{x}",
         "a small pot of tea, a big pot of x"),
        (r"\def\two#1#2{#2 #1}", r"\two{a}{b}", "b a"),
        (r"\newcommand{\me}{\me\me}", r"x \me y", "x  y"),
        (r"\def\sum#1{\ifx#1\relax\fi}", r"\sum{x}", "∑x"),
        (r"\newtheorem{law}{Law}", r"\begin{law}Tea is hot.\end{law}", "Law. Tea is hot."),
    ],
)  # fmt: skip
def test_macros_of_the_source_are_expanded(definition: str, use: str, text: str) -> None:
    """As far as they are text, with their arguments; one that calls itself ends."""
    assert shown(f"{definition}\n{use}").strip() == text


def test_of_a_preamble_the_title_page_is_read() -> None:
    """Titles, names and texts that a class shows are read; packages and settings are not."""
    source = (
        "\\documentclass[12pt]{article}\n\\usepackage[utf8]{inputenc}\n\\title{On Tea}\n"
        "\\author{Ann Ames}\n\\setUniversity{University of Tea}\n\\setlength{\\parskip}{3pt}\n"
        "\\fancysetup{style=plain}\n\\begin{document}\n\\maketitle\nTea.\n\\end{document}"
    )
    blocks = read_latex(source).blocks
    assert [(block.text.strip(), list(block.lines)) for block in blocks] == [
        ("On Tea", [3]),
        ("Ann Ames\nUniversity of Tea", [4, 5]),
        ("Tea.", [10]),
    ]


def test_listings_stay_and_of_drawings_labels_are_read() -> None:
    """A listing is code as it stands; of a drawing of TikZ the texts of its nodes are read."""
    listing = "\\begin{lstlisting}[language=C]\nint a_b; % c\n\\end{lstlisting}"
    drawing = "\\begin{tikzpicture}\n\\draw (0,0) -- (1,1) node[right] {a pot};\n\\end{tikzpicture}"
    blocks = read_latex(f"{listing}\n\n{drawing}").blocks
    assert [(block.kind.value, block.text.strip(), list(block.lines)) for block in blocks] == [
        ("code", "int a_b; % c", [2]),
        ("paragraph", "a pot", [6]),
    ]


@pytest.mark.parametrize(
    "piece", ["{", "\\a{", "\\frac{", "x_{", "\\begin{a}", "\\title{", "$", "["]
)
def test_a_source_whose_marks_never_end_is_read(piece: str) -> None:
    """Its words come out whatever is open."""
    assert "tea" in shown(piece * 3_000 + " tea")


@pytest.mark.parametrize(
    "source",
    [
        "\\begin{lstlisting}[\nlanguage=C,\ncaption=Pot]\nint a;\n\\end{lstlisting}",
        "\\begin{tikzpicture}[\nscale=2,\nx=3cm]\n\\node {pot};\n\\end{tikzpicture}",
        "\\begin{tikzpicture}\n\\node {a node\n{b}};\n\\end{tikzpicture}",
        "\\url\n{x.org/a\n b}",
        "\\begin\n{center}pot\\end\n{center}",
        "$x_\n2$ $y^\\cite[a\nb]{c}$ \\frac\n1\n2",
        "\\newtheorem{law}{A\nlaw}\\begin{law}x\\end{law}",
        "\\newcommand{\\pot}[2]{#1\n#2}\\pot{a\nb}\n{c}",
        "\\title[a\nb] without a title",
    ],
)
def test_what_stands_below_keeps_its_line(source: str) -> None:
    """Arguments and options over several rows do not move the rows below them."""
    last = read_latex(f"{source}\n\nThe tea.").blocks[-1]
    assert (last.text, list(last.lines)) == ("The tea.", [source.count("\n") + 3])


def test_a_title_below_its_command_is_a_heading() -> None:
    """The title of a section may begin in the row below the command."""
    blocks = read_latex("\\section{%\n  On tea\n}\nIt is hot.").blocks
    assert [(block.text.strip(), block.headings, list(block.lines)) for block in blocks] == [
        ("On tea", ("On tea",), [2]),
        ("It is hot.", ("On tea",), [4]),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "\\hskip" + " " * 200_000 + "tea",
        "\\usepackage[" + "german" * 50_000 + "tea",
        "\\usepackage[" * 30_000 + "tea",
        "\\begin{a}" * 30_000 + "\\end{b}" * 30_000 + "tea",
        "\\begin{itemize}\n" * 15_000 + "\\end{itemize}\n" * 15_000 + "tea",
        "\\section{" * 30_000 + "tea" + "}" * 30_000,
        "\\newcommand{\\a}[1]{#1#1#1#1}" + "\\a{" * 50_000 + "tea" + "}" * 50_000,
        "\\newcommand{\\a}{" + r"\$" * 900 + "}" + "\\a " * 50_000 + "tea",
    ],
    ids=range(8),
)
def test_marks_within_others_take_linear_time(source: str) -> None:
    """Thousands of open marks, nested titles and macros are read, with the words among them."""
    assert "tea" in shown(source)
