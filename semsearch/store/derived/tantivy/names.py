"""Words of a question in the names of documents: "the 10-K of 3M" and ``3M_2018_10K.pdf``."""

import re
from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.store.derived.tantivy.analyzer import plain_words, stem_in

if TYPE_CHECKING:
    import numpy.typing as npt

_START: Final = 3  # letters by which words are compared before they are stemmed
_FOLDED: Final = "und"  # no language: letters without accents
_YEAR_WITHIN: Final = re.compile(r"(?<=[^\W\d_])((?:19|20)\d\d)(?![^\W_])")


def forms_in_names(
    names: Sequence[Sequence[str]],
    asked: Sequence[Sequence[str]],
    languages: Sequence[str | None],
) -> "npt.NDArray[np.bool_]":
    """Whether one of the names of each text has each of the words ``asked``: (texts, words).

    A word is given by its stems, in some ``languages``.
    """
    places: dict[str, list[int]] = {}
    for at, forms in enumerate(asked):
        for form in forms:
            places.setdefault(form, []).append(at)
    starts = {form[:_START] for form in places}
    known: dict[str, list[int]] = {}
    found = np.zeros((len(names), len(asked)), dtype=np.bool_)
    for row, of_text in enumerate(names):
        for name in of_text:
            if name not in known:
                stems = _stems(name, starts, languages)
                known[name] = [at for stem in stems for at in places.get(stem, ())]
            found[row, known[name]] = True
    return found


def _stems(name: str, starts: Container[str], languages: Sequence[str | None]) -> Iterator[str]:
    for word in plain_words(name.replace("_", " ")):
        start = word if word.isascii() else stem_in(_FOLDED, word)
        if start[:_START] in starts:
            yield from (stem_in(code, word) for code in languages)


def years_within(question: str) -> list[str]:
    """The years that are written together with letters.

    >>> years_within("the margin of FY2018 and 2017")
    ['2018']
    """
    return _YEAR_WITHIN.findall(question)
