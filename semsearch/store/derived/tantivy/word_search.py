"""What a question asks of an index of words, whatever engine keeps the words."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from semsearch.embedders.lazy_numpy import np
from semsearch.store.derived.tantivy.analyzer import parts_of
from semsearch.store.derived.tantivy.names import WordsInNames, years_within
from semsearch.store.derived.tantivy.question_words import (
    AskedWord,
    asked_words,
    forms_in,
    most_bm25,
)
from semsearch.store.disk.ids import Ids
from semsearch.store.protocol import DocumentName, NamesTold, WordsPresent

if TYPE_CHECKING:
    import numpy.typing as npt


class WordSearch(ABC):
    """The part of ``WordIndex`` that is made of counts of words; raises what these raise."""

    def __init__(self) -> None:
        self._last_asked: tuple[str, list[AskedWord]] | None = None

    @property
    @abstractmethod
    def entries(self) -> int:
        """The number of texts."""

    @property
    @abstractmethod
    def _languages(self) -> Sequence[str | None]:
        """The languages of the texts; None stands for texts without a known language."""

    @abstractmethod
    def _texts_with(self, form: str) -> int:
        """The number of texts that have a stem."""

    @abstractmethod
    def _stems(self, start: str) -> Sequence[str]:
        """The most usual stems that begin so."""

    @abstractmethod
    def _having_words(self, asked: Sequence[Sequence[str]], texts: Ids) -> "npt.NDArray[np.bool_]":
        """Whether each of some texts, ascending, has each word, by any of its forms."""

    def most(self, question: str) -> float:
        """An upper bound of the BM25 score that any text could reach for the question.

        The sum of (k1 + 1) times the inverse document frequency of each word; a text of that word
        alone approaches it.
        """
        return sum(word.weight * self._most_of(word.forms) for word in self._asked(question))

    def _most_of(self, forms: Sequence[str]) -> float:
        """The most that a word adds to a BM25 score: by the rarest of its stems that a text has.

        A stem that no text has is one of another language; a word without any is the rarest.
        """
        counts = [self._texts_with(form) for form in forms]
        return max(most_bm25(self.entries, count) for count in (list(filter(None, counts)) or [0]))

    def told_by_names(
        self, question: str, names: Mapping[int, Sequence[DocumentName]]
    ) -> NamesTold:
        """What the words of a question tell that one of the ``names`` of a text has.

        A word adds to a text that lacks it as much as a word can add to a BM25 score: a text is
        about what it is named after.
        """
        asked = self._asked(question)
        forms = [word.forms for word in asked] + [(year,) for year in years_within(question)]
        texts = np.sort(np.array(list(names), dtype=np.int64))
        found = WordsInNames([names[text] for text in texts.tolist()], forms, self._languages)
        if not found.of_texts.any():
            return NamesTold()
        present = self._having_words(forms, texts)
        weights = [word.weight for word in asked] + [1.0] * (len(forms) - len(asked))
        telling = [w * self._most_of(f) for w, f in zip(weights, forms, strict=True)]
        told = ((found.of_texts & ~present) @ np.array(telling)).tolist()
        bm25 = {text: tells for text, tells in zip(texts.tolist(), told, strict=True) if tells}
        return NamesTold(bm25, found.naming(asked, self._texts_with))

    def _asked(self, question: str) -> list[AskedWord]:
        """The words of a question; kept, as several searches for a question follow each other."""
        kept = self._last_asked
        if kept is None or kept[0] != question:
            words = asked_words(question, self._languages, self._texts_with, self._stems)
            kept = self._last_asked = (question, words)
        return kept[1]

    def present(self, question: str, texts: Ids) -> WordsPresent:
        """Which words of a question stand in ``texts``, ascending."""
        asked = forms_in(question, self._languages, self._stems)
        forms = [(form,) for word in asked for form in word]
        counts = np.array([self._texts_with(form) for (form,) in forms], dtype=np.int64)
        present = self._having_words(forms, texts)
        parts = parts_of(asked, self._languages)
        return WordsPresent(tuple(asked), counts, present, self.entries, parts)
