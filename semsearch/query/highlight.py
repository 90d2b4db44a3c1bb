"""The sentence of a passage that answers a question best."""

import re
from collections.abc import Container, Sequence
from typing import Final

from semsearch.documents.text.sentences import sentence_spans
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.vectors import Vectors

_TRIPLE: Final = 3
# Of 429 hits of judged questions the marked sentence answered in 63 % (by words alone 60 %, by the
# meanings of the best four alone 58 %); comparing three sentences gains half a point more.
_COMPARED: Final = 2  # sentences whose meanings are compared
_COMPARED_BLINDLY: Final = 4  # sentences, where none shares a word with the question
_CLEAR: Final = 1.5  # times the second-best score: meanings need not be compared
_HEADING: Final = re.compile(r"(?:#{1,6}|={1,6}|\*+) [^\n]*")  # of Markdown, AsciiDoc, Org
_FRONT_MATTER: Final = re.compile(r"(---|\+\+\+)\n.*?\n(?:---|\.\.\.|\+\+\+)(?=\n|\Z)", re.DOTALL)


def best_sentence(
    question: str,
    vector: Vectors | None,
    text: str,
    headings: Container[str],
    embedder: Embedder | None,
) -> tuple[int, int] | None:
    """The span of the best sentence in ``text``, [start, end); None when there is only one.

    ``vector`` is the question's, shape (dimension,). ``headings`` are those of all passages that
    are merged into this one. A heading in the text is never the best sentence: it is printed above
    the passage, or tells less than what stands below it. Neither is front matter.

    The sentence that shares the largest part of its letter triples with the question is the best;
    the result is None when no sentence shares any. Unless that sentence is clearly ahead, a local
    embedder also compares the meanings of the best few (some milliseconds each, while a person
    waits), and the sum of both decides. An embedder that bills is not used.
    """
    about = _FRONT_MATTER.match(text)
    spans = [
        (start, end)
        for start, end in sentence_spans(text)
        if text[start:end].strip("# ") not in headings
        and _HEADING.fullmatch(text[start:end].strip()) is None
        and not (about and start < about.end())
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
