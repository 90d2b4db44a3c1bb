"""HTML is read to blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.document import Block, BlockKind
from semsearch.documents.readers.html import read_html


def blocks(page: str) -> tuple[Block, ...]:
    """The blocks of a page."""
    return read_html(page.encode()).blocks


def texts(page: str) -> list[str]:
    """The text of each block."""
    return [block.text for block in blocks(page)]


def test_rows_know_their_line_of_the_source() -> None:
    """Each row has its line number in the source."""
    page = "<html>\n<body><p>One <b>two</b>\nthree</p>\n\n<div>four<br>five</div>"
    found = [(b.text, list(b.lines)) for b in blocks(page)]
    assert found == [("One two\nthree", [2, 3]), ("four", [5]), ("five", [5])]


def test_what_is_no_text_of_the_page_is_left_out() -> None:
    """Scripts, styles, navigation and hidden parts are left out."""
    page = (
        "<head><title>T</title><style>p{}</style></head><nav>menu</nav><script>x()</script>"
        "<p>seen</p><p hidden>a</p><div style='display: none'>b</div><i aria-hidden=true>c</i>"
        "<template>d</template><aside>e</aside><main><aside>kept</aside></main><footer>f</footer>"
    )
    assert texts(page) == ["seen", "kept"]


def test_headings_make_a_trail_below_the_title() -> None:
    """Headings form a trail; a page without h1 is headed by its title."""
    with_h1 = blocks("<title>T</title><h1>A</h1><p>x</p><h2>B</h2><p>y</p>")
    without = blocks("<title>A &amp; B</title><h2>C</h2><p>x</p>")
    assert with_h1[-1].headings == ("A", "B")
    assert without[-1].headings == ("A & B", "C")


def test_a_table_has_a_row_a_line() -> None:
    """A table row is a row of text, however its source is broken into lines."""
    page = "<table><tr><th>a</th><th>b</th></tr>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr></table>"
    (table,) = blocks(page)
    assert table.kind is BlockKind.TABLE
    assert table.text == "a | b\n1 | 2"
    assert list(table.lines) == [1, 3]


def test_lists_and_code_are_kept_whole() -> None:
    """List items are rows, and white space of code is kept."""
    found = blocks("<ul><li>x</li><li>y <b>z</b></li></ul><pre>\ndef f():\n    pass\n</pre>")
    assert [(b.kind, b.text) for b in found] == [
        (BlockKind.LIST, "x\ny z"),
        (BlockKind.CODE, "def f():\n    pass"),
    ]


def test_end_tags_may_be_left_out() -> None:
    """Omitted end tags are supplied as in HTML."""
    assert texts("<html><head><title>T</title><body><p>seen") == ["seen"]
    assert texts("<title>T</title><meta charset=utf-8><p>seen") == ["seen"]
    assert texts("<head><title>T</title> seen") == ["seen"]
    assert texts("<p hidden>a<p>b<ul><li hidden>c<li>d</ul>e") == ["b", "d", "e"]
    assert texts("<table><tr hidden><td>a<tr><td>b<td>c</table>") == ["b | c"]
    assert texts("<dl><dt hidden>a<dd>b</dl>") == ["b"]
    assert texts("<ul><li>a<ul><li hidden>b</ul><li>c</ul>") == ["a", "c"]


def test_words_in_cells_stay_whole() -> None:
    """Entities and tags inside a word do not split it; a line end does."""
    page = "<table><tr><td>M&uuml;ller</td><td><b>bo</b>ld</td><td>red<br>blue</td><td>a\nb</table>"
    assert texts(page) == ["Müller | bold | red blue | a b"]


def test_what_is_inert_in_the_head_stays_there() -> None:
    """Content of noscript and template, and titles of SVG, are left out."""
    page = (
        "<html><head><noscript><p>Please enable</p></noscript><template><p>x</p></template></head>"
        "<svg><title>R&amp;D</title></svg><p>seen<footer>f</footer>"
    )
    assert [(b.text, b.headings) for b in blocks(page)] == [("seen", ())]


def test_a_row_reaches_over_the_lines_of_its_cells() -> None:
    """A table row's citation ends with its last cell."""
    page = "<table><tr>\n<td>Penguins\n</td>\n<td>march in\nthe snow\n</td></tr></table>"
    (table,) = blocks(page)
    assert (table.text, list(table.lines)) == ("Penguins | march in the snow", [2])
    assert list(table.last_lines or ()) == [5]


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<a b='",
        "<!--",
        "<![",
        "<![CDATA[",
        "<?",
        "<!",
        "</a ",
        "&",
        "&#",
        "<table><tr><td>x",
    ],
)
def test_broken_markup_is_read_in_linear_time(piece: str) -> None:
    """Broken markup is parsed in linear time."""
    for page in (piece * 50_000, piece * 50_000 + ">", "<p>seen</p>" + piece * 50_000):
        read_html(page.encode())


def test_entities_are_decoded() -> None:
    """Named and numeric entities are decoded; a newline among them starts no line."""
    assert texts("<p>caf&eacute; &#8364;5&#10;&lt;tag&gt; R&D</p>") == ["café €5 <tag> R&D"]


def test_a_declared_encoding_is_used() -> None:
    """The encoding that a page declares is used."""
    page = '<meta charset="windows-1251"><p>Привет</p>'
    assert [b.text for b in read_html(page.encode("cp1251")).blocks] == ["Привет"]


def test_deep_nesting_and_unclosed_tags() -> None:
    """Deep nesting and unclosed tags are read quickly and without error."""
    assert texts("<div>" * 100_000 + "deep") == ["deep"]
    assert texts("<p>a<p>b<ul><li>c<li>d</ul></b></i>e") == ["a", "b", "c\nd", "e"]


@given(st.text(alphabet="<>/ab=\"'& \n!-", max_size=60))
def test_any_markup_is_read(page: str) -> None:
    """Any markup is read without error to non-blank blocks with line numbers."""
    for block in blocks(page):
        assert block.text.strip()
        assert len(block.lines) == block.text.count("\n") + 1
        assert all(1 <= line <= page.count("\n") + 1 for line in block.lines)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>one</body></html><p>two", ["one", "two"]),
        ("<frameset><noframes><p>one</p></noframes></frameset>", ["one"]),
        ("<title>Sea<p>one</p>", ["Sea", "one"]),
        ("<div class=navheader><tr>up</div><p>one</p>", ["one"]),
        ("<nav>menu<td></nav><p>one</p>", ["one"]),
        ("<p>one<div>" + "<i><div>" * 3000 + "two" + "</div></i>" * 3000 + "<p>three",
         ["one", "two", "three"]),
        ("<ul class=menu><li><a href=a>A</a><li><a href=b>B</a></ul>", ["A\nB"]),
    ],
)  # fmt: skip
def test_no_text_is_lost_behind_broken_markup(page: str, expected: list[str]) -> None:
    """Nor on a page that is a menu and nothing else."""
    assert texts(page) == expected


def test_lines_are_counted_where_the_parser_tells_none() -> None:
    """Within comments and end tags, in parts that are left out, and beyond line 65,535."""
    page = (
        "<p>one<!--\n\n--> a</p\n>\n<p>b<a href=x>c</a\n>d<script>\n\n</script>e</p>"
        + "\n" * 70_000
        + "<p>far</p>\n<p>farther"
    )
    assert [(block.text, list(block.lines)) for block in blocks(page)] == [
        ("one a", [1]),
        ("bcde", [5]),
        ("far", [70_008]),
        ("farther", [70_009]),
    ]
    assert list(blocks(page)[1].last_lines or ()) == [8]


def test_readings_and_sources_of_formulas_are_left_out() -> None:
    """A word with furigana stays a word, and a formula stands once."""
    ruby = "<ruby>灯<rp>(</rp><rt>とう</rt><rp>)</rp>台<rt>だい</rt></ruby>"
    katex = (
        "<span class=katex><span class=katex-mathml><math><semantics><mi>E</mi>"
        "<annotation encoding=tex>E = mc^2</annotation></semantics></math></span>"
        "<span class=katex-html aria-hidden=true>E</span></span>"
    )
    assert texts(f"<p>{ruby}の光, {katex}</p>") == ["灯台の光, E"]


def test_labels_of_a_drawing_are_text() -> None:
    """A row each, without the titles that only a pointer shows; hidden drawings have none."""
    svg = (
        "<svg><title>Icon</title><defs><style>a{}</style></defs>\n"
        "<text>Oil <tspan>lamp</tspan></text>\n<g><text>Lens</text></g></svg>"
    )
    page = f"<title>Light</title><p>Before{svg}after</p><p>{svg.replace('<svg', '<svg hidden')}end"
    assert [(b.text, list(b.lines), b.headings) for b in blocks(page)] == [
        ("Before", [1], ("Light",)),
        ("Oil lamp\nLens", [2, 3], ("Light",)),
        ("after", [3], ("Light",)),
        ("end", [5], ("Light",)),
    ]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<dialog>a</dialog><dialog open>b</dialog>", ["b"]),
        ("a<video>Get another browser</video> <meter>2 of 3</meter>b", ["a b"]),
        ("<p style='visibility: collapse'>x<p>a", ["a"]),
        ("<label>from</label><input><label>to</label>", ["from to"]),
        ("<math><mfrac><mi>way</mi><mi>time</mi></mfrac></math>", ["way/time"]),
        ("<math><mtr><mtd>a</mtd><mtd>b</mtd></mtr></math>", ["a b"]),
        ("<svg><foreignObject><div>Start</div></foreignObject></svg>", ["Start"]),
        ("<svg><switch><foreignObject><b>go</b></foreignObject><text>go</text></switch></svg>",
         ["go"]),
        ('<h2>Use<a href="#use">§</a></h2><p>x', ["Use", "x"]),
        ('<h2>Use<a href="#n1">1</a></h2><p>x', ["Use1", "x"]),
        ("<div><main><p>a<footer>b</footer></main><aside>c</aside><footer>d</footer></div>",
         ["a", "b"]),
        ('<a class="skipToMain" href="#c">Skip to the text</a><p>x', ["x"]),
    ],
)  # fmt: skip
def test_a_page_is_read_as_a_browser_draws_it(page: str, expected: list[str]) -> None:
    """Words beside boxes of forms, fractions and marks are whole; closed dialogs are not read."""
    assert texts(page) == expected


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (".a{display:none}", ["b", "c"]),
        ("/* .b{} */ #x, i.b { visibility: hidden !important }", ["a", "b"]),
        ("p.b, div.a {display:none}", ["a", "c"]),
        (".a .b{display:none}", ["a", "b", "c"]),
        ("@media print { .a{display:none} } .b{color:red}", ["a", "b", "c"]),
        (".a{display:none} @media screen { p.a{display:block} }", ["a", "b", "c"]),
        (".a{display:none}</style><script>show()</script><style>", ["a", "b", "c"]),
    ],
)
def test_what_the_style_sheet_of_a_page_hides_is_left_out(style: str, expected: list[str]) -> None:
    """A class or id that is hidden, and never shown, is left out in a page without scripts."""
    page = f"<style>{style}</style><p class='n a'>a</p><p class=b>b</p><p id=x>c</p>"
    assert texts(page) == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>One.<img alt='A tall lamp'> Two.<p>Three.", ["One. Two.", "A tall lamp", "Three."]),
        ("<img alt='A tall lamp'><p>One.", ["A tall lamp", "One."]),
        ("<p>One.<p><a href=big.png?x><img alt='A tall lamp'></a>", ["One.", "A tall lamp"]),
        ("<table><tr><td>1<img alt='A tall lamp'><td>2</table>", ["1 | 2", "A tall lamp"]),
        ("<p>灯台<img alt='灯台の地図です'>", ["灯台", "灯台の地図です"]),
        ("<p>One.<img alt='lamp'>", ["One."]),
        ("<p>One.<img alt=''><img><img role=presentation alt='a tall lamp'>", ["One."]),
        ("<p>One.<img alt='images/tall-lamp'><img alt='my lamp.png'>", ["One."]),
        (r"<p>One.<img alt='\frac{one two}{three four}'>", ["One."]),
        ("<p>One.<a href='/shop'><img alt='Our new shop'></a>", ["One."]),
        ("<img alt='A tall lamp'><p>Figure 1. A tall lamp.", ["Figure 1. A tall lamp."]),
        ("<p>A  Tall\nLamp<p><img alt='a tall lamp.'>", ["A Tall\nLamp"]),
        ("<title>The lamp</title><p>One.<img alt='the lamp'>", ["One."]),
        ("<p>One.<img alt='A tall lamp'><p>Two.<p>Three.<img alt='A tall lamp'>",
         ["One.", "A tall lamp", "Two.", "Three."]),
        ("<p>One.<div hidden><img alt='A tall lamp'></div>", ["One."]),
        ("<p>One.<p>Two.<nav><img alt='A tall lamp'></nav>", ["One.", "Two."]),
    ],
)  # fmt: skip
def test_the_description_of_a_picture_is_text_where_it_says_more(
    page: str, expected: list[str]
) -> None:
    """It stands behind its paragraph; names of files, links, captions and repeats are left out."""
    assert [block.text for block in read_html(page.encode()).blocks] == expected


def test_a_description_stands_under_its_headings_at_its_line() -> None:
    """The place of a description is that of its picture."""
    page = b"<h1>Lamps</h1>\n<p>One.\n<img alt='A tall lamp'>\n<h2>Two</h2>"
    (picture,) = [block for block in read_html(page).blocks if block.text == "A tall lamp"]
    assert (picture.headings, list(picture.lines)) == (("Lamps",), [3])


def test_descriptions_in_a_large_table_take_linear_time() -> None:
    """A table of thousands of pictures is read, with the description of each behind it."""
    rows = "".join(
        f"<tr><td><img alt='The lamp of tower {n}'><td>{'Light. ' * 30}" for n in range(5_000)
    )
    texts = [
        block.text for block in read_html(f"<table><tr><td>Towers{rows}</table>".encode()).blocks
    ]
    assert texts[1:] == [f"The lamp of tower {n}" for n in range(5_000)]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>tea<a href='#f1'><sup>1</sup></a> is hot", "tea 1 is hot"),
        ("<p>tea<sup><a href='#f1'>1</a></sup>, hot", "tea 1, hot"),
        ("<p>x<sup>2</sup> and <a href='#y'>y<sup>3</sup></a>", "x2 and y3"),
    ],
)
def test_the_number_of_a_note_stands_apart_from_its_word(page: str, text: str) -> None:
    """Other numbers that stand higher are part of their word."""
    assert [block.text for block in read_html(page.encode()).blocks] == [text]


@pytest.mark.parametrize(
    "page",
    [
        "<pre><span></span><span class='linenos'>1</span>def f():\n"
        "<span class='linenos'>2</span>    pass</pre>",
        "<table><tr><td class='linenos'><div class='linenodiv'><pre><span class='normal'>1</span>\n"
        "<span class='normal'>2</span></pre></div></td><td class='code'><pre>def f():\n"
        "    pass</pre></td></tr></table>",
        "<pre class='line-numbers'><span class='ln'>1</span>def f():\n"
        "<span class='ln'>2</span>    pass</pre>",
        "<table><td class='rouge-gutter gl'><pre class='lineno'>1\n2\n</pre></td>"
        "<td class='rouge-code'><pre>def f():\n    pass</pre></td></table>",
        "<div class='fragment'><div class='line'><a id='l1'></a><span class='lineno'>"
        "<a href='#l1'>    1</a></span>def f():</div><div class='line'>"
        "<span class='lineno'> 2</span>    pass</div></div>",
    ],
    ids=["Pygments", "Pygments in a table", "Chroma", "Rouge", "Doxygen"],
)
def test_numbers_beside_lines_of_code_are_left_out(page: str) -> None:
    """They are no part of the words that they stand before."""
    assert "\n".join(texts(page)).split() == ["def", "f():", "pass"]


def test_numbers_of_other_elements_are_text() -> None:
    """The name alone tells nothing: not outside of code, nor where words stand."""
    page = "<p class='ln'>7</p><pre><b class='ln'>seven</b></pre><p class='linenos'>line 8</p>"
    assert texts(page) == ["7", "seven", "line 8"]
    form = "<table><tr><td class='lineno'>12</td><td>Wages</td></tr></table>"
    assert "12" in "".join(texts(form))
    assert texts("<p>Stanza <span class='lineno'>4711</span> is the sum") == [
        "Stanza 4711 is the sum"
    ]
