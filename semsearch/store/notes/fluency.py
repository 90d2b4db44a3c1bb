"""Fluency by language: how well an embedder knows each language of an index, measured there.

See ``indexer/fluency`` for how it is measured, ``query/meaning_weight`` for its use.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from semsearch.documents.text.languages import LANGUAGES, language_of, small_words
from semsearch.errors import IndexDamaged
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.json_text import parsed, require_finite
from semsearch.store.record.note_rows import NoteReader

# What the built-in models know needs no measuring. The language of a model that has seen little of
# others, and those that were trained in a hundred:
OF_ONE_LANGUAGE: Final[Mapping[str, str]] = {"local:minilm": "en"}
OF_MANY_LANGUAGES: Final = frozenset({"local:e5"})

_LEAST_SHARE: Final = 0.02  # of the texts, for a language that questions may be in
_CERTAIN: Final = 5  # words of a question, whose language is then told by itself


@dataclass(frozen=True, slots=True)
class Fluency:
    """What was measured on an index of ``texts`` texts.

    shares: the share of the texts that each language (ISO 639-1) has, by a sample.
    languages: fluency by language, above 0 and up to 1, of those with enough texts.
    """

    texts: int
    shares: Mapping[str, float] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=dict)

    def language_of_question(self, question: str) -> str | None:
        """The language of a question (ISO 639-1), which is short; None if nothing tells it.

        Few words in Latin letters may tell none or a wrong one: where no text is in that language,
        they are taken to be in the most frequent one of the texts in these letters.
        """
        detected = language_of(question)
        if detected is not None and (
            not small_words(detected)
            or self.shares.get(detected, 0) >= _LEAST_SHARE
            or len(question.split()) >= _CERTAIN
        ):
            return detected
        latin = {code: share for code, share in self.shares.items() if small_words(code)}
        return max(latin, key=latin.__getitem__, default=detected)


def note_name(embedder: StoredEmbedder) -> str:
    """The name of the note with an embedder's fluency."""
    return f"fluency of embedder {embedder.id}"


def stored_fluency(notes: NoteReader, embedder: StoredEmbedder) -> Fluency | None:
    """The fluency that was measured; None without one. Raises ``IndexDamaged``."""
    kept = notes.note(note_name(embedder))
    if kept is None:
        return None
    try:
        found = Fluency(**parsed(kept))
        require_finite(*found.shares.values(), *found.languages.values())
        if not isinstance(found.texts, int):
            raise ValueError("it has no number of texts")
        if not {*found.shares, *found.languages} <= set(LANGUAGES):
            raise ValueError("it names an unknown language")
        if not all(0 < value <= 1 for value in (*found.shares.values(), *found.languages.values())):
            raise ValueError("a value is not between 0 and 1")
        return found
    except (AttributeError, TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the note {note_name(embedder)} of the index is damaged; run: semsearch repair"
        ) from error


def as_note(fluency: Fluency) -> str:
    """Serialise for ``stored_fluency``."""
    return json.dumps(asdict(fluency))
