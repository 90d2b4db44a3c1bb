"""Words of a question in the names of documents: "the 10-K of 3M" and ``3M_2018_10K.pdf``."""

import re
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from typing import Final

from semsearch.embedders.lazy_numpy import np
from semsearch.store.derived.tantivy.analyzer import plain_words, stem_in
from semsearch.store.derived.tantivy.question_words import AskedWord, TextsWith
from semsearch.store.protocol import DocumentName

_START: Final = 3  # letters by which words are compared before they are stemmed
# The share of a document's texts that have the word that names it. "bees" names many pages on bees,
# a program's name is in few texts of its manual.
_HAVING: Final = 2 / 3
_FOLDED: Final = "und"  # no language: letters without accents
_YEAR_WITHIN: Final = re.compile(r"(?<=[^\W\d_])((?:19|20)\d\d)(?![^\W_])")


class WordsInNames:
    """Which words of a question stand in which names.

    A word is given by its stems, in some ``languages``. ``of_texts`` tells for the names of each
    text whether one of them has each word: (texts, words).
    """

    def __init__(
        self,
        names: Sequence[Sequence[DocumentName]],
        asked: Sequence[Sequence[str]],
        languages: Sequence[str | None],
    ) -> None:
        """Look for each word in each name."""
        places: dict[str, list[int]] = {}
        for at, forms in enumerate(asked):
            for form in forms:
                places.setdefault(form, []).append(at)
        starts = {form[:_START] for form in places}
        self._words: dict[DocumentName, set[int]] = {}
        self.of_texts = np.zeros((len(names), len(asked)), dtype=np.bool_)
        for row, of_text in enumerate(names):
            for name in of_text:
                if name not in self._words:
                    stems = _stems(name.words, starts, languages)
                    self._words[name] = {at for stem in stems for at in places.get(stem, ())}
                self.of_texts[row, list(self._words[name])] = True

    def naming(self, asked: Sequence[AskedWord], texts_with: TextsWith) -> frozenset[str]:
        """The words of a question by which it names documents rather than what it asks for.

        Fewer texts have them than two thirds of those of the documents named so. ``asked`` are the
        first of the words. Function words, which count less, are none.
        """
        passages = [0] * self.of_texts.shape[1]
        for name, words in self._words.items():
            for at in words:
                passages[at] += name.passages
        return frozenset(
            said
            for at, word in enumerate(asked)
            if word.weight >= 1
            and max(map(texts_with, word.forms), default=0) < _HAVING * passages[at]
            for said in word.said
        )


def _stems(name: str, starts: Container[str], languages: Sequence[str | None]) -> Iterator[str]:
    for word, start in _words(name):
        if start in starts:
            yield from (stem_in(code, word) for code in languages)


@lru_cache(maxsize=10_000)  # several questions are about the same documents
def _words(name: str) -> list[tuple[str, str]]:
    """The words of a name, each with the letters that it begins with, without accents."""
    return [
        (word, (word if word.isascii() else stem_in(_FOLDED, word))[:_START])
        for word in plain_words(name.replace("_", " "))
    ]


def years_within(question: str) -> list[str]:
    """The years that are written together with letters.

    >>> years_within("the margin of FY2018 and 2017")
    ['2018']
    """
    return _YEAR_WITHIN.findall(question)
