"""Questions are generated from documents."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from semsearch.documents.document import Document
from semsearch.documents.readers.markdown import read_markdown
from semsearch.documents.readers.plain_text import read_text
from semsearch.evaluation.question_generation import GeneratedQuestions, Kind, generate_questions

AROUND = (
    "Honey bees gather in a ball when the days grow short and cold. They keep the queen in the"
    " middle of the cluster all winter long. Nobody opens the hive before the willows flower."
)
SAID = [
    f"The {thing} of the old harbour was painted {colour} by the sailors in spring."
    for thing in ("tower", "crane", "gate")
    for colour in ("green", "white", "blue", "black")
]
BEES = f"""\
# The keeper's year

Everything that is done in an apiary follows the weather and not the calendar of the keeper's club.

## Before the first frost

{AROUND}

## Notes
"""


def letters(document: Document) -> str:
    """The text without white space, in which places are counted."""
    return "".join("".join(block.text.split()) for block in document.blocks)


def answers(generated: GeneratedQuestions) -> dict[str, str]:
    """The text at the answer's place of each question."""
    return {
        one.text: letters(generated.documents[one.path])[slice(*one.place)]
        for one in generated.questions
    }


def test_a_heading_is_answered_by_what_stands_under_it() -> None:
    """A heading is answered by the text under it and removed; a single word is no question."""
    generated = generate_questions({"bees.md": read_markdown(BEES)}, 10, seed=1)
    found = answers(generated)
    headings = {one.text for one in generated.questions if one.kind is Kind.HEADING}
    assert headings == {"The keeper's year", "Before the first frost"}
    assert found["Before the first frost"] in "".join(AROUND.split())
    blocks = generated.documents["bees.md"].blocks
    assert not any("frost" in block.text for block in blocks)
    assert not any("frost" in title for block in blocks for title in block.headings)


def test_a_sentence_is_answered_by_its_neighbours() -> None:
    """A sentence is answered by its paragraph, whose rows keep their line numbers."""
    text = AROUND.replace(". ", ".\n")
    (drawn,), documents = (lambda d: (d.questions, d.documents))(
        generate_questions({"bees.txt": read_text(text)}, 10, seed=1)
    )
    (block,) = documents["bees.txt"].blocks
    assert drawn.kind is Kind.SENTENCE
    assert drawn.text not in " ".join(block.text.split())
    rest = [line for line in text.splitlines() if line != drawn.text]
    assert block.text.splitlines() == rest
    assert len(block.lines) == 2
    assert letters(documents["bees.txt"])[slice(*drawn.place)]


def test_several_sentences_of_one_paragraph_leave_the_places_right() -> None:
    """Answer places stay right when several sentences of a paragraph are taken."""
    numbers = "zero one two three four five six seven eight nine".split()
    names = [f"{ten} {one}" for ten in numbers for one in numbers]
    said = [
        f"The boat number {name} was seen in the harbour at dawn by the watch." for name in names
    ]
    generated = generate_questions({"log.txt": read_text(" ".join(said))}, 10, seed=3)
    assert len(generated.questions) >= 3
    taken = {one.text for one in generated.questions}
    for text, answer in answers(generated).items():
        at = said.index(text)
        beside = [one for one in said[max(0, at - 1) : at + 2] if one not in taken]
        assert answer == "".join("".join(one.split()) for one in beside)


def test_what_stands_twice_is_no_question() -> None:
    """A sentence or heading that occurs twice is no question."""
    generated = generate_questions(
        {"a.md": read_markdown(BEES), "b.md": read_markdown(BEES)}, 10, seed=1
    )
    assert generated.questions == ()


def test_the_first_line_of_plain_text_is_its_title() -> None:
    """A first line of one sentence in plain text is a heading question."""
    generated = generate_questions(
        {"a.txt": read_text(f"Winter of the honey bee\n\n{AROUND}")}, 10, seed=1
    )
    assert "Winter of the honey bee" in {one.text for one in generated.questions}


def test_the_same_seed_draws_the_same() -> None:
    """Equal seeds give equal questions for any order of the documents."""
    documents = {
        f"{name}.txt": read_text(AROUND.replace("bees", name).replace("queen", f"old {name}"))
        for name in ("ants", "wasps", "hornets", "moths")
    }
    backwards = dict(reversed(documents.items()))
    assert (
        generate_questions(documents, 2, seed=5).questions
        == generate_questions(backwards, 2, seed=5).questions
    )


@given(st.lists(st.lists(st.sampled_from(SAID), min_size=1, max_size=12), min_size=1, max_size=4),
       st.sampled_from([" ", "\n"]), st.integers(0, 3))  # fmt: skip
@example([[*SAID[:1] * 8, *SAID[1:3]]], "\n", 0)
def test_every_row_keeps_its_line(paragraphs: list[list[str]], between: str, seed: int) -> None:
    """Rows that remain in a document keep their line numbers."""
    text = "\n\n".join(between.join(said) for said in paragraphs)
    rows = text.splitlines()
    generated = generate_questions({"a.txt": read_text(text)}, 10, seed)
    for block in generated.documents["a.txt"].blocks:
        assert len(block.lines) == block.text.count("\n") + 1
        for line, row in zip(block.lines, block.text.split("\n"), strict=True):
            assert row.split(".")[0].strip() in " ".join(rows[line - 1 :])
            if between == "\n":
                assert row == rows[line - 1]


@pytest.mark.parametrize("text", ["", "Too short.", "1. 2. 3. " * 40, "{}[]();, " * 40])
def test_what_is_no_prose_gives_no_question(text: str) -> None:
    """Numbers, symbols and fragments give no question."""
    assert generate_questions({"a.txt": read_text(text)}, 10, seed=1).questions == ()
