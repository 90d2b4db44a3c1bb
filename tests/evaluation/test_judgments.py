"""Judged sets are read from both layouts, and hits map to judged items."""

from pathlib import Path

import pytest

from semsearch.documents.passage import Location
from semsearch.errors import SettingsError
from semsearch.evaluation.judgments import JudgedQuestion, item_of, read_judged, write_documents
from semsearch.evaluation.trials import FIGURES, scored


def beir(folder: Path, grades: str = "qrels.tsv", document: str = "d1") -> Path:
    """A set of two questions, one with an answer."""
    (folder / grades).parent.mkdir(parents=True, exist_ok=True)
    (folder / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "warm bees"}\n{"_id": "q2", "text": "tides"}\n'
    )
    (folder / grades).write_text(f"query-id\tcorpus-id\tscore\nq1\t{document}\t2\nq2\td2\t0\n")
    (folder / "corpus.jsonl").write_text(
        f'{{"_id": "{document}", "title": "Bees", "text": "They cluster."}}\n'
    )
    return folder


@pytest.mark.parametrize("grades", ["qrels.tsv", "qrels/test.tsv"])
def test_a_question_without_a_relevant_document_is_left_out(tmp_path: Path, grades: str) -> None:
    """Questions without a relevant document, and the header line, are skipped."""
    judged = read_judged(beir(tmp_path, grades))
    assert judged.questions == (JudgedQuestion("q1", "warm bees", {"d1.txt": 2}),)


def test_documents_are_written_with_their_title(tmp_path: Path) -> None:
    """Documents are written under their ids, title first."""
    write_documents(beir(tmp_path) / "corpus.jsonl", tmp_path / "out")
    assert (tmp_path / "out" / "d1.txt").read_text() == "Bees\n\nThey cluster.\n"


@pytest.mark.parametrize("name", ["../d1", "..", "a/b", ""])
def test_a_document_is_written_nowhere_else(tmp_path: Path, name: str) -> None:
    """A document id that is no file name is refused."""
    with pytest.raises(SettingsError, match="no file name"):
        write_documents(beir(tmp_path, document=name) / "corpus.jsonl", tmp_path / "out")


def test_pages_are_judged_where_they_are_named(tmp_path: Path) -> None:
    """A hit counts as its judged page, else as its document."""
    (tmp_path / "queries.jsonl").write_text(
        '{"question": "a?", "path": "a.pdf", "page": 3}\n{"question": "b?", "path": "b.md"}\n'
    )
    first, second = read_judged(tmp_path).questions
    assert item_of(Location("a.pdf", None, (2, 3), ()), first) == "a.pdf#3"
    assert item_of(Location("a.pdf", None, (4, 4), ()), first) == "a.pdf"
    assert item_of(Location("b.md", (1, 2), None, ()), second) == "b.md"
    trial = scored([["a.pdf", "a.pdf#3"], ["b.md"]], [first, second])
    assert trial.figures["MRR@10"] == [0.5, 1.0]
    assert list(trial.figures) == list(FIGURES)


@pytest.mark.parametrize(
    "line", ['{"path": "a.md"}', "[]", "{", '{"question": "a?", "path": "a", "page": "x"}']
)
def test_what_is_no_judged_set_is_one_line(tmp_path: Path, line: str) -> None:
    """An invalid set is an error of one line that names the file."""
    (tmp_path / "queries.jsonl").write_text(line + "\n")
    with pytest.raises(SettingsError) as caught:
        read_judged(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_grade_that_is_no_number_is_refused(tmp_path: Path) -> None:
    """An invalid grade below the header is an error."""
    (beir(tmp_path) / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1.5\n")
    with pytest.raises(SettingsError, match="no judged set"):
        read_judged(tmp_path)
