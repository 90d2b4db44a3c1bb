"""Which words of a question stand in which texts, by one search for two dozen words."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import tantivy

from semsearch.embedders.lazy_numpy import np
from semsearch.store.disk.ids import Ids

if TYPE_CHECKING:
    import numpy.typing as npt

# A score is a float32: sums of powers of two are exact up to 2 to the power of 24.
_WORDS_AT_ONCE: Final = 24

AnyOf = Callable[[Sequence[str]], Any]  # forms of a word → the query for them


def presence(
    searcher: Any,
    asked: Sequence[Sequence[str]],
    any_of: AnyOf,
    among: Any,
    id_field: str,
    texts: Ids,
) -> "npt.NDArray[np.bool_]":
    """Whether each of ``texts``, ascending, has each word: (texts, words).

    ``asked`` are the forms of each word, ``among`` is a query for the texts. Each word found gives
    a text a power of two as its score, so that the sum tells the words.
    """
    present = np.zeros((len(texts), len(asked)), dtype=np.bool_)
    if not len(texts):
        return present
    unscored = tantivy.Query.const_score_query(among, 0.0)
    for start in range(0, len(asked), _WORDS_AT_ONCE):
        words = asked[start : start + _WORDS_AT_ONCE]
        marked = [
            (tantivy.Occur.Should, tantivy.Query.const_score_query(any_of(forms), float(1 << bit)))
            for bit, forms in enumerate(words)
        ]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, unscored), *marked])
        hits = searcher.search(query, len(texts)).hits
        ids = cast("list[int]", searcher.fast_field_values(id_field, [at for _, at in hits]))
        sums = np.array([score for score, _ in hits], dtype=np.int64)
        rows = np.searchsorted(texts, np.array(ids, dtype=np.int64))
        present[rows, start : start + len(words)] = (sums[:, None] >> np.arange(len(words))) & 1
    return present
