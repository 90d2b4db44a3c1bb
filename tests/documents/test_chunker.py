"""Documents are chunked to passages."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.chunker import Budget, passages_of
from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.passage import Passage
from semsearch.documents.readers.plain_text import read_text

WORDS = st.text(alphabet="abcdeé .\n!?", min_size=1, max_size=400).filter(str.strip)
KINDS = st.sampled_from(list(BlockKind))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Random documents of a few blocks under changing headings, with true line numbers."""
    blocks = []
    line = 1
    for number in range(draw(st.integers(0, 8))):
        text = draw(WORDS)
        rows = text.count("\n") + 1
        trail = (f"part {draw(st.integers(0, 2))}",)
        blocks.append(Block(draw(KINDS), text, range(line, line + rows), headings=trail))
        line += rows + number % 2
    return Document(tuple(blocks))


def budget(characters: int = 1000, overlap: int = 0, longest: int = 10**9) -> Budget:
    """A budget for an embedder that accepts texts of up to ``longest`` characters."""
    return Budget(characters, overlap, lambda text: len(text) <= longest)


def paragraph(text: str, first_line: int = 1, **place: object) -> Block:
    """A paragraph that starts at a line."""
    lines = range(first_line, first_line + text.count("\n") + 1)
    return Block(BlockKind.PARAGRAPH, text, lines, **place)  # type: ignore[arg-type]


def letters(text: str) -> str:
    """The text without white space."""
    return re.sub(r"\s", "", text)


def cut(*blocks: Block, **limits: int) -> list[Passage]:
    """The passages of some blocks."""
    return list(passages_of(Document(blocks), budget(**limits)))


@given(documents(), st.integers(1, 300), st.integers(1, 400))
def test_every_non_blank_character_is_in_exactly_one_passage_without_overlap(
    document: Document, characters: int, longest: int
) -> None:
    """Without overlap the passages together are the document, for any budget."""
    passages = passages_of(document, budget(characters, 0, longest))
    whole = letters("".join(block.text for block in document.blocks))
    assert letters("".join(passage.text for passage in passages)) == whole


@given(documents(), st.integers(20, 300), st.integers(0, 10))
def test_overlap_repeats_the_end_of_the_passage_before(
    document: Document, characters: int, overlap: int
) -> None:
    """Each passage starts within the overlap of the previous one, without gaps."""
    whole = letters("".join(block.text for block in document.blocks))
    ends = {0}  # where the last passage can have ended: letters that repeat leave it open
    for passage in passages_of(document, budget(characters, overlap)):
        text = letters(passage.text)
        starts = {start for end in ends for start in range(max(0, end - overlap), end + 1)}
        ends = {start + len(text) for start in starts if whole.startswith(text, start)}
    assert len(whole) in ends


@given(documents(), st.integers(20, 300), st.integers(1, 400))
def test_no_passage_is_blank_or_above_its_limits(
    document: Document, characters: int, longest: int
) -> None:
    """No passage is blank, or longer than the budget or the embedder's limit."""
    for passage in passages_of(document, budget(characters, characters // 5, longest)):
        assert passage.text.strip()
        assert len(passage.text) <= min(characters, longest)


@given(documents(), st.integers(1, 300))
def test_lines_are_those_that_the_passage_stands_on(document: Document, characters: int) -> None:
    """The first and last row of a passage are on its cited lines."""
    rows = {
        line: row
        for block in document.blocks
        for line, row in zip(block.lines, block.text.split("\n"), strict=True)
    }
    for passage in passages_of(document, budget(characters)):
        assert passage.lines is not None
        assert passage.text.split("\n")[0].strip() in rows[passage.lines[0]]
        assert passage.text.split("\n")[-1].strip() in rows[passage.lines[1]]


@given(documents(), st.integers(20, 300))
def test_cutting_twice_gives_the_same(document: Document, characters: int) -> None:
    """The chunker is deterministic."""
    limits = budget(characters, characters // 4)
    assert list(passages_of(document, limits)) == list(passages_of(document, limits))


def test_a_passage_never_crosses_a_heading() -> None:
    """A passage never crosses a heading, however short it is."""
    first = paragraph("Short.", 1, headings=("A",))
    second = paragraph("Short too.", 3, headings=("B",))
    assert [p.text for p in cut(first, second)] == ["Short.", "Short too."]
    assert [p.headings for p in cut(first, second)] == [("A",), ("B",)]


def test_a_heading_without_text_joins_the_next_section() -> None:
    """A title followed by another title is no passage of its own."""
    title = Block(BlockKind.HEADING, "# A", [1], headings=("A",))
    heading = Block(BlockKind.HEADING, "## B", [3], headings=("A", "B"))
    text = paragraph("Text.", 5, headings=("A", "B"))
    assert cut(title, heading, text) == [Passage("# A\n\n## B\n\nText.", (1, 5), None, ("A", "B"))]


def test_cuts_fall_between_paragraphs_before_sentences() -> None:
    """A paragraph stays whole if the passage is at least half full at its end."""
    first, second = "One one. " * 7, "Two two. " * 7
    passages = cut(paragraph(first.strip(), 1), paragraph(second.strip(), 3), characters=100)
    assert [p.text for p in passages] == [first.strip(), second.strip()]


def test_a_table_is_cut_between_its_rows() -> None:
    """Tables are cut between rows only."""
    rows = [f"| row {number} | {number * number} |" for number in range(40)]
    table = Block(BlockKind.TABLE, "\n".join(rows), range(1, 41))
    passages = cut(table, characters=200)
    assert [row for p in passages for row in p.text.split("\n")] == rows


def test_a_passage_over_two_pages_names_both() -> None:
    """A passage over two pages cites both pages."""
    passages = cut(paragraph("On one.", 40, page=1), paragraph("On two.", 1, page=2))
    assert passages == [Passage("On one.\n\nOn two.", None, (1, 2), ())]


def test_an_inserted_line_leaves_the_passages_behind_it_as_they_were() -> None:
    """After an inserted line, later chunk boundaries fall into step again."""
    sentences = [f"Sentence number {n} says {n * 7919 % 1000} things." for n in range(2000)]
    before = cut(paragraph(" ".join(sentences)), overlap=100)
    after = cut(paragraph(" ".join(["A new sentence stands here.", *sentences])), overlap=100)
    assert len({p.text for p in after} - {p.text for p in before}) <= 5
    assert len(before) > 80


@pytest.mark.parametrize(
    "text", ["x" * 2_000_000, "语" * 500_000, "a b " * 500_000, f"a.{' ' * 1_000_000}b"]
)
def test_one_huge_line_is_cut_whole(text: str) -> None:
    """A line without sentences is cut at spaces, or anywhere without spaces."""
    passages = cut(paragraph(text), longest=700)
    assert letters("".join(p.text for p in passages)) == letters(text)
    assert max(len(p.text) for p in passages) <= 700


LOG = "\n".join(f"Mar 03 07:{n:02}:11 mill lockd: Failed. Badge {n} refused" for n in range(60))
POEM = "\n".join(f"row {n} of words without an end of a sentence" for n in range(60))


@pytest.mark.parametrize("text", [LOG, POEM])
def test_rows_are_not_cut_where_sentences_do_not_end(text: str) -> None:
    """Each passage of a log, or of rows without a full stop, begins and ends with a row."""
    rows = text.split("\n")
    for passage in passages_of(read_text(text), budget(500, 80)):
        assert set(passage.text.split("\n")) <= set(rows)


def test_a_log_is_told_by_the_times_of_its_rows() -> None:
    """Rows that begin with a time are items; a paragraph with a time in it is prose."""
    assert [block.kind for block in read_text(LOG).blocks] == [BlockKind.LIST]
    prose = "We met at 07:01:11 at the mill\nand left. The badge\nwas refused."
    assert [block.kind for block in read_text(prose).blocks] == [BlockKind.PARAGRAPH]
