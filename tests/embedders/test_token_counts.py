"""Token counts: bounds hold, and estimates learn."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.embedders.token_counts import (
    NOTHING,
    ExactTokenCounter,
    Expected,
    LearnedTokenCounter,
    byte_bound,
)

# Tokens of a vocabulary that is not the one whose weights are known beforehand.
PER_WORD, PER_DIGIT, PER_CHARACTER = 1.6, 1.0, 1.3


def truth(text: str) -> int:
    """A tokenizer that splits words, digits and other characters."""
    words = sum(word.isalpha() and word.isascii() for word in text.split())
    digits = sum(character.isdigit() for character in text)
    others = sum(not character.isascii() for character in text)
    return round(PER_WORD * words + PER_DIGIT * digits + PER_CHARACTER * others) + 2


def pieces(text: str) -> int:
    """A tokenizer that splits words, three digits, and marks."""
    found = re.findall(r"\w+|[^\w\s]", text)
    return 2 + sum(max(len(one) // 3, 1) if one.isdigit() else 1 for one in found)


def prose(generator: random.Random) -> str:
    """Words with lengths of English words."""
    return " ".join(
        "".join(generator.choices("etaoinshrdlu", k=generator.choice((2, 3, 4, 5, 7))))
        for _ in range(150)
    )


def numbers(generator: random.Random) -> str:
    """Rows of a table."""
    return "\n".join(",".join(str(generator.randint(0, 9999)) for _ in range(6)) for _ in range(25))


def chinese(generator: random.Random) -> str:
    """Common characters."""
    return "".join(chr(generator.randint(0x4E00, 0x4FFF)) for _ in range(300))


def expected_of(counter: LearnedTokenCounter, texts: list[str]) -> Expected:
    """The expectation of a request."""
    return sum((counter.expect(text) for text in texts), NOTHING)


@given(st.text())
def test_the_bound_is_a_token_a_byte_and_three(text: str) -> None:
    """The bound is one token per byte plus three."""
    assert byte_bound(text) == LearnedTokenCounter().bound(text) == len(text.encode()) + 3


@pytest.mark.parametrize("kind", [prose, numbers, chinese])
def test_a_dozen_counted_requests_are_enough(kind) -> None:  # type: ignore[no-untyped-def]
    """After a dozen counts the estimate is within a few per cent, and so is the margin."""
    generator, counter = random.Random(7), LearnedTokenCounter()
    for _ in range(12):
        texts = [kind(generator) for _ in range(40)]
        counter.learn(expected_of(counter, texts), sum(map(truth, texts)))
    texts = [kind(generator) for _ in range(40)]
    count = sum(map(truth, texts))
    assert abs(expected_of(counter, texts).tokens - count) / count < 0.03
    assert counter.margin < 0.05


def test_a_mixture_is_learned_too() -> None:
    """Requests of mixed texts are learned, too."""
    generator, counter = random.Random(8), LearnedTokenCounter()
    for _ in range(40):
        texts = [generator.choice((prose, numbers, chinese))(generator) for _ in range(64)]
        counter.learn(expected_of(counter, texts), sum(map(truth, texts)))
    texts = [generator.choice((prose, numbers, chinese))(generator) for _ in range(64)]
    count = sum(map(truth, texts))
    assert abs(expected_of(counter, texts).tokens - count) / count < 0.04


@given(st.lists(st.tuples(st.text(min_size=1), st.integers(-5, 10_000)), max_size=20))
def test_no_count_makes_an_expectation_negative(counts: list[tuple[str, int]]) -> None:
    """No count, valid or not, makes an estimate negative."""
    counter = LearnedTokenCounter()
    for text, tokens in counts:
        counter.learn(counter.expect(text), tokens)
        assert counter.expect(text).tokens >= 0
        assert (counter.weights >= 0).all()
        assert 0 < counter.margin <= 0.16


def test_many_texts_of_one_kind_leave_the_estimate_where_it_is() -> None:
    """Weights that rise and fall together, of which one is 0 already, do not run away."""
    generator = random.Random(5)
    counter = LearnedTokenCounter([0.27, 0.0, 0.15, 1.01, 0.64, 1.52, 0.6, 1.1, 4.0, 2.0])
    words = ["keeper", "harbour", "tide", "orchard", "kiln", "bridge", "garden", "ledger", "mill"]

    def sentence() -> str:
        one, other = generator.choice(words), generator.choice(words)
        return f"No {one} follows the {other} number {generator.randrange(10_000)}."

    for number in range(200):
        texts = [f"Note {number}.\n{' '.join(sentence() for _ in range(4))}" for _ in range(14)]
        expected, tokens = expected_of(counter, texts), sum(map(pieces, texts))
        counter.learn(expected, tokens)
    assert expected.tokens == pytest.approx(tokens, rel=0.05)


def test_weights_go_from_run_to_run() -> None:
    """A counter with stored weights gives equal estimates."""
    first = LearnedTokenCounter()
    first.learn(first.expect("bees in winter"), 9)
    second = LearnedTokenCounter(first.weights.tolist())
    assert second.expect("dough").tokens == pytest.approx(first.expect("dough").tokens)


def test_a_vocabulary_counts_exactly() -> None:
    """The bound is the exact count until the server counts more; then it comes from the bytes."""
    counter = ExactTokenCounter(truth)
    counter.learn(counter.expect("bees"), truth("bees"))
    assert counter.bound("bees 12") == counter.expect("bees 12").tokens == truth("bees 12")
    assert counter.margin == 0
    counter.learn(counter.expect("bees"), truth("bees") + 1)
    assert counter.bound("bees 12") == byte_bound("bees 12")
    assert counter.margin > 0
