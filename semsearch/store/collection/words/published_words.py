"""The words of published texts, ranked by BM25 over all sources that are asked."""

from collections.abc import Iterable, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Final

from semsearch.documents.text.languages import LANGUAGES
from semsearch.embedders.lazy_numpy import np
from semsearch.store.collection.engine import Engine
from semsearch.store.collection.published_segment import PublishedSegment, within
from semsearch.store.collection.words.bm25 import inverse_frequency, term_scores
from semsearch.store.collection.words.segment_words import ManySegmentsWords, SegmentWords
from semsearch.store.derived.tantivy.question_words import AskedWord, asked_words, forms_in
from semsearch.store.derived.tantivy.word_search import WordSearch
from semsearch.store.disk.ids import Ids, ascending, is_among, no_ids
from semsearch.store.protocol import DocumentName, NamesTold, TextSet, WordsPresent
from semsearch.store.text_sets import first_in

if TYPE_CHECKING:
    import numpy.typing as npt

    from semsearch.store.collection.words.bm25 import Scores

_MOST_STEMS: Final = 200  # that a word with a * stands for
_MARGIN: Final = 4  # factor on the number of hits that a filter may take away


class PublishedWords(WordSearch):
    """Implements ``WordIndex``; raises ``IndexDamaged`` and ``EngineError``.

    Words are counted over all texts that have not gone, so that the same words rank the same
    however often a source was published. Questions of several threads are answered one by one.
    """

    def __init__(
        self,
        engine: Engine,
        segments: Sequence[PublishedSegment],
        before: "PublishedWords | None" = None,
    ) -> None:
        """``before`` has words of some of the same segments, which are not read again."""
        super().__init__()
        known = {} if before is None else {one.segment.entry.number: one for one in before.parts}
        self.parts: list[SegmentWords] = [
            known[one.entry.number].with_segment(one)
            if one.entry.number in known
            else SegmentWords(one)
            for one in segments
            if one.entry.live
        ]
        self._words = ManySegmentsWords(engine, self.parts)
        self._segments = [one.segment for one in self.parts]
        self._lock = RLock()
        self._scores: tuple[str, list[Scores]] | None = None

    @property
    def entries(self) -> int:
        """The number of texts."""
        return sum(one.entry.live for one in self._segments)

    @property
    def _mean_length(self) -> float:
        return sum(one.entry.words for one in self._segments) / max(1, self.entries)

    @property
    def _languages(self) -> list[str | None]:
        spoken = {code for one in self._segments for code in one.entry.languages}
        codes: list[str | None] = [code for code in LANGUAGES if code in spoken]
        return [*codes, None] if None in spoken else codes

    def _texts_with(self, form: str) -> int:
        return self._words.texts_with(form)

    def _stems(self, start: str) -> list[str]:
        counts = self._words.words_from(start)
        return sorted(counts, key=lambda word: (-counts[word], word))[:_MOST_STEMS]

    def _asked(self, question: str) -> list[AskedWord]:
        """The words of a question; all that may be looked up for it are read at once before."""
        if self._last_asked is None or self._last_asked[0] != question:
            looked_up: list[str] = []

            def any_text_has(form: str) -> int:
                looked_up.append(form)
                return 1

            words = asked_words(question, self._languages, any_text_has, self._stems)
            looked_up += [form for word in words for form in word.forms]
            self._words.look_up(looked_up)
        return super()._asked(question)

    def best(
        self, question: str, count: int, allowed: TextSet | None = None
    ) -> list[tuple[int, float]]:
        """The ``count`` best texts with any word of the question as (key, BM25), best first.

        Only texts in ``allowed`` count where it is given.
        """
        with self._lock:
            if count < 1 or not self.entries:
                return []
            scores = self._scored(question)
            if allowed is None:
                return _best(self._segments, scores, count)
            if len(allowed) <= _MARGIN * count:
                return self._best_of(allowed.ids, scores, count)
            taken = _MARGIN * count * max(1, self.entries // max(1, len(allowed)))
            best = _best(self._segments, scores, taken)
            keys = np.array([key for key, _ in best], dtype=np.int64)
            kept = first_in(keys, allowed, count).tolist()
            if len(kept) >= count or len(best) < taken:
                return [best[at] for at in kept]
            return self._best_of(allowed.ids, scores, count)

    def _best_of(
        self, keys: Ids, scores: "Sequence[Scores]", count: int
    ) -> list[tuple[int, float]]:
        """The best of some keys, ascending."""
        some = [within(keys, one)[1] for one in self._segments]
        found = [own[ordinals] for own, ordinals in zip(scores, some, strict=True)]
        joined = np.concatenate([np.empty(0, dtype=np.float32), *found])
        names = np.concatenate(
            [no_ids(), *(one.keys(at) for one, at in zip(self._segments, some, strict=True))]
        )
        return _pairs(names, joined, count)

    def _scored(self, question: str) -> "list[Scores]":
        """The BM25 of each text of each segment; 0 without a word of the question."""
        kept = self._scores
        if kept is not None and kept[0] == question:
            return kept[1]
        scores = [np.zeros(one.entry.texts, dtype=np.float32) for one in self._segments]
        asked = self._asked(question)
        self._words.postings(form for word in asked for form in word.forms)
        for word in asked:
            self._add(word, scores)
        self._scores = (question, scores)
        return scores

    def _add(self, word: AskedWord, scores: "Sequence[Scores]") -> None:
        """Add what a word tells: of its forms, in however many languages, the best."""
        entries, mean = self.entries, self._mean_length
        postings = self._words.postings(word.forms)
        rare = {form: inverse_frequency(entries, self._texts_with(form)) for form in word.forms}
        for one, own in zip(self.parts, scores, strict=True):
            found = [
                (posting.ordinals, term_scores(posting.frequencies, posting.norms, mean, weight))
                for form in word.forms
                for part, posting in postings[form]
                if part is one and (weight := rare[form] * word.weight)
            ]
            if len(found) == 1:
                own[found[0][0]] += found[0][1]
            elif found:
                best = np.zeros(len(own), dtype=np.float32)
                for ordinals, told in found:
                    best[ordinals] = np.maximum(best[ordinals], told)
                own += best

    def _having_words(self, asked: Sequence[Sequence[str]], texts: Ids) -> "npt.NDArray[np.bool_]":
        postings = self._words.postings(form for forms in asked for form in forms)
        present = np.zeros((len(texts), len(asked)), dtype=np.bool_)
        for part in self.parts:
            rows, ordinals = within(texts, part.segment)
            for at, forms in enumerate(asked):
                for form in forms:
                    for owner, found in postings[form]:
                        if owner is part:
                            own = found.ordinals.astype(np.int64)
                            present[rows, at] |= is_among(ordinals, own)
        return present

    def most(self, question: str) -> float:
        with self._lock:
            return super().most(question)

    def told_by_names(
        self, question: str, names: Mapping[int, Sequence[DocumentName]]
    ) -> NamesTold:
        with self._lock:
            return super().told_by_names(question, names)

    def present(self, question: str, texts: Ids) -> WordsPresent:
        with self._lock:
            return super().present(question, texts)

    def texts_in(self, languages: Iterable[str]) -> Ids:
        """Keys of the texts in some languages (ISO 639-1), ascending."""
        wanted = set(languages)
        found = [no_ids()]
        for one in self._segments:
            columns = one.columns
            numbers = [at for at, code in enumerate(columns.spoken) if code in wanted]
            ordinals = one.live_ordinals
            found.append(one.keys(ordinals[np.isin(columns.languages[ordinals], numbers)]))
        return np.sort(np.concatenate(found))

    def texts_with_all(self, phrase: str) -> Ids:
        """Keys of the texts that have every word of a phrase, in any order, ascending."""
        with self._lock:
            asked = forms_in(phrase, self._languages, self._stems)
            postings = self._words.postings(form for forms in asked for form in forms)
            found = [no_ids()]
            for one in self.parts:
                ordinals = one.segment.live_ordinals
                for forms in asked:
                    having = [
                        own.ordinals.astype(np.int64)
                        for form in forms
                        for part, own in postings[form]
                        if part is one
                    ]
                    some = ascending(np.concatenate([no_ids(), *having]))
                    ordinals = ordinals[np.isin(ordinals, some, assume_unique=True)]
                found.append(one.segment.keys(ordinals))
            return np.sort(np.concatenate(found))


def _best(
    segments: Sequence[PublishedSegment], scores: "Sequence[Scores]", count: int
) -> list[tuple[int, float]]:
    """The best texts of all segments as (key, score), best first; equal ones by their keys."""
    keys, best = [no_ids()], [np.empty(0, dtype=np.float32)]
    for one, own in zip(segments, scores, strict=True):
        ordinals = np.flatnonzero(own)
        if len(ordinals) > count:
            least = np.partition(own[ordinals], len(ordinals) - count)[len(ordinals) - count]
            ordinals = ordinals[own[ordinals] >= least]
        keys.append(one.keys(ordinals.astype(np.int64)))
        best.append(own[ordinals])
    return _pairs(np.concatenate(keys), np.concatenate(best), count)


def _pairs(keys: Ids, scores: "Scores", count: int) -> list[tuple[int, float]]:
    order = np.lexsort((keys, -scores))
    order = order[scores[order] > 0][:count]
    return list(zip(keys[order].tolist(), scores[order].tolist(), strict=True))
