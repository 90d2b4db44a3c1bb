"""``semsearch watchlist``, and what it does to ``index``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import KEY, mistral_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Run


@pytest.fixture
def paid(run: "Run", corpus: Path) -> "Iterator[dict[str, str]]":
    """The environment of somebody with a key, and an index."""
    with mistral_server() as server:
        environment = {"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": server.url}
        assert run("index", corpus, **environment).returncode == 0
        yield environment


def test_news_are_printed_once_and_given_to_a_command(
    run: "Run", corpus: Path, tmp_path: Path, paid: dict[str, str]
) -> None:
    """Also by a quiet run; a command that fails costs a line and is tried again."""
    question = "do wombats dig burrows?"
    added = run("watchlist", "add", question, "--index", corpus, **paid)
    assert (added.returncode, added.stdout) == (0, f"{question}  (from relevance 0.5, 0 found)\n")
    (corpus / "wombats.md").write_text("Wombats dig burrows, and wombats do sleep in burrows.")
    first = run("index", corpus, "--quiet", "--exec", "sh -c 'exit 4'", **paid)
    assert first.returncode == 0
    assert first.stdout.startswith(f"new for '{question}': ")
    assert " wombats.md:1\n   Wombats dig burrows" in first.stdout
    assert first.stderr == "semsearch: news are told again by the next run: sh ended with 4\n"
    kept = tmp_path / "kept"
    again = run("index", corpus, "--quiet", "--exec", f"sh -c 'cat > {kept}'", **paid)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert json.loads(kept.read_text())["news"][0]["path"] == "wombats.md"
    listed = json.loads(run("watchlist", "list", "--index", corpus, "--json", **paid).stdout)
    assert listed == {"watchlist": [{"question": question, "min_relevance": 0.5, "found": 1}]}
    (corpus / "more.md").write_text("More wombats dig more burrows: do they?")
    told = json.loads(run("index", corpus, "--json", **paid).stdout)
    assert [one["path"] for one in told["news"]] == ["more.md"]
    assert run("watchlist", "remove", question, "--index", corpus, **paid).returncode == 0
    assert run("watchlist", "remove", question, "--index", corpus, **paid).returncode == 1
    assert run("watchlist", "list", "--index", corpus, **paid).returncode == 1


def test_a_corpus_cannot_name_a_command(run: "Run", corpus: Path, paid: dict[str, str]) -> None:
    """Its settings may come from somebody else."""
    (corpus / ".semsearch.toml").write_text('news_command = "touch /tmp/x"\n')
    done = run("index", corpus, **paid)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "may not set 'news_command'" in done.stderr


def test_settings_name_a_command(
    run: "Run", corpus: Path, tmp_path: Path, paid: dict[str, str]
) -> None:
    """For runs of a schedule, which have no options."""
    kept = tmp_path / "kept"
    config = tmp_path / "config.toml"
    config.write_text(f"news_command = \"sh -c 'cat > {kept}'\"\n")
    here = {**paid, "SEMSEARCH_CONFIG": str(config)}
    run("watchlist", "add", "wombats?", "--min-relevance", "0.2", "--index", corpus, **here)
    (corpus / "wombats.md").write_text("Wombats dig burrows.")
    assert run("index", corpus, "--quiet", **here).returncode == 0
    assert json.loads(kept.read_text())["news"][0]["question"] == "wombats?"
