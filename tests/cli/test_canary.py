"""``semsearch canary``, and what it does to ``index``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import MistralServer

if TYPE_CHECKING:
    from conftest import Run


@pytest.fixture
def indexed(corpus: Path, run: "Run", paid: dict[str, str]) -> dict[str, str]:
    """The environment of somebody with a key, and an index."""
    assert run("index", corpus, **paid).returncode == 0
    return paid


def test_a_question_comes_is_held_and_goes(
    run: "Run", corpus: Path, server: MistralServer, indexed: dict[str, str]
) -> None:
    """The run that would lose its document ends with 15 and one line; it was embedded once."""
    asked = ("neither slips nor jams", "sub/knots.txt")
    added = run("canary", "add", *asked, "--within", 1, "--index", corpus, "--json", **indexed)
    assert (added.returncode, added.stderr) == (0, "")
    assert json.loads(added.stdout) == {
        **{"question": asked[0], "path": asked[1]},
        **{"within": 1, "rank": 1, "saved": True},
    }
    listed = run("canary", "list", "--index", corpus, "--json", **indexed)
    assert json.loads(listed.stdout)["canaries"] == [
        {"question": asked[0], "path": asked[1], "within": 1, "lost": False}
    ]
    (corpus / "sub" / "knots.txt").unlink()
    held = run("index", corpus, **indexed)
    assert (held.returncode, held.stdout, held.stderr.count("\n")) == (15, "", 1)
    assert "does not find sub/knots.txt among its first 1" in held.stderr
    assert "--accept" in held.stderr
    assert run("index", corpus, "--accept", **indexed).returncode == 0
    assert "which was accepted" in run("canary", "list", "--index", corpus, **indexed).stdout
    assert server.texts.count(asked[0]) == 1
    removed = run("canary", "remove", asked[0], "--index", corpus, **indexed)
    assert (removed.returncode, removed.stderr) == (0, "")
    assert run("canary", "remove", asked[0], "--index", corpus, **indexed).returncode == 1
    assert run("canary", "list", "--index", corpus, **indexed).returncode == 1


def test_a_question_that_does_not_find_its_document_is_not_saved(
    run: "Run", corpus: Path, indexed: dict[str, str]
) -> None:
    """It would hold up every run; a document that is none is an error."""
    asked = run("canary", "add", "winter", "bread.txt", "--within", 1, "--index", corpus, **indexed)
    assert (asked.returncode, asked.stdout, asked.stderr.count("\n")) == (1, "", 1)
    assert "not saved" in asked.stderr
    wrong = run("canary", "add", "winter", "nothing.txt", "--index", corpus, **indexed)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
    assert run("canary", "list", "--index", corpus, **indexed).stdout == ""
