"""Running texts on ONNX Runtime: their order, how many at once, and the two sessions."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from semsearch.embedders.local.minilm import VECTOR, MiniLM
from semsearch.embedders.local.minilm_builds import INT8_GRAPH_FILE
from semsearch.embedders.local.onnx_runtime import BATCH, EmbeddedText, SmallGraph, in_order
from semsearch.errors import EmbedderError


def numbered(text: str) -> EmbeddedText:
    """A vector that tells the number of the text; the first of each four take longest."""
    number = int(text)
    time.sleep(0.004 if number % 4 == 0 else 0)
    return EmbeddedText(np.array([number], dtype=np.float32), 1)


def texts(count: int) -> list[str]:
    """Numbers as texts."""
    return [str(number) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, BATCH, BATCH + 1, 3 * BATCH - 1])
def test_vectors_come_in_the_order_of_their_texts(count: int) -> None:
    """Batches have 32 texts but for the last, in order, however long each text takes."""
    batches = list(in_order(texts(count), numbered, 4))
    vectors = [float(one) for batch in batches for one in batch.vectors[:, 0]]
    assert vectors == list(range(count))
    assert [at for batch in batches for at in batch.positions] == list(range(count))
    assert {len(batch.positions) for batch in batches[:-1]} <= {BATCH}


def test_a_single_text_starts_no_thread() -> None:
    """The first text, which loads the model, is embedded by the caller."""
    threads = []

    def embed(text: str) -> EmbeddedText:
        threads.append(threading.current_thread())
        return numbered(text)

    list(in_order(["7"], embed, 4))
    list(in_order(texts(9), embed, 4))
    assert threads[0] is threads[1] is threading.main_thread()
    assert threading.main_thread() not in threads[2:]


def test_few_texts_are_taken_ahead() -> None:
    """Texts are taken as they are needed: two for each worker, beside those of the batch."""
    taken = 0

    def counted() -> Iterator[str]:
        nonlocal taken
        for text in texts(1000):
            taken += 1
            yield text

    batches = in_order(counted(), numbered, 2)
    next(batches)
    assert BATCH <= taken <= BATCH + 2 * 2
    batches.close()
    assert taken <= BATCH + 2 * 2


@pytest.mark.parametrize("at", [0, 1, 40])
def test_an_error_of_a_text_ends_the_run(at: int) -> None:
    """The batches before it are valid, and the error is the embedder's own."""

    def embed(text: str) -> EmbeddedText:
        if int(text) == at:
            raise EmbedderError("too long")
        return numbered(text)

    batches = in_order(texts(100), embed, 4)
    assert [len(next(batches).positions) for _ in range(at // BATCH)] == [BATCH] * (at // BATCH)
    with pytest.raises(EmbedderError, match="too long"):
        next(batches)


def test_both_sessions_give_equal_vectors(minilm: MiniLM) -> None:
    """A text has bit-equal vectors in the session that opens quickly and in that for many texts."""
    graph = SmallGraph(minilm.folder / INT8_GRAPH_FILE, is_brief_first=True)
    ids = [minilm.token_ids(text) for text in ("x", "When do bees swarm?", "The moon. " * 70)]
    rows = [
        [graph.run([VECTOR], {"ids": np.array(one, dtype=np.int64)})[0] for one in ids]
        for _ in range(12)
    ]
    for vectors in rows[1:]:
        np.testing.assert_array_equal(vectors, rows[0])
