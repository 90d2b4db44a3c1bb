"""What a run makes sure of before it changes or pays for anything."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.walk.walker import FileStat
from semsearch.errors import CorpusError, DiskFull, IndexLocked
from semsearch.indexer.report import IndexReport
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.disk_space import require_space
from semsearch.store.disk.filesystems import network_of
from semsearch.store.writer import open_writer

if TYPE_CHECKING:
    from conftest import Run


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of twelve documents."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.txt").write_text(f"Text {number}.")
    return folder


def index(corpus: Path, words: WordEmbedder, **options: object) -> IndexReport:
    """Bring the index up to date."""
    return semsearch.index(corpus, embedder=words, settings=Settings(), **options)  # type: ignore[arg-type]


def test_a_folder_that_lost_most_of_its_documents_changes_nothing(
    many: Path, words: WordEmbedder
) -> None:
    """It may be a disk that is not mounted; a person can say that it is not."""
    index(many, words)
    for number in range(7):
        (many / f"{number}.txt").unlink()
    with pytest.raises(CorpusError, match=r"5 of the 12 documents.*--allow-mass-delete"):
        index(many, words)
    assert semsearch.status(many).documents == 12
    assert index(many, words, allow_mass_delete=True).removed == 7


def test_documents_that_were_moved_are_not_lost(many: Path, words: WordEmbedder) -> None:
    """However many they are."""
    index(many, words)
    (many / "sub").mkdir()
    for path in many.glob("*.txt"):
        path.rename(many / "sub" / path.name)
    assert (index(many, words).removed, len(words.seen)) == (12, 12)


def test_an_edit_within_a_tick_of_the_clock_is_seen(corpus: Path, words: WordEmbedder) -> None:
    """Of the same size, with the same times: a file that was just written is read again."""
    path = corpus / "bread.txt"
    path.write_text("aaaa")
    stat = path.stat()
    future = time.time_ns() + 10**9
    os.utime(path, ns=(stat.st_atime_ns, future))  # as if it were written while it was read
    index(corpus, words)
    path.write_text("bbbb")
    os.utime(path, ns=(stat.st_atime_ns, future))
    report = index(corpus, words)
    assert (report.changed, words.seen[-1]) == (1, "bbbb")


def test_what_is_kept_of_a_file_is_settled_or_equal_to_nothing() -> None:
    """By when it was read; whole seconds are of file systems that keep no more."""
    second = 10**9
    old, new = FileStat(1, 5, 5, 1), FileStat(1, 100 * second + 7, 100 * second + 7, 1)
    whole = FileStat(1, 99 * second, 99 * second, 1)
    read_at = 100 * second + 8
    assert old.settled(read_at) == old
    for stat in (new, whole):
        assert stat.settled(read_at) != stat
        assert stat.settled(read_at).may_be(stat)
    assert not new.settled(read_at).may_be(old)


def test_the_space_is_asked_for_before_anything_is_paid(tmp_path: Path) -> None:
    """The message has what is missing."""
    require_space(tmp_path, 10, 10_000, 1024)
    with pytest.raises(DiskFull, match=r"free \d+ MB or name another place.*nothing was embedded"):
        require_space(tmp_path, 10**12, 10**15, 1024)


MOUNTS = """\
22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw
31 22 0:44 / /mnt/far\\040away rw shared:9 - nfs4 server:/x rw
32 31 0:45 / /mnt/far\\040away/near rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/home", None), ("/mnt/far away/docs", "nfs4"), ("/mnt/far away/near/docs", None)],
)
def test_network_file_systems_are_recognised(path: str, kind: str | None) -> None:
    """By the mount that a path is on."""
    assert network_of(Path(path), MOUNTS) == kind


@pytest.fixture
def writing(corpus: Path, words: WordEmbedder) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock until its stdin ends."""
    index(corpus, words)
    script = (
        "import sys; from pathlib import Path\n"
        "from semsearch.store.disk.directory import IndexDirectory\n"
        "with IndexDirectory(Path(sys.argv[1]) / '.semsearch').locked():\n"
        "    print('locked', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(corpus)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process


def test_whoever_waits_in_vain_is_told_who_writes(
    writing: "subprocess.Popen[str]", run: "Run", corpus: Path
) -> None:
    """Process, host and since when; exit code 11."""
    shown = run("repair", "--index", corpus)
    assert shown.returncode == 11
    assert f"(process {writing.pid} on " in shown.stderr
    assert "since 20" in shown.stderr


def test_a_writer_can_wait_for_another(
    writing: "subprocess.Popen[str]", corpus: Path, words: WordEmbedder
) -> None:
    """And goes on from what that has written."""
    with pytest.raises(IndexLocked, match="--wait"):
        index(corpus, words, wait=0.3)
    assert writing.stdin is not None
    writing.stdin.close()
    assert not index(corpus, words, wait=30).is_new_generation


def test_the_reserve_is_there_only_while_a_run_is(corpus: Path, words: WordEmbedder) -> None:
    """It is given back, and takes nothing of a disk between runs."""
    index(corpus, words)
    directory = IndexDirectory(corpus / ".semsearch")
    with open_writer(directory) as writer:
        writer.begin(corpus, words.uri, "{}", fresh=False)
        assert directory.bytes_on_disk > 4 << 20
    assert directory.bytes_on_disk < 1 << 20
