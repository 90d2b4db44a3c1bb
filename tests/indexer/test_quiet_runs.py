"""Files in which there is nothing to find are no failures."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from semsearch.documents.coverage import Coverage
from semsearch.store.record.connection import open_to_read

if TYPE_CHECKING:
    from conftest import Run


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("~$minutes.docx", b"\x05Ada  "),
        (".~lock.minutes.odt#", b"Ada,host,"),
        ("pkg/__init__.py", b""),
        ("pkg/py.typed", b""),
        (".gitkeep", b""),
        ("empty.md", b""),
        ("blank.txt", b"\n \n"),
        ("ids.md", b"---\nuuid: 77aa\n---\n"),
    ],
)
def test_a_file_without_anything_in_it_is_no_failure(
    corpus: Path, words: WordEmbedder, name: str, data: bytes
) -> None:
    """Locks and empty files are neither unsearchable nor missing, and cost no coverage."""
    (corpus / name).parent.mkdir(exist_ok=True)
    (corpus / name).write_bytes(data)
    report = index(corpus, words)
    assert (report.not_searchable, report.coverage) == ((), 1.0)
    assert semsearch.missing(corpus).left_out == ()


def test_a_run_over_locks_and_empty_files_ends_with_zero(corpus: Path, run: "Run") -> None:
    """A scheduled run does not fail because Word has a document open."""
    (corpus / "~$minutes.docx").write_bytes(b"\x05Ada")
    (corpus / "__init__.py").write_bytes(b"")
    (corpus / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 of another program")
    done = run("index", corpus, SEMSEARCH_EMBEDDER="local:minilm")
    assert (done.returncode, "failed" in done.stderr + done.stdout) == (0, False)


def test_a_document_that_is_damaged_still_fails(corpus: Path, words: WordEmbedder) -> None:
    """An empty PDF is the rest of one, and reported."""
    (corpus / "a.pdf").write_bytes(b"")
    assert [item.path for item in index(corpus, words).not_searchable] == ["a.pdf"]


def test_a_doc_that_is_no_document_is_skipped_until_it_changes(
    corpus: Path, words: WordEmbedder
) -> None:
    """Such a file is opened once, and read when it is saved in a format that is read."""
    (corpus / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 of another program")
    (left_out,) = index(corpus, words).left_out
    assert (left_out.coverage, left_out.reason[:23]) == (
        Coverage.SKIPPED,
        "it is no document that ",
    )
    assert not index(corpus, words).is_new_generation
    (corpus / "old.doc").write_text("<html><p>Saved as a page.</p></html>")
    assert index(corpus, words).left_out == ()


def test_the_condition_of_a_failure_is_kept(corpus: Path, words: WordEmbedder) -> None:
    """The limit that a document ran into is in the record, beside the code of the reason."""
    (corpus / "z.txt").write_text("x" * 30_000_000)
    index(corpus, words, document_memory_bytes=130_000_000)
    with open_to_read(corpus / ".semsearch" / "index.sqlite") as connection:
        ((reason,),) = connection.execute("select reason from document where reason is not null")
    assert reason.startswith("too-much-memory@130000000: ")
