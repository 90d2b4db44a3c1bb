"""Findings are recorded in groups, in their order."""

from collections.abc import Iterable

from semsearch.documents.document import Document
from semsearch.documents.readers.reader import ReadDocument
from semsearch.documents.walk.walker import FileStat
from semsearch.indexer.finding_groups import grouped
from semsearch.indexer.scan import Changed, Finding, Gone, Untouched, Waiting


def sizes(findings: Iterable[Finding | Waiting]) -> list[int]:
    """How many findings each group has; 0 is a group of untouched files."""
    groups = [group for group in grouped(findings) if not isinstance(group, Waiting)]
    return [0 if isinstance(group, Untouched) else len(group) for group in groups]


def changed(size: int) -> Changed:
    """A file of so many bytes that was read."""
    stat = FileStat(size=size, mtime_ns=0, ctime_ns=0, inode=0)
    return Changed("a.md", ReadDocument(Document(()), b"1" * 32, stat))


def test_findings_that_come_at_once_are_one_group() -> None:
    """Many findings are groups of at most 64; none is lost, and their order stays."""
    findings = [Gone(str(number)) for number in range(130)]
    assert sizes(findings) == [64, 64, 2]
    given = [one for group in grouped(findings) if isinstance(group, list) for one in group]
    assert given == findings


def test_a_group_does_not_wait_for_a_file_that_takes_long() -> None:
    """Findings before such a file are recorded before it is there."""
    assert sizes([Gone("a"), Waiting(), Gone("b"), Gone("c")]) == [1, 2]
    assert sizes([Waiting(), Waiting()]) == []


def test_untouched_files_keep_their_place() -> None:
    """What was found before untouched files is recorded before they are counted."""
    assert sizes([Untouched(()), Gone("a"), Untouched(()), Gone("b")]) == [0, 1, 0, 1]


def test_a_group_of_large_files_fits_into_memory() -> None:
    """A group ends with the file that makes it larger than 4 MB."""
    assert sizes([changed(3_000_000), changed(3_000_000), changed(1)]) == [2, 1]
