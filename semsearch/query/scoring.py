"""Candidates by meaning and by words → one score for each, by which hits are ranked.

A cosine means something else for every embedder, and BM25 something else for every question. Both
are therefore brought to a scale on which unrelated passages are alike everywhere: a cosine to
deviations from the cosines of random pairs of the same index, BM25 to a part of what the question's
words could reach. Their weighted sum ranks.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from semsearch.query.sentence_evidence import similarity
from semsearch.store.notes.cosine_baseline import CosineBaseline


class Mode(StrEnum):
    """How passages are found and ranked: by meaning (cosine), by words (BM25), or both."""

    HYBRID = "hybrid"
    SEMANTIC = "semantic"
    KEYWORD = "keyword"


# See ARCHITECTURE.md, "Ranking", for the measurements behind the constants below.
DEFAULT_WORDS_WEIGHT: Final = 1.0
TITLE_WEIGHT: Final = 0.15  # beside 1 of the passage's own deviations
# A linear regression of deviations on BM25 / √most, of the first hundred passages by words.
_DEVIATIONS_BY_WORDS: Final = 1.4
_DEVIATIONS_WITHOUT_WORDS: Final = -0.5


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights in the hybrid mode: per deviation of the cosine, and per unit of ``Scale.words``."""

    meaning: float = 1.0
    words: float = DEFAULT_WORDS_WEIGHT

    @classmethod
    def of(cls, words: float | None) -> "Weights":
        """The default weights, with another weight of the words where it is given."""
        return cls() if words is None else cls(words=words)


@dataclass(frozen=True, slots=True)
class Signals:
    """The evidence for one candidate.

    cosine: to the question; None when the index has no vector of the text.
    sentence_cosine: the highest of its sentences; None without vectors of sentences.
    title_cosine: to the title of its document; None without a vector of it, and out of hybrid mode.
    bm25: of the text; 0 without a word in common.
    meaning_rank, words_rank: rank by cosine and by BM25 alone; None beyond the candidates.
    meaning, words: the two summands of the hybrid score.
    rerank, rerank_rank: a reranker's score, on its own scale, and the rank by it; None without one.
    """

    cosine: float | None
    bm25: float
    meaning_rank: int | None
    words_rank: int | None
    meaning: float
    words: float
    rerank: float | None = None
    rerank_rank: int | None = None
    sentence_cosine: float | None = None
    title_cosine: float | None = None

    @property
    def similarity(self) -> float | None:
        """The similarity by meaning: of the cosine, and of the best sentence where it is known."""
        return None if self.cosine is None else similarity(self.cosine, self.sentence_cosine)

    def to_dict(self) -> dict[str, Any]:
        """The signals as JSON names and values."""
        return {
            "cosine": self.cosine,
            "sentence_cosine": self.sentence_cosine,
            "title_cosine": self.title_cosine,
            "bm25": self.bm25,
            "meaning_rank": self.meaning_rank,
            "words_rank": self.words_rank,
            "meaning": self.meaning,
            "words": self.words,
            "rerank": self.rerank,
            "rerank_rank": self.rerank_rank,
        }


@dataclass(frozen=True, slots=True)
class Scale:
    """Turns the signals of a question's candidates into scores.

    ``most_bm25`` is the highest BM25 that the question's words could reach, ``factor`` and
    ``title_factor`` what ``meaning_weight`` gives for the embedder and the question's language.
    """

    mode: Mode
    weights: Weights
    background: CosineBaseline
    most_bm25: float
    factor: float = 1.0
    title_factor: float = 1.0

    def meaning(self, near: float) -> float:
        """A similarity in deviations from the cosines of random pairs, times weight and factor."""
        return self.weights.meaning * self.factor * self._deviations(near)

    def title(self, above_usual: float) -> float:
        """What a title adds to the summand of the cosine, by its cosine above the usual title's."""
        factor = self.weights.meaning * self.title_factor * TITLE_WEIGHT
        return factor * above_usual / self.background.deviation

    def words(self, bm25: float) -> float:
        """BM25 divided by the root of its highest possible value, times the weight of the words.

        BM25 grows with the length of the question, its share of the highest value does not; the
        root is between both. Of the powers 0, ¼, ½ and 1, ½ was best on the mean.
        """
        return self.weights.words * bm25 / math.sqrt(self.most_bm25) if self.most_bm25 else 0.0

    def usual_meaning(self, bm25: float) -> float:
        """The usual ``meaning`` of passages with that BM25, for a passage without a vector."""
        share = bm25 / math.sqrt(self.most_bm25) if self.most_bm25 else 0.0
        deviations = _DEVIATIONS_BY_WORDS * share + _DEVIATIONS_WITHOUT_WORDS
        return self.weights.meaning * self.factor * deviations

    def score(self, signals: Signals) -> float:
        """The score hits are ranked by: similarity, BM25, or in hybrid mode the weighted sum."""
        if self.mode is Mode.KEYWORD:
            return signals.bm25
        near = -1.0 if signals.similarity is None else signals.similarity
        return near if self.mode is Mode.SEMANTIC else signals.meaning + signals.words

    def _deviations(self, cosine: float) -> float:
        return (cosine - self.background.mean) / self.background.deviation
