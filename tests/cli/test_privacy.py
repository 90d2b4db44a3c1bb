"""What leaves the machine, and what does not: by the requests that servers receive."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import MistralServer
from semsearch.embedders.reference_pairs import REFERENCE_TEXTS
from semsearch.indexer.drift import CANARIES
from semsearch.indexer.own_texts import OWN_TEXTS

if TYPE_CHECKING:
    from conftest import Run

PASSAGES = 5
SUPPRESSING = ("CI", "TF_BUILD", "GITHUB_ACTIONS", "ORT_RUNNING_UNIT_TESTS")


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize(
    "command", [["index"], ["query", "bees", "--index"], ["status", "--index"]]
)
def test_a_local_model_makes_no_connection(
    run: "Run", corpus: Path, tmp_path: Path, command: list[str]
) -> None:
    """Neither a command nor a process that it starts opens a socket of the internet."""
    if command != ["index"]:
        assert run("index", corpus, "--embedder", "local:minilm").returncode == 0
    (corpus / "page.html").write_text("<p>Wasps live in paper.</p>" * 9)
    log = tmp_path / "log"
    traced = ["strace", "-f", "-qq", "-o", log, "-e", "trace=socket,connect,sendto,execve"]
    done = subprocess.run(
        [*traced, sys.executable, "-m", "semsearch", *command, corpus],
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert (done.returncode, "execve(" in log.read_text()) == (0, True)
    assert re.findall(r".*AF_INET.*", log.read_text()) == []


@pytest.mark.parametrize("command", [["index"], ["query", "bees", "--index"]])
def test_the_runtime_of_local_models_keeps_nothing_to_report(
    corpus: Path, tmp_path: Path, command: list[str]
) -> None:
    """ONNX Runtime's telemetry is off: it makes neither a number for the machine nor a store."""
    variables = {name: os.environ[name] for name in os.environ if name not in SUPPRESSING}
    variables |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    for words in (["index"], command):
        done = subprocess.run(
            [sys.executable, "-m", "semsearch", *words, corpus],
            env=variables,
            check=False,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert [path for path in kept if re.search("microsoft|onnx|deviceid", path, re.I)] == []


def test_a_run_sends_passages_and_texts_of_semsearchs_own(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """Three probe texts go in each run that pays, 64 reference texts once for an index."""
    assert run("index", corpus, **paid).returncode == 0
    assert (len(CANARIES), len(REFERENCE_TEXTS)) == (3, 64)
    own = set(OWN_TEXTS)
    assert len(server.texts) == PASSAGES + 3 + 64
    assert own < set(server.texts)
    (corpus / "new.txt").write_text("Wasps live in paper.")
    before = len(server.texts)
    run("index", corpus, **paid)
    run("index", corpus, **paid)
    assert sorted(server.texts[before:]) == sorted([*CANARIES, "Wasps live in paper."])


def test_no_request_has_more_than_a_model_and_texts(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """Runs and questions go to the embeddings; nothing else is asked, told or counted there."""
    for command in (["index"], ["query", "winter", "--index"], ["status", "--index"]):
        run(*command, corpus, **paid)
    assert {request.path for request in server.received} == {"/v1/embeddings"}
    sent = {name for body in server.bodies for name in body}
    assert sent <= {"model", "input", "encoding_format"}
    assert "winter" in server.texts


@pytest.mark.parametrize(
    ("context", "is_sent"), [("none", False), ("headings", False), ("title", True), ("full", True)]
)
def test_file_names_are_sent_as_titles_only(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str],
    context: str, is_sent: bool,
) -> None:  # fmt: skip
    """A document without a title has the name of its file for one, without its ending."""
    (corpus / "sub" / "knots.txt").rename(corpus / "sub" / "secret plan.txt")
    run("index", corpus, "--context", context, **paid)
    sent = json.dumps(server.bodies)
    assert ("secret plan" in sent) == is_sent
    assert not re.search(r"\.txt|sub/|corpus", sent)


def test_saved_and_watched_questions_are_sent_by_runs(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """They are embedded as questions on the prompt are."""
    run("index", corpus, **paid)
    run("canary", "add", "cluster in winter", "bees.md", "--index", corpus, **paid)
    run("watchlist", "add", "wombats?", "--index", corpus, **paid)
    (corpus / "new.txt").write_text("Wombats dig burrows.")
    assert run("index", corpus, **paid).returncode == 0
    assert {"cluster in winter", "wombats?"} <= set(server.texts)


def test_texts_that_are_compared_are_sent(
    run: "Run", server: MistralServer, paid: dict[str, str]
) -> None:
    """They and nothing else."""
    uri = ["--embedder", "mistral:mistral-embed"]
    assert run("similarity", "bees", "wasps", *uri, **paid).returncode == 0
    assert sorted(server.texts) == ["bees", "wasps"]


@pytest.mark.skipif(sys.platform != "linux", reason="the place of state is moved by a variable")
def test_choices_and_the_secret_are_private_files_of_the_state(
    run: "Run", corpus: Path, tmp_path: Path
) -> None:
    """Choices in a folder with mode 0700, the secret in a file with mode 0600."""
    (tmp_path / "far").mkdir()
    at = ["--index", tmp_path / "far", "--embedder", "local:minilm"]
    assert run("index", corpus, *at, XDG_STATE_HOME=str(tmp_path / "state")).returncode == 0
    state = tmp_path / "state" / "semsearch"
    modes = {path.name: path.stat().st_mode & 0o777 for path in state.iterdir()}
    assert modes == {"choices": 0o700, "machine.key": 0o600}
    (choice,) = (state / "choices").iterdir()
    assert str(corpus) in choice.read_text()


def test_without_a_terminal_nobody_is_asked(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """A run of cron or of a script sends what it has to embed."""
    done = run("index", corpus, **paid)
    assert (done.returncode, "[y/N]" in done.stderr) == (0, False)
    assert len(server.texts) == PASSAGES + 3 + 64
