"""Words of a question in the names of documents: "the 10-K of 3M" and ``3M_2018_10K.pdf``."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from semsearch.store.derived.tantivy.analyzer import plain_words, stem_in

_START: Final = 3  # letters by which words are compared before they are stemmed
_FOLDED: Final = "und"  # no language: letters without accents
_YEAR_WITHIN: Final = re.compile(r"(?<=[^\W\d_])((?:19|20)\d\d)(?![^\W_])")


def forms_in_names(
    names: Sequence[str], forms: frozenset[str], languages: Sequence[str | None]
) -> Iterator[frozenset[str]]:
    """The stems, of those in ``forms``, that each name has as a word in some ``languages``."""
    starts = {form[:_START] for form in forms}
    known: dict[str, frozenset[str]] = {}
    for name in names:
        found: set[str] = set()
        for word in plain_words(name.replace("_", " ")):
            start = word if word.isascii() else stem_in(_FOLDED, word)
            if start[:_START] not in starts:
                continue
            if word not in known:
                known[word] = forms.intersection(stem_in(code, word) for code in languages)
            found |= known[word]
        yield frozenset(found)


def years_within(question: str) -> list[str]:
    """The years that are written together with letters.

    >>> years_within("the margin of FY2018 and 2017")
    ['2018']
    """
    return _YEAR_WITHIN.findall(question)
