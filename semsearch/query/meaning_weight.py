"""How much the cosine counts beside BM25, by the embedder and the language of a question."""

from collections.abc import Mapping
from dataclasses import dataclass
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
# Titles, which are short, mislead there: with them nDCG@10 of English questions about Arabic and
# Russian texts is 0.712 and 0.804, without them 0.749 and 0.832; Thai and Chinese are the same.
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


@dataclass(frozen=True, slots=True)
class MeaningWeight:
    """The factors on the deviations of the cosine of a ``passage`` and of its document's title."""

    passage: float = 1.0
    title: float = 1.0


def meaning_weight(
    view: "Rows", embedder: StoredEmbedder, question: str, fluency: float
) -> MeaningWeight:
    """The factors on the deviations of the cosine.

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
        factor = _IN_ANOTHER * known.get(language or "", usual)
        return MeaningWeight(factor, factor)
    fluency = known.get(language or "", fluency)
    if own is not None:
        factor = _IN_ITS_OWN * fluency
        return MeaningWeight(factor, factor)
    factor = fluency * _BUILT_IN.get(embedder.uri, 1.0)
    among = 1.0 if measured is None else _among(language, measured)
    return MeaningWeight(factor * (among + _ACROSS * (1 - among)), factor * among)


def _among(language: str | None, measured: Fluency) -> float:
    """From 0, when no text is in the language of a question, to 1, when enough are."""
    if language is None or not measured.shares:
        return 1.0
    return min(1.0, measured.shares.get(language, 0.0) / _LEAST_SHARE)


def _measured(view: "Rows", embedder: StoredEmbedder) -> Fluency | None:
    try:
        return stored_fluency(view, embedder)
    except IndexDamaged:
        view.withheld.add(f"the note {note_name(embedder)}")
        return None
