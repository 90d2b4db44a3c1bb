"""The straight line from a folder to an index, with an embedder that needs no model."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pypdf
import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.coverage import Coverage
from semsearch.documents.passage import Location
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.errors import (
    CorpusError,
    EmbedderMismatch,
    EmbedderUnavailable,
    IndexDamaged,
    IndexLocked,
    IndexMissing,
    IndexTooNew,
    ReplyInvalid,
    TextsRefused,
)
from semsearch.indexer.progress import Progress
from semsearch.indexer.report import IndexReport
from semsearch.query.hits import Answer
from semsearch.settings.schema import Settings
from semsearch.store.record.connection import open_to_read, open_to_write
from semsearch.store.record.schema import GENERATION_HASH

if TYPE_CHECKING:
    from conftest import WithoutRoot


def index(corpus: Path, embedder: WordEmbedder, **values: int) -> IndexReport:
    """Bring the index up to date."""
    return semsearch.index(corpus, embedder=embedder, settings=Settings(**values))  # type: ignore[arg-type]


def found(corpus: Path, question: str, embedder: WordEmbedder) -> list[str]:
    """The paths of the best hits."""
    answer = semsearch.search(question, index=corpus, embedder=embedder)
    return [place.path for hit in answer.hits for place in (hit.location, *hit.copies)]


def files_of(corpus: Path) -> dict[str, tuple[int, int]]:
    """The index's files that a commit writes, with inode and time."""
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in (corpus / ".semsearch").glob("ann-*")
    }


def test_a_first_run_indexes_every_document(corpus: Path, words: WordEmbedder) -> None:
    """Each passage is embedded once, and the report counts what was done."""
    report = index(corpus, words)
    assert (report.added, report.passages, report.embedded) == (4, 5, 5)
    assert report.generation == 1
    assert report.is_new_generation
    assert found(corpus, "moon water", words)[0] == "sub/tides.html"


def test_a_second_run_embeds_and_writes_nothing(corpus: Path, words: WordEmbedder) -> None:
    """An unchanged folder costs no call and makes no generation."""
    index(corpus, words)
    before = files_of(corpus)
    seen = len(words.seen)
    report = index(corpus, words)
    assert (report.is_new_generation, report.generation, report.unchanged) == (False, 1, 4)
    assert len(words.seen) == seen
    assert files_of(corpus) == before


def test_unchanged_files_are_not_opened(corpus: Path, words: WordEmbedder) -> None:
    """Of all documents only the one that has changed is, and those that were new until now."""
    time.sleep(0.1)
    index(corpus, words)
    (corpus / "bread.txt").write_text("New bread.")
    opened: list[str] = []
    is_watched = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and is_watched:
            opened.append(Path(str(arguments[0])).name)

    sys.addaudithook(watch)  # Python tells it of every file that it opens
    index(corpus, words)
    is_watched = False
    documents = {path.name for path in corpus.rglob("*.*") if ".semsearch" not in path.parts}
    assert documents & set(opened) == {"bread.txt"}


def test_a_changed_file_embeds_only_its_new_text(corpus: Path, words: WordEmbedder) -> None:
    """A new section leaves the vectors of the others as they are."""
    index(corpus, words)
    words.seen.clear()
    path = corpus / "bees.md"
    path.write_text("# Swarms\n\nIn May.\n\n" + path.read_text())
    report = index(corpus, words)
    assert words.seen == ["# Swarms\n\nIn May."]
    assert (report.changed, report.embedded, report.reused) == (1, 1, 5)


def test_renamed_and_moved_files_embed_nothing(corpus: Path, words: WordEmbedder) -> None:
    """A vector belongs to a text, wherever it stands; and the ANN file is not even written."""
    index(corpus, words)
    before = files_of(corpus)
    words.seen.clear()
    (corpus / "bees.md").rename(corpus / "sub" / "insects.md")
    report = index(corpus, words)
    assert words.seen == []
    assert (report.added, report.removed, report.generation) == (1, 1, 2)
    assert files_of(corpus) == before
    assert found(corpus, "honey bees", words)[0] == "sub/insects.md"


def test_the_folder_and_its_index_can_be_moved(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """No path in the index is absolute."""
    index(corpus, words)
    words.seen.clear()
    moved = corpus.rename(tmp_path / "elsewhere")
    report = index(moved, words)
    assert (report.corpus, report.embedded) == (moved, 0)
    assert semsearch.status(moved).corpus == moved


def test_deleted_files_disappear(corpus: Path, words: WordEmbedder) -> None:
    """No query shows them any more."""
    index(corpus, words)
    (corpus / "bread.txt").unlink()
    assert index(corpus, words).removed == 1
    assert "bread.txt" not in found(corpus, "bread dough hot", words)


def test_a_file_that_was_only_touched_is_not_cut_anew(corpus: Path, words: WordEmbedder) -> None:
    """Other times, the same bytes: no new generation."""
    index(corpus, words)
    (corpus / "bread.txt").touch()
    assert not index(corpus, words).is_new_generation


def test_equal_texts_are_embedded_once(corpus: Path, words: WordEmbedder) -> None:
    """Two copies of a document cost one, and both are found."""
    (corpus / "copy.txt").write_text((corpus / "bread.txt").read_text())
    report = index(corpus, words)
    assert (report.passages, report.embedded) == (6, 5)
    assert {"copy.txt", "bread.txt"} <= set(found(corpus, "bread dough", words))


def test_an_interrupted_run_keeps_what_was_paid_for(corpus: Path) -> None:
    """The next run sends only the texts that the first one did not get to."""
    first = WordEmbedder(batch=2, fails_after=1)
    with pytest.raises(EmbedderUnavailable):
        index(corpus, first)
    second = WordEmbedder()
    report = index(corpus, second)
    assert sorted(first.seen + second.seen) == sorted(set(first.seen + second.seen))
    assert (len(first.seen), report.embedded, report.generation) == (2, 3, 1)
    assert (report.added, report.unchanged) == (4, 0)


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from fakes.embedder import WordEmbedder
    import semsearch
    from semsearch.settings.schema import Settings
    class Deadly(WordEmbedder):
        def embed(self, texts):
            for number, batch in enumerate(super().embed(texts)):
                if number == 2:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield batch
    semsearch.index(Path(sys.argv[1]), embedder=Deadly(batch=1), settings=Settings())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on this system")
def test_a_killed_run_loses_nothing_and_leaves_no_lock(corpus: Path, words: WordEmbedder) -> None:
    """A process that is killed while it embeds has kept two vectors, and an old index answers."""
    index(corpus, words)
    for number in range(5):
        (corpus / f"new{number}.txt").write_text(f"Entirely new text {number}.")
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(corpus)]
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert semsearch.status(corpus).generation == 1
    assert "bees.md" in found(corpus, "honey bees", words)
    report = index(corpus, words)
    assert (report.embedded, report.generation, report.added) == (3, 2, 5)


def test_one_writer_at_a_time(corpus: Path, words: WordEmbedder) -> None:
    """A second one is told at once that another is at work; readers are not held up."""
    index(corpus, words)
    (corpus / "new.txt").write_text("new text")

    def try_twice(_: Progress) -> None:
        with pytest.raises(IndexLocked, match="another semsearch"):
            index(corpus, words)
        assert semsearch.status(corpus).generation == 1

    semsearch.index(corpus, embedder=words, settings=Settings(), on_progress=try_twice)
    assert semsearch.status(corpus).generation == 2


def test_a_rebuild_reads_everything_and_reuses_vectors(corpus: Path, words: WordEmbedder) -> None:
    """A new generation, and no text is embedded again."""
    index(corpus, words)
    words.seen.clear()
    report = semsearch.rebuild(corpus, embedder=words, settings=Settings())
    assert (report.generation, report.unchanged, report.embedded) == (2, 4, 0)
    assert words.seen == []


def test_a_fresh_rebuild_embeds_everything_again(corpus: Path, words: WordEmbedder) -> None:
    """While it runs the old generation answers; when it is stopped it goes on from there."""
    index(corpus, words)
    stopped = WordEmbedder(batch=2, fails_after=1)
    with pytest.raises(EmbedderUnavailable):
        semsearch.rebuild(corpus, embedder=stopped, fresh=True, settings=Settings())
    assert semsearch.status(corpus).generation == 1
    assert "bees.md" in found(corpus, "honey bees", words)
    report = semsearch.rebuild(corpus, embedder=words, fresh=True, settings=Settings())
    assert (report.embedded, report.generation) == (3, 2)


def test_a_fresh_rebuild_takes_over_no_older_vectors(corpus: Path) -> None:
    """But those of a fresh run that was stopped, also when others came between: they are paid."""
    first, second = WordEmbedder("test:a"), WordEmbedder("test:b")
    index(corpus, first)
    for _ in range(2):
        semsearch.rebuild(corpus, embedder=second, settings=Settings())
    again = WordEmbedder("test:a")
    semsearch.rebuild(corpus, embedder=again, fresh=True, settings=Settings())
    assert len(again.seen) == 5
    with pytest.raises(EmbedderUnavailable):
        stopped = WordEmbedder("test:a", batch=2, fails_after=1)
        semsearch.rebuild(corpus, embedder=stopped, fresh=True, settings=Settings())
    (corpus / "new.txt").write_text("new text")
    assert index(corpus, again).embedded == 1
    last = WordEmbedder("test:a")
    semsearch.rebuild(corpus, embedder=last, fresh=True, settings=Settings())
    assert len(last.seen) == 4


def test_a_stopped_fresh_run_does_not_hide_what_was_paid_before(corpus: Path) -> None:
    """Going back to an embedder without --fresh takes the whole epoch, not the half one."""
    index(corpus, WordEmbedder("test:a"))
    semsearch.rebuild(corpus, embedder=WordEmbedder("test:b"), settings=Settings())
    with pytest.raises(EmbedderUnavailable):
        stopped = WordEmbedder("test:a", batch=2, fails_after=1)
        semsearch.rebuild(corpus, embedder=stopped, fresh=True, settings=Settings())
    again = WordEmbedder("test:a")
    semsearch.rebuild(corpus, embedder=again, settings=Settings())
    assert again.seen == []


def test_an_embedder_that_was_left_has_kept_its_vectors(corpus: Path, words: WordEmbedder) -> None:
    """Changing back costs nothing."""
    index(corpus, words)
    for _ in range(3):
        semsearch.rebuild(corpus, embedder=WordEmbedder("test:b"), settings=Settings())
    words.seen.clear()
    semsearch.rebuild(corpus, embedder=words, settings=Settings())
    assert words.seen == []


def test_a_stopped_run_changes_nothing_that_readers_see(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """Not even the folder, when it was to become another one's."""
    (tmp_path / "kept").mkdir()
    semsearch.index(corpus, index=tmp_path / "kept", embedder=words, settings=Settings())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("other text")
    with pytest.raises(EmbedderUnavailable):
        semsearch.rebuild(
            tmp_path / "other",
            index=tmp_path / "kept",
            embedder=WordEmbedder(fails_after=0),
            settings=Settings(),
        )
    assert semsearch.status(tmp_path / "kept").corpus == corpus
    assert "bees.md" in found(tmp_path / "kept", "honey bees", words)


def test_an_index_is_not_taken_over_by_another_folder(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """Only by a rebuild; but the same folder may have moved."""
    index(corpus, words)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("other text")
    with pytest.raises(CorpusError, match=r"is that of .*corpus; to make it .* rebuild"):
        semsearch.index(tmp_path / "other", index=corpus, embedder=words, settings=Settings())
    assert semsearch.status(corpus).documents == 4
    report = semsearch.rebuild(
        tmp_path / "other", index=corpus, embedder=words, settings=Settings()
    )
    assert (report.added, report.removed, report.corpus) == (1, 4, tmp_path / "other")


def test_an_index_kept_elsewhere_follows_its_folder(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """Also when it is reached by a link, and when the folder has been moved."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "er")
    semsearch.index(corpus, index=tmp_path / "link", embedder=words, settings=Settings())
    assert semsearch.status(tmp_path / "deep" / "er").corpus == corpus
    moved = corpus.rename(tmp_path / "moved")
    semsearch.index(moved, index=tmp_path / "link", embedder=words, settings=Settings())
    assert semsearch.status(tmp_path / "link").corpus == moved


def test_without_a_folder_the_index_that_was_found_is_updated(
    corpus: Path, words: WordEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that is kept elsewhere, and one whose first run was stopped."""
    (tmp_path / "kept").mkdir()
    with pytest.raises(EmbedderUnavailable):
        semsearch.index(
            corpus,
            index=tmp_path / "kept",
            embedder=WordEmbedder(fails_after=0),
            settings=Settings(),
        )
    monkeypatch.chdir(tmp_path / "kept")
    report = semsearch.index(embedder=words, settings=Settings())
    assert (report.corpus, report.index) == (corpus, tmp_path / "kept" / ".semsearch")
    assert not (corpus / ".semsearch").exists()


def test_a_refused_text_leaves_out_its_passages_only(corpus: Path) -> None:
    """With the embedder's reason; they are not sent again before their document changes."""

    class Choosy(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            texts = list(texts)
            bad = {n: "too long" for n, text in enumerate(texts) if "dense" in text}
            self.asked = getattr(self, "asked", 0) + len(bad)
            good = [n for n in range(len(texts)) if n not in bad]
            for batch in super().embed([texts[n] for n in good]):
                positions = tuple(good[at] for at in batch.positions)
                yield EmbeddedBatch(positions, batch.vectors, batch.tokens)
            if bad:
                raise TextsRefused(bad)

    choosy = Choosy()
    report = index(corpus, choosy)
    (left_out,) = report.left_out
    assert (left_out.path, left_out.coverage) == ("bees.md", Coverage.INDEXED)
    assert left_out.reason == "the embedder refuses a passage: too long"
    assert (report.added, found(corpus, "honey bees", choosy)[0]) == (4, "bees.md")
    assert (report.passages, report.embedded, report.reused) == (4, 4, 0)
    assert not index(corpus, choosy).is_new_generation
    assert choosy.asked == 1
    (corpus / "bees.md").write_text("Honey bees keep warm.")
    assert index(corpus, choosy).left_out == ()


def test_a_document_whose_only_text_is_refused_has_failed(corpus: Path) -> None:
    """And the texts of the others are found."""

    class Choosy(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            texts = list(texts)
            good = [n for n, text in enumerate(texts) if "bowline" not in text]
            for batch in super().embed([texts[n] for n in good]):
                positions = tuple(good[at] for at in batch.positions)
                yield EmbeddedBatch(positions, batch.vectors, batch.tokens)
            raise TextsRefused(dict.fromkeys(set(range(len(texts))) - set(good), "no knots"))

    report = index(corpus, Choosy())
    (left_out,) = report.left_out
    assert (left_out.path, left_out.coverage) == ("sub/knots.txt", Coverage.FAILED)
    assert (report.added, report.passages) == (3, 4)


def test_an_index_cannot_name_a_file_outside(corpus: Path, words: WordEmbedder) -> None:
    """Whoever made it: neither is that read nor written over."""
    index(corpus, words)
    victim = corpus.parent / "victim.txt"
    victim.write_text("precious")
    with open_to_write(corpus / ".semsearch" / "index.sqlite") as connection:
        connection.execute("update generation set ann_file = '../../victim.txt'")
        connection.execute(
            f"update generation set hash = {GENERATION_HASH} from embedder"
            " where embedder.id = embedder"
        )
    for act in (lambda: index(corpus, words), lambda: found(corpus, "bees", words)):
        with pytest.raises(IndexDamaged, match="tampered"):
            act()
    assert victim.read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give")
def test_an_index_of_another_user_does_not_choose_the_folder(
    corpus: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It might be one that the other user cannot read."""
    index(corpus, words)
    os.chown(corpus / ".semsearch", 65534, 65534)
    monkeypatch.chdir(corpus)
    with pytest.raises(CorpusError, match="belongs to another user"):
        semsearch.index(embedder=words, settings=Settings())


def test_a_commit_between_choice_and_lock_is_noticed(corpus: Path, words: WordEmbedder) -> None:
    """What was chosen by the generation before may not hold any more."""

    class Slow(WordEmbedder):
        is_first = True

        @property
        def uri(self) -> str:
            if self.is_first:
                self.is_first = False
                (corpus / "new.txt").write_text("new text")
                index(corpus, words)
            return "test:words"

        @uri.setter
        def uri(self, _: str) -> None:
            """It is fixed."""

    index(corpus, words)
    slow = Slow()
    slow.is_first = True
    with pytest.raises(IndexLocked, match="has just written"):
        index(corpus, slow)
    assert index(corpus, slow).generation == 2


def test_a_mended_ann_file_stays_good(corpus: Path, words: WordEmbedder) -> None:
    """Its new digest goes on to the generations that name it again."""
    index(corpus, words)
    next((corpus / ".semsearch").glob("ann-*")).write_bytes(b"IxMp")
    (corpus / "bread.txt").rename(corpus / "loaf.txt")
    assert "made anew" in index(corpus, words).notices[0]
    assert semsearch.search("bees", index=corpus, embedder=words).notices == ()


def test_a_fresh_rebuild_cures_vectors_that_are_damaged(corpus: Path, words: WordEmbedder) -> None:
    """A query does without them and says so; it needs none of them."""
    index(corpus, words)
    with open_to_write(corpus / ".semsearch" / "index.sqlite") as connection:
        connection.execute("update vector set vector = x'00'")
    next((corpus / ".semsearch").glob("ann-*")).unlink()
    answer = semsearch.search("honey bees", index=corpus, embedder=words)
    assert (answer.hits, "5 damaged rows are left out" in answer.notices[1]) == ((), True)
    semsearch.rebuild(corpus, embedder=words, fresh=True, settings=Settings())
    assert "bees.md" in found(corpus, "honey bees", words)


def test_a_named_index_without_a_folder_needs_one(
    corpus: Path, words: WordEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current directory is not what was meant."""
    (tmp_path / "kept").mkdir()
    monkeypatch.chdir(corpus)
    with pytest.raises(IndexMissing, match="semsearch index FOLDER"):
        semsearch.index(index=tmp_path / "kept", embedder=words, settings=Settings())


def test_an_index_whose_folder_is_away_is_not_taken_over(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """A disk that is not mounted is no reason to forget what was on it."""
    (tmp_path / "kept").mkdir()
    semsearch.index(corpus, index=tmp_path / "kept", embedder=words, settings=Settings())
    corpus.rename(tmp_path / "away")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("other text")
    with pytest.raises(CorpusError, match="rebuild"):
        semsearch.index(
            tmp_path / "other", index=tmp_path / "kept", embedder=words, settings=Settings()
        )


@pytest.mark.parametrize(
    "change",
    [
        lambda b: EmbeddedBatch(b.positions, b.vectors * np.nan, b.tokens),
        lambda b: EmbeddedBatch(b.positions, b.vectors * 0, b.tokens),
        lambda b: EmbeddedBatch(b.positions, b.vectors * 7, b.tokens),
        lambda b: EmbeddedBatch(b.positions, b.vectors[0], b.tokens),
        lambda b: EmbeddedBatch(b.positions, b.vectors[1:], b.tokens),
        lambda b: EmbeddedBatch(b.positions, "vectors", b.tokens),
        lambda b: EmbeddedBatch((*b.positions[1:], 99), b.vectors, b.tokens),
        lambda b: EmbeddedBatch((b.positions[0],) * len(b.positions), b.vectors, b.tokens),
        lambda b: EmbeddedBatch(b.positions[1:], b.vectors[1:], b.tokens),
    ],
)
def test_what_an_embedder_gives_is_checked(
    corpus: Path, change: Callable[[EmbeddedBatch], EmbeddedBatch]
) -> None:
    """Whoever wrote it: nothing of a wrong answer is stored."""

    class Wrong(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            yield from map(change, super().embed(texts))

    with pytest.raises(ReplyInvalid, match="test:words"):
        index(corpus, Wrong(batch=9))
    with pytest.raises(IndexMissing):
        semsearch.status(corpus)


def test_a_reason_outside_of_a_file_is_not_believed_for_ever(
    corpus: Path, words: WordEmbedder
) -> None:
    """A larger limit reads it; until then nothing new is written."""
    (corpus / "long.txt").write_text("long " * 100)
    assert index(corpus, words, max_file_bytes=300).left_out[0].path == "long.txt"
    assert not index(corpus, words, max_file_bytes=300).is_new_generation
    assert index(corpus, words).left_out == ()


def test_a_file_of_another_type_makes_no_generation(corpus: Path, words: WordEmbedder) -> None:
    """However often it is written, nor when it is new or gone."""
    index(corpus, words)
    for content in (b"1", b"22", None):
        (corpus / "photo.png").unlink(missing_ok=True)
        if content is not None:
            (corpus / "photo.png").write_bytes(content)
        assert not semsearch.status(corpus).changes
        report = index(corpus, words)
        assert not report.is_new_generation
        assert report.left_out == semsearch.status(corpus).left_out
        assert len(report.left_out) == (content is not None)


def test_a_folder_that_is_shut_keeps_its_documents(
    corpus: Path, words: WordEmbedder, without_root: "WithoutRoot"
) -> None:
    """It is named by the run and by the status, and nothing of it counts as removed."""
    with TemporaryDirectory() as name:
        public = Path(name)
        folder = Path(shutil.copytree(corpus, public / "corpus"))
        for path in (public, folder):
            path.chmod(0o777)
        with without_root():
            index(folder, words)
        (folder / "sub").chmod(0)
        with without_root():
            report = index(folder, words)
            status = semsearch.status(folder, settings=Settings())
            cut_anew = index(folder, words, passage_characters=60, overlap_characters=0)
        (folder / "sub").chmod(0o755)
        assert report.left_out == status.left_out
        assert status.left_out[0].path == "sub"
        assert (report.removed, status.documents) == (0, 4)
        assert not status.changes
        with without_root():
            assert index(folder, words).left_out == ()
        assert (cut_anew.removed, semsearch.status(folder).documents) == (2, 4)


def test_another_embedder_is_refused_until_a_rebuild(corpus: Path, words: WordEmbedder) -> None:
    """The message has both names and the remedy; a rebuild changes over."""
    index(corpus, words)
    other = WordEmbedder("test:other", dimension=32)
    with pytest.raises(EmbedderMismatch, match=r"built by test:words, not by test:other.*rebuild"):
        index(corpus, other)
    with pytest.raises(EmbedderMismatch, match="built by test:words"):
        found(corpus, "bees", other)
    semsearch.rebuild(corpus, embedder=other, settings=Settings())
    assert "bees.md" in found(corpus, "honey bees", other)
    assert semsearch.status(corpus).dimension == 32


def test_an_embedder_that_changes_its_dimension_is_stopped(corpus: Path) -> None:
    """Vectors of two lengths are never mixed."""
    index(corpus, WordEmbedder())
    (corpus / "new.txt").write_text("new text")
    with pytest.raises(EmbedderMismatch, match=r"32 numbers, the index has 64.*--fresh"):
        index(corpus, WordEmbedder(dimension=32))


def test_other_passage_sizes_cut_everything_anew(corpus: Path, words: WordEmbedder) -> None:
    """Passages that come out the same are not paid for again."""
    index(corpus, words)
    words.seen.clear()
    report = index(corpus, words, passage_characters=50, overlap_characters=0)
    assert report.generation == 2
    assert report.unchanged == 4
    assert report.embedded == len(words.seen) < report.passages


def test_passages_are_cut_to_what_the_embedder_takes(corpus: Path) -> None:
    """Nothing is sent that is too long for it, and nothing is left out."""
    short = WordEmbedder(longest=20)
    index(corpus, short)
    assert max(map(len, short.seen)) <= 20
    assert "neither" in " ".join(short.seen)


def test_every_bad_file_is_recorded_and_the_run_goes_on(corpus: Path, words: WordEmbedder) -> None:
    """Each with its reason; the good documents are found."""
    pdf = FPDF()
    pdf.add_page()
    pdf.output(str(corpus / "blank.pdf"))
    writer = pypdf.PdfWriter(corpus / "blank.pdf")
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(corpus / "locked.pdf")
    (corpus / "empty.pdf").write_bytes(b"")
    (corpus / "empty.md").write_bytes(b"")
    (corpus / "binary.txt").write_bytes(b"\0\1\2")
    (corpus / "latin.txt").write_bytes("Die Größe der Bäume überraschte. ".encode("cp1252") * 4)
    (corpus / "photo.png").write_bytes(b"\x89PNG")
    report = index(corpus, words)
    reasons = {item.path: (item.coverage, item.reason) for item in report.left_out}
    assert reasons == {
        "binary.txt": (Coverage.FAILED, "binary file, not text"),
        "blank.pdf": (Coverage.NO_TEXT, "no text layer on any of its 1 pages (a scan?)"),
        "empty.md": (Coverage.NO_TEXT, "the file is empty"),
        "empty.pdf": (Coverage.FAILED, "damaged PDF: it is empty"),
        "locked.pdf": (Coverage.FAILED, "password-protected PDF"),
        "photo.png": (Coverage.SKIPPED, "semsearch does not read files of type .png"),
    }
    assert {item.path for item in report.not_searchable} == reasons.keys() - {"photo.png"}
    assert found(corpus, "größe bäume", words)[0] == "latin.txt"
    assert semsearch.status(corpus).left_out == report.left_out


def test_pages_without_text_are_named(tmp_path: Path, words: WordEmbedder) -> None:
    """By the run and by the status; the others are found, and that is no failure."""
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for text in ("Cover.", "", "", "Text.", ""):
        pdf.add_page()
        if text:
            pdf.multi_cell(w=0, text=text)
    pdf.output(str(tmp_path / "scans.pdf"))
    report = index(tmp_path, words)
    (left_out,) = report.left_out
    assert left_out.coverage is Coverage.INDEXED
    assert left_out.reason == "no text on pages 2-3, 5 of 5 (scans?)"
    assert (report.added, report.not_searchable) == (1, ())
    assert semsearch.status(tmp_path).left_out == report.left_out


@pytest.mark.parametrize("content", [{}, {"photo.png": b"x"}])
def test_a_folder_without_documents_changes_nothing(
    tmp_path: Path, words: WordEmbedder, content: dict[str, bytes]
) -> None:
    """An empty folder may be a disk that is not mounted: no index is made, none is emptied."""
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(CorpusError, match="holds no document that semsearch reads"):
        index(tmp_path, words)
    assert not (tmp_path / ".semsearch").exists()


def test_a_folder_of_bad_documents_only_is_recorded(tmp_path: Path, words: WordEmbedder) -> None:
    """There is a generation, without passages; a query finds nothing."""
    (tmp_path / "a.txt").write_bytes(b"\0")
    report = index(tmp_path, words)
    assert (report.passages, len(report.not_searchable)) == (0, 1)
    assert found(tmp_path, "anything", words) == []


def test_a_missing_ann_file_is_made_anew_without_embedding(
    corpus: Path, words: WordEmbedder
) -> None:
    """A query does without it and says so; the next index run writes it."""
    index(corpus, words)
    ann = next((corpus / ".semsearch").glob("ann-*"))
    ann.unlink()
    words.seen.clear()
    answer = semsearch.search("honey bees", index=corpus, embedder=words)
    assert answer.hits[0].location.path == "bees.md"
    assert "cannot be read" in answer.notices[0]
    report = index(corpus, words)
    assert words.seen == ["honey bees"]
    assert ann.is_file()
    assert "made anew from the stored vectors" in report.notices[0]
    assert semsearch.search("bees", index=corpus, embedder=words).notices == ()


@pytest.mark.parametrize("damage", [b"", b"IxMp", b"x" * 1000])
def test_a_damaged_ann_file_is_never_served(
    corpus: Path, words: WordEmbedder, damage: bytes
) -> None:
    """Its digest is checked before faiss sees it."""
    index(corpus, words)
    ann = next((corpus / ".semsearch").glob("ann-*"))
    ann.write_bytes(damage)
    answer = semsearch.search("honey bees", index=corpus, embedder=words)
    assert answer.hits[0].location.path == "bees.md"
    assert "not what was written" in answer.notices[0]


def test_a_lost_keyword_index_is_made_anew(corpus: Path, words: WordEmbedder) -> None:
    """A query goes on by meaning, and the next run mends it."""
    index(corpus, words)
    for path in (corpus / ".semsearch" / "keywords-000001").iterdir():
        path.unlink()
    answer = semsearch.search("honey bees", index=corpus, embedder=words)
    assert answer.hits[0].location.path == "bees.md"
    assert "by meaning only" in answer.notices[0]
    assert "keyword index" in index(corpus, words).notices[0]
    assert semsearch.search("bees", index=corpus, embedder=words).notices == ()


@pytest.mark.parametrize("suffix", [".idx", ".term", ".store", ".fast", ".json"])
def test_a_damaged_keyword_index_is_made_anew(
    corpus: Path, words: WordEmbedder, suffix: str
) -> None:
    """A query goes on without it, and the next run finds the damage."""
    index(corpus, words)
    for path in (corpus / ".semsearch" / "keywords-000001").glob(f"*{suffix}"):
        path.write_bytes(path.read_bytes()[:10])
    assert "bees.md" in found(corpus, "honey bees", words)
    assert "made anew" in index(corpus, words).notices[0]
    assert semsearch.search("honey bees", index=corpus, embedder=words).notices == ()


def test_a_file_in_place_of_the_keyword_index_is_replaced(
    corpus: Path, words: WordEmbedder
) -> None:
    """Nothing but the folder is ever there."""
    index(corpus, words)
    shutil.rmtree(corpus / ".semsearch" / "keywords-000001")
    (corpus / ".semsearch" / "keywords-000001").write_text("x")
    assert "by meaning only" in semsearch.search("x", index=corpus, embedder=words).notices[0]
    assert "made anew" in index(corpus, words).notices[0]


def test_an_index_of_a_newer_format_is_refused(corpus: Path, words: WordEmbedder) -> None:
    """Neither read nor written; the message says what to do."""
    index(corpus, words)
    record = corpus / ".semsearch" / "index.sqlite"
    data = bytearray(record.read_bytes())
    data[60:64] = (99).to_bytes(4, "big")  # user_version, at its place in SQLite's header
    record.write_bytes(data)
    for act in (lambda: index(corpus, words), lambda: semsearch.status(corpus)):
        with pytest.raises(IndexTooNew, match=r"format 99.*pip install --upgrade"):
            act()


def test_the_index_is_private(corpus: Path, words: WordEmbedder) -> None:
    """Folders 0700, files 0600, and neither git nor backups take it along."""
    index(corpus, words)
    directory = corpus / ".semsearch"
    assert (directory / ".gitignore").read_text() == "*\n"
    assert (directory / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f59")
    if os.name == "posix":
        modes = {oct(p.stat().st_mode & 0o777) for p in directory.rglob("*") if p.is_file()}
        assert modes == {"0o600"}
        assert oct(directory.stat().st_mode & 0o777) == "0o700"


def test_the_text_of_a_deleted_document_leaves_the_index(corpus: Path, words: WordEmbedder) -> None:
    """After the generation that still had it is gone, its words are no more in the record."""
    index(corpus, words)
    (corpus / "bread.txt").unlink()
    index(corpus, words)
    (corpus / "knots.txt").write_text("new")
    index(corpus, words)
    with open_to_read(corpus / ".semsearch" / "index.sqlite") as connection:
        bodies = [body for (body,) in connection.execute("select body from text")]
    assert None in bodies
    assert not any(body and "dough" in body for body in bodies)


def test_the_text_of_a_stopped_run_leaves_the_index(corpus: Path, words: WordEmbedder) -> None:
    """A file that was read and has gone again before any generation had it."""
    (corpus / "secret.txt").write_text("The password is swordfish.")
    with pytest.raises(EmbedderUnavailable):
        index(corpus, WordEmbedder(fails_after=0))
    (corpus / "secret.txt").unlink()
    index(corpus, words)
    with open_to_read(corpus / ".semsearch" / "index.sqlite") as connection:
        bodies = [body for (body,) in connection.execute("select body from text")]
    assert not any(body and "swordfish" in body for body in bodies)


def test_a_run_that_was_stopped_with_other_sizes_is_not_gone_on_with(corpus: Path) -> None:
    """All documents are cut in the same way."""
    with pytest.raises(EmbedderUnavailable):
        index(corpus, WordEmbedder(fails_after=0), passage_characters=50, overlap_characters=0)
    words = WordEmbedder()
    report = index(corpus, words)
    assert (report.passages, sorted(words.seen)) == (5, sorted(set(words.seen)))
    assert "Bread dough rises.\n\nBake it hot." in words.seen


def test_what_is_written_is_synced(corpus: Path, words: WordEmbedder) -> None:
    """The record's every transaction reaches the disk before it counts."""
    index(corpus, words)
    with open_to_write(corpus / ".semsearch" / "index.sqlite") as connection:
        assert connection.execute("pragma synchronous").fetchone() == (2,)  # full
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)


def test_progress_ends_with_everything_done(corpus: Path, words: WordEmbedder) -> None:
    """Each step is told, and the last has all files and no text waiting."""
    steps: list[Progress] = []
    semsearch.index(corpus, embedder=words, settings=Settings(), on_progress=steps.append)
    last = steps[-1]
    assert (last.files_done, last.files_total) == (4, 4)
    assert (last.texts_embedded, last.texts_waiting) == (5, 0)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a.txt", "b.md", "sub/c.txt", "d.pdf"]),
        st.one_of(
            st.none(),
            st.lists(st.sampled_from(["Bees hum.", "# Tides", "Bread, hot.", "", "Knots hold."])),
        ),
    ),
    max_size=6,
)


@given(steps=STEPS)
@settings(max_examples=25)
def test_an_updated_index_equals_one_made_from_nothing(steps: list[tuple[str, list[str]]]) -> None:
    """After any edits and deletions: the same places, the same texts, the same answers."""
    embedder = WordEmbedder()
    with TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        (corpus / "sub").mkdir(parents=True)
        (corpus / "always.txt").write_text("Honey bees.")
        for path, lines in steps:
            (corpus / path).unlink(missing_ok=True)
            if lines is not None:
                (corpus / path).write_text("\n\n".join(lines))
            index(corpus, embedder)
        index(corpus, embedder)
        made = Path(folder, "made")
        shutil.copytree(corpus, made, ignore=shutil.ignore_patterns(".semsearch"))
        index(made, embedder)
        for question in ("bees", "hot tides hold"):
            one, other = (
                semsearch.search(question, index=place, embedder=embedder, limit=50)
                for place in (corpus, made)
            )
            assert (one.notices, other.notices) == ((), ())
            assert places(one) == pytest.approx(places(other))
        assert semsearch.status(corpus).left_out == semsearch.status(made).left_out


def places(answer: Answer) -> dict[tuple[Location, str], float]:
    """The score of each hit, by where it stands and its digest."""
    return {(hit.location, hit.digest): hit.score for hit in answer.hits}
