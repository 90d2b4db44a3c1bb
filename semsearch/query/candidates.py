"""One question put to one generation → its candidates by meaning and by words, ranked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from semsearch.embedders.embedder import Embedder, Vectors, fluency_in
from semsearch.errors import IndexDamaged
from semsearch.query.filter import Allowed
from semsearch.query.grouping import Ranked
from semsearch.query.scoring import Mode, Scale, Signals, Weights
from semsearch.settings.schema import Settings
from semsearch.store.notes.cosine_baseline import baseline_of
from semsearch.store.protocol import Indexes, Records
from semsearch.store.snapshot import without_keywords

_LEAST: Final = 100  # candidates by meaning, and as many by words
_PER_HIT: Final = 4  # of them, for each hit that is asked for
_AT_ONCE: Final = 25  # texts whose passages are read


class Candidates:
    """What a generation has for a question; ``notices`` is what a person should hear about it."""

    def __init__(
        self,
        snapshot: Records,
        derived: Indexes,
        *,
        text: str,
        vector: Vectors | None,
        mode: Mode,
        weights: Weights,
        fluency: float,
        limit: int,
        within: Allowed,
        without: frozenset[int] = frozenset(),
        exact: bool = False,
    ) -> None:
        """``vector`` (dimension,) is the question's, None for the mode that goes by words alone.

        Only texts ``within`` what a filter lets through, and not those in ``without``, count.
        With ``exact`` the vector is compared with every other, however many there are.
        Raises ``IndexDamaged`` when that mode has no keyword index to go by.
        """
        self._snapshot = snapshot
        self._within = within
        self._count = max(_LEAST, _PER_HIT * limit) + len(without)
        self.notices: list[str] = []
        by_words, most = self._by_words(derived, text, mode)
        if mode is Mode.HYBRID and derived.keywords is None:
            mode = Mode.SEMANTIC  # the notice is among those of ``derived``
        by_meaning: dict[int, float] = {}
        if vector is not None and derived.ann is not None:
            vectors_of = partial(snapshot.view.vectors.of_texts, snapshot.generation.embedder)
            by_meaning = dict(
                derived.ann.nearest(vector, self._count, vectors_of, within.texts, exact=exact)
            )
        self.background = baseline_of(snapshot.view, snapshot.generation)
        self.mode = mode
        self._scale = Scale(mode, weights, self.background, most, fluency)
        self._signals = self._all_signals(derived, text, vector, by_meaning, by_words)
        for one in without:
            self._signals.pop(one, None)

    def _by_words(self, derived: Indexes, text: str, mode: Mode) -> tuple[dict[int, float], float]:
        """BM25 of the best texts, and the most that it could be."""
        if mode is Mode.SEMANTIC:
            return {}, 0.0
        if derived.keywords is None:
            if mode is Mode.KEYWORD and derived.has_texts:
                raise IndexDamaged(
                    "there is no keyword index to search by words alone; run: semsearch index"
                )
            return {}, 0.0
        try:
            best = dict(derived.keywords.best(text, self._count, self._within.texts))
            return best, derived.keywords.most(text)
        except IndexDamaged as error:
            if mode is Mode.KEYWORD:
                raise
            self.notices.append(without_keywords(error))
            return {}, 0.0

    def _all_signals(
        self,
        derived: Indexes,
        text: str,
        vector: Vectors | None,
        by_meaning: dict[int, float],
        by_words: dict[int, float],
    ) -> dict[int, Signals]:
        """What is known of each candidate; what only one side has found is asked of the other."""
        meaning_ranks, words_ranks = _ranks(by_meaning), _ranks(by_words)
        if self.mode is Mode.HYBRID and vector is not None:
            only_by_words = by_words.keys() - by_meaning.keys()
            only_by_meaning = np.array(sorted(by_meaning.keys() - by_words.keys()), dtype=np.int64)
            by_meaning = {**by_meaning, **self._cosines(vector, only_by_words)}
            if derived.keywords is not None and len(only_by_meaning):
                rest = derived.keywords.best(text, len(only_by_meaning), only_by_meaning)
                by_words = by_words | dict(rest)
            candidates: Iterable[int] = by_meaning
        else:
            candidates = by_meaning if self.mode is Mode.SEMANTIC else by_words
        return {
            one: Signals(
                cosine=by_meaning.get(one),
                bm25=by_words.get(one, 0.0),
                meaning_rank=meaning_ranks.get(one),
                words_rank=words_ranks.get(one),
                meaning=self._scale.meaning(by_meaning[one]) if one in by_meaning else 0.0,
                words=self._scale.words(by_words.get(one, 0.0)),
            )
            for one in candidates
        }

    def _cosines(self, vector: Vectors, texts: Iterable[int]) -> Mapping[int, float]:
        """The cosines of texts that were found by their words only; none without a vector."""
        own = self._snapshot.generation.embedder
        ids, vectors = self._snapshot.view.vectors.of_texts(own, list(texts))
        if not len(ids):
            return {}
        return dict(zip(ids.tolist(), (vectors @ vector).astype(np.float64).tolist(), strict=True))

    def ranked(self) -> Iterator[Ranked]:
        """The passages, best first; equals in the order of their paths."""
        scores = {one: self._scale.score(signals) for one, signals in self._signals.items()}
        order = sorted(scores, key=lambda one: (-scores[one], one))
        while order:
            # Those with the same score stay together: their paths decide.
            taken = _AT_ONCE
            while taken < len(order) and scores[order[taken]] == scores[order[taken - 1]]:
                taken += 1
            yield from self._passages(order[:taken], scores)
            order = order[taken:]

    def _passages(self, texts: Sequence[int], scores: Mapping[int, float]) -> list[Ranked]:
        documents, repeats = self._within.documents, self._snapshot.generation.repeats
        ranked = [
            Ranked(
                passage,
                scores[passage.text],
                self._scale.relevance(self._signals[passage.text]),
                self._signals[passage.text],
                passage.body,
                passage.location,
                (passage.digest.hex(),),
                (passage.ordinal, passage.ordinal),
            )
            for passage in self._snapshot.view.passages.of_texts(texts, repeats)
            if documents is None or passage.document in documents
        ]
        return sorted(ranked, key=lambda one: -one.score)  # stable: by path and place


def candidates_as_set(
    snapshot: Records,
    derived: Indexes,
    text: str,
    vector: Vectors | None,
    embedder: Embedder,
    settings: Settings,
    *,
    limit: int,
    within: Allowed,
) -> Candidates:
    """What a query with these settings has for a question whose ``vector`` is kept."""
    mode = Mode(settings.mode or Mode.HYBRID)
    return Candidates(
        snapshot,
        derived,
        text=text,
        vector=vector,
        mode=mode,
        weights=Weights.of(settings.words_weight),
        fluency=fluency_in(embedder, text) if mode is Mode.HYBRID else 1.0,
        limit=limit,
        within=within,
    )


def _ranks(scores: Mapping[int, float]) -> dict[int, int]:
    """The rank of each, from 1; equals share the first of theirs."""
    ranks: dict[int, int] = {}
    last, rank = None, 0
    for position, (one, score) in enumerate(scores.items(), start=1):
        if score != last:
            last, rank = score, position
        ranks[one] = rank
    return ranks
