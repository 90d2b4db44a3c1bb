"""``index`` with nobody there: a limit of time and a log."""

import json
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import KEY, Fault, MistralServer
from semsearch.cli.render.run_log import RunLog
from semsearch.indexer.progress import Progress

if TYPE_CHECKING:
    from conftest import Run


def lines(path: Path) -> list[dict[str, object]]:
    """Those of a log."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_run_whose_time_is_up_keeps_what_was_paid_for(
    run: "Run", corpus: Path, tmp_path: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """It ends with 124 and one line, which the log has, too; the next one goes on."""
    log = tmp_path / "log.jsonl"
    server.faults.extend([Fault(delay=20)] * 9)
    stopped = run("index", corpus, "--timeout", "1s", "--log-json", log, **paid)
    assert (stopped.returncode, stopped.stdout, stopped.stderr.count("\n")) == (124, "", 1)
    assert "the time is up; what was embedded is kept" in stopped.stderr
    begun, ended = lines(log)
    assert (begun["event"], begun["command"], begun["folder"]) == ("begin", "index", str(corpus))
    assert (ended["event"], ended["exit_code"]) == ("end", 124)
    server.faults.clear()
    assert run("index", corpus, "--timeout", "10m", **paid).returncode == 0


def test_a_time_that_is_none_is_refused(run: "Run", corpus: Path, paid: dict[str, str]) -> None:
    """Before anything is done."""
    for text in ("soon", "0s", "2", "-1h"):
        wrong = run("index", corpus, f"--timeout={text}", **paid)
        assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
        assert "--timeout" in wrong.stderr
    assert not (corpus / ".semsearch").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the place for logs is not to be moved")
def test_the_log_has_what_became_of_each_run_and_no_text(
    run: "Run", corpus: Path, tmp_path: Path, paid: dict[str, str]
) -> None:
    """Where the system has logs, for its owner only."""
    place = {**paid, "XDG_STATE_HOME": str(tmp_path)}
    assert run("index", corpus, "--log-json", "auto", **place).returncode == 0
    place["MISTRAL_API_KEY"] = "wrong-key"
    assert run("rebuild", corpus, "--fresh", "--log-json", "auto", **place).returncode == 12
    (log,) = (tmp_path / "semsearch").rglob("*.jsonl")
    events = [(line["event"], line.get("exit_code")) for line in lines(log)]
    assert events == [("begin", None), ("end", 0), ("begin", None), ("end", 12)]
    assert lines(log)[1]["passages"] == 5
    text = log.read_text()
    assert not [word for word in ("bowline", "dense", KEY, "wrong-key") if word in text]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_that_cannot_be_written_is_told_before_the_run(
    run: "Run", corpus: Path, paid: dict[str, str]
) -> None:
    """A person would look for it later."""
    wrong = run("index", corpus, "--log-json", corpus / "bread.txt" / "log", **paid)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_log_that_fails_later_ends_no_run(run: "Run", corpus: Path, paid: dict[str, str]) -> None:
    """It is told once."""
    done = run("index", corpus, "--log-json", "/dev/full", **paid)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "cannot be written" in done.stderr


def test_a_log_is_turned_over_before_it_grows_large(tmp_path: Path) -> None:
    """A few files are kept."""
    log = RunLog(str(tmp_path / "log.jsonl"))
    for number in range(80):
        log.write("end", error="x" * 100_000, number=number)
    log.show(Progress())
    log.close()
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert (len(sizes), max(sizes) <= 1_000_000) == (6, True)
    assert lines(tmp_path / "log.jsonl")[-1]["number"] == 79
