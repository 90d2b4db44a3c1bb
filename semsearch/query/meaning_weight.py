"""How much the cosine counts beside BM25, by the embedder and the language of a question."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from semsearch.documents.text.languages import language_of, small_words
from semsearch.errors import IndexDamaged
from semsearch.store.notes.fluency import Fluency, note_name, stored_fluency
from semsearch.store.record.generations import StoredEmbedder

if TYPE_CHECKING:
    from semsearch.store.protocol import Rows

# Where the cosine of random pairs deviates little, as that of E5, a deviation tells more.
_BUILT_IN: Final[Mapping[str, float]] = {"local:e5": 2.2}
# The language of a model that has seen little of others. Its word pieces do not tell: they have
# several letters in all languages with Latin letters.
_ONE_LANGUAGE: Final[Mapping[str, str]] = {"local:minilm": "en"}
# In German, French, Spanish, Italian, Dutch, Portuguese, Swedish and Turkish 0.35 to 0.7 is best.
_IN_ANOTHER: Final = 0.5


def meaning_weight(view: "Rows", embedder: StoredEmbedder, question: str, fluency: float) -> float:
    """The factor on the deviations of the cosine.

    ``fluency`` is what the embedder tells by itself of a question's language, 0 to 1. What was
    measured in the index's own texts counts instead, where it was.
    """
    if embedder.uri in _BUILT_IN:
        return _BUILT_IN[embedder.uri] * fluency
    measured = _measured(view, embedder)
    language = language_of(question)
    if measured is not None:
        language = measured.language_asked_in(language)
    own = _ONE_LANGUAGE.get(embedder.uri, language)
    is_other = language not in (None, own) and bool(small_words(language or ""))
    if measured is not None and language is not None and language in measured.languages:
        fluency = measured.languages[language]
    return _IN_ANOTHER * fluency if is_other else fluency


def _measured(view: "Rows", embedder: StoredEmbedder) -> Fluency | None:
    try:
        return stored_fluency(view, embedder)
    except IndexDamaged:
        view.withheld.add(f"the note {note_name(embedder)}")
        return None
