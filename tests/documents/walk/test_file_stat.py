"""The stat of a file tells whether it has changed."""

import os
import time
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.walk.walker import FileStat
from semsearch.indexer.report import IndexReport
from semsearch.settings.schema import Settings


def index(corpus: Path, words: WordEmbedder, **options: object) -> IndexReport:
    """Bring the index up to date."""
    return semsearch.index(corpus, embedder=words, settings=Settings(), **options)  # type: ignore[arg-type]


def test_an_edit_within_a_tick_of_the_clock_is_seen(corpus: Path, words: WordEmbedder) -> None:
    """An edit that keeps size and times is seen if the file was just written."""
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
    """The stat of a file written just before equals no later stat."""
    second = 10**9
    old, new = FileStat(1, 5, 5, 1), FileStat(1, 100 * second + 7, 100 * second + 7, 1)
    whole = FileStat(1, 99 * second, 99 * second, 1)
    read_at = 100 * second + 8
    assert old.settled(read_at) == old
    for stat in (new, whole):
        assert stat.settled(read_at) != stat
        assert stat.settled(read_at).may_be(stat)
    assert not new.settled(read_at).may_be(old)


@pytest.mark.parametrize(
    ("inode", "mtime_ns", "kept"),
    [
        (7, 5, (9, 5, 6, 7)),
        (2**64 - 1, -5, (9, -5, 6, 2**63 - 1)),
        (2**63 + 7, 2**70, (9, 2**63 - 1, 6, 7)),
    ],
)
def test_numbers_that_a_record_cannot_hold_are_made_to_fit(
    inode: int, mtime_ns: int, kept: tuple[int, int, int, int]
) -> None:
    """Inode numbers of Windows, and times after 2262."""
    more = {"st_mtime_ns": mtime_ns, "st_ctime_ns": 6}
    result = os.stat_result((0o100600, inode, 0, 1, 0, 0, 9, 0, 0, 0), more)
    assert FileStat.of(result) == FileStat(*kept)
