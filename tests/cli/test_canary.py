"""``semsearch canary``, and what it does to ``index``."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import KEY, MistralServer, mistral_server

if TYPE_CHECKING:
    from conftest import Run


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """A stand-in for Mistral's API."""
    with mistral_server() as running:
        yield running


@pytest.fixture
def paid(server: MistralServer, corpus: Path, run: "Run") -> dict[str, str]:
    """The environment of somebody with a key, and an index."""
    environment = {"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": server.url}
    assert run("index", corpus, **environment).returncode == 0
    return environment


def test_a_question_comes_is_held_and_goes(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """The run that would lose its document ends with 15 and one line; it was embedded once."""
    asked = ("neither slips nor jams", "sub/knots.txt")
    added = run("canary", "add", *asked, "--within", 1, "--index", corpus, "--json", **paid)
    assert (added.returncode, added.stderr) == (0, "")
    assert json.loads(added.stdout) == {
        **{"question": asked[0], "path": asked[1]},
        **{"within": 1, "rank": 1, "saved": True},
    }
    listed = run("canary", "list", "--index", corpus, "--json", **paid)
    assert json.loads(listed.stdout)["canaries"] == [
        {"question": asked[0], "path": asked[1], "within": 1, "lost": False}
    ]
    (corpus / "sub" / "knots.txt").unlink()
    held = run("index", corpus, **paid)
    assert (held.returncode, held.stdout, held.stderr.count("\n")) == (15, "", 1)
    assert "does not find sub/knots.txt among its first 1" in held.stderr
    assert "--accept" in held.stderr
    assert run("index", corpus, "--accept", **paid).returncode == 0
    assert "which was accepted" in run("canary", "list", "--index", corpus, **paid).stdout
    assert server.texts.count(asked[0]) == 1
    removed = run("canary", "remove", asked[0], "--index", corpus, **paid)
    assert (removed.returncode, removed.stderr) == (0, "")
    assert run("canary", "remove", asked[0], "--index", corpus, **paid).returncode == 1
    assert run("canary", "list", "--index", corpus, **paid).returncode == 1


def test_a_question_that_does_not_find_its_document_is_not_saved(
    run: "Run", corpus: Path, paid: dict[str, str]
) -> None:
    """It would hold up every run; a document that is none is an error."""
    asked = run("canary", "add", "winter", "bread.txt", "--within", 1, "--index", corpus, **paid)
    assert (asked.returncode, asked.stdout, asked.stderr.count("\n")) == (1, "", 1)
    assert "not saved" in asked.stderr
    wrong = run("canary", "add", "winter", "nothing.txt", "--index", corpus, **paid)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
    assert run("canary", "list", "--index", corpus, **paid).stdout == ""
