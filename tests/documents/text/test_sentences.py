"""Ends and spans of sentences."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.text.sentences import (
    behind_letter,
    joined_spans,
    sentence_ends,
    sentence_spans,
)


def sentences(text: str) -> list[str]:
    """The pieces between the ends."""
    starts = [0, *sentence_ends(text)]
    return [text[a:b] for a, b in pairwise(starts)]


@pytest.mark.parametrize("text", ["." * 1_000_000, "?!" * 500_000 + "x", "。" * 1_000_000 + "x"])
def test_a_run_of_marks_takes_linear_time(text: str) -> None:
    """A run of punctuation ends one sentence, in linear time."""
    assert len(list(sentence_ends(text))) <= 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rained. We stayed in.", ["It rained. ", "We stayed in."]),
        ("Really?! Yes.", ["Really?! ", "Yes."]),
        ("See Dr. Ito at 3.30 p.m. today.", ["See Dr. Ito at 3.30 p.m. today."]),
        ("Das ist z. B. gut. Ja.", ["Das ist z. B. gut. ", "Ja."]),
        ("He said “no.” She left.", ["He said “no.” ", "She left."]),
        ("今天下雨。我们在家。", ["今天下雨。", "我们在家。"]),
        ("Version 1.2.3 is out.", ["Version 1.2.3 is out."]),
        ("no end", ["no end"]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    """Full stops of abbreviations, numbers and initials end no sentence."""
    assert sentences(text) == expected


@given(st.text(alphabet="aB. !?\n。e", max_size=60))
def test_sentences_put_together_are_the_text(text: str) -> None:
    """The sentences together are the text, and none is empty."""
    assert "".join(sentences(text)) == text
    assert not text or all(sentences(text))


@given(st.text(alphabet="aB. !?\n。e½", max_size=60), st.integers(0, 60))
def test_sentences_can_be_looked_for_from_behind_a_letter(text: str, offset: int) -> None:
    """Ends found from an offset are those of the whole text."""
    start = behind_letter(text, offset)
    assert start is not None
    assert start <= offset
    expected = [end for end in sentence_ends(text) if end >= offset]
    assert [end for end in sentence_ends(text, start) if end >= offset] == expected
    before = [end for end in sentence_ends(text, start, offset + 9) if end >= offset][:-1]
    assert before == [end for end in expected[:-1] if end < offset + 9]


def test_nothing_is_looked_for_far_away() -> None:
    """Long runs of punctuation or white space take linear time."""
    assert behind_letter("a" + " " * 150, 120) is None
    assert behind_letter(" " * 150, 50) == 0


def cut(text: str, spans: list[tuple[int, int]]) -> list[str]:
    """The text of each span."""
    return [text[start:end] for start, end in spans]


def test_a_blank_line_ends_a_sentence() -> None:
    """Spans have no white space around them, and none is of white space alone."""
    text = "A heading\n\n It rained.  We stayed in.\n\n\n\nEnd "
    assert cut(text, sentence_spans(text)) == ["A heading", "It rained.", "We stayed in.", "End"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Short.", ["Short."]),
        ("One is here. Two. Three.", ["One is here.", "Two. Three."]),
        ("Two. Three. One is here.", ["Two. Three.", "One is here."]),
        ("One is here. Two.", ["One is here. Two."]),
        ("One is here.\n\nTwo is here.", ["One is here.", "Two is here."]),
    ],
)
def test_short_sentences_are_joined(text: str, expected: list[str]) -> None:
    """With the next, and a short rest with the one before."""
    assert cut(text, joined_spans(text, 10, 16)) == expected


@given(st.lists(st.sampled_from(["Ab.", "It rained all day.", "\n\n", " ", "Yes"]), max_size=60))
def test_spans_are_few_and_long_enough_and_leave_nothing_out(words: list[str]) -> None:
    """Whatever the text, spans hold every letter once; several are long enough."""
    text = " ".join(words)
    spans = joined_spans(text, 20, 5)
    assert "".join("".join(cut(text, spans)).split()) == "".join(text.split())
    assert len(spans) <= 5
    assert len(spans) < 2 or all(end - start >= 20 for start, end in spans)
