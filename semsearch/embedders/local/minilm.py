"""``local:minilm``: all-MiniLM-L6-v2 on this machine, by ONNX Runtime."""

import json
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from semsearch.embedders.embedder import EmbeddedBatch, Vectors
from semsearch.embedders.local.fluency import fluency_of
from semsearch.embedders.local.onnx_runtime import (
    BATCH,
    MOST_WINDOWS,
    mean_of_windows,
    open_session,
    open_tokenizer,
    require_packages,
)
from semsearch.errors import EmbedderError, ModelMissing

MINILM: Final = "minilm"
GRAPH_FILE: Final = "model.onnx"
WEIGHTS_FILE: Final = "model.onnx.data"
TOKENIZER_FILE: Final = "tokenizer.json"
MANIFEST_FILE: Final = "manifest.json"

BUILD: Final = 2  # raised when the same weights give another graph, or other files
# Which files a build has. Both are the same graph: in the first one the weights are in its file, so
# that they are copied when it is opened, which takes twice as long.
_FILES: Final = {
    1: (GRAPH_FILE, TOKENIZER_FILE),
    BUILD: (GRAPH_FILE, WEIGHTS_FILE, TOKENIZER_FILE),
}
_AROUND: Final = 2  # word pieces that stand around every text
_WINDOW: Final = 256 - _AROUND  # sentence_bert_config.json: what the model was trained on


def open_minilm(models_directory: Path) -> "MiniLM":
    """Open the installed model; raises ``ModelMissing`` with the command that installs it.

    It stays open: who has asked once mostly asks again, and loading it takes as long as two or
    three answers.
    """
    directory = models_directory / MINILM
    build = installed_build(directory)
    if build is None:
        raise ModelMissing(
            f"the local model is not installed; run: semsearch models install {MINILM}"
        )
    require_packages()
    return _opened(directory, build)


@lru_cache(maxsize=1)
def _opened(directory: Path, _build: int) -> "MiniLM":
    return MiniLM(directory)


def is_installed(directory: Path) -> bool:
    """True when the folder holds a whole model."""
    return installed_build(directory) is not None


def installed_build(directory: Path) -> int | None:
    """The number of the build that is in the folder; None when it is not there whole."""
    try:
        manifest = json.loads((directory / MANIFEST_FILE).read_text(encoding="utf-8"))
        build = manifest["build"]
        return build if manifest == manifest_of(directory, build) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def manifest_of(directory: Path, build: int = BUILD) -> dict[str, Any]:
    """What the manifest of the model in a folder says: the build, and its files' sizes."""
    sizes = {name: (directory / name).stat().st_size for name in _FILES[build]}
    return {"build": build, "sizes": sizes}


class MiniLM:
    """384 dimensions, English; word pieces are counted exactly.

    The model takes 256 word pieces at once. Of a longer text each window is embedded by itself, and
    the text's vector is their mean, weighted by their lengths: the model's own vector is the mean
    of its word pieces', too, so that only what they know of each other ends at a window's edge.

    Texts go through the model one by one: its quantised activations are scaled by what is in a
    batch, and a text's vector must not depend on its neighbours.
    """

    uri = f"local:{MINILM}"
    is_local = True
    max_tokens = MOST_WINDOWS * _WINDOW + _AROUND

    def __init__(self, directory: Path) -> None:
        """``directory`` holds an installed model, which is loaded at its first use."""
        self._directory = directory

    @cached_property
    def _session(self) -> Any:
        return open_session(self._directory / GRAPH_FILE)

    @cached_property
    def _tokenizer(self) -> Any:
        return open_tokenizer(self._directory / TOKENIZER_FILE)

    def count_tokens(self, text: str) -> int:
        """Word pieces, counted exactly."""
        return len(self.token_ids(text))

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors of a few texts at a time, in order; raises ``EmbedderError``."""
        start, left = 0, iter(texts)
        while batch := [self.token_ids(text) for text in islice(left, BATCH)]:
            vectors = np.stack([self._vector(ids) for ids in batch])
            yield EmbeddedBatch(
                tuple(range(start, start + len(batch))), vectors, sum(map(len, batch))
            )
            start += len(batch)

    def token_ids(self, text: str) -> list[int]:
        """The text's word pieces, between the two that stand around every text."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids

    def fluency(self, text: str) -> float:
        """By the word pieces of the text."""
        return fluency_of(text, self._tokenizer)

    def _vector(self, ids: list[int]) -> Vectors:
        if len(ids) > self.max_tokens:
            raise EmbedderError(
                f"a text of {len(ids)} word pieces is above the {self.max_tokens} of {self.uri};"
                " cut it"
            )
        first, *pieces, last = ids
        return mean_of_windows(pieces, _WINDOW, lambda window: self._window([first, *window, last]))

    def _window(self, ids: list[int]) -> Vectors:
        vector: Vectors = self._session.run(None, {"ids": np.array(ids, dtype=np.int64)})[0]
        return vector
