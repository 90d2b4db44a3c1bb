"""Questions to a folder that another process is indexing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import KEY, Fault, mistral_server

if TYPE_CHECKING:
    from conftest import Run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no such signal on this system")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """As many notes as a run publishes before they have vectors."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(520):
        (folder / f"{number}.md").write_text(f"# Note {number}\n\nThe word is zq{number}x.\n")
    return folder


@contextmanager
def indexing(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    """Index a folder by a server that answers slowly; yields the process and its environment."""
    with mistral_server() as slow:
        paid = {"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": slow.url}
        slow.faults.append(Fault(delay=20))
        process = subprocess.Popen(
            [sys.executable, "-m", "semsearch", "index", str(folder), "--quiet"],
            env={**os.environ, **paid},
            text=True,
        )
        try:
            yield process, paid
        finally:
            process.kill()
            process.wait()


def test_a_folder_answers_while_another_process_indexes_it(run: "Run", notes: Path) -> None:
    """A line on stderr and a name in JSON say how far the run is, and how to go on after a kill."""
    ask = ("query", "zq77x", "--index", notes, "--mode", "keyword", "--json")
    with indexing(notes) as (process, paid):
        while (asked := run(*ask, **paid)).returncode:
            assert process.poll() is None, asked.stderr
            time.sleep(0.1)
        found = json.loads(asked.stdout)
        assert found["hits"][0]["path"] == "77.md"
        assert found["partial"] == {
            "passages": 520,
            "with_vector": 0,
            "share": 0.0,
            "running": True,
            "seconds_left": None,
        }
        assert "0 % of the passages have a vector; a run goes on" in asked.stderr
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert "vectors    0 % of the passages have a vector; run semsearch index to go on" in (
            run("status", "--index", notes, **paid).stdout
        )
