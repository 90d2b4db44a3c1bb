"""A question and a generation → candidates by meaning and by words, ranked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import wait
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.errors import IndexDamaged
from semsearch.query.begun_call import begin
from semsearch.query.document_names import DocumentNames, Encode, above_usual, named_vector
from semsearch.query.filter import Allowed
from semsearch.query.meaning_weight import MeaningWeight, meaning_weight
from semsearch.query.parser import Question
from semsearch.query.question_encoder import EncodedQuestion, local_encoder
from semsearch.query.ranked import Ranked
from semsearch.query.relevance import Relevance, WordEvidence, word_evidence
from semsearch.query.scoring import Mode, Scale, Signals, Weights
from semsearch.query.sentence_evidence import best_sentences, similarity
from semsearch.settings.schema import Settings
from semsearch.store.disk.ids import ascending
from semsearch.store.loaded_indexes import without_keywords
from semsearch.store.notes.calibration import calibration_of, usual_calibration
from semsearch.store.notes.cosine_baseline import baseline_of
from semsearch.store.protocol import NamesTold
from semsearch.store.text_sets import ListedTexts

if TYPE_CHECKING:
    from semsearch.embedders.embedder import Embedder
    from semsearch.store.protocol import Indexes, Records

_LEAST: Final = 100  # candidates by meaning, and as many by words
_PER_HIT: Final = 4  # candidates for each hit of the limit
_AT_ONCE: Final = 25  # texts whose passages are read in the first statement, 75 in the next


@dataclass(frozen=True, slots=True)
class CandidateQuery:
    """How to search one generation for a question.

    ``limit`` hits are wanted, from passages ``within`` the filters. ``fluency`` is how well the
    embedder knows the language of the question, 0 to 1. ``exact`` compares the question with every
    vector, also in a large index. ``encode`` embeds a question at no cost, where the embedder can.
    """

    asked: EncodedQuestion
    mode: Mode
    weights: Weights
    limit: int
    within: Allowed
    fluency: float = 1.0
    exact: bool = False
    encode: Encode | None = None


class Candidates:
    """The candidates for a question in a generation; ``notices`` are lines for a person.

    ``mode`` is the mode they are ranked in: semantic where there is no keyword index.
    """

    def __init__(self, snapshot: "Records", derived: "Indexes", query: CandidateQuery) -> None:
        """Search both indexes. Raises ``IndexDamaged`` by words alone without a keyword index."""
        text, vector, mode = query.asked.question.matched, query.asked.vector, query.mode
        self._snapshot = snapshot
        self._keywords = derived.keywords
        self._query = query
        self._has_vectors = derived.ann is not None
        self._count = max(_LEAST, _PER_HIT * query.limit) + len(query.asked.excluded)
        self.notices: list[str] = []
        self._called: frozenset[int] = frozenset()  # texts of documents called as the question is
        self._least = 0.0  # relevance of the passages that are wanted
        nearest = partial(self._by_meaning, derived, vector)
        waits = vector is not None and derived.ann is not None and derived.ann.is_elsewhere
        begun = [begin(nearest)] if waits else []  # it takes as long as the words do
        try:
            by_words, most = self._by_words(derived, text, mode)
        except Exception:
            wait(begun)  # the engine may be closed now: not amid a call
            raise
        if mode is Mode.HYBRID and derived.keywords is None:
            mode = Mode.SEMANTIC  # the notice is among those of ``derived``
        by_meaning = begun[0].result() if begun else nearest()
        self.background = baseline_of(snapshot.view, snapshot.generation)
        self.mode = mode
        factor = self._factor(text)
        self._scale = Scale(
            mode, query.weights, self.background, most, factor.passage, factor.title
        )
        self._relevance = self._relevance_scale(vector is not None)
        self._signals = self._all_signals(text, vector, by_meaning, by_words)
        for text_id in query.asked.excluded:
            self._signals.pop(text_id, None)

    def _by_meaning(self, derived: "Indexes", vector: Vectors | None) -> dict[int, float]:
        """The cosines of the nearest texts."""
        if vector is None or derived.ann is None:
            return {}
        query, view = self._query, self._snapshot.view
        vectors_of = partial(view.vectors.of_texts, self._snapshot.generation.embedder)
        within = query.within.texts
        return dict(derived.ann.nearest(vector, self._count, vectors_of, within, exact=query.exact))

    def _factor(self, question: str) -> MeaningWeight:
        """How much the cosine counts; by words alone it does not."""
        if self.mode is Mode.KEYWORD:
            return MeaningWeight()
        own = self._snapshot.generation.embedder
        return meaning_weight(self._snapshot.view, own, question, self._query.fluency)

    def _relevance_scale(self, has_vector: bool) -> Relevance:
        if not has_vector or self.mode is Mode.KEYWORD:
            return Relevance(self.background.texts, None)
        if self._query.asked.excluded:  # a passage is asked for passages like it
            return Relevance(self.background.texts, usual_calibration(self.background))
        own = self._snapshot.generation.embedder
        calibration = calibration_of(self._snapshot.view, own, self.background)
        return Relevance(self.background.texts, calibration, self._query.fluency)

    def _by_words(
        self, derived: "Indexes", text: str, mode: Mode
    ) -> tuple[dict[int, float], float]:
        """BM25 of the best texts, and the highest BM25 that the question's words could reach."""
        if mode is Mode.SEMANTIC:
            return {}, 0.0
        if derived.keywords is None:
            if mode is Mode.KEYWORD and derived.has_texts:
                raise IndexDamaged(
                    "there is no keyword index to search by words alone; run: semsearch index"
                )
            return {}, 0.0
        try:
            best = dict(derived.keywords.best(text, self._count, self._query.within.texts))
            return best, derived.keywords.most(text)
        except IndexDamaged as error:
            self._give_up_words(error, mode)
            return {}, 0.0

    def _give_up_words(self, error: IndexDamaged, mode: Mode | None = None) -> None:
        """Go on without the keyword index, with a notice; by words alone raise the error."""
        if (mode or self.mode) is Mode.KEYWORD:
            raise error
        self.notices.append(without_keywords(error))
        self._keywords = None

    def _all_signals(
        self,
        text: str,
        vector: Vectors | None,
        by_meaning: dict[int, float],
        by_words: dict[int, float],
    ) -> dict[int, Signals]:
        """Score every candidate by cosine and BM25, also those that only one search returned."""
        nearest, words_ranks = by_meaning.keys(), _ranks(by_words)
        if self.mode is Mode.HYBRID and vector is not None:
            # While no vector is published, those that a run has made meanwhile do not count.
            only_by_words = by_words.keys() - by_meaning.keys() if self._has_vectors else set()
            only_by_meaning = np.array(sorted(by_meaning.keys() - by_words.keys()), dtype=np.int64)
            by_meaning = {**by_meaning, **self._cosines(vector, only_by_words)}
            if self._keywords is not None and len(only_by_meaning):
                rest = self._keywords.best(text, len(only_by_meaning), ListedTexts(only_by_meaning))
                by_words = by_words | dict(rest)
            candidates: Iterable[int] = by_meaning.keys() | by_words.keys()
        else:
            candidates = by_meaning if self.mode is Mode.SEMANTIC else by_words
        titles: Mapping[int, float] = {}
        if self.mode is not Mode.SEMANTIC and not self._query.asked.excluded:
            names = DocumentNames(self._snapshot, candidates)
            told = self._told_by_names(text, names)
            self._called = names.called(text)
            by_words = _sums(by_words, told.bm25)
            encode = self._query.encode if self.mode is Mode.HYBRID else None
            if vector is not None and encode is not None:  # only local embedders embed titles
                vector, by_meaning = self._named(told.naming, vector, by_meaning, encode)
                titles = names.title_cosines(vector)
        best_first = sorted(nearest, key=lambda one: (-by_meaning[one], one))
        meaning_ranks = _ranks({one: by_meaning[one] for one in best_first})
        return self._signals_of(
            vector, candidates, by_meaning, by_words, titles, meaning_ranks, words_ranks
        )

    def _signals_of(
        self,
        vector: Vectors | None,
        candidates: Iterable[int],
        by_meaning: Mapping[int, float],
        by_words: Mapping[int, float],
        titles: Mapping[int, float],
        meaning_ranks: Mapping[int, int],
        words_ranks: Mapping[int, int],
    ) -> dict[int, Signals]:
        is_like = bool(self._query.asked.excluded)  # a passage is like a passage as a whole
        sentences = best_sentences(self._snapshot, vector, () if is_like else by_meaning)
        near = {text: similarity(one, sentences.get(text)) for text, one in by_meaning.items()}
        above = above_usual(titles)
        return {
            text_id: Signals(
                cosine=by_meaning.get(text_id),
                sentence_cosine=sentences.get(text_id),
                title_cosine=titles.get(text_id),
                bm25=by_words.get(text_id, 0.0),
                meaning_rank=meaning_ranks.get(text_id),
                words_rank=words_ranks.get(text_id),
                meaning=self._meaning(near.get(text_id), by_words.get(text_id, 0.0))
                + self._scale.title(above.get(text_id, 0.0)),
                words=self._scale.words(by_words.get(text_id, 0.0)),
            )
            for text_id in candidates
        }

    def _told_by_names(self, question: str, names: DocumentNames) -> NamesTold:
        """What the question's words in the names of the candidates' documents tell."""
        by_text = names.by_text()
        if self._keywords is None or not by_text:
            return NamesTold()
        try:
            return self._keywords.told_by_names(question, by_text)
        except IndexDamaged as error:
            self._give_up_words(error)
            return NamesTold()

    def _named(
        self,
        naming: Iterable[str],
        vector: Vectors,
        cosines: dict[int, float],
        encode: Encode,
    ) -> tuple[Vectors, dict[int, float]]:
        """The question's vector, less of names in it, and the cosines of the same texts to it."""
        question = self._query.asked.question
        if question.unlike is not None:  # the vector is of more than the question
            return vector, cosines
        named = named_vector(question.matched, naming, vector, encode)
        if named is vector:
            return vector, cosines
        return named, {**cosines, **self._cosines(named, cosines)}

    def _meaning(self, cosine: float | None, bm25: float) -> float:
        """The summand of the cosine; without a vector the usual one of passages with that BM25."""
        if cosine is not None:
            return self._scale.meaning(cosine)
        return self._scale.usual_meaning(bm25) if self.mode is Mode.HYBRID else 0.0

    def _cosines(self, vector: Vectors, texts: Iterable[int]) -> Mapping[int, float]:
        """The cosine of each text to the question's vector; texts without a vector are left out."""
        own = self._snapshot.generation.embedder
        ids, vectors = self._snapshot.view.vectors.of_texts(own, list(texts))
        if not len(ids):
            return {}
        return dict(zip(ids.tolist(), (vectors @ vector).astype(np.float64).tolist(), strict=True))

    def ranked(self) -> Iterator[Ranked]:
        """The passages, best first; equal scores in the order of their paths."""
        scores = {text: self._scale.score(signals) for text, signals in self._signals.items()}
        order = sorted(scores, key=lambda text: (-scores[text], text))
        at_once = _AT_ONCE
        while order:
            # Equal scores stay together: their paths decide.
            taken, at_once = at_once, 3 * at_once
            while taken < len(order) and scores[order[taken]] == scores[order[taken - 1]]:
                taken += 1
            yield from self._passages(order[:taken], scores)
            order = order[taken:]

    def skip_below(self, relevance: float) -> None:
        """Leave out what is less relevant from now on; passages that are left out are not read."""
        self._least = relevance

    def _passages(self, texts: Sequence[int], scores: Mapping[int, float]) -> list[Ranked]:
        documents, repeats = self._query.within.documents, self._snapshot.generation.repeats
        evidence = self._word_evidence(texts)
        relevance = {
            text: self._relevance.of(
                self._signals[text].cosine, evidence.get(text), is_called=text in self._called
            )
            for text in texts
        }
        wanted = [text for text in texts if relevance[text] >= self._least]
        ranked = [
            Ranked.of(
                passage,
                scores[passage.text],
                relevance[passage.text],
                self._signals[passage.text],
            )
            for passage in self._snapshot.view.passages.of_texts(wanted, repeats)
            if documents is None or passage.document in documents
        ]
        return sorted(ranked, key=lambda found: -found.score)  # stable: by path and place

    def _word_evidence(self, texts: Sequence[int]) -> dict[int, WordEvidence]:
        """What the words that each text shares with the question tell; in any mode."""
        if self._keywords is None or self._query.asked.excluded:
            return {}
        ids = ascending(np.array(texts, dtype=np.int64))
        question = self._query.asked.question.matched
        try:
            found = word_evidence(question, self._keywords.present(question, ids))
        except IndexDamaged as error:
            self._give_up_words(error)
            return {}
        return dict(zip(ids.tolist(), found, strict=True))


def candidates_as_set(
    snapshot: "Records",
    derived: "Indexes",
    text: str,
    vector: Vectors | None,
    embedder: "Embedder",
    settings: Settings,
    *,
    limit: int,
    within: Allowed,
) -> Candidates:
    """The candidates for a question by the settings; ``vector`` was stored with the question."""
    from semsearch.embedders.embedder import fluency_in  # here: a search by words needs none

    mode = Mode(settings.mode or Mode.HYBRID)
    query = CandidateQuery(
        EncodedQuestion(Question(text), vector),
        mode,
        Weights.of(settings.words_weight),
        limit,
        within,
        fluency=fluency_in(embedder, text) if mode is not Mode.KEYWORD else 1.0,
        encode=local_encoder(embedder) if mode is not Mode.KEYWORD else None,
    )
    return Candidates(snapshot, derived, query)


def _ranks(scores: Mapping[int, float]) -> dict[int, int]:
    """The rank of each text, from 1; equal scores share the first of their ranks."""
    ranks: dict[int, int] = {}
    last, rank = None, 0
    for position, (text, score) in enumerate(scores.items(), start=1):
        if score != last:
            last, rank = score, position
        ranks[text] = rank
    return ranks


def _sums(one: Mapping[int, float], other: Mapping[int, float]) -> dict[int, float]:
    """BM25 with what is added to it, by text id."""
    return {**one, **{text: one.get(text, 0.0) + more for text, more in other.items()}}
