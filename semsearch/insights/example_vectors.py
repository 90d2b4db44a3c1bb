"""Texts that are not in an index → their vectors, by the index's own embedder."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np

from semsearch.documents.chunker import budget_of
from semsearch.documents.passage import text_digest
from semsearch.embedders.api.protocols import Billed
from semsearch.embedders.embedder import Asking, Embedder, Vectors, embedded
from semsearch.embedders.registry import choose_uri, open_embedder
from semsearch.errors import EmbedderMismatch, RunDeclined
from semsearch.indexer.chunking_profile import ChunkingProfile
from semsearch.insights.examples import Example
from semsearch.insights.passage_matrix import Material
from semsearch.settings.schema import Settings

# A label alone is less like a text: of the documents of a corpus 0.58 were told right, and 0.66.
_ABOUT: Final = "This is about {}."

Approve = Callable[[str, str], bool]  # what would be sent, and to whom


class Embedding:
    """The embedder is opened when it is needed, and asked only for what the index does not have."""

    def __init__(
        self,
        material: Material,
        settings: Settings,
        embedder: Embedder | None,
        approve: Approve | None,
    ) -> None:
        self._material = material
        self._given = embedder
        self._approve = approve
        profile = ChunkingProfile.parse(material.snapshot.generation.chunking)
        self._settings = replace(
            settings,
            passage_characters=profile.characters,
            overlap_characters=profile.overlap,
            context=profile.context,
        )

    @cached_property
    def embedder(self) -> Embedder:
        """Raises ``EmbedderMismatch`` where it is not that of the index."""
        own = self._material.embedder
        named = self._given.uri if self._given else choose_uri(own, self._settings).uri
        if named != own:
            raise EmbedderMismatch(
                f"the index was built by {own}, and {named} cannot embed examples for it; leave the"
                " embedder out"
            )
        return self._given or open_embedder(own, self._settings)

    def of_examples(self, examples: Sequence[Example]) -> Vectors:
        """(n, dimension) the means of the passages of some texts; those in the index cost nothing.

        Raises ``RunDeclined``.
        """
        budget = budget_of(self.embedder, self._settings)
        texts = [example.texts(budget) for example in examples]
        digests = {text: text_digest(text) for some in texts for text in some}
        view, own = self._material.snapshot.view, self._material.snapshot.generation.embedder
        known = view.vectors_of_digests(own, list(digests.values()))
        unknown = [text for text, digest in digests.items() if digest not in known]
        if unknown:
            self._agree(unknown)
            rows = embedded(self.embedder, unknown)
            known |= {digests[text]: row for text, row in zip(unknown, rows, strict=True)}
        sums = [np.sum([known[digests[text]] for text in some], axis=0) for some in texts]
        means = np.stack(sums)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        unit: Vectors = (means / np.maximum(lengths, 1e-12)).astype(np.float32)
        return unit

    def of_names(self, labels: Sequence[str]) -> Vectors:
        """(labels, dimension) of what they are about."""
        embedder = self.embedder
        if isinstance(embedder, Asking):
            embedder = embedder.for_questions()
        return embedded(embedder, [_ABOUT.format(label) for label in labels])

    def _agree(self, texts: Sequence[str]) -> None:
        if not isinstance(self.embedder, Billed):
            return
        tokens = sum(map(self.embedder.count_tokens, texts))
        what = f"{len(texts):,} texts of examples, at most {tokens:,} tokens,"
        if self._approve is None or not self._approve(what, self.embedder.host):
            raise RunDeclined(f"{what} would go to {self.embedder.host}; agree with --yes")
