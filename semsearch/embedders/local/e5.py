"""``local:e5``: multilingual-e5-small on this machine, by ONNX Runtime."""

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.local.fluency import known_share
from semsearch.embedders.local.manifest import build_in
from semsearch.embedders.local.onnx_runtime import (
    MOST_WINDOWS,
    EmbeddedText,
    SmallGraph,
    in_order,
    mean_of_windows,
    require_fits,
    require_packages,
)
from semsearch.embedders.local.unigram import Unigram
from semsearch.embedders.vectors import Vectors
from semsearch.errors import ModelMissing

E5_NAME: Final = "e5"
GRAPH_FILE: Final = "model.onnx"
WEIGHTS_FILE: Final = "model.onnx.data"
PIECES_FILE: Final = "pieces.npz"

BUILD: Final = 1  # build number, raised when graph or files change for equal weights
FILES: Final = {BUILD: (GRAPH_FILE, WEIGHTS_FILE, PIECES_FILE)}
_MARKS: Final = 2  # special pieces around every window
_LENGTH: Final = 512  # pieces; max_position_embeddings of config.json
# The prefixes that the model was trained with (Wang et al., 2024: Multilingual E5).
_QUESTION: Final = "query: "
_PASSAGE: Final = "passage: "


def open_e5(models_directory: Path) -> "E5":
    """Open the installed model; raises ``ModelMissing`` with the command that installs it.

    The model stays open for later calls.
    """
    directory = models_directory / E5_NAME
    build = build_in(directory, FILES)
    if build is None:
        raise ModelMissing(
            f"the local model {E5_NAME} is not installed; run: semsearch models install {E5_NAME}"
        )
    require_packages()
    return _opened(directory, build)


@lru_cache(maxsize=1)
def _opened(directory: Path, _build: int) -> "E5":
    return E5(LoadedE5(directory))


def has_e5(models_directory: Path) -> bool:
    """True when the model is installed."""
    return build_in(models_directory / E5_NAME, FILES) is not None


class LoadedE5:
    """Graph and tokenizer in a folder, each loaded at its first use."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @cached_property
    def _graph(self) -> SmallGraph:
        return SmallGraph(self._directory / GRAPH_FILE, is_brief_first=True)

    @cached_property
    def tokenizer(self) -> Unigram:
        """The tokenizer of the model."""
        return Unigram(self._directory / PIECES_FILE)

    def vector(self, ids: list[int]) -> Vectors:
        """Return the unit row (384,) of a window's pieces."""
        vector: Vectors = self._graph.run(["vector"], {"ids": np.array(ids, dtype=np.int64)})[0]
        return vector


class E5:
    """Embedder of 384 dimensions for about a hundred languages; tokens are counted exactly.

    Passages and questions have a prefix each. The model's window is 512 pieces. Each window of a
    longer text is embedded with the prefix, and the text's vector is their mean, weighted by
    length. Texts are run one by one, so that a vector does not depend on the other texts of a
    batch.
    """

    uri = f"local:{E5_NAME}"
    is_local = True

    def __init__(self, loaded: LoadedE5, prefix: str = _PASSAGE) -> None:
        """``prefix`` is put before each text."""
        self._loaded = loaded
        self._prefix = prefix

    def for_questions(self) -> "E5":
        """Return the embedder of this model with the prefix for questions."""
        return E5(self._loaded, _QUESTION)

    @cached_property
    def max_tokens(self) -> int:
        """Four windows of pieces, with one prefix and its special pieces."""
        return MOST_WINDOWS * self._window + self._around

    def count_tokens(self, text: str) -> int:
        """Return the exact number of pieces of a text, with the prefix and special pieces."""
        return self._around + len(self._loaded.tokenizer.ids(text))

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors of up to 32 texts at a time, in order; raises ``EmbedderError``."""
        return in_order(texts, self._embedded)

    def window_ids(self, ids: list[int]) -> list[int]:
        """Return the pieces that the model takes for a window of a text."""
        tokenizer = self._loaded.tokenizer
        return [tokenizer.begin, *self._prefix_ids, *ids, tokenizer.end]

    def fluency(self, text: str) -> float:
        """How well the model knows the language of a text, 0.1 to 1, by its letters."""
        return known_share(self._loaded.tokenizer.pieces(text))

    @cached_property
    def _prefix_ids(self) -> list[int]:
        return self._loaded.tokenizer.ids(self._prefix)

    @cached_property
    def _around(self) -> int:
        """Pieces that are added to every window: the prefix and the special pieces."""
        return len(self._prefix_ids) + _MARKS

    @cached_property
    def _window(self) -> int:
        """The most pieces of a text that fit the model's window."""
        return _LENGTH - self._around

    def _embedded(self, text: str) -> EmbeddedText:
        ids = self._loaded.tokenizer.ids(text)
        tokens = self._around + len(ids)
        require_fits(tokens, self.max_tokens, self.uri)
        vector = mean_of_windows(
            ids, self._window, lambda window: self._loaded.vector(self.window_ids([*window]))
        )
        return EmbeddedText(vector, tokens)
