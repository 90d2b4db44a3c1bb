"""An index whose vectors are of a former build of ``local:minilm``."""

import json
from pathlib import Path

import pytest
from conftest import Run
from embedders.conftest import put_former

from semsearch.embedders.local.minilm import MiniLM
from semsearch.embedders.local.minilm_builds import BUILD, MINILM, WITHOUT_INT8
from semsearch.embedders.vectors import Vectors
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.snapshot import open_snapshot

LOCAL = {"SEMSEARCH_EMBEDDER": "local:minilm"}
UPGRADE = f"semsearch models install {MINILM}"


@pytest.fixture
def former(minilm: MiniLM, tmp_path: Path) -> dict[str, str]:
    """The variables of a user whose installed model is of build 3."""
    put_former(minilm.folder, tmp_path / "models" / MINILM, WITHOUT_INT8)
    return {**LOCAL, "SEMSEARCH_MODELS_DIRECTORY": str(tmp_path / "models")}


def vectors(corpus: Path) -> Vectors:
    """The vectors of all texts of an index, in the order of the texts."""
    with open_snapshot(IndexDirectory(corpus / ".semsearch")) as snapshot:
        view, embedder = snapshot.view, snapshot.generation.embedder
        return view.vectors.of_texts(embedder, view.texts.ids())[1]


def uri(corpus: Path) -> str:
    """The embedder of an index."""
    with open_snapshot(IndexDirectory(corpus / ".semsearch")) as snapshot:
        return snapshot.generation.embedder.uri


def test_an_index_keeps_its_build_until_it_is_rebuilt(
    corpus: Path, run: Run, former: dict[str, str]
) -> None:
    """One line tells the next command; no vector of a build is reused for the other."""
    made = run("index", corpus, **former)
    assert (made.returncode, made.stderr.count(f"is faster: {UPGRADE}\n")) == (0, 1)
    before = vectors(corpus)
    assert run("models", "install", MINILM, **former).returncode == 0
    (corpus / "more.txt").write_text("Bees swarm in May.\n")
    again = run("index", corpus, **former)
    assert again.stderr.count("is faster: semsearch rebuild\n") == 1
    assert "(1 embedded by local:minilm, " in again.stdout
    assert (uri(corpus), len(vectors(corpus))) == ("local:minilm", len(before) + 1)
    assert run("query", "bees", "--index", corpus, **former).returncode == 0
    rebuilt = run("rebuild", "--index", corpus, **former)
    assert f"embedded by local:minilm@{BUILD}, 0 reused)" in rebuilt.stdout
    assert (rebuilt.stderr.count("faster"), uri(corpus)) == (0, f"local:minilm@{BUILD}")
    cosines = (vectors(corpus)[: len(before)] * before).sum(axis=1)
    assert 0.98 < cosines.min() < cosines.max() < 0.9999
    assert "(0 embedded" in run("index", corpus, **former).stdout


def test_questions_are_embedded_by_the_build_of_the_index(
    corpus: Path, former: dict[str, str], run: Run
) -> None:
    """A passage asked for in its own words has the cosine 1 in an index of either build."""
    (corpus / "knots.txt").write_text(text := "A bowline neither slips nor jams.")
    run("index", corpus, **former)
    run("models", "install", MINILM, **former)
    for name in ("local:minilm", f"local:minilm@{BUILD}"):
        found = json.loads(run("query", text, "--index", corpus, "--json", **former).stdout)
        cosine = found["hits"][0]["signals"]["cosine"]
        assert (found["embedder"], cosine) == (name, pytest.approx(1, abs=5e-4))
        run("rebuild", "--index", corpus, **former)


def test_an_index_of_the_present_build_needs_the_upgrade(
    corpus: Path, run: Run, former: dict[str, str]
) -> None:
    """An installed model of a former build answers no question of it, and the error says why."""
    assert run("index", corpus, **LOCAL).returncode == 0
    asked = run("query", "bees", "--index", corpus, **former)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr.endswith(f"run: {UPGRADE}\n")
