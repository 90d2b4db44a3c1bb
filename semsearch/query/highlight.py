"""Which sentence of a passage answers a question best."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from semsearch.documents.text.sentences import sentence_ends
from semsearch.embedders.embedder import Embedder, Vectors

_TRIPLE: Final = 3
# Of 429 hits of judged questions the sentence was one that answers in 63 % so, in 60 % by the words
# alone, in 58 % by the meanings of the best four alone; three sentences gain half a point more.
_COMPARED: Final = 2  # sentences
_COMPARED_BLINDLY: Final = 4  # where none shares a word with the question
_CLEAR: Final = 1.5  # times the next one's score: nothing needs to be compared
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
    question; None when none shares any. Unless one is clearly ahead, a local embedder compares the
    meanings of the best, too (somebody waits: each takes it some milliseconds), and the sum of
    both decides; one that bills is not asked.
    """
    spans = [
        (start, end)
        for start, end in _sentence_spans(text)
        if text[start:end].strip("# ") not in headings
    ]
    if len(spans) < 2:
        return None
    sentences = [text[start:end] for start, end in spans]
    scores = _by_triples(question, sentences)
    order = sorted(range(len(spans)), key=lambda at: -scores[at])
    best, next_best = scores[order[0]], scores[order[1]]
    is_clear = best > 0 and best >= _CLEAR * next_best
    if embedder is not None and embedder.is_local and vector is not None and not is_clear:
        order = order[: _COMPARED if best else _COMPARED_BLINDLY]
        meanings = _by_meaning(vector, [sentences[at] for at in order], embedder)
        for at, meaning in zip(order, meanings, strict=True):
            scores[at] += meaning
    first = max(order, key=scores.__getitem__)
    return spans[first] if scores[first] > 0 else None


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
