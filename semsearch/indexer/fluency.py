"""Measure how well a local embedder knows each language of an index, without judged questions.

A sentence is taken out of a passage, and the rest of the passage is looked for by it (the inverse
cloze task; Lee, Chang and Toutanova, "Latent Retrieval", 2019), among other passages of its
language: once by meaning, once by words. A model that knows the language finds it about as well as
words do; one that does not finds it much less often.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.documents.text.languages import language_of
from semsearch.documents.text.sentences import sentence_spans
from semsearch.embedders.embedder import Embedder, embedded, embedder_of_questions
from semsearch.embedders.local.minilm_builds import model_of
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EmbedderError, IndexDamaged
from semsearch.store.derived.tantivy.analyzer import words_of
from semsearch.store.notes.fluency import (
    OF_MANY_LANGUAGES,
    OF_ONE_LANGUAGE,
    Fluency,
    as_note,
    note_name,
    stored_fluency,
)
from semsearch.store.writer import IndexWriter

_SAMPLE: Final = 1000  # texts whose language is told
_LOOKED_AT: Final = 500  # characters of each
_LEAST_TEXTS: Final = 48  # of a language
_MOST_TEXTS: Final = 300  # among which a passage is looked for
_QUESTIONS: Final = 64  # sentences; the ratio of the two means is then known to a sixth
_LEAST_QUESTIONS: Final = 32
_GROWTH: Final = 2  # times the texts that were there when it was measured
_LEAST_SENTENCES: Final = 3  # of a passage
_LETTERS: Final = range(20, 251)  # of a sentence

_K1, _B = 1.2, 0.75  # of BM25, as in Tantivy

# By meaning as well as by words to a seventh: MiniLM in English (0.92 to 1.8 on four sets). It has
# 0.65 to 0.75 in German, French, Italian and Polish, 0.38 in Turkish, 0.25 to 0.33 in Russian,
# Chinese and Japanese. The power is such that with these weights of the cosine no set of titles of
# the pages of a manual in eleven languages is ranked worse than by words or by meaning alone.
_AS_GOOD: Final = 0.85
_POWER: Final = 2.5
_LEAST: Final = 0.2


def measure_fluency(embedder: Embedder, writer: IndexWriter) -> None:
    """Measure and store the fluency of a run's embedder unless it is known.

    An embedder that costs something is asked for nothing: of its texts only the languages are told.
    All is measured anew when the index has doubled.
    """
    uri = model_of(writer.embedder.uri)
    is_asked = embedder.is_local and uri not in OF_MANY_LANGUAGES
    ids = writer.view.texts.ids()
    if not len(ids):
        return
    with suppress(IndexDamaged):
        before = stored_fluency(writer.view, writer.embedder)
        if before is not None and len(ids) < _GROWTH * before.texts:
            return
    sample = ids[np.unique(np.linspace(0, len(ids) - 1, _SAMPLE).astype(np.int64))]
    by_language = defaultdict(list)
    for text, body in writer.view.texts.bodies(sample.tolist()):
        if (language := language_of(body[:_LOOKED_AT])) is not None:
            by_language[language].append((text, body))
    found = {}
    unknown = by_language.keys() - {OF_ONE_LANGUAGE.get(uri)} if is_asked else ()
    for language in sorted(unknown):
        # Without it the fluency by the tokenizer's pieces stands in.
        with suppress(EmbedderError):
            known = _measured(embedder, writer, by_language[language][:_MOST_TEXTS])
            if known is not None:
                found[language] = known
    shares = {code: round(len(texts) / len(sample), 4) for code, texts in by_language.items()}
    writer.notes.put(note_name(writer.embedder), as_note(Fluency(len(ids), shares, found)))


def fluency_by_ranks(meaning: float, words: float) -> float:
    """The fluency, 0.2 to 1, from the mean reciprocal ranks by meaning and by words.

    >>> fluency_by_ranks(0.6, 0.6), fluency_by_ranks(0.1, 0.6)
    (1.0, 0.2)
    """
    ratio = meaning / max(words, 1e-6) / _AS_GOOD
    return round(min(1.0, max(_LEAST, math.pow(ratio, _POWER))), 3)


@dataclass(frozen=True, slots=True)
class _Cloze:
    """A sentence, and the rest of the passage, the one ``at`` a position, that it was in."""

    at: int
    sentence: str
    rest: str


def _measured(
    embedder: Embedder, writer: IndexWriter, texts: Sequence[tuple[int, str]]
) -> float | None:
    """The fluency in the language of some texts (id, body); None when these are too few."""
    if len(texts) < _LEAST_TEXTS:
        return None
    ids, vectors = writer.view.vectors.of_texts(writer.embedder, [text for text, _ in texts])
    bodies = dict(texts)
    bodies_in_order = [bodies[text] for text in ids.tolist()]
    clozes = list(_clozes(bodies_in_order))
    if len(clozes) < _LEAST_QUESTIONS:
        return None
    questions = embedded(embedder_of_questions(embedder), [one.sentence for one in clozes])
    rests = embedded(embedder, [cloze.rest for cloze in clozes])
    by_meaning = _ranks_by_meaning(clozes, vectors, questions, rests)
    by_words = _ranks_by_words(clozes, bodies_in_order)
    return fluency_by_ranks(float(np.mean(1 / by_meaning)), float(np.mean(1 / by_words)))


def _clozes(bodies: Sequence[str]) -> Iterator[_Cloze]:
    """A sentence of each of some passages, in no order; the same ones for the same passages."""
    chosen = random.Random(len(bodies))  # noqa: S311  # a sample, no secret
    left = _QUESTIONS
    for at in chosen.sample(range(len(bodies)), len(bodies)):
        body = bodies[at]
        spans = [span for span in sentence_spans(body) if span[1] - span[0] in _LETTERS]
        if len(spans) >= _LEAST_SENTENCES and left:
            start, end = chosen.choice(spans[1:])
            left -= 1
            yield _Cloze(at, body[start:end], body[:start] + body[end:])


def _ranks_by_meaning(
    clozes: Sequence[_Cloze], vectors: Vectors, questions: Vectors, rests: Vectors
) -> npt.NDArray[np.float64]:
    """The rank of each rest among the passages, whose own whole is left out."""
    ranks = []
    for cloze, question, rest in zip(clozes, questions, rests, strict=True):
        cosines = vectors @ question
        cosines[cloze.at] = -1.0
        ranks.append(1.0 + float((cosines >= rest @ question).sum()))
    return np.array(ranks)


def _ranks_by_words(clozes: Sequence[_Cloze], bodies: Sequence[str]) -> npt.NDArray[np.float64]:
    """As ``_ranks_by_meaning``, by BM25."""
    counts = [Counter(words_of(body)[1]) for body in bodies]
    texts_with = Counter(word for count in counts for word in count)
    mean = sum(count.total() for count in counts) / len(counts)

    def bm25(asked: Counter[str], text: Counter[str]) -> float:
        length = 1 - _B + _B * text.total() / mean
        return sum(
            often
            * math.log1p((len(bodies) - texts_with[word] + 0.5) / (texts_with[word] + 0.5))
            * text[word]
            * (_K1 + 1)
            / (text[word] + _K1 * length)
            for word, often in asked.items()
            if word in text
        )

    ranks = []
    for cloze in clozes:
        asked, rest = (Counter(words_of(text)[1]) for text in (cloze.sentence, cloze.rest))
        own = bm25(asked, rest)
        others = [bm25(asked, text) for at, text in enumerate(counts) if at != cloze.at]
        ranks.append(1.0 + sum(score >= own for score in others))
    return np.array(ranks)
