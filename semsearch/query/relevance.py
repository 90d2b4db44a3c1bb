"""Evidence by meaning and by words → relevance: how likely a passage is an answer, 0 to 1.

The evidence means the same for each embedder and for an index of three texts or of 100,000:

- by meaning: where the cosine lies between those of the best unrelated passage that so many texts
  have by chance and those of answers, both of this embedder (``store/notes/calibration``);
- by words: how much of what the question's words tell stands in the passage. A word tells more, the
  fewer texts have it, in the index and in general language.

See ARCHITECTURE.md, "Relevance", for the measurements behind the constants.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from semsearch.documents.text.general_language import is_known, share_of_passages
from semsearch.documents.text.languages import language_of
from semsearch.store.notes.calibration import Calibration

if TYPE_CHECKING:
    from semsearch.store.protocol import WordsPresent

DEFAULT_MIN_RELEVANCE: Final = 0.25
_STRONG: Final = 0.8
_FAIR: Final = 0.5

# A logistic regression on questions with and without an answer in indexes of 3 to 10,000 texts.
_WORDS_SHARE: Final = 9.8
_WORDS_INFORMATION: Final = 0.21  # for each nat
_WORDS_TEXTS: Final = -0.5  # for each unit of the logarithm of the number of texts
_WORDS_OFFSET: Final = -3.8
_GENERAL_TEXTS: Final = 300  # texts of general language that are counted beside the index's own
_LEAST_TOLD: Final = 1.0  # nats that are added to what a question tells: "the" alone tells nothing
_MOSTLY: Final = 0.6  # share of what a question tells
_RARE: Final = 1000  # a word that one text in so many has is evidence by itself
_TELLING: Final = 2.5  # nats of a word of general language that is none of its most usual

# The best of n unrelated passages is so many deviations above their mean: measured, it grows with
# the logarithm of n, slower than for independent values.
_CHANCE_OFFSET: Final = -0.3
_CHANCE_SLOPE: Final = 0.4
_GOOD_EMBEDDER: Final = 4.5  # deviations from unrelated passages to answers; fewer count less
_MOST_BY_MEANING: Final = 8.0
_MEANING: Final = 1.15
_WORDS_BESIDE: Final = 1.25
_BOTH_OFFSET: Final = 0.7
_WORDS_LESS: Final = 0.3  # how much less words tell beside an embedder that tells answers apart
# Words that a passage lacks are weak evidence against it: an answer may say it in others. Words
# that nobody knows are stronger evidence, and a search that has no words is told nothing by them.
_LEAST_BY_WORDS: Final = -2.0
_LEAST_BY_UNKNOWN_WORDS: Final = -4.0
_NO_KEYWORDS: Final = -0.6


@dataclass(frozen=True, slots=True)
class WordEvidence:
    """What the words of a question that stand in a passage tell.

    ``share`` is their part of what all its words tell, 0 to 1, ``information`` what they tell in
    general language, in nats. ``is_unknown`` says that none of its words stands anywhere in the
    index or is usual in a known language, ``is_whole`` that the passage has all of its telling
    words, ``is_rare`` that in addition hardly another text has one of them. ``is_other`` says that
    the question is little but an identifier, and the passage has another one: embedders take these
    for alike.
    """

    share: float
    information: float
    is_unknown: bool
    is_rare: bool
    is_other: bool = False
    is_whole: bool = False


def word_evidence(question: str, found: "WordsPresent") -> list[WordEvidence]:
    """The evidence by words for each of the texts (rows) of ``found.present``."""
    language = language_of(question)
    forms = [form for word in found.words for form in word]
    general = np.array([share_of_passages(form, language) for form in forms])
    counted = found.texts_with + _GENERAL_TEXTS * general
    texts = found.entries + _GENERAL_TEXTS
    words = _Words(
        found,
        np.log1p((texts - counted + 0.5) / (counted + 0.5)),  # as the idf of BM25
        -np.log(general),
    )
    is_unknown = language is None and not (found.texts_with.any() or any(map(is_known, forms)))
    share, information = words.share().tolist(), words.information().tolist()
    is_whole, has_rare = words.is_whole(), words.has_rare()
    flags = ((is_whole & has_rare), words.lacks_identifier(), is_whole)
    return [
        WordEvidence(part, nats, is_unknown, bool(is_rare), bool(is_other), bool(is_all))
        for part, nats, is_rare, is_other, is_all in zip(share, information, *flags, strict=True)
    ]


class _Words:
    """The words of a question in some texts; a word counts by the form in which a text has it.

    In an index of several languages "bees" has a form "be", too, which tells nothing. ``telling``
    and ``information`` (forms,) are nats: in the index with general language, and in that alone.
    """

    def __init__(
        self,
        found: "WordsPresent",
        telling: npt.NDArray[np.float64],
        information: npt.NDArray[np.float64],
    ) -> None:
        self._found = found
        self._lengths = np.array([len(word) for word in found.words], dtype=np.int64)
        self._information = information
        # What a word can tell: the most of its forms in the index, or of all where it has none.
        is_there = found.texts_with > 0
        self._most = self._best(np.where(is_there, telling, 0.0))
        self._most = np.where(self._most > 0, self._most, self._best(telling))
        self._has_word = self._best(found.present)
        counts = self._counted_parts()
        self._told = self._best(found.present * telling) * counts
        self._known = self._best(found.present * information) * counts

    def share(self) -> npt.NDArray[np.float64]:
        """What the words in each text tell, of all that the question's words can tell."""
        told = self._told.sum(axis=-1) / (self._most.sum() + _LEAST_TOLD)
        return np.asarray(told)

    def information(self) -> npt.NDArray[np.float64]:
        """What the words in each text tell in general language."""
        return np.asarray(self._known.sum(axis=-1))

    def has_rare(self) -> npt.NDArray[np.bool_]:
        """Whether each text has a telling word that hardly another text has."""
        found = self._found
        is_rare = found.texts_with <= max(1, found.entries // _RARE)
        return np.asarray((found.present & is_rare & (self._information >= _TELLING)).any(axis=-1))

    def is_whole(self) -> npt.NDArray[np.bool_]:
        """Whether each text has all telling words of the question, and there is one."""
        found = self._found
        telling = self._best(np.where(found.texts_with > 0, self._information, 0.0))
        telling = np.where(telling > 0, telling, self._best(self._information)) >= _TELLING
        return np.asarray(((self._known >= _TELLING) | ~telling).all(axis=-1) & telling.any())

    def lacks_identifier(self) -> npt.NDArray[np.bool_]:
        """Whether each text lacks an identifier that is most of what the question tells."""
        lacks = np.zeros(len(self._found.present), dtype=np.bool_)
        for whole, parts in self._found.parts.items():
            if self._most[[whole, *parts]].sum() >= _MOSTLY * self._most.sum():
                has_parts = self._has_word[:, list(parts)].all(axis=1)
                lacks |= ~(self._has_word[:, whole] | has_parts)
        return lacks

    def _counted_parts(self) -> npt.NDArray[np.bool_]:
        """Whether each text's words count: parts of an identifier do with all of them only.

        A text on CVE-2024-1234 tells nothing of CVE-2023-9999, though it has "CVE".
        """
        counts = np.ones(self._has_word.shape, dtype=np.bool_)
        for parts in self._found.parts.values():
            some = list(parts)
            counts[:, some] &= self._has_word[:, some].all(axis=1, keepdims=True)
        return counts

    def _best(self, by_form: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The largest value of each word's forms, along the last axis."""
        if not len(self._lengths):
            return by_form
        starts = np.concatenate([[0], np.cumsum(self._lengths)[:-1]])
        best: npt.NDArray[Any] = np.maximum.reduceat(by_form, starts, axis=-1)
        return best


@dataclass(frozen=True)  # without slots: what all passages of an answer share is computed once
class Relevance:
    """Turns the evidence for a passage of an index of ``texts`` texts into its relevance.

    ``calibration`` is the embedder's; None for a search by words alone. ``fluency`` is how well the
    embedder knows the question's language, 0 to 1.
    """

    texts: int
    calibration: Calibration | None
    fluency: float = 1.0

    def of(
        self, cosine: float | None, words: WordEvidence | None, *, is_called: bool = False
    ) -> float:
        """The relevance of a passage; ``words`` is None where no keyword index could be asked.

        ``is_called`` says that its document is called as the question is: who asks for a document
        by its name wants it, whatever its passages say.
        """
        relevance = self._of_passage(cosine, words)
        return max(relevance, _FAIR) if is_called else relevance

    def _of_passage(self, cosine: float | None, words: WordEvidence | None) -> float:
        by_words = _NO_KEYWORDS if words is None else self._by_words(words)
        if self.calibration is None or (words and words.is_other):
            return _sigmoid(by_words)
        if cosine is None:
            return _sigmoid(by_words) if words else 0.0
        least = _LEAST_BY_UNKNOWN_WORDS if words and words.is_unknown else _LEAST_BY_WORDS
        both = (
            _MEANING * self._by_meaning(cosine, self.calibration)
            + self._weight_of_words * max(by_words, least)
            + _BOTH_OFFSET
        )
        odds = self.fluency * both + (1 - self.fluency) * by_words
        # What a passage says in the question's own words is no less relevant than by words alone.
        if words and words.is_whole:
            odds = max(odds, by_words)
        return _sigmoid(max(odds, 0.0) if words and words.is_rare else odds)

    def _by_words(self, words: WordEvidence) -> float:
        return (
            _WORDS_SHARE * words.share
            + _WORDS_INFORMATION * words.information
            + self._by_size
            + _WORDS_OFFSET
        )

    @cached_property
    def _by_size(self) -> float:
        return _WORDS_TEXTS * math.log(max(self.texts, 1))

    def _by_meaning(self, cosine: float, own: Calibration) -> float:
        """Log-odds of two normal distributions, of the best by chance and of answers.

        Both have the same deviation (linear discriminant analysis; Fisher, 1936).
        """
        above, quality, variance = self._answers
        middle = self._by_chance + above / 2
        odds = above * (own.deviations(cosine) - middle) / variance
        return quality * max(-_MOST_BY_MEANING, min(_MOST_BY_MEANING, odds))

    @cached_property
    def _weight_of_words(self) -> float:
        """What words count beside the cosine: less where it parts answers from other passages.

        That is how far answers are from the best unrelated passage, in deviations.
        """
        above, quality, variance = self._answers
        distinctness = quality * above / math.sqrt(variance)
        return _WORDS_BESIDE / (1 + _WORDS_LESS * distinctness)

    @cached_property
    def _answers(self) -> tuple[float, float, float]:
        """How far answers are above chance, the embedder's quality, and the variance of both."""
        assert self.calibration is not None  # the caller compares cosines
        own = self.calibration
        answers = own.deviations(own.answers)
        above = max(answers - self._by_chance, answers / 4)
        return above, _quality(own), _variance(own)

    @cached_property
    def _by_chance(self) -> float:
        return _CHANCE_OFFSET + _CHANCE_SLOPE * math.log(max(self.texts, 1))


def _variance(own: Calibration) -> float:
    return 1 + (own.answers_deviation / own.unrelated_deviation) ** 2


def _quality(own: Calibration) -> float:
    return min(1.0, max(0.0, own.deviations(own.answers) / _GOOD_EMBEDDER) ** 2)


def _sigmoid(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))


def in_words(relevance: float) -> str:
    """A relevance as a word for a person.

    >>> [in_words(relevance) for relevance in (0.95, 0.6, 0.2)]
    ['strong', 'fair', 'weak']
    """
    return "strong" if relevance >= _STRONG else "fair" if relevance >= _FAIR else "weak"
