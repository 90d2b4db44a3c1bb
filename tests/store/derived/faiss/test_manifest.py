"""The manifest of an ANN index."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import IndexDamaged
from semsearch.store.derived.faiss.manifest import (
    Listed,
    SegmentFile,
    as_manifest,
    is_manifest,
    listed_in,
)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.sets(st.integers(0, 2**60)))))
def test_a_manifest_is_read_as_it_was_written(segments: list[tuple[int, set[int]]]) -> None:
    """A manifest returns the names, digests and deleted ids that were put into it."""
    listed = [
        Listed(
            SegmentFile(f"ann-{number:06d}-1.faiss", bytes([number % 256]) * 32),
            np.array(sorted(gone), dtype=np.int64),
        )
        for number, gone in segments
    ]
    content = as_manifest(listed)
    assert is_manifest(content)
    read = listed_in(content)
    assert [one.file for one in read] == [one.file for one in listed]
    assert [one.gone.tolist() for one in read] == [one.gone.tolist() for one in listed]


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"{",
        b"[1]\n",
        b'[["ann-000001.faiss", "00", 3]]\n12345678',  # fewer ids than announced
        b'[["ann-000001.faiss", "no digest", 0]]\n',
        b'[["../../victim.faiss", "00", 0]]\n',
    ],
)
def test_a_manifest_that_nobody_wrote_is_refused(lines: bytes) -> None:
    """A forged manifest raises IndexDamaged, also if it names a file outside of the index."""
    with pytest.raises(IndexDamaged):
        listed_in(as_manifest([]).partition(b"\n")[0] + b"\n" + lines)
