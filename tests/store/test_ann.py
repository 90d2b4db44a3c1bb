"""Vectors → texts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import IndexDamaged
from semsearch.store.ann import AnnIndex


def unit_rows(count: int, seed: int = 0) -> np.ndarray:
    """Random unit rows (count, 8)."""
    rows = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@given(st.integers(1, 40), st.integers(1, 50), st.sets(st.integers(0, 39)))
def test_the_nearest_are_those_of_exact_search(count: int, k: int, wanted: set[int]) -> None:
    """Ids and cosines, best first, among those that are allowed."""
    rows, asked = unit_rows(count), unit_rows(1, seed=1)[0]
    ids = np.arange(count, dtype=np.int64) * 3 + 1
    index = AnnIndex.load(AnnIndex.build(ids, rows).dump())
    allowed = sorted({int(ids[i]) for i in wanted if i < count})
    for among in (None, allowed):
        order = [i for i in np.argsort(-(rows @ asked)) if among is None or ids[i] in among]
        found = index.nearest(asked, k, among)
        assert [text for text, _ in found] == [int(ids[i]) for i in order[:k]]
        assert [score for _, score in found] == pytest.approx(
            [float(rows[i] @ asked) for i in order[:k]], abs=1e-6
        )


@pytest.mark.parametrize("content", [b"", b"IxFI", b"IxMp" + b"\xff" * 100, b"x" * 50])
def test_other_bytes_are_refused(content: bytes) -> None:
    """By their kind, or by faiss; no length in them is believed."""
    with pytest.raises(IndexDamaged, match="ANN file"):
        AnnIndex.load(content)


def test_a_cut_off_file_is_refused() -> None:
    """Wherever it ends."""
    content = AnnIndex.build(np.array([1, 2], dtype=np.int64), unit_rows(2)).dump()
    for length in range(4, len(content), 7):
        with pytest.raises(IndexDamaged):
            AnnIndex.load(content[:length])
