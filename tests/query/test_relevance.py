"""Evidence by meaning and by words → relevance."""

import numpy as np
import pytest

from semsearch.query.relevance import Relevance, WordEvidence, word_evidence
from semsearch.store.notes.calibration import Calibration
from semsearch.store.protocol import WordsPresent

GOOD = Calibration(0.04, 0.08, 0.52, 0.1)
NARROW = Calibration(0.7 + 0.04 / 4, 0.02, 0.7 + 0.52 / 4, 0.025)
POOR = Calibration(0.2, 0.1, 0.22, 0.1)
NO_WORDS = WordEvidence(0.0, 0.0, False, False)
ALL_WORDS = WordEvidence(0.9, 12.0, False, False)


def evidence(
    question: str, texts_with: list[int], present: list[bool], entries: int
) -> WordEvidence:
    """Of one text."""
    words = tuple((word,) for word in question.lower().split())
    found = WordsPresent(words, np.array(texts_with), np.array([present]), entries)
    return word_evidence(question, found)[0]


@pytest.mark.parametrize("texts", [3, 10, 100, 1000, 100_000])
def test_an_answer_is_told_from_an_unrelated_passage_at_any_size(texts: int) -> None:
    """By meaning alone, with words beside it, and by words alone."""
    both, by_words = Relevance(texts, GOOD), Relevance(texts, None)
    assert both.of(0.6, NO_WORDS) > 0.5
    assert both.of(0.5, ALL_WORDS) > 0.5
    assert both.of(0.12, NO_WORDS) < 0.05
    assert by_words.of(None, ALL_WORDS) > 0.25
    assert by_words.of(None, NO_WORDS) < 0.05


def test_the_relevance_does_not_depend_on_the_range_of_an_embedder() -> None:
    """Cosines of 0.7 to 0.95 say as much as those of 0 to 1, where answers are as far away."""
    for part in (0.1, 0.4, 0.6):
        wide = Relevance(1000, GOOD).of(part, NO_WORDS)
        assert Relevance(1000, NARROW).of(0.7 + part / 4, NO_WORDS) == pytest.approx(wide)


def test_in_a_larger_index_the_same_cosine_is_less_sure() -> None:
    """The best of more unrelated passages is nearer by chance."""
    sure = [Relevance(texts, GOOD).of(0.42, NO_WORDS) for texts in (10, 1000, 100_000)]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] > sure[-1] + 0.3


def test_where_the_embedder_does_not_know_the_language_words_decide() -> None:
    """A near cosine without a shared word is no evidence then."""
    foreign = Relevance(1000, GOOD, fluency=0.1)
    assert foreign.of(0.9, NO_WORDS) < 0.25 < foreign.of(0.1, ALL_WORDS)


def test_an_embedder_that_does_not_tell_answers_apart_counts_for_nothing() -> None:
    """Its cosines change nothing; words decide."""
    poor = Relevance(100, POOR)
    assert abs(poor.of(0.9, ALL_WORDS) - poor.of(0.1, ALL_WORDS)) < 0.1
    assert poor.of(0.9, NO_WORDS) < 0.25 < poor.of(0.1, ALL_WORDS)


def test_a_function_word_is_no_evidence() -> None:
    """Neither in three texts, of which one has it, nor in many."""
    for texts_with, entries in ((1, 3), (900, 1000)):
        shared = evidence("the zebra", [texts_with, 0], [True, False], entries)
        assert shared.share < 0.1
        assert Relevance(entries, None).of(None, shared) < 0.1
        alone = evidence("the", [texts_with], [True], entries)
        assert Relevance(entries, None).of(None, alone) < 0.1


@pytest.mark.parametrize(("texts_with", "entries"), [(1, 3), (1, 1000), (100, 100_000)])
def test_an_exact_rare_word_is_never_turned_away(texts_with: int, entries: int) -> None:
    """Also where the embedder finds the passage far from it."""
    found = evidence("grommet", [texts_with], [True], entries)
    assert found.is_rare
    assert Relevance(entries, None).of(None, found) >= 0.5
    assert Relevance(entries, GOOD).of(-0.1, found) >= 0.5


def test_words_that_stand_nowhere_are_evidence_against_a_passage() -> None:
    """Random letters are near to some passage of a large index by chance."""
    nonsense = evidence("zzqpf", [0], [False], 10_000)
    assert nonsense.is_unknown
    large = Relevance(10_000, GOOD)
    assert large.of(0.4, nonsense) < 0.1 < large.of(0.4, NO_WORDS)


def test_a_word_of_a_known_language_is_not_unknown() -> None:
    """A multilingual embedder finds an English passage for a German question."""
    words = ["wie", "lange", "ist", "die", "frist"]
    found = evidence(" ".join(words), [0] * 5, [False] * 5, 10_000)
    assert not found.is_unknown
    assert Relevance(10_000, GOOD).of(0.6, found) > 0.5


def test_a_question_without_a_word_tells_nothing() -> None:
    """As a hyphen: no passage answers it."""
    found = word_evidence("-", WordsPresent((), np.zeros(0, int), np.zeros((1, 0), bool), 3))[0]
    assert found.share == found.information == 0
    assert Relevance(3, GOOD).of(0.15, found) < 0.1


def test_an_identifier_is_not_answered_by_some_of_its_parts() -> None:
    """Neither one with another number nor one with another name."""
    words = (("cve",), ("2023",), ("9999",), ("cve-2023-9999",))
    found = WordsPresent(
        words, np.array([1, 0, 0, 0]), np.array([[True, False, False, False]]), 3, {3: (0, 1, 2)}
    )
    other = word_evidence("CVE-2023-9999", found)[0]
    assert other.share == other.information == 0
    assert other.is_other
    assert Relevance(3, None).of(None, other) < 0.1
    assert Relevance(3, GOOD).of(0.9, other) < 0.1


@pytest.mark.parametrize("question", ["a", "is it", "to be or not to be", "be"])
def test_function_words_alone_find_nothing(question: str) -> None:
    """In a few notes that have all of them."""
    words = list(dict.fromkeys(question.split()))
    found = evidence(" ".join(words), [2] * len(words), [True] * len(words), 3)
    assert Relevance(3, None).of(None, found) < 0.25
    assert Relevance(3, GOOD).of(0.2, found) < 0.25


def test_a_form_in_another_language_is_not_the_word() -> None:
    """An index with a text of a certain other language has "be" as a stem of "bees"."""
    words = (("bee", "be", "bees"),)
    rows = np.array([[True, False, False], [False, True, False]])
    found = WordsPresent(words, np.array([12, 59, 0]), rows, 286)
    has, has_not = word_evidence("bees", found)
    by_words = Relevance(286, None)
    assert by_words.of(None, has) > 0.8
    assert by_words.of(None, has_not) < 0.1
