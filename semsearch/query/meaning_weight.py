"""How much the cosine counts beside BM25, by the embedder and the language of a question."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from semsearch.documents.text.languages import language_of, small_words
from semsearch.embedders.local.minilm_builds import model_of
from semsearch.errors import IndexDamaged
from semsearch.store.notes.fluency import OF_ONE_LANGUAGE, Fluency, note_name, stored_fluency
from semsearch.store.record.generations import StoredEmbedder

if TYPE_CHECKING:
    from semsearch.store.protocol import Rows

# Where the cosine of random pairs deviates little, as that of E5, a deviation tells more.
_BUILT_IN: Final[Mapping[str, float]] = {"local:e5": 3.0}
# Words tell little of texts in another language than the question's: names and loan words.
_ACROSS: Final = 5.0
_LEAST_SHARE: Final = 0.1  # of the texts, for the language of a question to be one of them
# With the vectors of sentences, whose best deviates less than the passage's: nDCG@10 of SciFact,
# the sample corpus and the chunking evaluation is 0.731, 0.846 and 0.841 with 1, 0.735, 0.853 and
# 0.838 with 1.2, 0.741, 0.853 and 0.837 with 1.4.
_IN_ITS_OWN: Final = 1.3
# Its word pieces do not tell of another language in Latin letters: all have several letters.
# In German, French, Spanish, Italian, Dutch, Portuguese, Swedish and Turkish 0.35 to 0.7 is best.
_IN_ANOTHER: Final = 0.5
# Fluency in them where it was not measured, for lack of texts.
_USUAL: Final = 0.6
_USUAL_IN: Final[Mapping[str, float]] = {"tr": 0.3}


def meaning_weight(view: "Rows", embedder: StoredEmbedder, question: str, fluency: float) -> float:
    """The factor on the deviations of the cosine.

    ``fluency`` is what the embedder tells by itself of a question's language, 0 to 1. What was
    measured in the index's own texts counts instead, where it was.
    """
    measured = _measured(view, embedder)
    if measured is None:
        language = language_of(question)
    else:
        language = measured.language_of_question(question)
    known = {} if measured is None else measured.languages
    own = OF_ONE_LANGUAGE.get(model_of(embedder.uri))
    if own is not None and language not in (None, own) and small_words(language or ""):
        usual = fluency * _USUAL_IN.get(language or "", _USUAL)
        return _IN_ANOTHER * known.get(language or "", usual)
    fluency = known.get(language or "", fluency)
    if own is not None:
        return _IN_ITS_OWN * fluency
    factor = _BUILT_IN.get(embedder.uri, 1.0)
    return fluency * factor * (1.0 if measured is None else _across(language, measured))


def _across(language: str | None, measured: Fluency) -> float:
    """The factor for a question in a language that few of the texts or none are in."""
    if language is None or not measured.shares:
        return 1.0
    share = min(1.0, measured.shares.get(language, 0.0) / _LEAST_SHARE)
    return share + _ACROSS * (1 - share)


def _measured(view: "Rows", embedder: StoredEmbedder) -> Fluency | None:
    try:
        return stored_fluency(view, embedder)
    except IndexDamaged:
        view.withheld.add(f"the note {note_name(embedder)}")
        return None
