"""``query`` of a folder that has changed since it was indexed."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import Fault, MistralServer

if TYPE_CHECKING:
    from conftest import Run


@pytest.fixture
def indexed(corpus: Path, run: "Run", paid: dict[str, str]) -> dict[str, str]:
    """The environment of somebody with a key, an index, and a document that came after it."""
    assert run("index", corpus, **paid).returncode == 0
    (corpus / "zebra.txt").write_text("The zebra came later.\n")
    return paid


def test_a_change_is_told_and_the_answer_is_the_same(
    run: "Run", corpus: Path, indexed: dict[str, str]
) -> None:
    """Where it is seen in time, which nobody waits for; not to who wants it quiet."""
    asked = ("query", "honey bees", "--index", corpus, "--json")
    quiet = run(*asked, "--quiet", **indexed)
    assert (quiet.returncode, quiet.stderr) == (0, "")
    told = [run(*asked, **indexed) for _ in range(5)]
    assert {one.stdout for one in told} == {quiet.stdout}
    said = {one.stderr for one in told} - {""}
    assert len(said) == 1
    assert "(1 added)" in said.pop()


def test_refresh_answers_from_what_has_come(
    run: "Run", corpus: Path, server: MistralServer, indexed: dict[str, str]
) -> None:
    """One line says what was done; the next time there is nothing to do."""
    asked = ("query", "zebra", "--index", corpus, "-k", 1, "--files-only", "--refresh")
    first = run(*asked, **indexed)
    assert (first.stdout, first.stderr.count("\n")) == ("zebra.txt\n", 1)
    assert "1 added, 0 changed, 0 removed, 1 passage embedded" in first.stderr
    second = run(*asked, **indexed)
    assert (second.stdout, second.stderr) == ("zebra.txt\n", "")
    assert server.texts.count("The zebra came later.") == 1


def test_what_cannot_be_refreshed_is_told_and_answered(
    run: "Run", corpus: Path, server: MistralServer, indexed: dict[str, str]
) -> None:
    """From the old generation, in which the new text is not."""
    server.faults.append(Fault(401))
    asked = run(
        *("query", "bees", "--index", corpus, "--files-only", "--mode", "keyword", "--refresh"),
        **indexed,
    )
    assert (asked.returncode, "bees.md" in asked.stdout) == (0, True)
    assert "not brought up to date first: 127.0.0.1 refused" in asked.stderr


def test_refresh_is_of_one_index(run: "Run") -> None:
    """Several are brought up to date in another way."""
    wrong = run("query", "bees", "--all", "--refresh")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "semsearch index --all" in wrong.stderr
