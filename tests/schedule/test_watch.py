"""When a watched folder is indexed."""

import threading
import time
from collections.abc import Iterator, Set
from pathlib import Path

import pytest

from semsearch.errors import CorpusError, IndexLocked
from semsearch.schedule.watch import FileEvents, PolledChanges, concerns_corpus, debounced, let_in
from semsearch.store.disk.directory import IndexDirectory

MANY = {str(number) for number in range(60)}


@pytest.mark.parametrize(
    ("batches", "times", "runs"),
    [
        ([set(), {"a"}, set(), {"a", "b"}], range(9), [1, 2]),  # each change at once
        ([MANY, MANY, {"x"}, set()], range(9), [61]),  # a storm when it is over
        ([MANY, MANY, MANY], [0, 1, 20, 40, 41], [60]),  # or has lasted for half a minute
        ([set(), set(), set()], [0, 500, 601, 602, 603], [0]),  # nothing, after ten minutes
    ],
)
def test_a_run_comes_when_a_change_has_settled(
    batches: list[set[str]], times: "range | list[int]", runs: list[int]
) -> None:
    """Few changes start a run at once, many after a pause."""
    clock = iter(map(float, times))
    assert list(debounced(iter(batches), lambda: next(clock))) == runs


@pytest.mark.parametrize(
    ("path", "does"),
    [
        ("/c/a.md", True),
        ("/c/sub/a.md", True),
        ("/c/sub/.gitignore", True),
        ("/c/.semsearch.toml", True),
        ("/c/.semsearch/index.sqlite-wal", False),
        ("/c/.git/index.lock", False),
        ("/c/.git/.gitignore", False),
        ("/c/.a.md.swp", False),
    ],
)
def test_hidden_files_and_the_index_do_not_count(path: str, does: bool) -> None:
    """Hidden files are ignored, except ignore files and project settings."""
    assert concerns_corpus(path, Path("/c")) is does


def changed(batches: Iterator[Set[str]], wanted: str) -> set[str]:
    """The changed paths up to the first batch with a path."""
    found: set[str] = set()
    for batch in batches:
        found |= batch
        if wanted in found:
            return found
    raise AssertionError("it ended")


def test_events_of_files_that_are_saved_by_a_rename(corpus: Path) -> None:
    """A save by rename, as in editors, is a change of the file, not of the hidden temporary."""
    batches = iter(FileEvents(corpus))
    beside = corpus / ".bees.md.tmp"
    beside.write_text("# Bees\n\nThey dance.\n")
    beside.rename(corpus / "bees.md")
    found = changed(batches, str(corpus / "bees.md"))
    assert str(beside) not in found


def test_looks_find_what_events_would_tell(corpus: Path) -> None:
    """Polling finds changed, new and deleted files, and nothing else."""
    batches = iter(PolledChanges(corpus, least_pause=0))
    assert next(batches) == set()
    (corpus / "bees.md").write_text("# Other bees\n")
    (corpus / "new.md").write_text("new")
    (corpus / "bread.txt").unlink()
    assert next(batches) == {"bees.md", "new.md", "bread.txt"}
    assert next(batches) == set()


def test_a_folder_that_goes_is_an_error(corpus: Path) -> None:
    """A folder that disappears raises CorpusError."""
    batches = iter(FileEvents(corpus))
    next(batches)
    mover = threading.Thread(target=lambda: corpus.rename(corpus.parent / "away"))
    mover.start()
    with pytest.raises(CorpusError, match="any more"):
        for _ in batches:
            pass
    mover.join()
    with pytest.raises(CorpusError, match="any more"):
        FileEvents(corpus)


def test_a_watcher_lets_in_a_writer_that_waits(corpus: Path) -> None:
    """A process that finds the lock taken makes the watcher pause; one that has it ends that."""
    directory = IndexDirectory(corpus / ".semsearch")
    with directory.locked():
        with pytest.raises(IndexLocked), directory.locked():
            pass
        assert directory.is_wanted
    begun = time.monotonic()
    let_in(directory, seconds=0.05)
    assert time.monotonic() - begun >= 0.05
    with directory.locked():
        assert not directory.is_wanted
