"""An ANN index in several files, and what becomes of them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import IndexDamaged, StorageFailed
from semsearch.settings.schema import Settings
from semsearch.store.derived.faiss.manifest import (
    Listed,
    SegmentFile,
    as_manifest,
    is_manifest,
    listed_in,
)
from semsearch.store.disk.atomic_files import put_file
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.snapshot import load_derived, open_snapshot

CUT = Settings(passage_characters=50, overlap_characters=0)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.sets(st.integers(0, 2**60)))))
def test_a_manifest_is_read_as_it_was_written(segments: list[tuple[int, set[int]]]) -> None:
    """Names, digests, and the ids of what has gone."""
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
        b'[["ann-000001.faiss", "00", 3]]\n12345678',  # fewer ids than it says
        b'[["ann-000001.faiss", "no digest", 0]]\n',
        b'[["../../victim.faiss", "00", 0]]\n',
    ],
)
def test_a_manifest_that_nobody_wrote_is_refused(lines: bytes) -> None:
    """Whoever wrote it: it leads out of no directory and fails in no other way."""
    with pytest.raises(IndexDamaged):
        listed_in(as_manifest([]).partition(b"\n")[0] + b"\n" + lines)


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of 300 texts that is indexed in codes, in four segments."""
    monkeypatch.setattr("semsearch.store.derived.faiss.index.EXACT_BELOW", 100)
    monkeypatch.setattr("semsearch.store.derived.faiss.index._SEGMENT", 80)
    monkeypatch.setattr("semsearch.store.derived.faiss.index._LATE", 20)
    monkeypatch.setattr("semsearch.store.derived.faiss.index._DIRECT", 5)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for file in range(30):
        texts = [f"Paragraph {at} of file {file} is about w{file}x{at}." for at in range(10)]
        (corpus / f"{file:02d}.md").write_text("\n\n".join(texts))
    indexed(corpus)
    return corpus


def indexed(corpus: Path) -> semsearch.IndexReport:
    """Bring the index up to date."""
    return semsearch.index(corpus, embedder=WordEmbedder(), settings=CUT, allow_mass_delete=True)


def ann_files(corpus: Path) -> dict[str, int]:
    """The files of the ANN index, and their inodes."""
    return {path.name: path.stat().st_ino for path in (corpus / ".semsearch").glob("ann-*")}


def best(corpus: Path, question: str) -> str:
    """The path of the best hit by meaning; nothing may be amiss."""
    answer = semsearch.search(
        question, index=corpus, embedder=WordEmbedder(), mode="semantic", min_relevance=0
    )
    assert answer.notices == ()
    return answer.hits[0].location.path


def add(corpus: Path, name: str, words: str) -> None:
    """One more file, with two texts."""
    (corpus / name).write_text(f"Something {words} here.\n\nAnd more {words} there.")
    indexed(corpus)


def test_an_update_keeps_the_segments_of_the_last_generation(many: Path) -> None:
    """It writes one of what has come, and the list; both generations can be read."""
    first = ann_files(many)
    assert sorted(first) == [*(f"ann-000001-{part}.faiss" for part in range(4)), "ann-000001.faiss"]
    (many / "03.md").unlink()
    add(many, "new.md", "zebras zebras zebras")
    second = ann_files(many)
    assert second.items() >= first.items()
    assert sorted(second.keys() - first.keys()) == ["ann-000002-0.faiss", "ann-000002.faiss"]
    assert best(many, "zebras zebras zebras") == "new.md"
    assert semsearch.verify(many, full=True).damages == ()
    add(many, "newer.md", "okapis okapis okapis")
    third = ann_files(many)
    assert "ann-000001.faiss" not in third  # nobody needs that list
    assert third.keys() >= {f"ann-000001-{part}.faiss" for part in range(4)}
    assert best(many, "okapis okapis okapis") == "newer.md"
    assert best(many, "zebras zebras zebras") == "new.md"
    semsearch.rollback(many)
    assert best(many, "zebras zebras zebras") == "new.md"
    assert "newer.md" not in best(many, "okapis okapis okapis")
    assert semsearch.verify(many, full=True).damages == ()


def test_segments_that_are_lost_are_made_anew(many: Path) -> None:
    """A query does without them and says so; the next run writes them."""
    add(many, "new.md", "zebras zebras zebras")
    (many / ".semsearch" / "ann-000001-2.faiss").unlink()
    answer = semsearch.search("zebras", index=many, embedder=WordEmbedder())
    assert "ann-000001-2.faiss cannot be read" in answer.notices[0]
    assert semsearch.verify(many).damages
    assert "made anew from the stored vectors" in indexed(many).notices[0]
    assert best(many, "zebras zebras zebras") == "new.md"
    semsearch.repair(many)
    assert semsearch.verify(many, full=True).damages == ()


def test_one_flipped_bit_of_a_segment_is_never_served(many: Path) -> None:
    """The list has its digest."""
    add(many, "new.md", "zebras zebras zebras")
    path = many / ".semsearch" / "ann-000001-1.faiss"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    answer = semsearch.search("zebras", index=many, embedder=WordEmbedder())
    assert "ann-000001-1.faiss is not what was written" in answer.notices[0]


def test_a_list_that_is_damaged_leaves_nothing_behind(many: Path) -> None:
    """Its segments are swept away, and all is made anew."""
    add(many, "new.md", "zebras zebras zebras")
    add(many, "newer.md", "okapis okapis okapis")
    for path in (many / ".semsearch").glob("ann-??????.faiss"):
        path.write_bytes(b"semsearch segments 1\n[")
    indexed(many)
    assert "ann-000001-0.faiss" not in ann_files(many)
    assert best(many, "zebras zebras zebras") == "new.md"


def test_what_is_forgotten_is_in_no_segment(many: Path) -> None:
    """Not as one of those that have gone, either."""
    add(many, "new.md", "zebras zebras zebras")
    before = ann_files(many)
    semsearch.forget(["new.md"], index=many)
    assert not ann_files(many).items() & before.items()
    with open_snapshot(IndexDirectory(many / ".semsearch")) as snapshot:
        derived = load_derived(snapshot)
        assert derived.ann is not None
        assert all(len(one.gone) == 0 for one in derived.ann.segments)
        assert derived.ann.ids.tolist() == snapshot.view.text_ids().tolist()


def test_an_index_without_any_of_its_files_is_mended(many: Path) -> None:
    """Those of the generation before stay away until they are asked for."""
    add(many, "new.md", "zebras zebras zebras")
    for path in (many / ".semsearch").glob("ann-*"):
        path.unlink()
    assert "made anew" in indexed(many).notices[0]
    assert best(many, "zebras zebras zebras") == "new.md"


def test_segments_that_are_open_are_not_read_again(many: Path) -> None:
    """By who has the generation before: only what has come since is."""
    with open_snapshot(IndexDirectory(many / ".semsearch")) as snapshot:
        before = load_derived(snapshot)
    add(many, "new.md", "zebras zebras zebras")
    with open_snapshot(IndexDirectory(many / ".semsearch")) as snapshot:
        after = load_derived(snapshot, before)
    assert before.ann is not None
    assert after.ann is not None
    kept = {id(segment.index) for segment in before.ann.segments}
    assert [id(segment.index) in kept for segment in after.ann.segments] == [True] * 4 + [False]


@pytest.mark.parametrize("writes", range(2))
def test_an_update_that_the_disk_stops_leaves_the_generation_before(
    many: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """At its new segment or at the list; the next run sweeps up and goes on."""
    before = ann_files(many)
    (many / "new.md").write_text("Something about zebras zebras zebras.")
    left = writes

    def failing(path: Path, content: bytes | memoryview) -> bytes:
        nonlocal left
        if left == 0:
            raise StorageFailed("the disk failed")
        left -= 1
        return put_file(path, content)

    with monkeypatch.context() as patched:
        patched.setattr("semsearch.store.derived.faiss.files.put_file", failing)
        with pytest.raises(StorageFailed):
            indexed(many)
    assert len(ann_files(many)) == len(before) + writes
    assert semsearch.verify(many, full=True).damages == ()
    assert best(many, "Paragraph 3 of file 3 is about w3x3.") == "03.md"
    report = indexed(many)
    assert (report.embedded, report.generation) == (0, 2)
    assert best(many, "zebras zebras zebras") == "new.md"
    assert len(ann_files(many)) == len(before) + 2


def test_an_index_of_one_file_becomes_the_first_of_several(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those are that an earlier semsearch has written, without a list."""
    monkeypatch.setattr("semsearch.store.derived.faiss.index._SEGMENT", 1_000)
    semsearch.rebuild(many, embedder=WordEmbedder(), settings=CUT, fresh=True)
    assert "ann-000002.faiss" in ann_files(many)
    (many / "03.md").unlink()
    add(many, "new.md", "zebras zebras zebras")
    add(many, "newer.md", "okapis okapis okapis")
    names = {"ann-000002.faiss", "ann-000003.faiss", "ann-000003-0.faiss"}
    assert ann_files(many).keys() == names | {"ann-000004.faiss", "ann-000004-0.faiss"}
    assert best(many, "zebras zebras zebras") == "new.md"
    assert best(many, "okapis okapis okapis") == "newer.md"
    assert semsearch.verify(many, full=True).damages == ()
