"""What else the vectors tell, as a person asks for it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run


@pytest.fixture
def folder(run: "Run", corpus: Path) -> Path:
    """Four documents and a copy of one, indexed with the local model."""
    (corpus / "copy.md").write_text((corpus / "bees.md").read_text())
    assert run("index", corpus, "--quiet").returncode == 0
    return corpus


def test_duplicates_are_told_in_groups(run: "Run", folder: Path) -> None:
    """Documents first; exit code 1 where nothing is alike."""
    told = run("duplicates", "--index", folder, COLUMNS="40")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.splitlines()[:11] == [
        "2 groups of 4 passages that are alike, 1 group of 2 documents",
        "",
        "2 documents",
        "  100% of bees.md is in copy.md",
        "  100% of copy.md is in bees.md",
        "",
        "2 passages",
        "  same bees.md:1-3",
        "  same copy.md:1-3",
        "   # Bees Honey bees keep warm.",
        "",
    ]
    (folder / "copy.md").unlink()
    run("index", folder, "--quiet")
    none = run("duplicates", "--index", folder)
    assert (none.returncode, none.stdout) == (1, "")
    assert none.stderr == "semsearch: no two passages are as alike as 0.95\n"


def test_duplicates_as_json_have_the_documented_names(run: "Run", folder: Path) -> None:
    """Each place as in a hit."""
    told = json.loads(run("duplicates", "--index", folder, "--across-documents", "--json").stdout)
    assert list(told) == [
        "index", "generation", "embedder", "min_similarity", "min_share", "documents", "passages",
    ]  # fmt: skip
    assert told["documents"][0][0] == {
        "path": "bees.md", "passages": 2, "share": 1.0, "other": "copy.md",
    }  # fmt: skip
    assert list(told["passages"][0]) == ["text", "copies"]
    assert list(told["passages"][0]["copies"][0]) == [
        "path", "pages", "lines", "place", "headings", "similarity", "same",
    ]  # fmt: skip


def test_export_writes_a_whole_index_or_its_vectors(run: "Run", folder: Path) -> None:
    """But not both, nor nothing."""
    told = run("export", "--vectors", "o.npy", "--table", "o.csv", "--index", folder)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.endswith("o.csv: 7 passages, 384 numbers each by local:minilm@4\n")
    record = json.loads(run("export", "--vectors", "p.npy", "--index", folder, "--json").stdout)
    assert list(record) == [
        "vectors", "table", "index", "generation", "embedder", "passages", "dimension",
    ]  # fmt: skip
    for wrong in ([], ["whole", "--table", "t.csv"]):
        refused = run("export", *wrong, "--index", folder)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
        assert "--vectors" in refused.stderr


def test_related_names_the_nearest_document_and_its_passage(run: "Run", folder: Path) -> None:
    """Exit code 1 where there is no other; one line where there is no such document."""
    told = run("related", "bees.md", "--index", folder, "-n", 1)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout in (
        "1.000 copy.md:1-3  near bees.md:1-3\n", "1.000 copy.md:5-7  near bees.md:5-7\n",
    )  # fmt: skip
    record = json.loads(run("related", "bees.md", "--index", folder, "--json").stdout)
    assert list(record) == ["index", "generation", "embedder", "path", "documents"]
    assert list(record["documents"][0]) == ["path", "similarity", "nearest", "to"]
    assert run("related", "no.md", "--index", folder).stderr.count("\n") == 1
    for path in folder.rglob("*.*t*"):
        path.unlink()
    (folder / "copy.md").unlink()
    assert run("index", folder, "--quiet", "--allow-mass-delete").returncode == 0
    alone = run("related", "bees.md", "--index", folder)
    assert (alone.returncode, alone.stdout) == (1, "")
    assert "no other document with text than bees.md" in alone.stderr


def test_outliers_are_told_with_what_is_usual(run: "Run", folder: Path) -> None:
    """Exit code 1 where nothing stands apart."""
    none = run("outliers", "--index", folder)
    assert (none.returncode, none.stdout) == (1, "")
    assert none.stderr.startswith("semsearch: nothing stands apart (below ")
    for number in range(9):
        text = f"The canal has {number + 12} locks, and boats wait at each of them for water."
        (folder / f"canal-{number}.txt").write_text(text)
    assert run("index", folder, "--quiet").returncode == 0
    told = run("outliers", "--index", folder)
    assert told.returncode == 0
    assert " bread.txt\n   Bread dough rises. Bake it hot.\n" in told.stdout
    assert told.stdout.splitlines()[-1].endswith(" is an outlier")
    record = json.loads(run("outliers", "--passages", "--index", folder, "--json").stdout)
    assert list(record) == [
        "index", "generation", "embedder", "neighbours", "usual", "threshold", "outliers",
    ]  # fmt: skip
    assert list(record["outliers"][0]) == ["path", "similarity", "location", "text"]


def test_similarity_takes_files_and_the_lines_of_stdin(folder: Path) -> None:
    """Texts first, blank lines left out; plain where it is no terminal."""
    shown = subprocess.run(
        [sys.executable, "-m", "semsearch", "similarity", "bees", "-", "--file", "bread.txt"],
        cwd=folder,
        input="honey\n\n the tide \n",
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    lines = shown.stdout.splitlines()
    assert lines[2:6] == ["1  bees", "2  honey", "3  the tide", "4  bread.txt"]
    assert lines[7] == "            1       2       3       4"
    assert lines[8].startswith("    1   1.000   0.")
    assert "\x1b" not in shown.stdout
