"""``local:PATH`` and ``hf:NAME``: sentence-transformers models, by ONNX file or BERT weights.

Static models among them are opened here, too (``static_model``).

A model may use different prefixes for questions and passages: the embedder is for passages and
returns another embedder for questions.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import Any, Final

import numpy as np

from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.local.fluency import fluency_of, pieces_of
from semsearch.embedders.local.graph_cache import Purpose, graph_of
from semsearch.embedders.local.huggingface import folder_of
from semsearch.embedders.local.model_folder import ModelDirectory, Pooling, read_model_directory
from semsearch.embedders.local.model_uri import ModelUri, model_uri
from semsearch.embedders.local.onnx_runtime import (
    MOST_WINDOWS,
    EmbeddedText,
    Transformer,
    in_order,
    mean_of_windows,
    open_tokenizer,
    require_fits,
    require_packages,
)
from semsearch.embedders.local.static_model import StaticModel, StaticTable
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EmbedderDrifted, EmbedderError, ModelMissing

# Texts: one takes the processors while the other waits for its threads. Passages in float32
# (multilingual-e5-small): 0.75 of the time on the clock, 0.93 of the processor time.
_AT_ONCE: Final = 2
_LEAST_WINDOW: Final = 16  # word pieces that a prefix must leave for the text


def whole_uri(uri: str) -> str:
    """Return the URI with the absolute path and the present fingerprint of the folder.

    Raises ``ModelMissing``, and ``EmbedderDrifted`` when the URI has another fingerprint.
    """
    named = model_uri(uri)
    found = _directory(named).fingerprint()
    if named.digest not in (None, found):
        raise EmbedderDrifted(
            f"the model {named.place} has changed: its fingerprint is {found}, not"
            f" {named.digest}; put the former one there, or run: semsearch rebuild --embedder"
            f" {quote(str(replace(named, digest=None)))}"
        )
    return str(replace(named, digest=found))


def open_model(uri: str, models_directory: Path) -> "OnnxModel | StaticModel":
    """Open the model of a URI; the fingerprint in the URI is not verified.

    A graph that must be built is stored in ``models_directory``. Raises ``ModelMissing``.
    """
    require_packages()
    named = model_uri(uri)
    directory = _directory(named)
    whole = uri if named.digest is not None else whole_uri(uri)
    if directory.is_static:
        table = StaticTable(directory)
        return StaticModel(whole, table, directory.passage_prefix, directory.query_prefix)
    running = _LoadedModel(directory, models_directory)
    return OnnxModel(whole, running, directory.passage_prefix, directory.query_prefix)


def _directory(named: ModelUri) -> ModelDirectory:
    found = read_model_directory(folder_of(named))
    query, passage = named.query_prefix, named.passage_prefix
    return replace(
        found,
        query_prefix=found.query_prefix if query is None else query,
        passage_prefix=found.passage_prefix if passage is None else passage,
        dimension=found.dimension if named.dimension is None else named.dimension,
    )


class OnnxModel:
    """Embedder with a prefix before each text; tokens are word pieces, counted exactly.

    A text longer than the model's window is split into windows, each embedded with the prefix. The
    text's vector is their mean, weighted by length. Texts are run one by one, so that a vector does
    not depend on the other texts of a batch.
    """

    is_local = True

    def __init__(self, uri: str, running: "_LoadedModel", prefix: str, query_prefix: str) -> None:
        """``prefix`` is put before each text, ``query_prefix`` before questions."""
        self.uri = uri
        self._running = running
        self._prefix = prefix
        self._query_prefix = query_prefix

    def for_questions(self) -> "OnnxModel":
        """Return the embedder of this model with the prefix for questions."""
        return OnnxModel(self.uri, self._running, self._query_prefix, self._query_prefix)

    @cached_property
    def max_tokens(self) -> int:
        """Four windows of word pieces, with the prefix and the special pieces."""
        return MOST_WINDOWS * self._window + self._around

    def count_tokens(self, text: str) -> int:
        """Return the exact number of word pieces of a text, with the prefix."""
        return len(self._running.encoded(self._prefix + text).ids)

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors of up to 32 texts at a time, in order; raises ``EmbedderError``."""
        return in_order(texts, self._embedded, _AT_ONCE)

    def fluency(self, text: str) -> float:
        """How well the model knows the language of a text, 0.1 to 1, by its word pieces."""
        return fluency_of(text, pieces_of(text, self._running.tokenizer))

    @cached_property
    def _around(self) -> int:
        """Word pieces that are added to every text: the prefix and the special pieces."""
        return len(self._running.encoded(self._prefix).ids)

    @cached_property
    def _window(self) -> int:
        """The most word pieces of a text that fit the model's window."""
        window = self._running.directory.length - self._around
        if window < _LEAST_WINDOW:
            raise ModelMissing(
                f"the {self._running.directory.length} word pieces that {self.uri} takes at once"
                f" leave no room for a text beside {self._around}; give it a shorter prefix"
            )
        return window

    def _embedded(self, text: str) -> EmbeddedText:
        encoding = self._running.encoded(self._prefix + text)
        return EmbeddedText(self._vector(encoding), len(encoding.ids))

    def _vector(self, encoding: Any) -> Vectors:
        require_fits(len(encoding.ids), self.max_tokens, self.uri)
        # Special pieces stand at both ends and have no offsets in the text. Pieces that end inside
        # the prefix belong to the prefix.
        own = [
            at
            for at, (is_mark, (_, end)) in enumerate(
                zip(encoding.special_tokens_mask, encoding.offsets, strict=True)
            )
            if not is_mark and end > len(self._prefix)
        ]
        start, stop = (own[0], own[-1] + 1) if own else (0, 0)
        before, after = encoding.ids[:start], encoding.ids[stop:]
        return mean_of_windows(
            encoding.ids[start:stop],
            self._running.directory.length - len(before) - len(after),
            lambda window: self._running.vector([*before, *window, *after]),
        )


class _LoadedModel:
    """Graph and tokenizer of a folder, each loaded at its first use; shared by both prefixes."""

    def __init__(self, directory: ModelDirectory, models_directory: Path) -> None:
        self.directory = directory
        self._models_directory = models_directory

    @cached_property
    def _transformer(self) -> Transformer:
        weights = self.directory.weights
        return Transformer(graph_of(weights, self._models_directory, Purpose.STATES))

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer of the model."""
        return open_tokenizer(self.directory.tokenizer)

    def encoded(self, text: str) -> Any:
        """Return a text's encoding: ``ids``, ``offsets`` in characters, ``special_tokens_mask``."""
        return self.tokenizer.encode(text)

    def vector(self, ids: Sequence[int]) -> Vectors:
        """Return the unit row (dimension,) of a window's word pieces; raises ``EmbedderError``."""
        states = self._transformer.first_output(ids, [0] * len(ids))
        if states.ndim != 3:
            raise EmbedderError(
                f"{self.directory.weights} gives no vector for each word piece; export the"
                " transformer alone, whose first output is last_hidden_state"
            )
        pooled = _pooled(states[0].astype(np.float32), self.directory.pooling)
        kept = self.directory.dimension
        if kept is not None and kept > len(pooled):
            raise EmbedderError(
                f"{self.directory.weights} gives vectors of {len(pooled)} numbers, not {kept}"
            )
        pooled = pooled[:kept]
        length = float(np.linalg.norm(pooled))
        if not 0 < length < float("inf"):
            raise EmbedderError(f"{self.directory.weights} gives a vector without a direction")
        vector: Vectors = (pooled / length).astype(np.float32)
        return vector


def _pooled(states: Vectors, pooling: Pooling) -> Vectors:
    """Pool the vectors of word pieces: ``states`` (pieces, dimension) → (dimension,)."""
    match pooling:
        case Pooling.CLS:
            row: Vectors = states[0]
        case Pooling.MEAN:
            row = states.mean(axis=0)
        case Pooling.MAX:
            row = states.max(axis=0)
        case Pooling.LAST:
            row = states[-1]
    return row
