"""The sample corpus: retrieval on it never falls below a floor."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.embedders.local import MiniLM
from semsearch.settings import Settings

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "sample_corpus"
QUESTIONS = [
    json.loads(line) for line in (CORPUS / "queries.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM) -> Path:
    """A copy of the sample corpus, with its index."""
    copy = tmp_path_factory.mktemp("sample") / "corpus"
    shutil.copytree(CORPUS, copy, ignore=shutil.ignore_patterns(".semsearch"))
    report = semsearch.index(copy, embedder=minilm, settings=Settings())
    assert report.added == 46  # as its README lists
    assert report.left_out == ()
    return copy


def rank(question: dict[str, Any], corpus: Path, model: MiniLM) -> float:
    """The rank of the first hit in the right document, on the right page; infinite below 50."""
    answer = semsearch.search(question["question"], index=corpus, embedder=model, limit=50)
    for hit in answer.hits:
        first, last = hit.location.pages or (None, None)
        on_page = question["page"] is None or (
            first is not None and first <= question["page"] <= last
        )
        if hit.location.path == question["path"] and on_page:
            return hit.rank
    return float("inf")


def test_questions_find_their_passages(indexed: Path, minilm: MiniLM) -> None:
    """Recall@5 and the mean reciprocal rank over all questions, and over those without a word."""
    ranks = {q["id"]: rank(q, indexed, minilm) for q in QUESTIONS}
    unshared = [ranks[q["id"]] for q in QUESTIONS if not q["lexical"]]
    everything = list(ranks.values())
    assert sum(r <= 5 for r in everything) / len(everything) >= 0.87
    assert sum(1 / r for r in everything) / len(everything) >= 0.80
    assert sum(r <= 5 for r in unshared) / len(unshared) >= 0.80


def test_the_questions_are_what_they_say(tmp_path: Path) -> None:
    """Every answer stands on its page, and half of the questions share no word with theirs."""
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts" / "check_sample_corpus"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_a_page_of_a_pdf_is_cited(indexed: Path, minilm: MiniLM) -> None:
    """By its number and its heading."""
    question = "what does the fault code E20 mean?"
    answer = semsearch.search(question, index=indexed, embedder=minilm, paths=["*.pdf"])
    hit = answer.hits[0]
    assert (hit.location.path, hit.location.lines) == ("household/washing-machine.pdf", None)
    assert hit.location.pages == (3, 3)
    assert hit.location.headings[-1] == "Fault codes"
