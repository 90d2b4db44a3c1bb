"""The setting that publishes an index after each run, on the command line."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder without an index."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bees.md").write_text("In winter the bees form a cluster and shiver to keep warm.")
    return folder


@pytest.fixture
def nowhere() -> Iterator[str]:
    """The URI of a server that does not answer: nobody listens at its port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"postgresql://ann:secret@127.0.0.1:{taken.getsockname()[1]}/team"


def test_a_run_that_could_not_publish_has_its_report(run: "Run", notes: Path, nowhere: str) -> None:
    """The index is there; the exit code is that of the publication, to be run again later."""
    publishing = {"SEMSEARCH_PUBLISH": nowhere, "SEMSEARCH_RETRY_SECONDS": "0.1"}
    done = run("index", notes, "--embedder", "local:minilm", "--json", **publishing)
    report = json.loads(done.stdout)
    assert (done.returncode, report["files"]["added"], report["publication"]) == (75, 1, None)
    assert "the index is up to date, but was not published" in done.stderr
    assert "secret" not in done.stdout + done.stderr

    (notes / "tides.md").write_text("Tides follow the moon.")
    again = run("index", notes, **publishing)
    assert (again.returncode, "1 added" in again.stdout) == (75, True)


def test_a_setting_that_names_no_collection_ends_a_run_before_it_begins(
    run: "Run", notes: Path
) -> None:
    """Nothing is embedded for it."""
    done = run("index", notes, "--embedder", "local:minilm", SEMSEARCH_PUBLISH="nonsense")
    assert done.returncode == 2
    assert "postgresql://" in done.stderr
    assert not (notes / ".semsearch").exists()
