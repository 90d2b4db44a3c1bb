"""Several folders by their names, as a person uses them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run


@pytest.fixture
def here(tmp_path: Path) -> dict[str, str]:
    """A person with settings of their own, to whom the words of a question are enough."""
    return {"SEMSEARCH_CONFIG": str(tmp_path / "config.toml"), "SEMSEARCH_MODE": "keyword"}


@pytest.fixture
def two(run: "Run", corpus: Path, tmp_path: Path, here: dict[str, str]) -> dict[str, str]:
    """Two folders with names, indexed, and one whose folder is gone."""
    Path(here["SEMSEARCH_CONFIG"]).write_text("")
    other = tmp_path / "other"
    other.mkdir()
    (other / "ferns.md").write_text("Ferns like shade and bees do not.\n")
    gone = tmp_path / "gone"
    gone.mkdir()
    for name, folder in (("notes", corpus), ("other", other), ("gone", gone)):
        assert run("add", name, folder, **here).returncode == 0
    gone.rmdir()
    return here


def test_all_folders_are_indexed_and_one_that_fails_stops_no_other(
    run: "Run", two: dict[str, str], corpus: Path
) -> None:
    """The exit code is the worst one; each is told by its name."""
    made = run("index", "--all", "--json", **two)
    assert made.returncode == 2
    told = {one["name"]: one for one in json.loads(made.stdout)["indexes"]}
    assert told["gone"]["exit_code"] == 2
    assert (told["notes"]["corpus"], told["notes"]["files"]["added"]) == (str(corpus), 4)
    assert told["other"]["files"]["added"] == 1
    assert "semsearch: gone: there is no folder" in made.stderr
    assert run("remove", "gone", **two).returncode == 0
    well = run("index", "--all", "--quiet", **two)
    assert (well.returncode, well.stdout, well.stderr) == (0, "", "")
    shown = run("status", "--all", "--json", **two)
    assert [one["documents"] for one in json.loads(shown.stdout)["indexes"]] == [4, 1]
    listed = run("list", **two)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["notes", "other"]
    planned = json.loads(run("index", "--all", "--dry-run", "--json", **two).stdout)
    assert [one["documents"]["unchanged"] for one in planned["indexes"]] == [4, 1]


def test_a_question_spans_them(
    run: "Run", two: dict[str, str], corpus: Path, tmp_path: Path
) -> None:
    """One that cannot be asked costs a line and the exit code; the hits are there."""
    run("index", "--all", "--quiet", **two)
    asked = run("query", "bees", "--all", **two)
    assert asked.returncode == 3
    assert asked.stderr.startswith("semsearch: gone: there is no index in ")
    assert asked.stderr.count("\n") == 1
    assert " notes: bees.md:" in asked.stdout
    assert " other: ferns.md:1" in asked.stdout
    both = run("query", "bees", "--in", "notes,other", "--json", **two)
    answer = json.loads(both.stdout)
    assert (both.returncode, both.stderr, answer["failed"]) == (0, "", [])
    assert [one["name"] for one in answer["indexes"]] == ["notes", "other"]
    assert {hit["index"] for hit in answer["hits"]} == {"notes", "other"}
    paths = run("query", "ferns", "--in", "notes", "--in", "other", "--files-only", **two)
    assert paths.stdout == f"{tmp_path / 'other' / 'ferns.md'}\n"
    rows = run("query", "bees", "--in", "other", "--csv", **two).stdout.splitlines()
    assert (rows[0].rpartition(",")[2], rows[1].rpartition(",")[2]) == ("index", "other")
    none = run("query", "zebra", "--in", "notes,other", **two)
    assert (none.returncode, none.stdout) == (1, "")


def test_when_none_can_be_asked_that_is_an_error(run: "Run", two: dict[str, str]) -> None:
    """With a line for each, and the exit code of the worst."""
    asked = run("query", "bees", "--all", **two)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert [line.split(":")[1] for line in asked.stderr.splitlines()] == [
        " gone", " notes", " other",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("query", "x", "--in", "nothing"), "nothing is named 'nothing'"),
        (("query", "x", "--all", "--index", "notes"), "one of --index, --in and --all"),
        (("query", "--like", "a.md:1", "--all"), "--like is of one index"),
        (("index", "notes", "--all"), "leave FOLDER and --index out"),
        (("status", "--all", "--index", "notes"), "one of --all and --index"),
        (("remove", "nothing"), "nothing is named 'nothing'"),
        (("add", "a,b"), "cannot be a name"),
    ],
)
def test_wrong_usage_is_one_line(
    run: "Run", two: dict[str, str], words: tuple[str, ...], message: str
) -> None:
    """Which says what is wrong."""
    done = run(*words, **two)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr


def test_a_folder_is_named_and_indexed_at_once(
    run: "Run", corpus: Path, here: dict[str, str]
) -> None:
    """And then found by its name wherever an index can be named."""
    Path(here["SEMSEARCH_CONFIG"]).write_text("")
    assert run("list", **here).returncode == 1
    assert run("add", "notes", corpus, "--now", "--quiet", **here).returncode == 0
    assert run("query", "bowline", "--index", "notes", "--files-only", **here).stdout == (
        "sub/knots.txt\n"
    )
    assert run("verify", "--index", "notes", **here).returncode == 0
