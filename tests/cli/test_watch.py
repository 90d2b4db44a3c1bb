"""``semsearch watch`` in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

import filelock
import pytest

from fakes.mistral_server import MistralServer

if TYPE_CHECKING:
    from conftest import Run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="its Ctrl-C goes to all processes")


class Watching:
    """A process that watches a folder."""

    def __init__(self, corpus: Path, paid: dict[str, str], *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "semsearch", "watch", str(corpus), "--json", *options],
            env={**os.environ, **paid},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self._timer = Timer(100, self.process.kill)  # so that a fault does not hang the tests
        self._timer.start()

    def report(self) -> dict[str, Any]:
        """That of the next run that has changed something."""
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline()))

    def said(self, words: str) -> str:
        """The next line of stderr with these words."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if words in line:
                return line
        raise AssertionError(f"{words!r} was not said")

    def end(self, number: int) -> tuple[int, str]:
        """The exit code after a signal, and what was said until then."""
        self.process.send_signal(number)
        _, said = self.process.communicate()
        self._timer.cancel()
        return self.process.returncode, said


@pytest.mark.parametrize("options", [(), ("--poll",)])
def test_what_is_saved_can_be_found(
    run: "Run", corpus: Path, paid: dict[str, str], options: tuple[str, ...]
) -> None:
    """A file saved by renaming, one that goes, and a watched question that is told; Ctrl-C ends."""
    watching = Watching(corpus, paid, *options)
    assert watching.report()["files"]["added"] == 4
    watching.said(f"watching {corpus}")
    run("watchlist", "add", "wombats?", "--min-relevance", "0", "--index", corpus, **paid)
    (corpus / ".tmp").write_text("The wombats dig burrows.\n")
    (corpus / ".tmp").rename(corpus / "wombats.md")
    saved = watching.report()
    assert (saved["files"]["added"], [one["path"] for one in saved["news"]]) == (1, ["wombats.md"])
    found = run("query", "wombats burrows", "--index", corpus, "--files-only", "-k", 1, **paid)
    assert found.stdout == "wombats.md\n"
    (corpus / "wombats.md").unlink()
    assert watching.report()["files"]["removed"] == 1
    assert watching.end(signal.SIGINT) == (0, "")


def test_a_busy_lock_and_a_server_out_of_reach_are_told_and_tried_again(
    corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """The run that then succeeds has what came meanwhile; SIGTERM ends with its own code."""
    watching = Watching(corpus, paid)
    watching.report()
    watching.said(f"watching {corpus}")
    with filelock.FileLock(corpus / ".semsearch" / "lock"):
        (corpus / "new.md").write_text("Something new.\n")
        assert "is writing to" in watching.said("trying again")
    assert watching.report()["files"]["added"] == 1
    assert watching.end(signal.SIGTERM)[0] == 143


def test_a_scheduled_run_gets_in_while_a_folder_is_watched(
    run: "Run", corpus: Path, paid: dict[str, str]
) -> None:
    """It writes or yields to the watcher with 11; the folder is indexed by either."""
    watching = Watching(corpus, paid)
    watching.report()
    watching.said(f"watching {corpus}")
    for number in range(3):
        (corpus / f"new {number}.md").write_text(f"Something new, number {number}.\n")
        assert run("schedule", "run", corpus, "--quiet", **paid).returncode in (0, 11)
    counted = 0
    until = time.monotonic() + 60
    while counted < 4 + 3 and time.monotonic() < until:
        told = run("status", "--index", corpus, "--json", **paid)
        counted = json.loads(told.stdout)["documents"]
    assert (counted, watching.end(signal.SIGINT)[0]) == (4 + 3, 0)


def test_what_would_fail_again_ends_it(
    run: "Run", corpus: Path, tmp_path: Path, paid: dict[str, str]
) -> None:
    """A folder that was never there, an embedder that is none."""
    for words in (["watch", tmp_path / "nowhere"], ["watch", corpus, "--embedder", "x:y"]):
        done = run(*words, **paid)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
