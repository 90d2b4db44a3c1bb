"""``scripts/evaluate`` prints its table for every layout."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = "# Hives\n\nHoney bees form a dense cluster.\n\n# Sea\n\nThe moon pulls the water.\n"


def table(cache: Path, folder: Path) -> dict[str, list[str]]:
    """The printed metrics of each mode."""
    script = [sys.executable, "-W", "error", ROOT / "scripts" / "evaluate"]
    done = subprocess.run(
        [*script, "--cache", cache, "--bm25s", folder], capture_output=True, text=True, check=True
    )
    _, *rows = done.stdout.splitlines()
    return {row.split()[1]: row.split()[2:7] for row in rows}


def spans(folder: Path) -> Path:
    """A set with one question and the character span of its answer."""
    (folder / "corpora").mkdir(parents=True)
    (folder / "corpora" / "notes.md").write_text(TEXT)
    start = TEXT.index("dense")
    question = {"_id": "q", "text": "how dense is the cluster of bees?", "corpus_id": "notes",
                "references": [[start, start + len("dense cluster")]]}  # fmt: skip
    (folder / "questions.jsonl").write_text(json.dumps(question))
    return folder


def test_spans_of_characters_are_found(tmp_path: Path) -> None:
    """An answer span is found in every mode, and by bm25s."""
    rows = table(tmp_path / "cache", spans(tmp_path / "set"))
    assert list(rows) == ["keyword", "semantic", "hybrid", "bm25s"]
    assert all(figures == ["1.000"] * 5 for figures in rows.values())


def test_a_span_that_is_nowhere_is_not_found(tmp_path: Path) -> None:
    """A passage is judged by its position, not by its words."""
    folder = spans(tmp_path / "set")
    row = json.loads((folder / "questions.jsonl").read_text())
    row["references"] = [[len(TEXT) + 10, len(TEXT) + 20]]
    (folder / "questions.jsonl").write_text(json.dumps(row))
    assert table(tmp_path / "cache", folder)["hybrid"] == ["0.000"] * 5
