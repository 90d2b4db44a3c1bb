"""Embedders of other packages: a real one, installed, found by its entry point."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

SOURCE = Path(__file__).parents[2] / "fakes" / "hashed_words"
With = Callable[..., "CompletedProcess[str]"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package in a folder of packages, built and installed by pip."""
    place = tmp_path_factory.mktemp("packages")
    source = Path(shutil.copytree(SOURCE, place / "source"))
    options = ("--quiet", "--no-build-isolation", "--no-deps", "--no-index", "--no-cache-dir")
    command = ("-m", "pip", "install", *options, "--target", place / "site", source)
    subprocess.run([sys.executable, *map(str, command)], check=True)
    return place / "site"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder of twenty notes."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.txt").write_text(
            f"Note {number} is about honey. " + "Bees work. " * 20
        )
    return folder


@pytest.fixture
def semsearch_with(installed: Path, tmp_path: Path) -> With:
    """Run the command beside the package; its state is kept between runs."""

    def running(*args: object, **variables: str) -> "CompletedProcess[str]":
        path = os.pathsep.join((str(installed), os.environ.get("PYTHONPATH", "")))
        return subprocess.run(
            [sys.executable, "-m", "semsearch", *map(str, args)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, "MISTRAL_API_KEY": "of-mistral", **variables},
            capture_output=True,
            encoding="utf-8",
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )

    return running


def test_an_index_of_a_package_is_made_and_asked(notes: Path, semsearch_with: With) -> None:
    """Once the user has named the embedder, questions need not name it again."""
    made = semsearch_with("index", notes, "--embedder", "hashed:64", "--json")
    assert json.loads(made.stdout)["embedder"] == "hashed:64", made.stderr
    assert made.returncode == 0
    found = semsearch_with("query", "note 7 about honey", "--index", notes, "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["embedder"] == "hashed:64"
    again = semsearch_with("index", notes, "--json")
    assert json.loads(again.stdout)["embedded"] == 0, again.stderr


def test_an_index_cannot_choose_a_package_by_itself(
    notes: Path, semsearch_with: With, tmp_path: Path
) -> None:
    """Another user, who has not named it, is asked to."""
    semsearch_with("index", notes, "--embedder", "hashed:64")
    other = str(tmp_path / "state-of-another-user")
    asked = semsearch_with("query", "honey", "--index", notes, XDG_STATE_HOME=other)
    assert asked.returncode == 2
    assert "names the embedder hashed:64 of another package; if you trust it" in asked.stderr
    assert semsearch_with(
        "query", "honey", "--index", notes, "--embedder", "hashed:64", XDG_STATE_HOME=other
    ).stdout
    assert semsearch_with("query", "honey", "--index", notes, XDG_STATE_HOME=other).stdout


def test_without_the_package_the_index_says_what_is_missing(
    notes: Path, semsearch_with: With, run: With
) -> None:
    """Words are found all the same."""
    semsearch_with("index", notes, "--embedder", "hashed:64")
    asked = run("query", "honey", "--index", notes)
    assert asked.returncode == 2
    assert "there is no embedder 'hashed:64'; no installed package has it" in asked.stderr
    assert run("query", "honey", "--index", notes, "--mode", "keyword").returncode == 0


def test_texts_that_leave_the_machine_have_a_plan_and_a_budget(
    notes: Path, semsearch_with: With
) -> None:
    """The host is told, --max-tokens holds, and --max-cost wants a price."""
    uri = "hashed:64@vectors.example"
    planned = semsearch_with("plan", notes, "--embedder", uri, "--json")
    assert json.loads(planned.stdout)["host"] == "vectors.example", planned.stderr
    stopped = semsearch_with("index", notes, "--embedder", uri, "--max-tokens", 600, "--yes")
    assert stopped.returncode == 14, stopped.stderr
    assert "the budget of 600 tokens is reached" in stopped.stderr
    done = semsearch_with("index", notes, "--embedder", uri, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["embedded"] < 20  # the others had been paid for
    priced = semsearch_with("index", notes, "--embedder", uri, "--max-cost", 1)
    assert "the price of hashed:64@vectors.example is not known" in priced.stderr


FAULTS = {
    "import": (2, "hashed:64!import failed (hashed-words 1.2.0): ModuleNotFoundError"),
    "name": (2, "is no embedder (hashed-words 1.2.0): it calls itself 'hashed:other'"),
    "count": (2, "failed (hashed-words 1.2.0): KeyError: 'no vocabulary'"),
    "network": (75, "ConnectionResetError: the other side hung up [31m; try again later"),
    "answer": (2, "LookupError: no vectors in the answer; ask the authors of hashed-words"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_package_is_one_line(fault: str, notes: Path, semsearch_with: With) -> None:
    """It names the package and its version."""
    code, told = FAULTS[fault]
    done = semsearch_with("index", notes, "--embedder", f"hashed:64!{fault}", "--quiet")
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "\x1b" not in done.stderr


def test_an_unknown_uri_of_the_package_is_its_own_refusal(
    notes: Path, semsearch_with: With
) -> None:
    """Errors of semsearch that a package raises are passed on."""
    done = semsearch_with("index", notes, "--embedder", "hashed:many")
    assert "hashed:many is no URI of hashed-words" in done.stderr


def test_two_packages_of_one_scheme_are_refused(
    installed: Path, notes: Path, semsearch_with: With, tmp_path: Path
) -> None:
    """Which of them is meant nobody can tell."""
    copy = tmp_path / "more"
    metadata = copy / "word_hashes-0.1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: word-hashes\nVersion: 0.1\n")
    shutil.copy(next(installed.glob("hashed_words-*/entry_points.txt")), metadata)
    both = os.pathsep.join((str(installed), str(copy), os.environ.get("PYTHONPATH", "")))
    done = semsearch_with("index", notes, "--embedder", "hashed:64", PYTHONPATH=both)
    assert "hashed-words 1.2.0 and word-hashes 0.1 both have embedders named hashed:…" in (
        done.stderr
    )


def test_a_package_cannot_take_a_scheme_of_semsearch(tmp_path: Path, run: With) -> None:
    """Its entry point is left out."""
    metadata = tmp_path / "more" / "thief-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: thief\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[semsearch.embedders]\nmistral = thief:open\n")
    path = os.pathsep.join((str(tmp_path / "more"), os.environ.get("PYTHONPATH", "")))
    listed = run("models", "list", "--json", PYTHONPATH=path)
    assert all(model["package"] is None for model in json.loads(listed.stdout)["models"])


def test_the_list_of_models_has_the_packages(semsearch_with: With) -> None:
    """With their versions."""
    listed = semsearch_with("models", "list").stdout.splitlines()
    assert "hashed:         hashed-words 1.2.0" in listed
    assert listed[0].startswith("local:minilm")
