"""Messages that say what to do next."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from semsearch.cli.usage import usage_text

if TYPE_CHECKING:
    from conftest import Run

LOCAL = ("--embedder", "local:minilm")
_PATIENCE = 60  # seconds without output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-k", "ten"), "--limit / -k takes a whole number from 1 to 1000"),
        (("--min-relevance", "7"), "--min-relevance takes a number from 0 to 1"),
        (("--per-document", "0"), "--per-document takes a whole number, at least 1"),
    ],
)
def test_an_option_says_what_it_takes(run: "Run", arguments: tuple[str, ...], message: str) -> None:
    """In words of its own, with the bounds."""
    ended = run("query", "bees", *arguments)
    assert ended.returncode == 2
    assert ended.stderr == f"semsearch: {message}; semsearch query --help shows how it is used\n"


def test_an_option_without_its_value_names_the_help_of_its_command(run: "Run") -> None:
    """Typer does not tell of which command the option is."""
    ended = run("mcp", "--print-config")
    assert ended.returncode == 2
    assert ended.stderr.endswith("; semsearch mcp --help shows how it is used\n")


@pytest.mark.parametrize("command", ["query", "ask"])
def test_a_question_without_quotes_is_told_with_them(run: "Run", command: str) -> None:
    """With the options that were given."""
    ended = run(command, "how", "-k", "3", "long", "is it")
    assert ended.returncode == 2
    assert f'quote the question: semsearch {command} "how long is it" -k 3;' in ended.stderr


@pytest.mark.parametrize("command", ["query", "ask"])
def test_a_question_that_begins_with_a_hyphen_is_told_how_to_ask(run: "Run", command: str) -> None:
    """Behind two hyphens."""
    ended = run(command, "-router", "--json")
    assert ended.returncode == 2
    assert f"stands behind --: semsearch {command} -- -router;" in ended.stderr


def test_other_errors_of_usage_stay_as_they_are() -> None:
    """There is nothing to add."""
    assert usage_text("No such option: --x", Exception(), ["query"]) == "No such option: --x"


def test_no_names_are_told_on_stderr(run: "Run") -> None:
    """And the exit code is 1."""
    ended = run("list")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "no folder has a name yet; give one: semsearch add NAME FOLDER" in ended.stderr


def test_the_next_step_after_a_name_depends_on_the_index(run: "Run", tmp_path: Path) -> None:
    """A folder that has an index is not to be indexed again."""
    (tmp_path / "bees").mkdir()
    (tmp_path / "bees" / "a.md").write_text("Bees swarm.")
    own = {"SEMSEARCH_CONFIG": str(tmp_path / "config.toml")}
    added = run("add", "bees", tmp_path / "bees", **own)
    assert "next: semsearch index bees" in added.stdout
    run("index", "bees", *LOCAL, **own)
    run("remove", "bees", **own)
    assert "--in bees" in run("add", "bees", tmp_path / "bees", **own).stdout


def test_a_place_that_a_document_does_not_have_is_named(run: "Run", corpus: Path) -> None:
    """With what a place looks like."""
    run("index", corpus, *LOCAL)
    ended = run("show", "bees.md:x", "--index", corpus)
    assert ended.returncode == 2
    assert "'x' is no place in bees.md; give lines, as in bees.md:12-14" in ended.stderr


def test_without_a_key_what_works_is_named(run: "Run", corpus: Path) -> None:
    """Neither of it ends with another embedder's exit code."""
    asked = run("index", corpus, "--embedder", "mistral:mistral-embed")
    assert asked.returncode == 12
    assert "--mode keyword" in asked.stderr
    assert "semsearch rebuild --embedder local:minilm" in asked.stderr
    assert run("rebuild", corpus, *LOCAL).returncode == 0
    assert run("query", "bees", "--index", corpus, "--mode", "keyword").returncode == 0


def test_the_choice_of_the_embedder_is_told_before_the_work(run: "Run", tmp_path: Path) -> None:
    """Also where the work ends with an error, and once."""
    (tmp_path / "a.md").write_text("Bees swarm.")
    ended = run("index", tmp_path)
    assert ended.stderr.count("no MISTRAL_API_KEY is set: using local:minilm") == 1
    assert ended.returncode == 0


def test_a_failed_file_that_goes_explains_its_generation(run: "Run", corpus: Path) -> None:
    """No document that can be found has changed."""
    (corpus / "z.pdf").write_bytes(b"%PDF-1.4 nonsense")
    run("index", corpus, *LOCAL)
    (corpus / "z.pdf").unlink()
    ended = run("index", corpus)
    assert "no document that can be found was added, changed or removed" in ended.stdout


def test_lines_of_json_have_one_shape(run: "Run", corpus: Path, tmp_path: Path) -> None:
    """A hit with its question, for one question and for many."""
    run("index", corpus, *LOCAL)
    (tmp_path / "questions.txt").write_text("honey bees\nbread dough\n")
    at = ("--index", corpus, "--min-relevance", "0", "--jsonl")
    one = run("query", "honey bees", *at).stdout.splitlines()
    many = run("query", "--from", tmp_path / "questions.txt", *at).stdout.splitlines()
    assert {json.loads(line)["query"] for line in many} == {"honey bees", "bread dough"}
    assert len({tuple(json.loads(line)) for line in [*one, *many]}) == 1


@pytest.mark.skipif(os.name != "posix", reason="no such terminals on this system")
def test_ctrl_c_clears_the_line_of_the_prompt(run: "Run", corpus: Path) -> None:
    """The prompt comes again, and what was typed is not asked."""
    import pty  # here: Windows has none

    run("index", corpus, *LOCAL)
    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "semsearch", "query", "--index", str(corpus), "--mode", "keyword"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    os.close(terminal)
    shown, step, quiet = b"", 0, 0
    while quiet < _PATIENCE:
        if not select.select([person], [], [], 1)[0]:
            quiet += 1
            if step == 2:  # Python may miss a signal just before it waits for a key
                process.send_signal(signal.SIGINT)
            continue
        quiet = 0
        try:
            shown += os.read(person, 4096)
        except OSError:  # the other side is closed
            break
        if shown.count(b"? ") == 1 and step == 0:
            step = 1
            os.write(person, b"bees")
        elif b"? bees" in shown and step == 1:
            step = 2
            process.send_signal(signal.SIGINT)
        elif shown.count(b"? ") >= 2 and step == 2:
            step = 3
            os.write(person, b"\n")
    os.close(person)
    assert (process.wait(timeout=30), step) == (1, 3)
    assert b"bees.md" not in shown


@pytest.mark.skipif(os.name != "posix", reason="no such signals on this system")
def test_an_import_that_ctrl_c_breaks_is_an_interruption(tmp_path: Path, corpus: Path) -> None:
    """A library in C that is interrupted while it is imported raises ``ImportError``."""
    (tmp_path / "numpy.py").write_text(
        "import signal\n"
        "try:\n    signal.raise_signal(signal.SIGINT)\n"
        "except KeyboardInterrupt:\n    raise ImportError('initialization failed') from None\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "semsearch", "index", str(corpus), *LOCAL],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert done.returncode == 130
    assert done.stderr.startswith("semsearch: interrupted")
    assert done.stderr.count("\n") == 1
