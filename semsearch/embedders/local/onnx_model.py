"""``local:PATH`` and ``hf:NAME``: a model of sentence-transformers, by its ONNX file or weights.

A model may want other words before questions than before passages, so that it is one embedder for
passages, which gives another for questions.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import Any, Final

import numpy as np

from semsearch.embedders.embedder import EmbeddedBatch, Vectors
from semsearch.embedders.local.fluency import fluency_of
from semsearch.embedders.local.graph_cache import Purpose, graph_of
from semsearch.embedders.local.huggingface import folder_of
from semsearch.embedders.local.model_folder import ModelDirectory, Pooling, read_model_directory
from semsearch.embedders.local.model_uri import ModelUri, model_uri
from semsearch.embedders.local.onnx_runtime import (
    BATCH,
    MOST_WINDOWS,
    Transformer,
    mean_of_windows,
    open_tokenizer,
    require_packages,
)
from semsearch.errors import EmbedderDrifted, EmbedderError, ModelMissing

_LEAST_WINDOW: Final = 16  # word pieces; a prefix that leaves fewer leaves no room for a text


def whole_uri(uri: str) -> str:
    """The URI with the absolute path and the fingerprint of what the folder holds now.

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


def open_model(uri: str, models_directory: Path) -> "OnnxModel":
    """Open the model of a URI, whose digest, if it has one, is taken as right.

    A graph that has to be built first is kept in ``models_directory``. Raises ``ModelMissing``.
    """
    require_packages()
    named = model_uri(uri)
    directory = _directory(named)
    whole = uri if named.digest is not None else whole_uri(uri)
    running = _Running(directory, models_directory)
    return OnnxModel(whole, running, directory.passage_prefix, directory.query_prefix)


def _directory(named: ModelUri) -> ModelDirectory:
    found = read_model_directory(folder_of(named))
    query, passage = named.query_prefix, named.passage_prefix
    return replace(
        found,
        query_prefix=found.query_prefix if query is None else query,
        passage_prefix=found.passage_prefix if passage is None else passage,
    )


class OnnxModel:
    """The model with one prefix before each text; word pieces are counted exactly, with all of it.

    Of a text that is longer than the model's window each window is embedded by itself, with the
    prefix, and the text's vector is their mean, weighted by their lengths. Texts go through the
    model one by one, so that a text's vector does not depend on its neighbours.
    """

    is_local = True

    def __init__(self, uri: str, running: "_Running", prefix: str, query_prefix: str) -> None:
        """``prefix`` stands before each text, ``query_prefix`` before those of questions."""
        self.uri = uri
        self._running = running
        self._prefix = prefix
        self._query_prefix = query_prefix

    def for_questions(self) -> "OnnxModel":
        """The same model with the prefix of questions."""
        return OnnxModel(self.uri, self._running, self._query_prefix, self._query_prefix)

    @cached_property
    def max_tokens(self) -> int:
        """Four windows' word pieces, and what stands around one."""
        return MOST_WINDOWS * self._window + self._around

    def count_tokens(self, text: str) -> int:
        """Word pieces, counted exactly."""
        return len(self._running.encoded(self._prefix + text).ids)

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors of a few texts at a time, in order; raises ``EmbedderError``."""
        start, left = 0, iter(texts)
        while batch := list(islice(left, BATCH)):
            encoded = [self._running.encoded(self._prefix + text) for text in batch]
            vectors = np.stack([self._vector(encoding) for encoding in encoded])
            tokens = sum(len(encoding.ids) for encoding in encoded)
            yield EmbeddedBatch(tuple(range(start, start + len(batch))), vectors, tokens)
            start += len(batch)

    def fluency(self, text: str) -> float:
        """By the word pieces of the text."""
        return fluency_of(text, self._running.tokenizer)

    @cached_property
    def _around(self) -> int:
        """Word pieces that stand around every text: the prefix's and the model's marks."""
        return len(self._running.encoded(self._prefix).ids)

    @cached_property
    def _window(self) -> int:
        """The most word pieces of a text that the model takes at once."""
        window = self._running.directory.length - self._around
        if window < _LEAST_WINDOW:
            raise ModelMissing(
                f"the {self._running.directory.length} word pieces that {self.uri} takes at once"
                f" leave no room for a text beside {self._around}; give it a shorter prefix"
            )
        return window

    def _vector(self, encoding: Any) -> Vectors:
        if len(encoding.ids) > self.max_tokens:
            raise EmbedderError(
                f"a text of {len(encoding.ids)} word pieces is above the {self.max_tokens} of"
                f" {self.uri}; cut it"
            )
        # The marks of the model stand at both ends, and have no place in the text; what ends
        # within the prefix is the prefix's.
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


class _Running:
    """A folder's graph and tokenizer, each loaded at its first use; shared by both prefixes."""

    def __init__(self, directory: ModelDirectory, models_directory: Path) -> None:
        self.directory = directory
        self._models_directory = models_directory

    @cached_property
    def _transformer(self) -> Transformer:
        weights = self.directory.weights
        return Transformer(graph_of(weights, self._models_directory, Purpose.STATES))

    @cached_property
    def tokenizer(self) -> Any:
        """What makes word pieces of texts."""
        return open_tokenizer(self.directory.tokenizer)

    def encoded(self, text: str) -> Any:
        """A text's word pieces: ``ids``, ``offsets`` in characters, ``special_tokens_mask``."""
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
        length = float(np.linalg.norm(pooled))
        if not 0 < length < float("inf"):
            raise EmbedderError(f"{self.directory.weights} gives a vector without a direction")
        vector: Vectors = (pooled / length).astype(np.float32)
        return vector


def _pooled(states: Vectors, pooling: Pooling) -> Vectors:
    """``states`` (pieces, dimension) → (dimension,)."""
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
