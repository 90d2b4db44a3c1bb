"""``local:PATH`` and ``hf:NAME``: a cross-encoder on this machine, from ONNX or weights.

The folder has the layout of sentence-transformers or optimum. The model takes a pair of texts and
gives a single logit.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from semsearch.embedders.local.graph_cache import Purpose, graph_of
from semsearch.embedders.local.huggingface import folder_of
from semsearch.embedders.local.model_folder import most_pieces, weights_and_tokenizer
from semsearch.embedders.local.model_uri import model_uri
from semsearch.embedders.local.onnx_runtime import Transformer, open_tokenizer, require_packages
from semsearch.errors import EmbedderError, SettingsError

_MOST_OF_QUESTION: Final = 0.5  # of the model's word pieces; the rest is for the passage


class CrossEncoder:
    """A cross-encoder in a folder, loaded at its first use.

    A passage that does not fit beside the question is scored window by window; its score is that of
    the best window (MaxP of Dai and Callan, 2019). Pairs go through the model one by one, so that a
    score does not depend on the other passages.
    """

    def __init__(self, uri: str, models_directory: Path) -> None:
        """``models_directory`` keeps a graph that has to be built from weights.

        Raises ``SettingsError`` for a malformed URI, or options of an embedder.
        """
        named = model_uri(uri)
        if "?" in uri:
            raise SettingsError(f"a reranker has no options; leave out what follows ? in {uri}")
        self.uri = uri
        self._named = named
        self._models_directory = models_directory

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """The logit of each text."""
        return [max(self._logits(question, text)) for text in texts]

    def _logits(self, question: str, text: str) -> list[float]:
        """The logit of each window of a passage."""
        if len(self._tokenizer.encode(question).ids) > _MOST_OF_QUESTION * self._length:
            raise EmbedderError(
                f"the question is longer than half of the {self._length} word pieces that"
                f" {self.uri} takes at once; shorten it"
            )
        encoded = self._cutting_tokenizer.encode(question, text)
        return [self._logit(window) for window in (encoded, *encoded.overflowing)]

    def _logit(self, window: Any) -> float:
        given = self._transformer.first_output(window.ids, window.type_ids)
        logits = np.asarray(given, dtype=np.float64)
        if logits.size != 1 or not np.isfinite(logits).all():
            raise EmbedderError(
                f"the model of {self.uri} gives {logits.size} numbers for a pair; a reranker gives"
                " one"
            )
        return float(logits.item())

    @cached_property
    def _path(self) -> Path:
        return folder_of(self._named)

    @cached_property
    def _length(self) -> int:
        return most_pieces(self._path)

    @cached_property
    def _transformer(self) -> Transformer:
        weights, _ = weights_and_tokenizer(self._path)
        return Transformer(graph_of(weights, self._models_directory, Purpose.SCORE))

    @cached_property
    def _tokenizer(self) -> Any:
        require_packages()
        return open_tokenizer(weights_and_tokenizer(self._path)[1])

    @cached_property
    def _cutting_tokenizer(self) -> Any:
        """A tokenizer that cuts a passage into windows beside the question."""
        tokenizer = open_tokenizer(weights_and_tokenizer(self._path)[1])
        tokenizer.enable_truncation(self._length, strategy="only_second")
        return tokenizer
