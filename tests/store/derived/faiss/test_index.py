"""The ANN index returns the nearest texts, with vectors, codes or lists of codes."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import IndexDamaged
from semsearch.store.derived.faiss.build import AnnBuild
from semsearch.store.derived.faiss.faiss import FaissIndex
from semsearch.store.derived.faiss.files import put_built, read_ann
from semsearch.store.derived.faiss.index import AnnIndex
from semsearch.store.derived.faiss.segment import Segment
from semsearch.store.derived.file_stamps import NO_STAMPS
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.ids import Ids
from semsearch.store.policy import AnnPolicy, StorePolicy
from semsearch.store.protocol import VectorsOf
from semsearch.store.text_sets import ListedTexts

EXACT = AnnPolicy()  # holds the vectors of fewer than 10,000 texts
CODES = AnnPolicy(exact_below=100, segment=1_000, small_segment=200, direct=10)
LISTS = AnnPolicy(
    exact_below=100, lists_from=2_000, direct=10, lists=32, lists_scanned=(1, 2, 4, 8, 16, 32)
)


def unit_rows(count: int, seed: int = 0, dimension: int = 8) -> np.ndarray:
    """Random unit rows (count, dimension)."""
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def kept(ids: Ids, rows: np.ndarray) -> VectorsOf:
    """A reader of vectors as the record's: ids found, ascending, and their rows."""

    def vectors_of(texts: Ids) -> tuple[Ids, np.ndarray]:
        found = np.intersect1d(texts, ids)
        return found, rows[np.searchsorted(ids, found)]

    return vectors_of


def built(ids: Ids, rows: np.ndarray, policy: AnnPolicy = EXACT) -> AnnIndex:
    """An index of ``rows`` under ``ids``, ascending."""
    return AnnIndex.build(ids, kept(ids, rows), rows.shape[1], policy)


def reopened(index: AnnIndex, policy: AnnPolicy = EXACT) -> AnnIndex:
    """The index read back from the bytes of its segments, as from a file."""
    segments = [
        Segment(FaissIndex.load(bytes(one.index.dump())), one.gone) for one in index.segments
    ]
    return AnnIndex(segments, index.fewest, policy)


@pytest.mark.parametrize("policy", [EXACT, CODES, LISTS])
def test_an_index_is_written_as_faiss_writes_it(policy: AnnPolicy) -> None:
    """The bytes are those of ``faiss.serialize_index``, for vectors, codes and lists."""
    index = built(np.arange(2_500), unit_rows(2_500), policy).segments[0].index
    assert isinstance(index, FaissIndex)
    assert index.dump() == faiss.serialize_index(index._index).data


@given(st.integers(1, 40), st.integers(1, 50), st.sets(st.integers(0, 39)))
def test_the_nearest_are_those_of_exact_search(count: int, k: int, wanted: set[int]) -> None:
    """A small index returns the ids and cosines of a brute-force search, also with a filter."""
    rows, asked = unit_rows(count), unit_rows(1, seed=1)[0]
    ids = np.arange(count, dtype=np.int64) * 3 + 1
    index = reopened(built(ids, rows))
    allowed = sorted({int(ids[i]) for i in wanted if i < count})
    for among in (None, allowed):
        order = [i for i in np.argsort(-(rows @ asked)) if among is None or ids[i] in among]
        given = None if among is None else ListedTexts(np.array(among, dtype=np.int64))
        found = index.nearest(asked, k, kept(ids, rows), given)
        assert [text for text, _ in found] == [int(ids[i]) for i in order[:k]]
        assert [score for _, score in found] == pytest.approx(
            [float(rows[i] @ asked) for i in order[:k]], abs=1e-6
        )


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
@pytest.mark.parametrize("policy", [EXACT, CODES])
def test_a_search_of_one_segment_starts_no_threads(policy: AnnPolicy) -> None:
    """FAISS would begin a team for each thread that asks, which waits busily."""
    rows, ids = unit_rows(900), np.arange(900, dtype=np.int64)
    index = built(ids, rows, policy)

    tasks = Path("/proc/self/task")

    def started() -> tuple[set[Path], int]:
        faiss.omp_set_num_threads(4)  # of this thread alone, on a machine of any size
        before = set(tasks.iterdir())
        index.nearest(rows[0], 5, kept(ids, rows))
        return set(tasks.iterdir()) - before, faiss.omp_get_max_threads()

    with ThreadPoolExecutor(1) as asking:
        assert asking.submit(started).result() == (set(), 4)


@pytest.mark.parametrize("content", [b"", b"IxFI", b"IxMp" + b"\xff" * 100, b"IxPT" + b"\xff" * 99])
def test_other_bytes_are_refused(content: bytes) -> None:
    """Bytes that are no FAISS file raise IndexDamaged, whatever lengths they claim."""
    with pytest.raises(IndexDamaged, match="ANN file"):
        FaissIndex.load(content)


def test_a_cut_off_file_is_refused() -> None:
    """A truncated FAISS file raises IndexDamaged, at every length."""
    index = built(np.array([1, 2], dtype=np.int64), unit_rows(2))
    content = bytes(index.segments[0].index.dump())
    for length in range(4, len(content), 7):
        with pytest.raises(IndexDamaged):
            FaissIndex.load(content[:length])


def test_lists_of_codes_lead_to_the_nearest() -> None:
    """Lists find the nearest: few are scanned, all with a filter; an update keeps them."""
    centres = unit_rows(40, seed=3, dimension=64)
    rows = np.repeat(centres, 75, axis=0) + 0.8 * unit_rows(3_000, dimension=64)
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    ids = np.arange(3_000, dtype=np.int64) * 3 + 1
    first = AnnIndex.build(ids[:2_900], kept(ids, rows), 64, LISTS)
    assert first.recall is not None
    assert first.recall >= 0.99
    index = reopened(first, LISTS).updated(ids[:5], ids[2_900:], kept(ids, rows))
    assert index is not None
    assert index.ids.tolist() == ids[5:].tolist()
    scanned = index.segments[0].index.lists_scanned
    assert 1 <= scanned < 32
    for among in (None, ids[5::50], ids[5:2_500]):
        given = None if among is None else ListedTexts(among)
        left = np.arange(5, 3_000) if among is None else np.searchsorted(ids, among)
        for asked in rows[[10, 500, 1_500]]:
            order = sorted(left, key=lambda i: -float(rows[i] @ asked))[:10]
            found = [text for text, _ in index.nearest(asked, 10, kept(ids, rows), given)]
            wanted = [int(ids[i]) for i in order]
            if among is None:
                assert len(set(found) & set(wanted)) >= 8
            else:
                assert found == wanted
    assert index.updated(ids[5:1_000], ids[:0], kept(ids, rows)) is None  # no lists any more


def test_codes_lead_to_the_nearest_with_their_own_cosines() -> None:
    """Codes of 3,000 texts return the true top ten and exact cosines, with any filter."""
    rows, asked = unit_rows(3_000, dimension=64), unit_rows(1, seed=1, dimension=64)[0]
    ids = np.arange(3_000, dtype=np.int64) * 3 + 1
    index = reopened(built(ids, rows, CODES), CODES)
    assert not index.is_exact
    for among in (None, ids[::500], ids[:2_500]):
        given = None if among is None else ListedTexts(among)
        left = range(3_000) if among is None else np.searchsorted(ids, among)
        order = sorted(left, key=lambda i: -float(rows[i] @ asked))[:10]
        wanted = [int(ids[i]) for i in order]
        found = index.nearest(asked, 10, kept(ids, rows), given)
        exactly = index.nearest(asked, 10, kept(ids, rows), given, exact=True)
        assert [text for text, _ in found] == [text for text, _ in exactly] == wanted
        assert [cosine for _, cosine in found] == pytest.approx(
            [float(rows[i] @ asked) for i in order], abs=1e-6
        )


def test_codes_are_a_fraction_of_the_vectors() -> None:
    """An index of codes takes less than an eighth of the vectors' bytes."""
    ids, rows = np.arange(1, 5_001, dtype=np.int64), unit_rows(5_000, dimension=256)
    assert len(built(ids, rows, CODES).segments[0].index.dump()) < rows.nbytes / 8


def test_codes_know_what_share_of_the_nearest_they_find() -> None:
    """An index of codes measures its recall: high for spread rows, below 1 for near-equal rows."""
    rows = unit_rows(8_000, dimension=64)  # twice as many as are rescored at most
    ids = np.arange(8_000, dtype=np.int64)
    assert built(ids, rows).recall is None
    codes = AnnPolicy(exact_below=100)
    found = built(ids, rows, codes).recall
    assert found is not None
    assert found >= 0.99
    # Codes of nearly equal rows tell them apart badly, so that some of the best are missed.
    alike = rows * 1e-3 + rows[0]
    alike /= np.linalg.norm(alike, axis=1, keepdims=True)
    found = built(ids, alike.astype(np.float32), codes).recall
    assert found is not None
    assert found < 1.0


@pytest.mark.parametrize("noise", [1.0, 0.003])
def test_the_recall_is_that_of_questions_that_are_asked(noise: float) -> None:
    """It is the share of the ten nearest that searches with rows of the index return."""
    rows = unit_rows(8_000, dimension=64) * noise + unit_rows(1, 1, 64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = np.arange(8_000, dtype=np.int64) * 2
    index = built(ids, rows, AnnPolicy(exact_below=100, segment=2_500))
    shares = []
    for own in range(0, 8_000, 8_000 // 64):
        order = np.argsort(-(rows @ rows[own]), kind="stable")[:11]
        nearest = set(ids[order].tolist()) - {2 * own}
        asked = {text for text, _ in index.nearest(rows[own], 11, kept(ids, rows))}
        shares.append(len(nearest & asked) / len(nearest))
    assert index.recall == pytest.approx(np.mean(shares), abs=0.02)  # some cosines are equal


@pytest.mark.parametrize(("policy", "files"), [(EXACT, 1), (CODES, 4), (LISTS, 1)])
def test_segments_written_one_by_one_are_those_of_an_index_in_memory(
    tmp_path: Path, policy: AnnPolicy, files: int
) -> None:
    """The index that is read back has the texts, the answers and the recall."""
    rows, asked = unit_rows(2_500, dimension=64), unit_rows(1, 1, 64)[0]
    ids = np.arange(2_500, dtype=np.int64) * 3
    directory = IndexDirectory(tmp_path, StorePolicy(ann=policy))
    build = AnnBuild(ids, kept(ids, rows), 64, policy)
    file, count = put_built(directory, 1, build)
    read, made = read_ann(directory, file, NO_STAMPS), built(ids, rows, policy)
    assert (count, read.ids.tolist()) == (2_500, ids.tolist())
    assert len(list(tmp_path.glob("ann-*"))) == files
    assert build.recall == made.recall
    read.fewest = made.fewest
    vectors_of = kept(ids, rows)
    again, first = read.nearest(asked, 10, vectors_of), made.nearest(asked, 10, vectors_of)
    assert [text for text, _ in again] == [text for text, _ in first]
    # A small file is searched by numpy, an index in memory by faiss: they round differently.
    assert [cosine for _, cosine in again] == pytest.approx([cosine for _, cosine in first])


def test_an_index_is_brought_up_to_date_as_it_would_be_built() -> None:
    """An updated index finds what a rebuilt one finds, and leaves its base unchanged."""
    rows, asked = unit_rows(4_000, dimension=32), unit_rows(1, seed=1, dimension=32)[0]
    ids = np.arange(4_000, dtype=np.int64) * 2
    before, removed, added = ids[:3_000], ids[:3_000:7], ids[3_000:3_500]
    after = np.union1d(np.setdiff1d(before, removed), added)
    for exact_below in (100, 10_000):
        policy = AnnPolicy(exact_below=exact_below)
        old = built(before, rows[:3_000], policy)
        for base in (old, reopened(old, policy)):
            new = base.updated(removed, added, kept(ids, rows))
            assert new is not None
            assert new.ids.tolist() == after.tolist()
            assert base.ids.tolist() == before.tolist()
            fresh = built(after, rows[after // 2], policy)
            found, wanted = (one.nearest(asked, 10, kept(ids, rows)) for one in (new, fresh))
            assert dict(found) == pytest.approx(dict(wanted))


def test_an_index_that_has_doubled_or_changes_its_kind_is_built_anew() -> None:
    """``updated`` returns None when the size passes a power of two or the kind would change."""
    rows, ids = unit_rows(600), np.arange(600, dtype=np.int64)
    none = ids[:0]
    index = built(ids[:100], rows[:100], AnnPolicy(exact_below=50))
    few, many = ids[100:120], ids[100:300]
    assert index.updated(none, few, kept(ids, rows)) is not None
    assert index.updated(none, many, kept(ids, rows)) is None
    assert index.updated(ids[:60], none, kept(ids, rows)) is None


def test_an_exact_search_meets_what_codes_have_not() -> None:
    """An exact search ranks by the record's vectors, even where the codes disagree."""
    rows = unit_rows(2_000, dimension=16)
    ids = np.arange(1, 2_001, dtype=np.int64)
    index = built(ids, rows, CODES)
    turned = rows[::-1].copy()
    best = int(ids[np.argmax(turned @ rows[0])])
    assert index.nearest(rows[0], 1, kept(ids, turned), exact=True)[0][0] == best


def test_segments_never_change_and_lose_no_text() -> None:
    """Through 30 updates no text is lost, and each update writes at most two segments."""
    every = np.arange(6_000, dtype=np.int64)
    rows, chance = unit_rows(6_000, dimension=32), np.random.default_rng(2)
    vectors_of = kept(every, rows)
    there = every[:2_500]
    index = built(there, rows[:2_500], CODES)
    assert [len(one) for one in index.segments] == [834, 833, 833]
    for _ in range(30):
        removed = np.sort(chance.choice(there, 90, replace=False))
        added = np.sort(chance.choice(np.setdiff1d(every, there), 80, replace=False))
        before = index.segments
        updated = index.updated(removed, added, vectors_of)
        assert updated is not None
        there = np.union1d(np.setdiff1d(there, removed), added)
        index = reopened(updated, CODES)
        assert index.ids.tolist() == there.tolist()
        new = [one for one in updated.segments if all(one.index is not old.index for old in before)]
        assert len(new) <= 2  # what has come, and one that was worn
        assert all(len(one.gone) <= 0.4 * len(one.index) for one in updated.segments)
        assert len(updated.segments) <= 16
        for asked, among in ((rows[7], None), (rows[8], there[::2]), (rows[9], there[:400])):
            left = there if among is None else among
            given = None if among is None else ListedTexts(among)
            order = left[np.argsort(-(rows[left] @ asked))][:10].tolist()
            found = [text for text, _ in index.nearest(asked, 10, vectors_of, given)]
            assert len(set(found) & set(order)) >= 9
            assert set(found) <= set(left.tolist())


def test_what_has_gone_hides_nothing_that_is_there() -> None:
    """Deleted texts do not hide others, even when all the nearest of a segment are deleted."""
    near = 0.1 * unit_rows(300, seed=1, dimension=32) + 0.25 * np.float32([1, 0] * 16)
    rows = np.vstack([near, unit_rows(1_600, dimension=32)])
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    ids = np.arange(1_900, dtype=np.int64)
    index = built(ids, rows, CODES)
    index.fewest = 10
    updated = index.updated(ids[:295], ids[:0], kept(ids, rows))
    assert updated is not None
    found = [text for text, _ in updated.nearest(rows[0], 5, kept(ids, rows))]
    assert sorted(found) == [295, 296, 297, 298, 299]
