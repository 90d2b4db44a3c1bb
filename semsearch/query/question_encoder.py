"""Questions → vectors, by the embedder that built the index."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from shlex import quote
from typing import TYPE_CHECKING, Final

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.errors import EmbedderMismatch, SettingsError
from semsearch.query.document_names import Encode
from semsearch.query.parser import Question
from semsearch.query.searchable import BuiltBy, Place
from semsearch.settings.amounts import counted
from semsearch.settings.schema import Settings

if TYPE_CHECKING:
    from semsearch.embedders.cache import OpenEmbedders
    from semsearch.embedders.embedder import Embedder
    from semsearch.store.protocol import Indexes, Records

_UNLIKE_WEIGHT: Final = 0.5  # of the vector of the text that hits should be unlike


@dataclass(frozen=True, slots=True)
class EncodedQuestion:
    """A question with its ``vector`` (dimension,), a unit row; None for a search by words alone.

    ``excluded`` are ids of texts that are no hits.
    """

    question: Question
    vector: Vectors | None
    excluded: frozenset[int] = frozenset()


class QuestionEncoder:
    """Embeds questions for one index. The embedder is opened when the first question needs it."""

    def __init__(
        self,
        place: Place,
        built_by: BuiltBy,
        given: "Embedder | None",
        embedders: "OpenEmbedders | None",
        settings: Settings,
    ) -> None:
        """``built_by`` names the embedder; ``given`` is used instead of opening it."""
        self.uri = built_by.uri
        self._learned_limits = built_by.learned_limits
        self._place = place
        self._given = given
        self._embedders = embedders
        self._settings = settings
        self._is_checked = False

    def check(self) -> None:
        """Raise ``EmbedderMismatch`` if the settings or the caller name another embedder."""
        if not self._is_checked:  # only once: it reads the folder of a model
            # Here: a search by words has none.
            from semsearch.embedders.registry import choose_uri, remember_named

            named = self._given.uri if self._given else choose_uri(self.uri, self._settings).uri
            _refuse_another(self._place, self.uri, named)
            remember_named(self._settings)
            self._is_checked = True

    @cached_property
    def embedder(self) -> "Embedder":
        """The embedder of the index; a search by words alone never opens it, and needs no key."""
        self.check()
        embedder = self._given or self._cache.opened(self.uri, self._settings)
        if self._learned_limits is not None:
            from semsearch.embedders.api.protocols import Truncating  # here: as below

            if isinstance(embedder, Truncating):
                embedder.recall_truncation(self._learned_limits)
        return embedder

    @cached_property
    def _cache(self) -> "OpenEmbedders":
        from semsearch.embedders.cache import OpenEmbedders  # here: a search by words has none

        return self._embedders or OpenEmbedders()

    def preload(self) -> None:
        """Load a local model; a server is asked nothing."""
        encode = self.encode_locally
        if encode is not None:
            encode("A question.")

    def encoded(self, questions: Sequence[Question]) -> list[EncodedQuestion]:
        """The questions with their vectors, in their order; raises ``EmbedderError``."""
        from semsearch.embedders.embedder import embedder_of_questions  # here: as above

        embedder = embedder_of_questions(self.embedder)
        texts = [
            text
            for question in questions
            for text in (question.embedded, question.unlike)
            if text is not None
        ]
        if any(embedder.count_tokens(text) > embedder.max_tokens for text in texts):
            raise SettingsError(
                f"a question is longer than the {counted(embedder.max_tokens, 'token')} that"
                f" {embedder.uri}"
                " takes at once; shorten it"
            )
        rows = iter(self._cache.vectors(embedder, texts))
        return [
            EncodedQuestion(
                question,
                next(rows) if question.unlike is None else _away(next(rows), next(rows)),
            )
            for question in questions
        ]

    @property
    def encode_locally(self) -> Encode | None:
        """Embeds a question at no cost; None where the embedder is a server's."""
        return local_encoder(self.embedder)

    def fluency(self, text: str) -> float:
        """How well the embedder knows the language of a question, 0 to 1."""
        from semsearch.embedders.embedder import fluency_in  # here: as above

        return fluency_in(self.embedder, text)

    def refuse_other_vectors(
        self, snapshot: "Records", derived: "Indexes", vector: Vectors | None
    ) -> None:
        """Raise ``EmbedderMismatch`` if a question's vector does not fit those of a generation."""
        if vector is None:
            return
        _refuse_another(self._place, snapshot.generation.embedder.uri, self.uri)
        if derived.ann is not None and len(vector) != derived.ann.dimension:
            raise EmbedderMismatch(
                f"{self.uri} now gives vectors of {len(vector)} numbers, the index has"
                f" {derived.ann.dimension}; {self._place.run('rebuild --fresh')}"
            )


def local_encoder(embedder: "Embedder") -> Encode | None:
    """How a local embedder embeds a question; None for that of a server."""
    from semsearch.embedders.embedder import embedded, embedder_of_questions  # here: as above

    if not embedder.is_local:
        return None
    asking = embedder_of_questions(embedder)

    def encode(question: str) -> Vectors:
        vector: Vectors = embedded(asking, [question])[0]
        return vector

    return encode


def _away(vector: Vectors, unlike: Vectors) -> Vectors:
    """A unit row that is like ``vector`` and unlike ``unlike`` (Rocchio, 1971)."""
    away = vector - _UNLIKE_WEIGHT * unlike
    length = float(np.linalg.norm(away))
    return (away / length).astype(np.float32) if length else vector


def _refuse_another(place: Place, own: str, uri: str) -> None:
    """Vectors of another embedder mean nothing in this index."""
    if uri != own:
        raise EmbedderMismatch(
            f"{place.described} was built by {own} and cannot be searched by {uri};"
            f" leave the embedder out, or {place.run(f'rebuild --embedder {quote(uri)}')}"
        )
