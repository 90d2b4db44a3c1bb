"""Publishing: what goes over, what readers see, and what a killed publication leaves."""

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest

from fakes.embedder import WordEmbedder
from fakes.memory_engine import MemoryEngine
from fakes.published import (
    SUBJECTS,
    PublishedFolder,
    assert_alike,
    assert_same_answers,
    folder_of_subjects,
    in_memory,
    sentences,
)
from semsearch import index as make_index
from semsearch.errors import (
    DiskFull,
    EmbedderMismatch,
    IndexLocked,
    IndexMissing,
    SettingsError,
    StorageFailed,
    TooLittle,
)
from semsearch.query.scoring import Mode
from semsearch.store.collection import pending_segments
from semsearch.store.collection.engine import ORDINAL_BITS
from semsearch.store.collection.manifest import manifest_of, numbers_of
from semsearch.store.collection.publisher import publish, withdraw
from semsearch.store.collection.reader import GenerationGone
from semsearch.store.notes.tags import TAGS
from semsearch.store.record.connection import open_to_write
from semsearch.store.record.note_rows import Notes

QUESTIONS = (
    "bees in winter",
    "where is bread kept warm",
    "tides file:sea/*",
    "warm -bread",
    '"keep warm" glaciers',
    "locks lang:en",
    "viol*",
)


@pytest.fixture
def engine() -> MemoryEngine:
    """An empty engine."""
    return MemoryEngine()


@pytest.fixture
def notes(tmp_path: Path, engine: MemoryEngine) -> PublishedFolder:
    """A folder with some documents on several subjects."""
    return folder_of_subjects(tmp_path, in_memory(engine))


def test_a_collection_answers_as_its_index_does(notes: PublishedFolder) -> None:
    """Every mode and filter finds the same passages with the same scores."""
    made = notes.both()
    assert (made.before, made.texts_written, made.documents) == (None, made.texts, 24)
    assert_same_answers(notes, QUESTIONS)


def test_only_changed_documents_go_over(notes: PublishedFolder) -> None:
    """A changed, a new, a removed and a renamed file write their own texts, and no others."""
    notes.both()
    notes.write("bees-0.md", sentences("bees", 100))
    notes.write("new.md", sentences("whales", 1))
    (notes.folder / "bread-1.md").unlink()
    (notes.folder / "wolves-4.md").rename(notes.folder / "wolves-renamed.md")
    made = notes.both()
    assert made.documents_written == 3
    assert made.texts_written < made.texts / 3
    assert_same_answers(notes, QUESTIONS)
    assert notes.published("whales")[0][0] == "new.md"


def test_a_touched_file_writes_no_text(notes: PublishedFolder) -> None:
    """Where only the time of a file has changed, filters by date know it, and no text goes over."""
    notes.both()
    os.utime(notes.folder / "bees-0.md", (1_000_000_000, 1_000_000_000))
    made = notes.both()
    assert (made.documents_written, made.texts_written) == (1, 0)
    assert {found[0] for found in notes.published("warm before:2005-01-01")} == {"bees-0.md"}


def test_nothing_goes_over_where_nothing_has_changed(
    notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """A second publication of the same generation writes nothing but the time."""
    notes.both()
    written: list[str] = []
    engine.before_write = written.append
    again = notes.publish()
    assert again.was_current
    assert written == ["put_blobs"]


def test_a_text_of_two_documents_stays_while_one_has_it(notes: PublishedFolder) -> None:
    """A text that two documents have is there once, with the places of both, then of one."""
    for name in ("one.md", "two.md"):
        notes.write(name, "A very special footer about quaggas.")
    notes.both()
    assert {found[0] for found in notes.published("quaggas", Mode.KEYWORD)} == {"one.md", "two.md"}
    (notes.folder / "one.md").unlink()
    notes.both()
    assert {found[0] for found in notes.published("quaggas", Mode.KEYWORD)} == {"two.md"}
    assert_same_answers(notes, QUESTIONS)


def test_many_small_publications_rank_as_one(notes: PublishedFolder, engine: MemoryEngine) -> None:
    """After thirty publications of changes the same words rank as where all was published anew."""
    notes.both()
    draw = random.Random(3)
    for at in range(30):
        notes.write(f"{draw.choice(SUBJECTS)}-{at}.md", sentences(draw.choice(SUBJECTS), at))
        if at % 4 == 0:
            draw.choice(sorted(notes.folder.rglob("*.md"))).unlink()
        made = notes.both()
        assert made.segments <= 13
    before = {question: notes.published(question) for question in QUESTIONS}
    notes.publish(anew=True)
    for question in QUESTIONS:
        assert_alike(before[question], notes.published(question))


def test_what_is_not_named_any_more_is_removed(
    notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """Two publications later nothing is left of texts that were replaced."""
    notes.both()
    for at in range(5):
        notes.write("bees-0.md", sentences("bees", 200 + at))
        notes.both()
    notes.publish(anew=True)
    notes.publish(anew=True)
    notes.publish(anew=True)
    with notes.reader() as reader:
        (manifest,) = reader.manifests()
    # The present segment, and the one before it, which readers may still read.
    assert len({key >> 32 for key in engine.texts}) <= 2
    prefixes = {name.split("/")[1] for name in engine.kept if name.startswith("segments/")}
    assert len(prefixes) <= 2
    assert manifest.revision == 9


class Killed(BaseException):
    """Stands for the end of the process."""


@dataclass
class Killer:
    """Ends the process at the n-th change of the engine."""

    at: int
    seen: int = 0

    def __call__(self, name: str) -> None:
        self.seen += 1
        if self.seen == self.at:
            raise Killed(name)


def test_a_publication_killed_at_any_change_is_seen_whole_or_not_at_all(
    notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """Killed at every change: readers have the generation before or the new one, then all."""
    notes.both()
    before = notes.texts()
    notes.write("bees-0.md", sentences("bees", 300))
    (notes.folder / "bread-1.md").unlink()
    notes.index()
    state = (dict(engine.texts), dict(engine.kept), dict(engine.sources))
    outcomes = set()
    for at in count(1):
        engine.texts, engine.kept, engine.sources = (dict(one) for one in state)
        engine.before_write = Killer(at)
        try:
            notes.publish()
            break
        except Killed:
            engine.before_write = lambda name: None
        seen = notes.texts()
        outcomes.add(seen == before)
        notes.publish()
        after = notes.texts()
        assert seen in (before, after)
        assert_alike(notes.locally("bees keep warm"), notes.published("bees keep warm"))
        with notes.reader() as reader:
            (manifest,) = reader.manifests()
        named = {entry.number for entry in manifest.segments}
        left = {key >> 32 for key in engine.texts} - named - set(manifest.dropped.segments)
        assert not left, f"segments of nobody after a kill at change {at}"
        assert not [name for name in engine.kept if name.startswith("pending/")]
    assert outcomes == {True, False}
    assert at > 15


def test_a_first_publication_killed_at_any_change_shows_nothing_by_halves(
    notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """Killed before the manifest is there, nothing is published; the next one publishes all."""
    notes.index()
    for at in (1, 2, 20, 40, 60):
        engine.texts, engine.kept, engine.sources = {}, {}, {}
        engine.before_write = Killer(at)
        with pytest.raises(Killed):
            notes.publish()
        engine.before_write = lambda name: None
        with pytest.raises(IndexMissing, match="nothing is published"):
            notes.texts()
        notes.publish()
        assert_alike(notes.locally("bees keep warm"), notes.published("bees keep warm"))


def test_sources_come_and_go_beside_each_other(
    tmp_path: Path, notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """Two sources are asked as one or one by one; removing one leaves the other as it was."""
    notes.both()
    (tmp_path / "work").mkdir()
    work = PublishedFolder(tmp_path / "work", in_memory(engine))
    work.write("bees.md", sentences("bees", 7))
    work.write("ships.md", sentences("ships", 8))
    work.both()
    both = notes.published("bees keep warm")
    assert {found[0] for found in both} >= {"bees.md", "bees-0.md"}
    assert {found[0] for found in notes.published("ships", source="work")} <= {
        "bees.md",
        "ships.md",
    }
    with notes.reader() as reader, reader.opened() as (snapshot, _):
        assert [(one.name, one.documents) for one in snapshot.sources] == [
            ("notes", 24),
            ("work", 2),
        ]
        columns = snapshot.view.documents.columns()
        assert len(set(columns.ids.tolist())) == len(columns.paths) == 26
    withdraw(replace(notes.uri, source="work"), notes.settings, notes.connect)
    assert_same_answers(notes, QUESTIONS)
    assert len({key >> 32 for key in engine.texts}) == 1
    with pytest.raises(IndexMissing, match="published nothing"):
        withdraw(replace(notes.uri, source="work"), notes.settings, notes.connect)


def test_two_sources_rank_as_one_index_of_both(
    tmp_path: Path, notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """The halves of a folder, published as two sources, rank by words as the whole folder does."""
    notes.index()
    halves = [PublishedFolder(tmp_path / name, in_memory(engine)) for name in ("one", "two")]
    for at, path in enumerate(sorted(notes.folder.rglob("*.md"))):
        halves[at % 2].write(str(path.relative_to(notes.folder)), path.read_text())
    for half in halves:
        half.both()
    for question in QUESTIONS:
        whole = notes.locally(question, Mode.KEYWORD)
        parts = halves[0].published(question, Mode.KEYWORD)
        assert [(path, round(score, 3)) for path, _, score, _ in whole] == [
            (path, round(score, 3)) for path, _, score, _ in parts
        ]


def test_a_source_is_replaced_by_its_own_index_only(
    tmp_path: Path, notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """Another index under the same name is refused, and taken over when it is said so."""
    notes.both()
    (tmp_path / "other" / "notes").mkdir(parents=True)
    other = PublishedFolder(tmp_path / "other" / "notes", in_memory(engine))
    other.write("ships.md", sentences("ships", 8))
    other.index()
    with pytest.raises(SettingsError, match="was published by another index"):
        other.publish()
    assert other.publish(take_over=True).texts == other.publish().texts
    assert {found[0] for found in notes.published("warm")} == {"ships.md"}


def test_another_embedder_is_refused(
    tmp_path: Path, notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """Vectors of two embedders are not mixed in a collection."""
    notes.both()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.md").write_text("Ships sail.")
    make_index(tmp_path / "work", embedder=WordEmbedder("test:other"))
    work = PublishedFolder(tmp_path / "work", in_memory(engine))
    with pytest.raises(EmbedderMismatch, match="has vectors of test:words"):
        work.publish()


def test_an_index_without_text_is_not_published(tmp_path: Path, engine: MemoryEngine) -> None:
    """There is nothing to publish where no document has text."""
    (tmp_path / "empty").mkdir()
    empty = PublishedFolder(tmp_path / "empty", in_memory(engine))
    empty.write("blank.md", "")
    with pytest.raises(TooLittle, match="nothing to publish"):
        empty.both()


def test_the_first_publication_waits_for_no_writer(notes: PublishedFolder) -> None:
    """While another process writes to the index, the first one is refused, a later one is not."""
    notes.index()
    with notes.directory.locked(), pytest.raises(IndexLocked, match="publish when it has ended"):
        notes.publish()
    notes.publish()
    with notes.directory.locked():
        assert notes.publish().was_current


def test_a_source_that_has_become_empty_is_published(notes: PublishedFolder) -> None:
    """Where all documents are gone, readers find nothing, and no error."""
    notes.both()
    for path in notes.folder.rglob("*.md"):
        path.unlink()
    notes.write("blank.md", "")
    made = notes.both()
    assert (made.documents, made.texts) == (1, 0)
    assert notes.published("bees") == []


@pytest.fixture
def named(notes: PublishedFolder) -> Iterator[PublishedFolder]:
    """The folder, published under a name of its own."""
    yield replace(notes, uri=replace(notes.uri, source="team notes"))


def test_a_source_is_called_as_the_uri_says(named: PublishedFolder) -> None:
    """The name in the URI is that of the source, and a wrong one is told with the right ones."""
    assert named.both().source == "team notes"
    with pytest.raises(IndexMissing, match="has no source 'other'; it has team notes"):
        named.published("bees", source="other")
    with pytest.raises(SettingsError, match="a source needs a name"):
        bad = replace(named.uri, source="a/b")
        publish(named.directory, bad, named.settings, connect=named.connect)


def test_a_question_of_a_generation_that_has_gone_is_told(notes: PublishedFolder) -> None:
    """Replaced once, what a reader has begun to read stays; replaced twice, it is asked again."""
    notes.both()
    with notes.reader() as reader:
        with reader.opened() as (snapshot, _):
            notes.publish(anew=True)
            ids = snapshot.view.texts.ids()
            assert len(dict(snapshot.view.texts.bodies(ids.tolist()))) == len(ids)
        with pytest.raises(GenerationGone), reader.opened():
            notes.publish(anew=True)
            notes.publish(anew=True)
        with reader.opened() as (snapshot, _):
            assert len(snapshot.view.texts.ids())


def test_a_rebuild_and_a_rollback_are_published(notes: PublishedFolder) -> None:
    """New vectors of the same texts, and the generation before, replace what was there."""
    import semsearch

    notes.both()
    notes.write("new.md", sentences("whales", 1))
    notes.both()
    semsearch.Index(notes.folder).rollback()
    notes.publish()
    assert_same_answers(notes, QUESTIONS)
    semsearch.rebuild(notes.folder, fresh=True, embedder=WordEmbedder())
    made = notes.publish()
    assert made.texts_written == made.texts
    assert_same_answers(notes, QUESTIONS)


def test_what_goes_of_a_segment_many_publications_later_is_read(notes: PublishedFolder) -> None:
    """The blob of revision 20 stays when that of revision 2, whose name it begins with, goes."""
    notes.both()
    (notes.folder / "bees-0.md").unlink()
    notes.both()
    for at in range(20):
        notes.write("new.md", sentences("whales", at))
        if at == 17:
            (notes.folder / "bread-1.md").unlink()
        notes.both()
    assert_same_answers(notes, QUESTIONS)


def test_tags_are_published_without_a_new_generation(notes: PublishedFolder) -> None:
    """A note of the index that has changed goes over, and is told; then nothing has changed."""
    notes.both()
    digest = "ab" * 32
    with notes.directory.locked(), open_to_write(notes.directory.record) as connection:
        Notes(connection).put(TAGS, json.dumps({"sea": [digest]}))
    done = notes.publish()
    assert (done.was_current, done.before, done.texts_written) == (False, done.generation, 0)
    with notes.reader() as reader, reader.opened() as (snapshot, _):
        assert json.loads(snapshot.view.note(TAGS) or "") == {"sea": [digest]}
    assert notes.publish().was_current


@pytest.mark.parametrize("first", ["nothing", "a generation"])
@pytest.mark.parametrize("call", ["put_texts", "count_texts", "put_manifest"])
def test_a_publication_whose_segment_another_one_removes_leaves_the_generation_before(
    notes: PublishedFolder, engine: MemoryEngine, first: str, call: str
) -> None:
    """Of a copy of the index, published at the same time, one is told, and no reader lacks rows."""
    if first == "a generation":
        notes.both()
    notes.write("new.md", sentences("whales", 1))
    notes.index()
    before = dict(engine.sources)
    meanwhile = [lambda: pending_segments.remove_noted(engine, "notes")]

    def remove(name: str) -> None:
        if name == call and meanwhile:
            meanwhile.pop()()

    engine.before_write = engine.before_count = remove
    with pytest.raises(IndexLocked, match="run this again"):
        notes.publish()
    assert not meanwhile and engine.sources == before
    assert not engine.blob_names("pending/")
    left = numbers_of([manifest_of("notes", one) for one in before.values()])
    assert {key >> ORDINAL_BITS for key in engine.texts} == left
    notes.publish()
    assert_same_answers(notes, QUESTIONS)
    assert {key >> ORDINAL_BITS for key in engine.texts} == numbers_of(
        [manifest_of("notes", engine.sources["notes"])]
    )


def test_a_source_that_is_published_while_it_is_removed_stays_whole(
    notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """The removal is refused, and removes nothing."""
    notes.both()
    notes.write("new.md", sentences("whales", 1))
    notes.index()

    def publish_meanwhile(name: str) -> None:
        if name == "put_manifest":
            engine.before_write = lambda name: None
            notes.publish()

    engine.before_write = publish_meanwhile
    with pytest.raises(IndexLocked, match="run this again"):
        withdraw(replace(notes.uri, source="notes"), notes.settings, notes.connect)
    assert_same_answers(notes, QUESTIONS)
    assert not engine.blob_names("pending/")


def test_a_killed_publication_leaves_nothing_also_where_nothing_has_changed_since(
    notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """What was begun stays noted until a publication removes it."""
    notes.both()
    left = count()

    def killed(name: str) -> None:
        if next(left) == 20:
            raise KeyboardInterrupt

    engine.before_write = killed
    with pytest.raises(KeyboardInterrupt):
        notes.publish(anew=True)
    engine.before_write = lambda name: None
    assert notes.publish().was_current
    notes.write("new.md", sentences("whales", 1))
    notes.both()
    assert {key >> ORDINAL_BITS for key in engine.texts} == numbers_of(
        [manifest_of("notes", engine.sources["notes"])]
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the length of files")
def test_a_folder_for_temporary_files_that_is_full_is_told(
    notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """With what to do, not as a fault of the index; readers have the generation before."""
    import resource

    notes.both()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(_: str) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))

    engine.before_write = limit
    try:
        with pytest.raises((StorageFailed, DiskFull), match="TMPDIR"):
            notes.publish(anew=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    engine.before_write = lambda name: None
    assert_same_answers(notes, QUESTIONS)
