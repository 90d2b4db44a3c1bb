"""An ANN index in several segment files: updates, damage, removal."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.coverage import Coverage
from semsearch.documents.passage import Passage
from semsearch.documents.walk.walker import FileStat
from semsearch.errors import StorageFailed
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.history import History
from semsearch.store.loaded_indexes import load_derived
from semsearch.store.policy import AnnPolicy, StorePolicy
from semsearch.store.snapshot import open_snapshot
from semsearch.store.writer import open_writer

CODES = AnnPolicy(exact_below=100, segment=80, small_segment=20, direct=5)


ONE_SEGMENT = CODES._replace(segment=1_000)


@dataclass(frozen=True)
class Run:
    """What a run of ``indexed`` did."""

    notices: list[str]
    embedded: int
    generation: int


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of 300 texts that is indexed in codes, in four segments."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for file in range(30):
        texts = [f"Paragraph {at} of file {file} is about w{file}x{at}." for at in range(10)]
        (corpus / f"{file:02d}.md").write_text("\n\n".join(texts))
    indexed(corpus)
    return corpus


def directory_of(corpus: Path, ann: AnnPolicy = CODES) -> IndexDirectory:
    """The index directory, with thresholds that make 300 texts many."""
    return IndexDirectory(corpus / ".semsearch", StorePolicy(ann=ann))


def indexed(corpus: Path, directory: IndexDirectory | None = None, *, fresh: bool = False) -> Run:
    """Bring the index up to date with the files; each paragraph is a passage."""
    words = WordEmbedder()
    with open_writer(directory or directory_of(corpus)) as writer:
        notices = writer.rebuild_derived()
        writer.begin(corpus, words.uri, "{}", fresh=fresh)
        known = {document.path for document in writer.view.documents.all()}
        files = {path.name: path for path in corpus.glob("*.md")}
        writer.documents.remove(known - files.keys())
        for name in sorted(files.keys() - known):
            passages = [
                Passage(text, (1 + 2 * at, 1 + 2 * at), None, ())
                for at, text in enumerate(files[name].read_text().split("\n\n"))
            ]
            stat = FileStat.of(files[name].stat())
            writer.documents.put(name, stat, Coverage.INDEXED, passages=passages)
        missing = dict(writer.texts_without_vector())
        if missing:
            rows = np.stack([words.vector(body) for body in missing.values()])
            writer.vectors.put(list(missing), rows)
        if writer.has_changes:
            writer.commit()
        return Run(notices, len(missing), writer.number)


def ann_files(corpus: Path) -> dict[str, int]:
    """The files of the ANN index, and their inodes."""
    return {path.name: path.stat().st_ino for path in (corpus / ".semsearch").glob("ann-*")}


def best(corpus: Path, question: str) -> str:
    """The path of the best hit by meaning; there are no notices."""
    answer = semsearch.search(
        question, index=corpus, embedder=WordEmbedder(), mode="semantic", min_relevance=0
    )
    assert answer.notices == ()
    return answer.hits[0].location.path


def add(corpus: Path, name: str, words: str, ann: AnnPolicy = CODES) -> None:
    """Index another file, with two texts."""
    (corpus / name).write_text(f"Something {words} here.\n\nAnd more {words} there.")
    indexed(corpus, directory_of(corpus, ann))


def test_an_update_keeps_the_segments_of_the_last_generation(many: Path) -> None:
    """An update writes one segment and a manifest; both generations can be read."""
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
    assert "ann-000001.faiss" not in third  # no kept generation names that manifest
    assert third.keys() >= {f"ann-000001-{part}.faiss" for part in range(4)}
    assert best(many, "okapis okapis okapis") == "newer.md"
    assert best(many, "zebras zebras zebras") == "new.md"
    with open_writer(directory_of(many)) as writer:
        History(writer).roll_back()
    assert best(many, "zebras zebras zebras") == "new.md"
    assert "newer.md" not in best(many, "okapis okapis okapis")
    assert semsearch.verify(many, full=True).damages == ()


def test_segments_that_are_lost_are_made_anew(many: Path) -> None:
    """A search goes on without a lost segment, with a notice; the next run rebuilds it."""
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
    """A segment with one flipped bit is not searched: the manifest has its digest."""
    add(many, "new.md", "zebras zebras zebras")
    path = many / ".semsearch" / "ann-000001-1.faiss"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    answer = semsearch.search("zebras", index=many, embedder=WordEmbedder())
    assert "ann-000001-1.faiss is not what was written" in answer.notices[0]


def test_a_list_that_is_damaged_leaves_nothing_behind(many: Path) -> None:
    """When all manifests are damaged, all segments are removed and rebuilt."""
    add(many, "new.md", "zebras zebras zebras")
    add(many, "newer.md", "okapis okapis okapis")
    for path in (many / ".semsearch").glob("ann-??????.faiss"):
        path.write_bytes(b"semsearch segments 1\n[")
    indexed(many)
    assert "ann-000001-0.faiss" not in ann_files(many)
    assert best(many, "zebras zebras zebras") == "new.md"


def test_what_is_forgotten_is_in_no_segment(many: Path) -> None:
    """A forgotten document is in no segment, not even among the deleted ids."""
    add(many, "new.md", "zebras zebras zebras")
    before = ann_files(many)
    with open_writer(directory_of(many)) as writer:
        History(writer).forget(["new.md"])
    assert not ann_files(many).items() & before.items()
    with open_snapshot(directory_of(many)) as snapshot:
        derived = load_derived(snapshot)
        assert derived.ann is not None
        assert all(len(one.gone) == 0 for one in derived.ann.segments)
        assert derived.ann.ids.tolist() == snapshot.view.texts.ids().tolist()


def test_an_index_without_any_of_its_files_is_mended(many: Path) -> None:
    """An index that lost all ANN files is rebuilt by the next run."""
    add(many, "new.md", "zebras zebras zebras")
    for path in (many / ".semsearch").glob("ann-*"):
        path.unlink()
    assert "made anew" in indexed(many).notices[0]
    assert best(many, "zebras zebras zebras") == "new.md"


def test_segments_that_are_open_are_not_read_again(many: Path) -> None:
    """Loading a generation shares the segments that the one before has open."""
    with open_snapshot(directory_of(many)) as snapshot:
        before = load_derived(snapshot)
    add(many, "new.md", "zebras zebras zebras")
    with open_snapshot(directory_of(many)) as snapshot:
        after = load_derived(snapshot, before)
    assert before.ann is not None
    assert after.ann is not None
    kept = {id(segment.index) for segment in before.ann.segments}
    assert [id(segment.index) in kept for segment in after.ann.segments] == [True] * 4 + [False]


@dataclass(frozen=True)
class FailingDirectory(IndexDirectory):
    """An index on a disk that fails after some files."""

    successes: list[None] = field(default_factory=list)

    def put_file(self, path: Path, content: bytes | memoryview) -> bytes:
        """Write a file as long as successes are left."""
        if not self.successes:
            raise StorageFailed("the disk failed")
        self.successes.pop()
        return super().put_file(path, content)


@pytest.mark.parametrize("writes", range(2))
def test_an_update_that_the_disk_stops_leaves_the_generation_before(
    many: Path, writes: int
) -> None:
    """A disk failure at the new segment or the manifest publishes nothing; the next run goes on."""
    before = ann_files(many)
    (many / "new.md").write_text("Something about zebras zebras zebras.")
    good = directory_of(many)
    failing = FailingDirectory(good.path, good.policy, [None] * writes)
    with pytest.raises(StorageFailed):
        indexed(many, failing)
    assert len(ann_files(many)) == len(before) + writes
    assert semsearch.verify(many, full=True).damages == ()
    assert best(many, "Paragraph 3 of file 3 is about w3x3.") == "03.md"
    report = indexed(many)
    assert (report.embedded, report.generation) == (0, 2)
    assert best(many, "zebras zebras zebras") == "new.md"
    assert len(ann_files(many)) == len(before) + 2


def test_an_index_of_one_file_becomes_the_first_of_several(many: Path) -> None:
    """An ANN index in one file, without a manifest, becomes the first segment of an update."""
    indexed(many, directory_of(many, ONE_SEGMENT), fresh=True)
    assert "ann-000002.faiss" in ann_files(many)
    (many / "03.md").unlink()
    add(many, "new.md", "zebras zebras zebras", ONE_SEGMENT)
    add(many, "newer.md", "okapis okapis okapis", ONE_SEGMENT)
    names = {"ann-000002.faiss", "ann-000003.faiss", "ann-000003-0.faiss"}
    assert ann_files(many).keys() == names | {"ann-000004.faiss", "ann-000004-0.faiss"}
    assert best(many, "zebras zebras zebras") == "new.md"
    assert best(many, "okapis okapis okapis") == "newer.md"
    assert semsearch.verify(many, full=True).damages == ()
