"""What the names and titles of documents tell beside their passages.

Of documents that are much alike, such as the reports of many companies or the manuals of many
programs, only the name may say which is asked for.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Final

import numpy as np

from semsearch.documents.names import (
    name_in_words,
    title_in_words,
    without_ending,
    words_within,
)
from semsearch.documents.passage import text_digest
from semsearch.documents.text.languages import language_of, small_words
from semsearch.embedders.vectors import Vectors
from semsearch.store.notes.titles import have_vectors
from semsearch.store.protocol import DocumentName

if TYPE_CHECKING:
    from semsearch.store.protocol import Records

Encode = Callable[[str], Vectors]  # a question → its unit row (dimension,)

# Documents that share a text; the names of more say nothing of it, as of a footer in each.
_MOST_NAMES: Final = 20
_LEAST_LEFT: Final = 1  # words of a question beside the names in it, function words not counted
_WORD: Final = re.compile(r"\w+")


class DocumentNames:
    """Names and titles of the documents of some texts."""

    def __init__(self, snapshot: "Records", texts: Iterable[int]) -> None:
        """Read them from a generation."""
        self._snapshot = snapshot
        places: dict[int, set[tuple[str, str | None, int]]] = defaultdict(set)
        names = snapshot.view.passages.names_of(texts, snapshot.generation.repeats)
        for text, path, title, passages in names:
            places[text].add((path, title, passages))
        self._places = {
            text: sorted(those, key=str)
            for text, those in places.items()
            if len(those) <= _MOST_NAMES
        }

    def by_text(self) -> Mapping[int, Sequence[DocumentName]]:
        """Names of files without their endings, with their folders, by text id.

        Titles are none of them. They stand in the text; where their words counted as much as those
        of names, nDCG@10 of the sample corpus was 0.850 instead of 0.851.
        """
        return {
            text: [DocumentName(without_ending(path), passages) for path, _, passages in places]
            for text, places in self._places.items()
        }

    def called(self, question: str) -> frozenset[int]:
        """The texts of documents that are called as the question is, by title or file name.

        Case and function words do not count: "salt road" is "The salt road", and
        ``the-salt-road.epub``.
        """
        wanted = _content_words(_words(question), question)
        if all(word.isdigit() for word in wanted):
            return frozenset()
        return frozenset(
            text
            for text, places in self._places.items()
            if any(
                wanted <= (words := _words(name)) and _content_words(words, name) == wanted
                for path, title, _ in places
                for name in (title_in_words(path, title), name_in_words(path))
                if name is not None
            )
        )

    def title_cosines(self, vector: Vectors) -> Mapping[int, float]:
        """The cosine of a question and the best title of each text's documents, by text id.

        ``vector`` is the question's, a unit row (dimension,). A title without a vector has none.
        """
        titles = {
            text: [words for path, title, _ in places if (words := title_in_words(path, title))]
            for text, places in self._places.items()
        }
        digests = {title: text_digest(title) for some in titles.values() for title in some}
        own = self._snapshot.generation.embedder
        known = self._snapshot.view.vectors.by_digest(own, list(digests.values()))
        view, generation = self._snapshot.view, self._snapshot.generation
        is_lost = len(known) < len(set(digests.values())) and not view.is_partial
        if is_lost and have_vectors(view, generation):
            view.withheld.add("vectors of titles")
        if not known:
            return {}
        found = (np.stack(list(known.values())) @ vector).tolist()
        cosines = dict(zip(known, found, strict=True))
        return {
            text: max(own_cosines)
            for text, some in titles.items()
            if (own_cosines := [cosines[d] for t in some if (d := digests[t]) in cosines])
        }


def _words(text: str) -> frozenset[str]:
    return frozenset(words_within(text).lower().split())


def _content_words(words: frozenset[str], text: str) -> frozenset[str]:
    """Those words of a text that are no function words of its language, nor of English."""
    return words - small_words(language_of(text) or "en") - small_words("en")


def above_usual(cosines: Mapping[int, float]) -> Mapping[int, float]:
    """Cosines without their mean: what one title tells more than another."""
    usual = fmean(cosines.values()) if cosines else 0.0
    return {text: cosine - usual for text, cosine in cosines.items()}


def without_names(question: str, naming: Iterable[str]) -> str | None:
    """The question without the words by which it names documents; None if too little is left.

    >>> without_names("What does Ledmac say about side notes?", {"ledmac"})
    'What does say about side notes?'
    """
    names = set(naming)
    if not names:
        return None
    function_words = small_words(language_of(question) or "en")
    words = [word.lower() for word in _WORD.findall(question)]
    left = [word for word in words if word not in names]
    if len(left) == len(words) or sum(word not in function_words for word in left) < _LEAST_LEFT:
        return None
    rest = _WORD.sub(lambda word: "" if word[0].lower() in names else word[0], question)
    return " ".join(rest.split())


def named_vector(question: str, naming: Iterable[str], vector: Vectors, encode: Encode) -> Vectors:
    """The unit row (dimension,) between the question and the question without names in it.

    Where a name is unknown to the model, or is that of a long document, it drowns in the question's
    own ``vector`` what is asked of that document.
    """
    rest = without_names(question, naming)
    if rest is None:
        return vector
    between = vector + encode(rest)
    length = float(np.linalg.norm(between))
    return (between / length).astype(np.float32) if length else vector
