"""Markdown is read to blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.document import BlockKind
from semsearch.documents.readers.markdown import plain_words, read_markdown

PIECES = st.sampled_from(
    ["# T", "## U", "text", "", "```", "~~~", "- item", "  more", "    code", "| a | b |",
     "|---|---|", "===", "---", "1. one", "  "]
)  # fmt: skip


def kinds(text: str) -> list[tuple[BlockKind, str]]:
    """Kind and text of each block."""
    return [(block.kind, block.text) for block in read_markdown(text).blocks]


@given(st.lists(PIECES, max_size=30))
def test_each_row_stands_on_its_line(rows: list[str]) -> None:
    """Each non-blank row is in exactly one block, with its line number."""
    placed = [
        (line, row)
        for block in read_markdown("\n".join(rows)).blocks
        for line, row in zip(block.lines, block.text.split("\n"), strict=True)
        if row.strip()
    ]
    assert placed == [(n, row) for n, row in enumerate(rows, start=1) if row.strip()]


def test_headings_make_a_trail() -> None:
    """A heading ends all headings of its level and below."""
    text = "# A\n\na\n\n### C\n\nc\n\n## B\n\nb\n\n# D\n\nd"
    trails = {b.text: b.headings for b in read_markdown(text).blocks}
    assert trails["c"] == ("A", "C")
    assert trails["b"] == ("A", "B")
    assert trails["d"] == ("D",)
    assert trails["## B"] == ("A", "B")


@pytest.mark.parametrize(
    ("row", "title"),
    [
        ("# Plain", "Plain"),
        ("## With **bold** and `code` ##", "With bold and code"),
        ("# [Link](https://x.org/a_b) text", "Link text"),
        ("   # Indented", "Indented"),
        ("# C#", "C#"),
        ("# snake_case_name", "snake_case_name"),
        ('# <a name="x"></a>Tea <small>green</small>', "Tea green"),
        ("# The type Vec<T>", "The type Vec<T>"),
        ("# See [[Tea pots|pots]]", "See pots"),
    ],
)
def test_titles_are_words(row: str, title: str) -> None:
    """Titles in a trail have no markup."""
    assert read_markdown(row).blocks[0].headings == (title,)


@pytest.mark.parametrize(
    "row", ["#no space", "####### seven", "    # indented code", "\\# escaped"]
)
def test_what_only_looks_like_a_heading_is_none(row: str) -> None:
    """Headings follow CommonMark's rules."""
    assert read_markdown(row).blocks[0].headings == ()


def test_underlined_headings() -> None:
    """A row of = or - under a paragraph makes it a heading."""
    blocks = read_markdown("Title\n=====\n\nPart\n---\ntext").blocks
    assert [b.headings for b in blocks] == [("Title",), ("Title", "Part"), ("Title", "Part")]


def test_a_hash_in_a_fence_is_no_heading() -> None:
    """A fence is one code block up to its closing fence, blank rows included."""
    text = "````\n# no\n\n```\nstill\n````\nafter"
    assert kinds(text) == [
        (BlockKind.CODE, "````\n# no\n\n```\nstill\n````"),
        (BlockKind.PARAGRAPH, "after"),
    ]


def test_a_comment_is_left_out() -> None:
    """A comment is no text, and an unclosed comment is."""
    found = read_markdown("<!--\n# no\n-->\n# Yes\n<!-- \n# Too").blocks
    assert [(block.text, block.headings) for block in found] == [
        ("# Yes", ("Yes",)),
        ("<!-- ", ("Yes",)),
        ("# Too", ("Too",)),
    ]


def test_kinds_of_blocks() -> None:
    """Tables, lists, indented code and paragraphs are distinguished."""
    text = "| a | b |\n|---|:-:|\n| 1 | 2 |\n\n- x\n- y\n\n  more of y\n\n    code\n\nwords"
    assert [kind for kind, _ in kinds(text)] == [
        BlockKind.TABLE,
        BlockKind.LIST,
        BlockKind.PARAGRAPH,
    ]


def test_front_matter_is_a_block_of_its_own() -> None:
    """Front matter is a block without headings."""
    first, second = read_markdown("---\ntitle: x\n---\n# A").blocks
    assert (first.text, first.headings) == ("---\ntitle: x\n---", ())
    assert second.headings == ("A",)


def test_marks_that_never_end_take_linear_time() -> None:
    """A title of 100,000 markup characters is read in linear time."""
    assert plain_words("[" * 200) == "[" * 200
    assert len(read_markdown("# " + "*" * 100_000 + " " * 100_000).blocks) == 1


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("a %%secret%% b", "a  b"),
        ("50%% of 100%% more", "50%% of 100%% more"),
        ("a <!-- secret --> b <!-- more --> c", "a  b  c"),
        ("`<!-- code -->` <!-- secret -->", "`<!-- code -->` "),
        ("text ^block-id", "text"),
        ("the area is m ^2", "the area is m ^2"),
        ("[[Tea pots|pots]] and [[Tea#Green|green]]", "pots and green"),
        ("[[Tea]], [[Tea#Green]], [[#Green]], ![[cup.png]]", "Tea, Tea > Green, Green, cup.png"),
        ("| [[Tea\\|cup]] |", "| cup |"),
        ("`[[Tea]]`", "`[[Tea]]`"),
        ("# Tea {#tea .big} #", "# Tea #"),
        ("x {#tea}", "x {#tea}"),
    ],
)
def test_a_note_is_read_as_it_is_shown(row: str, text: str) -> None:
    """Comments and ids are left out, links stand by their labels; code stays."""
    assert [block.text for block in read_markdown(row).blocks] == [text]


def test_comments_reach_over_rows() -> None:
    """Comments of Obsidian and HTML are left out, and the rows behind stand on their lines."""
    text = "a\n%%\nsecret\n%%\nb <!-- x\n\ny --> c\n```\n<!--\n```\n[//]: # (secret)\nd"
    found = [(block.text, block.lines[0]) for block in read_markdown(text).blocks]
    assert found == [("a", 1), ("b ", 5), (" c", 7), ("```\n<!--\n```", 8), ("d", 12)]


def test_a_comment_begins_where_another_ends() -> None:
    """Rows between two comments stay, in the row of the end of one and the beginning of another."""
    text = "a <!-- x\n--> b <!-- y\n[[T|no]]\n--> c [[T|d]]"
    assert [block.text for block in read_markdown(text).blocks] == ["a \n b ", " c d"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('See [the\nmanual](m.html "all"), x.', "See the\nmanual, x."),
        ("[![build](b.svg)](https://x.org) ![a boat](<my boat.png>)", "build a boat"),
        ("[tea][1] [cup][] [pot][9]\n\n[1]: t.md\n[cup]: <c.md> 'C'", "tea cup [pot][9]"),
        ("n<sup>th</sup> <a href='x'>tea</a> <name> <img src=x alt='pot'>", "nth tea <name> pot "),
        ("a<br>b &amp; c&nbsp;d &nothing; <https://x.org>", "a b & c d &nothing; <https://x.org>"),
        ("`[a](b) <b>&amp;` ``<i>` ``", "`[a](b) <b>&amp;` ``<i>` ``"),
        ("    a[i](x) <b>", "    a[i](x) <b>"),
        ("- tea\n\n    [pot](x)", "- tea\n\n    pot"),
        (r"a \[b](c) and [f(x)](a(b)c) [x] (y)", r"a \[b](c) and f(x) [x] (y)"),
        ("x <script>var a;</script> y", "x  y"),
        ("[^1]: a note", "[^1]: a note"),
        ("![a [b [c&d](x) e] f](y) [g](z)", "a [b c&d e] f g"),
        ("[a [b&c](x) d](y)", "[a b&c d](y)"),
        ("``a [[b]]`` [[c]] ` [[d]]", "``a [[b]]`` c ` d"),
    ],
)
def test_links_and_tags_are_read_as_shown(text: str, shown: str) -> None:
    """Links stand by their labels, tags are left out and entities are letters; code stays."""
    assert "\n\n".join(block.text for block in read_markdown(text).blocks) == shown


@pytest.mark.parametrize("piece", ["[a](", "[![a](b)", "<a ", "`a``b", "<script>", '[a](b "'])
def test_links_and_tags_that_never_end_are_text(piece: str) -> None:
    """Marks without an end stay as they are, thousands of them too."""
    text = "x " + piece * 5_000 + "\n"
    assert read_markdown(text).blocks[0].text.count(piece[0]) >= 4_999


@pytest.mark.parametrize(
    "row",
    [
        "[a]: " + "/" * 200_000 + " b tea",
        "# b {#a}" + " " * 200_000 + "# tea {#a}" + " " * 200_000 + "# #",
        "``b` " + "![" * 50_000 + "[&](c)" * 30_000 + "tea",
        "[&](" + " " * 200_000 + "tea",
        "[" * 100_000 + "]" * 100_000 + "tea [&](c)",
        " ".join("`" * size for size in range(1, 1_000)) + " tea [[b]]",
    ],
    ids=range(6),
)
def test_a_row_of_marks_takes_linear_time(row: str) -> None:
    """Long rows of slashes, blanks, brackets and backticks are read, with the words among them."""
    assert "tea" in read_markdown("x\n\n" + row).blocks[-1].text
