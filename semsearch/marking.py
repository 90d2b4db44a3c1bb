"""Which sentence of a passage answers a question best."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from semsearch.embedders.embedder import Embedder, Vectors
from semsearch.sentences import sentence_ends

_TRIPLE: Final = 3
_COMPARED: Final = 4  # sentences
_BLOCK_END: Final = "\n\n"


def best_sentence(
    question: str,
    vector: Vectors | None,
    text: str,
    headings: Sequence[str],
    embedder: Embedder | None,
) -> tuple[int, int] | None:
    """Where the best sentence stands in ``text``, [start, end); None when there is only one.

    ``vector`` is the question's, shape (dimension,). The ``headings`` above the passage are printed
    with it anyway, so one that stands in the text is not the best sentence.

    The words decide: the sentence that shares the largest part of its letter triples with the
    question; None when none shares any. A local embedder compares the meanings of the few that do
    best by that (somebody waits: each takes it some milliseconds); one that bills is not asked.
    """
    spans = [
        (start, end)
        for start, end in _sentence_spans(text)
        if text[start:end].strip("# ") not in headings
    ]
    if len(spans) < 2:
        return None
    sentences = [text[start:end] for start, end in spans]
    scores = dict(enumerate(_by_triples(question, sentences)))
    order = sorted(range(len(spans)), key=lambda at: -scores[at])
    if embedder is not None and embedder.is_local and vector is not None:
        order = order[:_COMPARED]
        meanings = _by_meaning(vector, [sentences[at] for at in order], embedder)
        scores = dict(zip(order, meanings, strict=True))
    best = max(order, key=scores.__getitem__)
    return spans[best] if scores[best] > 0 else None


def _sentence_spans(text: str) -> list[tuple[int, int]]:
    """The sentences without the white space around them; none reaches across a blank line."""
    spans = []
    block_start = 0
    for block in text.split(_BLOCK_END):
        for start, end in pairwise([0, *sentence_ends(block)]):
            sentence = block[start:end]
            if sentence.strip():
                left = len(sentence) - len(sentence.lstrip())
                first = block_start + start + left
                spans.append((first, first + len(sentence.strip())))
        block_start += len(block) + len(_BLOCK_END)
    return spans


def _by_meaning(vector: Vectors, sentences: Sequence[str], embedder: Embedder) -> list[float]:
    scores = [0.0] * len(sentences)
    for batch in embedder.embed(sentences):
        for position, row in zip(batch.positions, batch.vectors, strict=True):
            scores[position] = float(row @ vector)
    return scores


def _by_triples(question: str, sentences: Sequence[str]) -> list[float]:
    """Cosine of the sets of letter triples: |A ∩ B| / sqrt(|A| |B|)."""
    asked = _triples(question)
    found = [_triples(sentence) for sentence in sentences]
    return [
        float(len(asked & triples) / ((len(asked) * len(triples)) ** 0.5 or 1.0))
        for triples in found
    ]


def _triples(text: str) -> set[str]:
    words = "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()
    return {
        f" {word} "[at : at + _TRIPLE]
        for word in words
        if len(word) >= _TRIPLE
        for at in range(len(word))
    }
