"""Where sentences end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.sentences import sentence_ends


def sentences(text: str) -> list[str]:
    """The pieces between the ends."""
    starts = [0, *sentence_ends(text)]
    return [text[a:b] for a, b in pairwise(starts)]


@pytest.mark.parametrize("text", ["." * 1_000_000, "?!" * 500_000 + "x", "。" * 1_000_000 + "x"])
def test_a_run_of_marks_takes_linear_time(text: str) -> None:
    """It ends one sentence, not one a mark."""
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
    """Cutting into sentences loses nothing and makes no empty sentence."""
    assert "".join(sentences(text)) == text
    assert not text or all(sentences(text))
