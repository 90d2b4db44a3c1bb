"""``local:minilm``: all-MiniLM-L6-v2 on this machine, by ONNX Runtime."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, cast

from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.local.fluency import fluency_of, pieces_of
from semsearch.embedders.local.minilm_builds import (
    BUILD,
    GRAPH_FILE,
    INT8_GRAPH_FILE,
    MINILM,
    PRESENT_URI,
    TOKENIZER_FILE,
    installed_build,
)
from semsearch.embedders.local.onnx_runtime import (
    MOST_WINDOWS,
    EmbeddedText,
    SmallGraph,
    in_order,
    mean_of_windows,
    open_tokenizer,
    require_fits,
    require_packages,
)
from semsearch.embedders.vectors import Vectors
from semsearch.errors import ModelMissing

VECTOR: Final = "vector"  # outputs of the graph
STATES: Final = "states"

_AROUND: Final = 2  # special word pieces around every text
_WINDOW: Final = 256 - _AROUND  # the length of training, by sentence_bert_config.json


def open_minilm(models_directory: Path, uri: str = PRESENT_URI) -> "MiniLM":
    """Open the installed model, with the vectors of the build that ``uri`` names.

    Raises ``ModelMissing`` with the command that installs it. The model stays open for later calls:
    loading it takes as long as two or three queries.
    """
    directory = models_directory / MINILM
    build = installed_build(directory)
    if build is None:
        raise ModelMissing(
            f"the local model is not installed; run: semsearch models install {MINILM}"
        )
    if uri == PRESENT_URI and build < BUILD:
        raise ModelMissing(
            f"the installed {MINILM} is of build {build}, which lacks the vectors of {uri}; run:"
            f" semsearch models install {MINILM}"
        )
    require_packages()
    return _opened(directory, build, uri)


@lru_cache(maxsize=2)
def _opened(directory: Path, _build: int, uri: str) -> "MiniLM":
    return MiniLM(directory, uri)


class MiniLM:
    """Embedder of 384 dimensions for English; tokens are word pieces, counted exactly.

    The model's window is 256 word pieces. Each window of a longer text is embedded separately, and
    the text's vector is their mean, weighted by length. The model itself averages over word pieces,
    so only attention across window edges is lost. Texts are run one by one: quantised activations
    are scaled per batch, and a vector must not depend on the other texts of a batch.
    """

    is_local = True
    max_tokens = MOST_WINDOWS * _WINDOW + _AROUND

    def __init__(self, directory: Path, uri: str = PRESENT_URI) -> None:
        """``directory`` holds an installed model, which is loaded at its first use.

        ``uri`` tells which build's vectors it gives.
        """
        self.folder = directory
        self.uri = uri

    @cached_property
    def _graph(self) -> SmallGraph:
        if self.uri == PRESENT_URI:
            return SmallGraph(self.folder / INT8_GRAPH_FILE, is_brief_first=True)
        return SmallGraph(self.folder / GRAPH_FILE, is_brief_first=False)

    @cached_property
    def _tokenizer(self) -> Any:
        return open_tokenizer(self.folder / TOKENIZER_FILE)

    @cached_property
    def _has_states(self) -> bool:
        return STATES in self._graph.outputs

    def for_passages(self) -> "MiniLMForPassages":
        """Return the embedder of this model that also gives the vectors of sentences."""
        return MiniLMForPassages(self)

    def count_tokens(self, text: str) -> int:
        """Return the exact number of word pieces of a text, with the special pieces."""
        return len(self.token_ids(text))

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors of up to 32 texts at a time, in order; raises ``EmbedderError``."""
        return in_order(texts, self._embedded)

    def token_ids(self, text: str) -> list[int]:
        """Return the ids of the text's word pieces, between the two special pieces."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids

    def fluency(self, text: str) -> float:
        """How well the model knows the language of a text, 0.1 to 1, by its word pieces."""
        return fluency_of(text, pieces_of(text, self._tokenizer))

    def _embedded(self, text: str) -> EmbeddedText:
        ids = self.token_ids(text)
        return EmbeddedText(self._vector(ids, self._window), len(ids))

    def _vector(self, ids: list[int], run: Callable[[list[int]], Vectors]) -> Vectors:
        require_fits(len(ids), self.max_tokens, self.uri)
        first, *pieces, last = ids
        return mean_of_windows(pieces, _WINDOW, lambda window: run([first, *window, last]))

    def _window(self, ids: list[int]) -> Vectors:
        vector: Vectors = self._graph.run([VECTOR], {"ids": np.array(ids, dtype=np.int64)})[0]
        return vector

    def with_sentences(self, text: str) -> EmbeddedText:
        """Return a text's vector with the rows (n, 384) of its sentences.

        Both come of one forward pass. There are no rows when the text is one sentence, and for a
        model of a build without states.
        """
        # Here: a question needs none.
        from semsearch.embedders.local.sentence_pooling import sentence_rows

        encoding = self._tokenizer.encode(text)
        states: list[Vectors] = []

        def window(ids: list[int]) -> Vectors:
            given = {"ids": np.array(ids, dtype=np.int64)}
            vector, shown = self._graph.run([VECTOR, STATES], given)
            states.append(shown[1:-1])
            return cast(Vectors, vector)

        vector = self._vector(encoding.ids, window if self._has_states else self._window)
        starts = [start for start, _ in encoding.offsets[1:-1]]
        rows = sentence_rows(text, starts, states) if states else np.empty((0, len(vector)))
        return EmbeddedText(vector, len(encoding.ids), rows.astype(np.float32))


class MiniLMForPassages:
    """The embedder of a model for passages: batches have the vectors of sentences."""

    is_local = MiniLM.is_local
    max_tokens = MiniLM.max_tokens

    def __init__(self, model: MiniLM) -> None:
        self._model = model
        self.uri = model.uri

    def count_tokens(self, text: str) -> int:
        """Return the exact number of word pieces of a text, with the special pieces."""
        return self._model.count_tokens(text)

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors of up to 32 texts at a time, in order; raises ``EmbedderError``."""
        return in_order(texts, self._model.with_sentences)
