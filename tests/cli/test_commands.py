"""The commands as a person runs them, each in a process of its own."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import KEY, Fault, MistralServer, mistral_server
from semsearch.indexer.own_texts import OWN_TEXTS

if TYPE_CHECKING:
    from conftest import Run


def test_the_whole_line_with_the_local_model(run: "Run", corpus: Path) -> None:
    """Index, query and status work without a key; the choice of the model is told on stderr."""
    made = run("index", corpus)
    assert (made.returncode, made.stderr.count("\n")) == (0, 1)
    assert "no MISTRAL_API_KEY is set: using local:minilm" in made.stderr
    assert "4 added, 0 changed, 0 removed" in made.stdout
    asked = run("query", "what pulls the sea?", "--index", corpus, "-k", 1)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout.startswith("1. 1.00 strong ")
    assert "sub/tides.html:1-3  Tides\n" in asked.stdout
    status = run("status", cwd=corpus / "sub")
    assert "local:minilm@4 (384 dimensions)" in status.stdout
    assert "unchanged since" in status.stdout


def test_the_whole_line_with_mistral(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """A key chooses Mistral; each text is sent once, a second run sends nothing."""
    assert run("index", corpus, "--json", **paid).returncode == 0
    assert sorted(server.texts) == sorted(set(server.texts))
    assert len(server.texts) == 5 + len(OWN_TEXTS)
    again = json.loads(run("index", corpus, "--json", **paid).stdout)
    assert (again["new_generation"], again["embedded"], len(server.texts)) == (False, 0, 72)
    answer = json.loads(run("query", "honey bees", "--index", corpus, "--json", **paid).stdout)
    assert answer["embedder"] == "mistral:mistral-embed"
    assert answer["hits"][0]["path"] == "bees.md"
    assert len(server.texts) == 5 + len(OWN_TEXTS) + 1


def test_json_of_a_query_has_the_documented_names(
    run: "Run", corpus: Path, paid: dict[str, str]
) -> None:
    """Lines for text, null for pages; text and digest of the passage."""
    run("index", corpus, **paid)
    answer = json.loads(run("query", "winter", "--index", corpus, "--json", **paid).stdout)
    assert list(answer) == [
        "query", "index", "generation", "embedder", "mode", "reranker", "partial", "hits",
        "closest",
    ]  # fmt: skip
    assert list(answer["hits"][0]) == [
        "rank", "score", "relevance", "path", "pages", "lines", "place", "headings", "text",
        "digest", "passages", "now", "copies", "signals",
    ]  # fmt: skip
    assert answer["hits"][0]["lines"] == [5, 7]
    assert answer["hits"][0]["pages"] is None
    assert answer["hits"][0]["headings"] == ["Bees", "Winter"]


def test_json_and_quiet_of_every_command(run: "Run", corpus: Path, paid: dict[str, str]) -> None:
    """--json prints one object and nothing else; --quiet prints no report."""
    for command in (
        ["index", corpus],
        ["rebuild", corpus],
        ["status", "--index", corpus],
        ["query", "bees", "--index", corpus],
        ["similarity", "bees", "bread", "--index", corpus],
    ):
        shown = run(*command, "--json", **paid)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert isinstance(json.loads(shown.stdout), dict)
        assert run(*command, "--quiet", **paid).stderr == ""
    assert run("index", corpus, "--quiet", **paid).stdout == ""


def test_files_only_prints_paths(run: "Run", corpus: Path, paid: dict[str, str]) -> None:
    """Each once, best first, a line each."""
    run("index", corpus, **paid)
    shown = run("query", "bees dense", "--index", corpus, "--files-only", "--path", "*.md", **paid)
    assert shown.stdout == "bees.md\n"
    shown = run("query", "bees dense", "--index", corpus, "--files-only", "--json", **paid)
    assert json.loads(shown.stdout)["paths"][0] == "bees.md"


def test_nothing_found_ends_with_1(run: "Run", corpus: Path, paid: dict[str, str]) -> None:
    """The words go to stderr, and there is nothing on stdout."""
    run("index", corpus, **paid)
    shown = run("query", "bees", "--index", corpus, "--path", "*.pdf", **paid)
    assert (shown.returncode, shown.stdout) == (1, "")
    assert "nothing found among what the filters let through" in shown.stderr


def test_documents_that_could_not_be_read_end_with_3(
    run: "Run", corpus: Path, paid: dict[str, str]
) -> None:
    """The others are indexed; each reason is named."""
    (corpus / "bad.pdf").write_bytes(b"%PDF-1.4")
    (corpus / "photo.png").write_bytes(b"x")
    shown = run("index", corpus, **paid)
    assert shown.returncode == 3
    assert "failed: bad.pdf (1 page): damaged PDF" in shown.stdout
    assert "skipped: 1 .png: read with --ocr" in shown.stdout
    assert run("index", corpus, **paid).returncode == 3


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_odd_names_reach_the_terminal_quoted(
    run: "Run", corpus: Path, paid: dict[str, str]
) -> None:
    """A newline or an escape in a file name forges no line and moves no cursor."""
    (corpus / "new\nline\x1b[2J.txt").write_text("the zebra text")
    (corpus / os.fsdecode(b"caf\xe9.txt")).write_text("the okapi text")
    assert run("index", corpus, **paid).returncode == 0
    shown = run("query", "zebra", "--index", corpus, "-k", 1, **paid)
    assert '"new\\nline\\033[2J.txt":1' in shown.stdout
    assert "\x1b" not in shown.stdout
    shown = run("query", "okapi", "--index", corpus, "-k", 1, "--files-only", **paid)
    assert shown.stdout == '"caf\\351.txt"\n'
    found = json.loads(run("query", "okapi", "--index", corpus, "--json", **paid).stdout)
    assert os.fsencode(found["hits"][0]["path"]) == b"caf\xe9.txt"


def one_line(stderr: str) -> bool:
    """Whether it is one line of semsearch's, and no traceback."""
    return stderr.startswith("semsearch: ") and stderr.count("\n") == 1


def test_errors_are_one_line_and_end_with_2(
    run: "Run", corpus: Path, tmp_path: Path, paid: dict[str, str]
) -> None:
    """What happened and what to do next, for each thing that a person can get wrong."""
    (tmp_path / "empty").mkdir()
    run("index", corpus, **paid)
    for args, words in (
        (["index", tmp_path / "nowhere"], "there is no folder"),
        (["index", corpus / "bread.txt"], "is no folder"),
        (["index", tmp_path / "empty"], "holds no document that semsearch reads"),
        (["query", "bees"], "there is no index in"),
        (["query", "bees", "--index", tmp_path], "semsearch index FOLDER"),
        (["query", " ", "--index", corpus], "the question is empty"),
        (
            ["query", "bees", "--index", corpus, "--embedder", "local:minilm"],
            "was built by mistral",
        ),
        (["index", corpus, "--embedder", "local:minilm"], "semsearch rebuild --embedder"),
        (
            ["index", tmp_path / "corpus", "--embedder", "x:y", "--index", tmp_path],
            "no embedder 'x:y'",
        ),
        (["status"], "there is no index"),
        (["similarity", "one"], "two texts or more"),
        (["query"], "there is no question"),
        (["query", "x", "--json", "--csv"], "one of --json, --jsonl"),
        (["query", "x", "--like", "a.md:1"], "one of a question, --like and --from"),
        (["query", "--from", "/nowhere/x"], "cannot read questions from /nowhere/x"),
        (["query", "x", "--mode", "magic"], "give one of hybrid, semantic, keyword"),
        (["query", "x", "--since", "yesterday"], "no time"),
        (["query", "x", "--lang", "klingon"], "no language that semsearch can tell"),
        (["query", "x", "-k", "0"], "--limit / -k takes a whole number from 1 to 1000"),
        (["qurey", "x"], "No such command 'qurey'"),
        (["index", "~nosuchuser/x"], "names the home of nobody"),
        (["status", "--index", ""], "the index that is named is empty"),
        (["query", "x", "--index", corpus, "--embedder", "x:y"], "no embedder 'x:y'"),
        (["models", "install", "minilm", "--from", "/nowhere"], "there is no /nowhere"),
        (["models", "install", "bert"], "there are minilm, e5, mistral-tokens"),
    ):
        shown = run(*args, **paid)
        code = 13 if words in ("was built by mistral", "semsearch rebuild --embedder") else 2
        assert (shown.returncode, shown.stdout) == (code, ""), args
        assert one_line(shown.stderr), shown.stderr
        assert words in shown.stderr


def test_a_wrong_key_and_a_server_that_is_not_there(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """One line each, without the key; nothing of the index is lost."""
    wrong = {**paid, "MISTRAL_API_KEY": "wrong-key-77"}
    shown = run("index", corpus, **wrong)
    assert shown.returncode == 12
    assert one_line(shown.stderr)
    assert "Invalid API Key" in shown.stderr
    assert "wrong-key-77" not in shown.stderr
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    gone = {**paid, "MISTRAL_BASE_URL": f"http://127.0.0.1:{port}", "SEMSEARCH_RETRY_SECONDS": "1"}
    shown = run("index", corpus, **gone)
    assert shown.returncode == 75
    assert one_line(shown.stderr)
    assert "cannot reach 127.0.0.1" in shown.stderr
    assert run("index", corpus, **paid).returncode == 0


def test_the_key_is_nowhere_in_the_index(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """Neither after a success nor after a failure, in any file."""
    server.faults.append(Fault(401, f'{{"detail":"{KEY}"}}'.encode()))
    outputs = [run("index", corpus, SEMSEARCH_DEBUG="1", **paid) for _ in range(2)]
    assert all(KEY not in shown.stdout + shown.stderr for shown in outputs)
    for path in (corpus / ".semsearch").rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="no such signal on this system")
def test_ctrl_c_ends_with_130(run: "Run", corpus: Path, paid: dict[str, str]) -> None:
    """One line, at once, while a request is under way; and the next run goes on."""
    with mistral_server() as slow:
        slow.faults.append(Fault(delay=20))
        process = subprocess.Popen(
            [sys.executable, "-m", "semsearch", "index", str(corpus)],
            env={**os.environ, **paid, "MISTRAL_BASE_URL": slow.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not slow.received and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=15)
    assert process.returncode == 130
    assert one_line(said)
    assert "interrupted; what was embedded is kept" in said
    assert run("index", corpus, **paid).returncode == 0


def test_a_reader_that_goes_away_is_no_error(run: "Run", corpus: Path) -> None:
    """Like any other filter: semsearch status | head."""
    run("index", corpus)
    command = [sys.executable, "-m", "semsearch", "status", "--index", str(corpus)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


@pytest.mark.skipif(os.name != "posix", reason="the shell of another system")
def test_streams_that_are_closed_or_full(run: "Run", corpus: Path, paid: dict[str, str]) -> None:
    """One line where a line can be said, the right exit code always, and an index that is whole."""
    run("index", corpus, **paid)
    command = f"{sys.executable} -m semsearch"
    for line, code in (
        (f"{command} query bees --index {corpus} >&-", 0),
        (f"{command} query bees --index {corpus} 2>&-", 0),
        (f"{command} index {corpus} 2>&- >&-", 0),
        (f"{command} query bees --index {corpus} <&-", 0),
        (f"{command} index {corpus}/nowhere 2>/dev/full", 2),
        (f"{command} query bees --index {corpus} >/dev/full", 2),
        (f"{command} --help >/dev/full", 2),
    ):
        if "/dev/full" in line and not Path("/dev/full").exists():
            continue
        shown = subprocess.run(
            ["sh", "-c", line],
            env={**os.environ, **paid},
            capture_output=True,
            text=True,
            check=False,
        )
        assert shown.returncode == code, line
        assert shown.stderr == "" or one_line(shown.stderr)
    assert run("query", "bees", "--index", corpus, **paid).returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="arguments are text on this system")
def test_a_question_in_another_locale(run: "Run", corpus: Path, paid: dict[str, str]) -> None:
    """UTF-8 is understood whatever the locale says; what is none is wrong usage."""
    (corpus / "baum.txt").write_text("Die Größe der Bäume", encoding="utf-8")
    run("index", corpus, **paid)
    posix = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    shown = run("query", "Größe", "--index", corpus, "--files-only", "-k", 1, **paid, **posix)
    assert shown.stdout == "baum.txt\n"
    shown = run("query", os.fsdecode(b"\xff cat"), "--index", corpus, **paid)
    assert (shown.returncode, shown.stderr) == (
        2,
        "semsearch: the text is not valid UTF-8; type it again\n",
    )


def test_help_has_examples_and_a_version(run: "Run") -> None:
    """Every command shows how it is used."""
    assert run("--version").stdout.startswith("semsearch 0.")
    for command in (
        *("index", "query", "rebuild", "status", "similarity", "verify", "repair", "rollback"),
        *("forget", "export", "import"),
    ):
        shown = run(command, "--help")
        assert "Examples:" in shown.stdout
        assert f"semsearch {command}" in shown.stdout
        for option in ("--index", "--json", "--quiet"):
            assert option in shown.stdout


def test_answers_come_in_the_form_that_is_asked_for(
    run: "Run", corpus: Path, paid: dict[str, str], tmp_path: Path
) -> None:
    """A line of JSON a hit, also for many questions; CSV; Markdown; NUL."""
    run("index", corpus, **paid)
    (corpus / "odd.csv").write_text("name\n=1+1 bees\n")
    run("index", corpus, **paid)
    at = ("--index", corpus, "--min-relevance", "0")
    lines = run("query", "bees", *at, "-k", "2", "--jsonl", **paid).stdout.splitlines()
    assert [json.loads(line)["rank"] for line in lines] == [1, 2]
    (tmp_path / "questions.txt").write_text("honey bees\n\nthe moon\n")
    asked = ("query", "--from", tmp_path / "questions.txt", *at, "-k", "1")
    many = run(*asked, "--jsonl", **paid).stdout.splitlines()
    assert [json.loads(line)["query"] for line in many] == ["honey bees", "the moon"]
    assert [answer["query"] for answer in json.loads(run(*asked, "--json", **paid).stdout)] == [
        "honey bees",
        "the moon",
    ]
    assert run(*asked, **paid).stdout.startswith("honey bees\n1. ")
    rows = list(csv.DictReader(run("query", "bees", *at, "--csv", **paid).stdout.splitlines()))
    assert {row["path"] for row in rows} >= {"bees.md", "odd.csv"}
    assert all(not value.startswith("=") for row in rows for value in row.values())
    shown = run("query", "bees", *at, "--md", "-k", "1", **paid).stdout
    assert shown.startswith("## bees\n\n1. **")
    assert "\n```text\n" in shown
    paths = run("query", "bees", *at, "--files-only", "-0", **paid).stdout
    assert {Path(path).name for path in paths.split("\0")[:-1]} >= {"bees.md", "odd.csv"}


def test_a_hit_can_be_explained_and_seen_in_its_surroundings(
    run: "Run", corpus: Path, paid: dict[str, str]
) -> None:
    """What it was ranked by; the rows of the file around it."""
    run("index", corpus, **paid)
    at = ("--index", corpus, "--min-relevance", "0", "-k", "1")
    shown = run("query", "cluster in winter", *at, "--explain", **paid).stdout
    assert "meaning: cosine" in shown
    assert "words: BM25" in shown
    shown = run("query", "cluster in winter", *at, "--context", "2", **paid).stdout
    assert "  3  Honey bees keep warm." in shown
    assert "> 7  They form a cluster." in shown
    like = json.loads(run("query", "--like", "bees.md:5-7", *at, "--json", **paid).stdout)
    assert like["mode"] == "semantic"
    assert like["hits"][0]["lines"] != [5, 7]


def test_a_prompt_asks_until_the_end(corpus: Path, paid: dict[str, str], tmp_path: Path) -> None:
    """In a real terminal; what fails is told and the next question asked; a history is kept."""
    pty = pytest.importorskip("pty")  # not on Windows
    variables = {**os.environ, **paid, "XDG_STATE_HOME": str(tmp_path), "TERM": "dumb"}
    command = [sys.executable, "-m", "semsearch"]
    subprocess.run([*command, "index", corpus], env=variables, check=True, capture_output=True)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "query", "--index", corpus, "--min-relevance", "0", "-k", "1"],
        stdin=theirs, stdout=theirs, stderr=theirs, env=variables,
    ) as process:  # fmt: skip
        os.close(theirs)
        os.write(ours, b"type:md\nhoney bees\nexit\n")
        shown = b""
        with suppress(OSError):  # its end, on Linux
            while piece := os.read(ours, 10_000):
                shown += piece
        os.close(ours)
        assert process.wait(timeout=60) == 0
    assert b"the question has filters only" in shown
    assert b"bees.md:" in shown
    history = tmp_path / "semsearch" / "history"
    assert "honey bees" in history.read_text()
    assert oct(history.stat().st_mode & 0o777) == "0o600"


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8")
def test_names_that_are_no_text_are_printed_as_they_are(run: "Run", corpus: Path) -> None:
    """``--files-only -0`` prints the bytes of each name, for xargs -0."""
    name = b"bad\xff\n.md"
    Path(os.fsdecode(os.fsencode(corpus) + b"/" + name)).write_text("Zebras graze in herds.\n")
    assert run("index", corpus).returncode == 0
    ask = ["query", "zebras", "--mode", "keyword", "--files-only", "-0", "--index", str(corpus)]
    done = subprocess.run(
        [sys.executable, "-m", "semsearch", *ask], capture_output=True, check=True, cwd=corpus
    )
    assert done.stdout == name + b"\0"


@pytest.mark.parametrize("name", ["-rf.md", "--help.md", "a b.md"])
def test_paths_for_xargs_open_from_here(
    run: "Run", corpus: Path, tmp_path: Path, name: str
) -> None:
    """Inside and outside of the folder, with a name that a command would take for an option."""
    (corpus / name).write_text("Zebras graze in herds.\n")
    assert run("index", corpus).returncode == 0
    ask = ("query", "zebras", "--mode", "keyword", "--files-only", "-0", "--index", str(corpus))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for here in (corpus, corpus.parent, elsewhere):
        path = run(*ask, cwd=here).stdout.rstrip("\0")
        assert (here / path).samefile(corpus / name)
        assert not path.startswith("-")
