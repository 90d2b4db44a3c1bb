"""Interrupted runs keep paid vectors, and readers see whole generations."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import found, index
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.errors import (
    EmbedderUnavailable,
    IndexLocked,
)
from semsearch.indexer.progress import Progress
from semsearch.settings.schema import Settings
from semsearch.store.record.connection import open_to_read, open_to_write


def test_an_interrupted_run_keeps_what_was_paid_for(corpus: Path) -> None:
    """After an interruption the next run sends only the remaining texts."""
    first = WordEmbedder(batch=2, fails_after=1)
    with pytest.raises(EmbedderUnavailable):
        index(corpus, first)
    second = WordEmbedder()
    report = index(corpus, second)
    assert sorted(first.seen + second.seen) == sorted(set(first.seen + second.seen))
    assert (len(first.seen), report.embedded, report.generation) == (2, 3, 1)
    assert (report.added, report.unchanged) == (4, 0)


class Interrupted(WordEmbedder):
    """Ctrl-C comes when an answer has arrived and its vectors are not stored yet."""

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """As Ctrl-C does, before the second batch is given."""
        for number, batch in enumerate(super().embed(texts)):
            if number == 1:
                signal.raise_signal(signal.SIGINT)
            yield batch


def test_a_run_stopped_between_an_answer_and_its_vectors_loses_nothing(corpus: Path) -> None:
    """The signal is held back until the vectors are stored; no text is sent again."""
    first, second = Interrupted(batch=2), WordEmbedder()
    with pytest.raises(KeyboardInterrupt):
        index(corpus, first)
    report = index(corpus, second)
    assert (len(first.seen), report.embedded) == (4, 1)
    assert not set(first.seen) & set(second.seen)


def reader_processes() -> list[int]:
    """The processes that this one has started and that still run."""
    tasks = Path("/proc/self/task").glob("*/children")
    return sorted(int(child) for task in tasks for child in task.read_text().split())


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="Linux lists processes there")
def test_a_run_that_fails_while_it_reads_leaves_no_process(corpus: Path) -> None:
    """Its readers end at once, though the error is kept with all that it has seen."""
    for number in range(300):
        (corpus / f"page{number}.html").write_text(f"<p>Page {number}.")
    running: list[int] = []

    def fail(now: Progress) -> None:
        if now.files_done > 100:
            running.extend(reader_processes())
            raise RuntimeError("no room to show it")

    before = reader_processes()
    with pytest.raises(RuntimeError) as kept:
        semsearch.index(corpus, embedder=WordEmbedder(), settings=Settings(), on_progress=fail)
    assert kept.value.__traceback__ is not None
    assert set(running) > set(before)
    assert reader_processes() == before


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
    embedder = Deadly(batch=1)
    embedder.is_local = sys.argv[2] == "local"
    semsearch.index(Path(sys.argv[1]), embedder=embedder, settings=Settings())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on this system")
@pytest.mark.parametrize(("kind", "files"), [("local", 5), ("remote", 5), ("remote", 200)])
def test_a_killed_run_loses_nothing_and_leaves_no_lock(
    corpus: Path, words: WordEmbedder, kind: str, files: int
) -> None:
    """A run killed while embedding keeps stored vectors and the old index, and frees the lock.

    With a server and many files it is killed while it still reads.
    """
    index(corpus, words)
    for number in range(files):
        (corpus / f"new{number}.txt").write_text(f"Entirely new text {number}.")
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(corpus), kind]
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert semsearch.status(corpus).generation == 1
    assert "bees.md" in found(corpus, "honey bees", words)
    report = index(corpus, words)
    assert (report.embedded, report.generation, report.added) == (files - 2, 2, files)


def test_one_writer_at_a_time(corpus: Path, words: WordEmbedder) -> None:
    """A second writer fails at once; readers are not blocked."""
    index(corpus, words)
    (corpus / "new.txt").write_text("new text")

    def try_twice(_: Progress) -> None:
        with pytest.raises(IndexLocked, match="another semsearch"):
            index(corpus, words)
        assert semsearch.status(corpus).generation == 1

    semsearch.index(corpus, embedder=words, settings=Settings(), on_progress=try_twice)
    assert semsearch.status(corpus).generation == 2


def test_a_stopped_fresh_run_does_not_hide_what_was_paid_before(corpus: Path) -> None:
    """Returning to an embedder without --fresh uses its complete epoch."""
    index(corpus, WordEmbedder("test:a"))
    semsearch.rebuild(corpus, embedder=WordEmbedder("test:b"), settings=Settings())
    with pytest.raises(EmbedderUnavailable):
        stopped = WordEmbedder("test:a", batch=2, fails_after=1)
        semsearch.rebuild(corpus, embedder=stopped, fresh=True, settings=Settings())
    again = WordEmbedder("test:a")
    semsearch.rebuild(corpus, embedder=again, settings=Settings())
    assert again.seen == []


def test_an_embedder_that_was_left_has_kept_its_vectors(corpus: Path, words: WordEmbedder) -> None:
    """Changing back to an embedder embeds nothing."""
    index(corpus, words)
    for _ in range(3):
        semsearch.rebuild(corpus, embedder=WordEmbedder("test:b"), settings=Settings())
    words.seen.clear()
    semsearch.rebuild(corpus, embedder=words, settings=Settings())
    assert words.seen == []


def test_a_stopped_run_changes_nothing_that_readers_see(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """An interrupted run changes nothing for readers, not even the folder."""
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


def test_a_commit_between_choice_and_lock_is_noticed(corpus: Path, words: WordEmbedder) -> None:
    """Choices made before another run's commit are made again."""

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
            """The fixed URI."""

    index(corpus, words)
    slow = Slow()
    slow.is_first = True
    with pytest.raises(IndexLocked, match="has just written"):
        index(corpus, slow)
    assert index(corpus, slow).generation == 2


def test_the_text_of_a_stopped_run_leaves_the_index(corpus: Path, words: WordEmbedder) -> None:
    """Text read by an interrupted run and deleted since leaves the record."""
    (corpus / "secret.txt").write_text("The password is swordfish.")
    with pytest.raises(EmbedderUnavailable):
        index(corpus, WordEmbedder(fails_after=0))
    (corpus / "secret.txt").unlink()
    index(corpus, words)
    with open_to_read(corpus / ".semsearch" / "index.sqlite") as connection:
        bodies = [body for (body,) in connection.execute("select body from text")]
    assert not any(body and "swordfish" in body for body in bodies)


def test_a_run_that_was_stopped_with_other_sizes_is_not_gone_on_with(corpus: Path) -> None:
    """An interrupted run with other passage sizes is not continued."""
    with pytest.raises(EmbedderUnavailable):
        index(corpus, WordEmbedder(fails_after=0), passage_characters=50, overlap_characters=0)
    words = WordEmbedder()
    report = index(corpus, words)
    assert (report.passages, sorted(words.seen)) == (5, sorted(set(words.seen)))
    assert "Bread dough rises.\n\nBake it hot." in words.seen


def test_what_is_written_is_synced(corpus: Path, words: WordEmbedder) -> None:
    """Every transaction of the record is synced."""
    index(corpus, words)
    with open_to_write(corpus / ".semsearch" / "index.sqlite") as connection:
        assert connection.execute("pragma synchronous").fetchone() == (2,)  # full
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
