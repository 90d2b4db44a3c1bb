"""A run over an unchanged folder reads nothing and reports like any run."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import CorpusError, EmbedderUnavailable
from semsearch.indexer.progress import Progress
from semsearch.indexer.report import IndexReport
from semsearch.settings.schema import Settings
from semsearch.store.notes.folder_digest import LISTING
from semsearch.store.record.connection import open_to_read, open_to_write
from semsearch.store.record.sqlite import transaction
from semsearch.store.record.view import View

SMALL = Settings(max_file_bytes=60)
LARGE = Settings(max_file_bytes=600)
NAMES = ("a.txt", "b.md", "sub/a.txt", "sub/deep/c.txt", "d.bin", "sub/e.pdf")
Edit = Callable[[Path], None]


def index(corpus: Path, place: Path, limits: Settings = LARGE) -> IndexReport:
    """Bring the index up to date; returns the report without times and paths."""
    report = semsearch.index(corpus, index=place, embedder=WordEmbedder(), settings=limits)
    plan = replace(report.plan, index=Path())
    return replace(report, index=Path(), plan=plan, seconds=0)


def record_of(place: Path) -> Path:
    """The SQLite file."""
    return place / "index.sqlite"


def kept(place: Path) -> str | None:
    """The note of the listing."""
    with open_to_read(record_of(place)) as connection:
        return View(connection, 1).note(LISTING)


def forget_listing(place: Path) -> None:
    """Delete the note, so that the next run checks every file."""
    with open_to_write(record_of(place)) as connection, transaction(connection):
        connection.execute("delete from note where name = ?", (LISTING,))


def damage(place: Path, values: str) -> None:
    """Change the row of bread.txt in the record."""
    with open_to_write(record_of(place)) as connection, transaction(connection):
        connection.execute(f"update document set {values} where path = ?", (b"bread.txt",))


def rows(place: Path) -> list[tuple[Any, ...]]:
    """All document rows of the record, without times of the run."""
    with open_to_read(record_of(place)) as connection:
        return connection.execute(
            "select id, path, size, mtime_ns, inode, digest, coverage, reason, born, died, passages"
            " from document order by id"
        ).fetchall()


def settle(corpus: Path) -> None:
    """Set the times of files long ago."""
    for path in corpus.rglob("*"):
        os.utime(path, (1, 1))
    time.sleep(0.06)  # a run takes no file for settled that has changed just before it


def write(name: str, text: str) -> Edit:
    """Create or replace a file."""

    def edit(corpus: Path) -> None:
        (corpus / name).parent.mkdir(parents=True, exist_ok=True)
        (corpus / name).write_text(text)

    return edit


def rename(old: str, new: str) -> Edit:
    """Move a file, if it exists, over another file."""

    def edit(corpus: Path) -> None:
        if (corpus / old).exists():
            (corpus / new).parent.mkdir(parents=True, exist_ok=True)
            (corpus / old).replace(corpus / new)

    return edit


def changed_by(change: Callable[[Path], object]) -> Callable[[str], Edit]:
    """Edits of an existing file."""

    def of(name: str) -> Edit:
        def edit(corpus: Path) -> None:
            if (corpus / name).exists():
                change(corpus / name)

        return edit

    return of


name = st.sampled_from(NAMES)
text = st.sampled_from(["bees hum", "bees sum", "", "sea " * 40])  # two of one size, one too long
EDITS = st.one_of(
    st.builds(write, name, text),
    st.builds(write, st.just(".semsearchignore"), st.sampled_from(["*.txt", "sub/", ""])),
    st.builds(rename, name, name),
    name.map(changed_by(Path.unlink)),
    name.map(changed_by(Path.touch)),
    name.map(changed_by(lambda path: path.chmod(path.stat().st_mode ^ 0o100))),
    name.map(changed_by(lambda path: path.write_bytes(path.read_bytes()[::-1]))),
    st.just(settle),
)


RUNS = st.tuples(st.lists(EDITS, max_size=2), st.sampled_from([SMALL, LARGE]))


@given(st.lists(RUNS, max_size=5))
@settings(max_examples=15)
def test_a_run_that_reads_less_is_none_that_does_less(
    runs: list[tuple[list[Edit], Settings]],
) -> None:
    """After any edits a run gives the report and record of a run that checks all files."""
    with TemporaryDirectory() as folder:
        corpus, *places = (Path(folder, name) for name in ("corpus", "one", "other"))
        for made in places:
            made.mkdir()
        place, other = (made / ".semsearch" for made in places)
        write("always.md", "here")(corpus)
        for number in range(30):  # folders whose documents a run need not compare
            write(f"far/{number % 3}/{number}.md", f"Far away {number}.")(corpus)
        write("far/photo.jpg", "no picture")(corpus)
        write("far/0/empty.md", "")(corpus)
        for edits, limits in [([settle], SMALL), ([], SMALL), *runs]:
            for edit in edits:
                edit(corpus)
            time.sleep(0.06)  # or the first run may take for unsettled what the second does not
            report = index(corpus, place, limits)
            if other.exists():
                forget_listing(other)
            assert report == index(corpus, other, limits)
            assert rows(place) == rows(other)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of the index."""
    (tmp_path / "index").mkdir()
    return tmp_path / "index" / ".semsearch"


def test_what_was_found_is_known_again(corpus: Path, place: Path) -> None:
    """A second run recognises the folder, and reports unreadable files again."""
    (corpus / "photo.jpg").write_bytes(b"\xff")
    settle(corpus)
    first = index(corpus, place)
    note = kept(place)
    again = index(corpus, place)
    assert note is not None
    assert kept(place) == note
    assert (again.unchanged, again.passages) == (first.added, first.passages)
    assert (again.left_out, again.coverage) == (first.left_out, first.coverage)
    assert [one.path for one in again.left_out] == ["photo.jpg"]


def test_a_run_that_knows_the_folder_writes_nothing(corpus: Path, place: Path) -> None:
    """A run over a known folder leaves the record's file unchanged."""
    settle(corpus)
    index(corpus, place)
    before = record_of(place).stat()
    index(corpus, place)
    after = record_of(place).stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_no_row_of_a_document_is_read(corpus: Path, place: Path) -> None:
    """A run over a known folder reads no document row, even a damaged one."""
    settle(corpus)
    index(corpus, place)
    damage(place, "digest = x'00', size = 1")
    assert not index(corpus, place).is_new_generation
    assert semsearch.verify(place, full=True).damages
    (corpus / "bees.md").write_text("Bees.")
    assert index(corpus, place).changed == 2


def test_only_folders_with_a_change_are_compared(corpus: Path, place: Path) -> None:
    """Where a file changes, no document row of another folder is read, even a damaged one."""
    for number in range(20):
        write(f"new/{number}.txt", f"A new text {number}.")(corpus)
        write(f"old/{number}/a.txt", f"An old text {number}.")(corpus)
    (corpus / "old/photo.jpg").write_bytes(b"\xff")
    settle(corpus)
    first = index(corpus, place)
    damage(place, "digest = x'00', size = 1")
    write("old/7/a.txt", "Another text.")(corpus)
    report = index(corpus, place)
    assert (report.changed, report.added, report.removed) == (1, 0, 0)
    assert (report.unchanged, report.passages) == (first.added - 1, first.passages)
    assert (report.left_out, report.coverage) == (first.left_out, first.coverage)
    assert report.plan.documents.unchanged == first.added - 1
    forget_listing(place)
    assert index(corpus, place).changed == 1  # the damaged one


def test_a_page_in_one_folder_decides_about_a_copy_in_another(corpus: Path, place: Path) -> None:
    """A page that comes makes its source, in a folder without a change, a generated file."""
    for number in range(20):
        write(f"old/{number}/a.txt", f"An old text {number}.")(corpus)
    write("site/_sources/install.rst.txt", "How to install it.")(corpus)
    settle(corpus)
    index(corpus, place)
    page = '<meta content="Docutils 0.1" name="generator"><p>How to install it.</p>'
    write("site/install.html", page)(corpus)
    report = index(corpus, place)
    assert (report.added, report.removed) == (1, 1)


def test_a_companion_stays_one_where_another_folder_changes(corpus: Path, place: Path) -> None:
    """A copied source whose page is as before is not searchable after the run."""
    for number in range(20):
        write(f"old/{number}/a.txt", f"An old text {number}.")(corpus)
    write("site/_sources/install.rst.txt", "How to install it.")(corpus)
    page = '<meta content="Docutils 0.1" name="generator"><p>How to install it.</p>'
    write("site/install.html", page)(corpus)
    settle(corpus)
    first = index(corpus, place)
    write("old/7/a.txt", "Another text.")(corpus)
    report = index(corpus, place)
    assert (report.added, report.changed, report.left_out) == (0, 1, first.left_out)


def test_files_are_read_in_the_order_of_a_walk(corpus: Path, place: Path) -> None:
    """Also by a run that compares two folders, of which one is in the other."""
    for number in range(40):
        write(f"old/{number}/a.txt", f"An old text {number}.")(corpus)
    settle(corpus)
    index(corpus, place)
    new = ["sub/a.txt", "sub/deep/c.txt", "sub/deep.txt", "sub/e.txt"]
    for name in new:
        write(name, f"A new text in {name}.")(corpus)
    index(corpus, place)
    assert [row[1].decode() for row in rows(place)[-4:]] == new


def test_what_is_left_out_is_told_in_the_order_of_the_paths(corpus: Path, place: Path) -> None:
    """Also by a run that compares one folder, and finds its touched file as it was."""
    for number in range(20):
        write(f"old/{number}/a.txt", f"An old text {number}.")(corpus)
    for name in ("a/photo.jpg", "old/7/photo.jpg", "z/photo.jpg"):
        write(name, "no picture")(corpus)
    settle(corpus)
    index(corpus, place)
    (corpus / "old/7/a.txt").touch()
    report = index(corpus, place)
    told = [one.path for one in report.left_out]
    assert told == ["a/photo.jpg", "old/7/photo.jpg", "z/photo.jpg"]


def test_a_mass_of_documents_that_goes_is_noticed_in_one_folder(corpus: Path, place: Path) -> None:
    """Half of the documents is compared with all documents, not with those of changed folders."""
    for number in range(40):
        write(f"old/{number % 2}{number % 3}/{number}.txt", f"An old text {number}.")(corpus)
    settle(corpus)
    index(corpus, place)
    for path in sorted((corpus / "old/00").iterdir())[1:]:
        path.unlink()
    assert index(corpus, place).removed == 6
    settle(corpus)
    index(corpus, place)
    for path in (corpus / "old/01").iterdir():
        path.unlink()
    with pytest.raises(CorpusError, match="has 32 of the 38 documents"):
        index(corpus, place, Settings(min_documents=0.95))


def test_progress_is_told_all_the_same(corpus: Path, place: Path) -> None:
    """Progress reports all files as done."""
    settle(corpus)
    index(corpus, place)
    told: list[Progress] = []
    semsearch.index(corpus, index=place, embedder=WordEmbedder(), on_progress=told.append)
    assert [(one.files_done, one.files_total) for one in told] == [(4, 4)]


def test_a_lost_file_of_the_index_is_made_anew(corpus: Path, place: Path) -> None:
    """A missing derived file is rebuilt by a run without changes."""
    settle(corpus)
    index(corpus, place)
    next(place.glob("ann-*")).unlink()
    assert len(index(corpus, place).notices) == 1
    assert index(corpus, place).notices == ()


def test_what_failed_for_another_reason_than_the_file_is_tried_again(
    corpus: Path, place: Path
) -> None:
    """A file that failed for an outside reason, such as a limit, is retried."""
    (corpus / "long.txt").write_text("sea " * 40)
    settle(corpus)
    index(corpus, place, SMALL)
    assert kept(place) is None
    assert index(corpus, place, LARGE).left_out == ()
    assert kept(place) is not None


def test_a_file_that_may_change_unseen_is_read_again(corpus: Path, place: Path) -> None:
    """A file with a time in the future is read again."""
    settle(corpus)
    os.utime(corpus / "bees.md", (2**33, 2**33))
    index(corpus, place)
    assert kept(place) is None


WITHOUT_EXTRA = """
import sys
sys.modules["tree_sitter"] = None  # as if it were not installed
import semsearch
from fakes.embedder import WordEmbedder
from semsearch.settings.schema import Settings
limits = Settings(max_file_bytes=600)
semsearch.index(sys.argv[1], index=sys.argv[2], embedder=WordEmbedder(), settings=limits)
"""


def test_a_new_extra_has_its_files_read(corpus: Path, place: Path) -> None:
    """An index run reads unchanged files of a type whose extra was installed since the last run."""
    (corpus / "a.py").write_text("x = 1\n")
    settle(corpus)
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    command = [sys.executable, "-c", WITHOUT_EXTRA, corpus, place]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=True)
    assert kept(place) is not None
    assert index(corpus, place).added == 1


def test_a_damaged_note_is_as_none(corpus: Path, place: Path) -> None:
    """With a damaged note the run checks every file and writes the note again."""
    settle(corpus)
    index(corpus, place)
    note = kept(place)
    with open_to_write(record_of(place)) as connection, transaction(connection):
        connection.execute("update note set value = '{' where name = ?", (LISTING,))
    assert index(corpus, place).unchanged == 4
    assert kept(place) == note


def test_what_a_repair_takes_out_is_read_again(corpus: Path, place: Path) -> None:
    """A document removed by ``repair`` is read again although its file is unchanged."""
    settle(corpus)
    index(corpus, place)
    damage(place, "reason = 'x'")
    assert semsearch.repair(place).documents_left_out == 1
    assert index(corpus, place).added == 1


def test_what_a_stopped_run_has_left_is_taken_back(corpus: Path, place: Path) -> None:
    """Rows of an interrupted run are removed when the folder is restored."""
    settle(corpus)
    index(corpus, place)
    (corpus / "new.txt").write_text("A word that nobody knows.")
    with pytest.raises(EmbedderUnavailable):
        semsearch.index(corpus, index=place, embedder=WordEmbedder(fails_after=0))
    (corpus / "new.txt").unlink()
    report = index(corpus, place)
    assert (report.is_new_generation, report.unchanged, report.removed) == (False, 4, 0)
    assert [row for row in rows(place) if row[1] == b"new.txt"] == []


def test_an_index_of_the_same_files_elsewhere_is_another(corpus: Path, tmp_path: Path) -> None:
    """A copied folder has other inodes and times, and is read again."""
    settle(corpus)
    index(corpus, corpus / ".semsearch")
    copy = tmp_path / "copy"
    shutil.copytree(corpus, copy)
    note = kept(copy / ".semsearch")
    assert index(copy, copy / ".semsearch").unchanged == 4
    assert kept(copy / ".semsearch") != note
