"""``semsearch ask`` as a person and a program see it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.child_process import read_until, started
from fakes.mistral_server import KEY, ChatScript, MistralServer, mistral_server

if TYPE_CHECKING:
    from conftest import Run

MODEL = "mistral:mistral-small-latest"
QUESTION = "How do honey bees keep warm?"
ASK = ("ask", QUESTION, "--model", MODEL, "-k", "1")
TRUE = '- They keep warm. [1] "Honey bees keep warm."\n'


@pytest.fixture
def bees(run: "Run", corpus: Path) -> Path:
    """A folder with an index of the local model."""
    assert run("index", corpus, "--embedder", "local:minilm", "--quiet").returncode == 0
    return corpus


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, MistralServer]]:
    """Stand-ins whose models have different manners."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        names = ("mixed", "invented", "refusing", "empty", "no-answer", "length", "cut", "escaping")
        yield {name: stack.enter_context(mistral_server(chat=name)) for name in names}


def key_for(server: MistralServer) -> dict[str, str]:
    """The environment of somebody with a key for a server."""
    return {"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": server.url}


def test_the_passages_come_first_then_the_answer_and_the_rest_on_stderr(
    run: "Run", bees: Path, servers: dict[str, MistralServer]
) -> None:
    """Standard output has results only; what is left out is said, not shown."""
    done = run(*ASK, cwd=bees, **key_for(servers["mixed"]))
    assert done.returncode == 0
    hits, claims = done.stdout.split("\n\n", 1)
    assert hits.splitlines()[0].startswith("1. ")
    assert "bees.md:1-" in hits
    assert claims == ("Honey bees keep warm. [1]\n   “Honey bees keep warm.”\n   [1] bees.md:1-3\n")
    sending, left_out, cost = done.stderr.splitlines()
    assert f"to {MODEL} at 127.0.0.1; at most 0.00" in sending
    assert left_out.startswith("semsearch: 3 sentences left out: ")
    assert left_out.endswith("; --unverified shows them")
    assert " tokens read, " in cost
    assert cost.endswith(" USD")
    assert run(*ASK, "-q", cwd=bees, **key_for(servers["mixed"])).stderr == ""


def test_what_is_not_verified_is_shown_on_demand_and_marked(
    run: "Run", bees: Path, servers: dict[str, MistralServer]
) -> None:
    """With the reason below each sentence."""
    done = run(*ASK, "--unverified", "-q", cwd=bees, **key_for(servers["mixed"]))
    assert (
        "NOT VERIFIED: Honey bees keep warm. It costs 4711 euros.\n"
        "   a number or date is not in the passage: 4711\n"
    ) in done.stdout
    assert done.stdout.count("NOT VERIFIED: ") == 3


def test_json_is_one_document(run: "Run", bees: Path, servers: dict[str, MistralServer]) -> None:
    """With the hits, the claims and what is left out."""
    done = run(*ASK, "--json", cwd=bees, **key_for(servers["mixed"]))
    record = json.loads(done.stdout)
    assert record["hits"][0]["path"] == "bees.md"
    assert [claim["text"] for claim in record["claims"]] == ["Honey bees keep warm."]
    assert record["claims"][0]["quotations"][0]["path"] == "bees.md"
    assert [claim["reason"] for claim in record["left_out"]] == ["not found", "facts", "no passage"]


@pytest.mark.parametrize(
    ("manners", "code", "said"),
    [
        ("invented", 17, "nothing of the answer could be verified"),
        ("refusing", 17, "no passage is cited"),
        ("empty", 17, "the model wrote nothing"),
        ("no-answer", 1, "the model finds no answer in these passages"),
        ("length", 3, "the answer is cut: it reached its most tokens"),
        ("cut", 75, "the answer is cut: "),
    ],
)
def test_each_end_has_its_exit_code_and_is_said(
    run: "Run", bees: Path, servers: dict[str, MistralServer], manners: str, code: int, said: str
) -> None:
    """The passages are there in any case."""
    done = run(*ASK, cwd=bees, **key_for(servers[manners]))
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "bees.md:1-" in done.stdout


def test_the_text_of_a_model_does_not_act_on_a_terminal(
    run: "Run", bees: Path, servers: dict[str, MistralServer]
) -> None:
    """As that of a document does not."""
    done = run(*ASK, "--unverified", cwd=bees, **key_for(servers["escaping"]))
    assert "Honey bees keep warm." in done.stdout
    assert not {"\x1b", "\x07"} & set(done.stdout + done.stderr)


def test_below_the_relevance_gate_no_model_is_asked(run: "Run", bees: Path) -> None:
    """It is said, and the exit code is that of a query."""
    with mistral_server() as server:
        asked = ("ask", "Which kinase slows lung tumours?", "--model", MODEL)
        done = run(*asked, cwd=bees, **key_for(server))
        shown = run(*asked, "--json", cwd=bees, **key_for(server))
        assert server.received == []
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(f"; {MODEL} was not asked\n")
    assert (shown.returncode, json.loads(shown.stdout)["model"]) == (1, None)


def test_nothing_goes_to_a_model_that_the_user_has_not_named(run: "Run", bees: Path) -> None:
    """Also where there is a key; the folder cannot name one, settings can."""
    with mistral_server() as server:
        unnamed = run("ask", QUESTION, cwd=bees, **key_for(server))
        assert (unnamed.returncode, unnamed.stdout) == (2, "")
        assert unnamed.stderr.count("\n") == 1
        assert "--model mistral:mistral-small-latest" in unnamed.stderr
        (bees / ".semsearch.toml").write_text(f'ask_model = "{MODEL}"\n')
        assert run("ask", QUESTION, cwd=bees, **key_for(server)).returncode == 2
        (bees / ".semsearch.toml").unlink()
        assert server.received == []
        config = bees.parent / "config.toml"
        config.write_text(f'ask_model = "{MODEL}"\n')
        named = run("ask", QUESTION, cwd=bees, **key_for(server), SEMSEARCH_CONFIG=str(config))
        by_variable = run("ask", QUESTION, cwd=bees, **key_for(server), SEMSEARCH_ASK_MODEL=MODEL)
        assert (named.returncode, by_variable.returncode, len(server.asked)) == (0, 0, 2)


def test_a_dry_run_shows_what_would_be_sent_without_a_key(run: "Run", bees: Path) -> None:
    """And sends nothing."""
    with mistral_server() as server:
        done = run(*ASK, "--dry-run", cwd=bees, MISTRAL_BASE_URL=server.url)
        shown = run(*ASK, "--dry-run", "--json", cwd=bees, MISTRAL_BASE_URL=server.url)
        assert server.received == []
    assert (done.returncode, shown.returncode) == (0, 0)
    assert f"Question: {QUESTION}" in done.stdout
    assert "This would send the question and 1 passage" in done.stdout
    messages = json.loads(shown.stdout)["messages"]
    assert [message["role"] for message in messages] == ["system", "user"]


def test_a_wrong_key_and_a_budget_end_before_an_answer(run: "Run", bees: Path) -> None:
    """Each with its code, one line and no key in it."""
    with mistral_server() as server:
        wrong = run(*ASK, cwd=bees, MISTRAL_API_KEY="sk-" + "x" * 40, MISTRAL_BASE_URL=server.url)
        dear = run(*ASK, "--max-cost", "0.00001", cwd=bees, **key_for(server))
        assert len(server.asked) == 1
    assert (wrong.returncode, dear.returncode) == (12, 14)
    assert "x" * 8 not in wrong.stdout + wrong.stderr
    assert "nothing was sent" in dear.stderr


def test_several_indexes_are_asked_and_named_in_citations(
    run: "Run", bees: Path, tmp_path: Path
) -> None:
    """One that cannot be asked costs a line and the exit code."""
    (tmp_path / "empty").mkdir()
    config = tmp_path / "config.toml"
    config.write_text(f'[indexes]\nbees = "{bees}"\nempty = "{tmp_path / "empty"}"\n')
    with mistral_server() as server:
        own = {**key_for(server), "SEMSEARCH_CONFIG": str(config)}
        done = run(*ASK, "--in", "bees", cwd=tmp_path, **own)
        some = run(*ASK, "--all", cwd=tmp_path, **own)
    assert done.returncode == 0
    assert "   [1] bees: bees.md:1-3\n" in done.stdout
    assert some.returncode == 3
    assert "semsearch: empty: " in some.stderr


def test_a_claim_is_shown_while_the_model_still_writes_and_ctrl_c_keeps_it(bees: Path) -> None:
    """The exit code is that of an interruption; what it may have cost is said."""
    with mistral_server(chat_pause=60.0) as server:
        server.chat.scripts.append(ChatScript(TRUE * 3, split="lines", joins=2))
        with started(
            [sys.executable, "-m", "semsearch", *ASK],
            cwd=bees,
            env={**os.environ, **key_for(server)},
            stderr=subprocess.PIPE,
        ) as process:
            shown = read_until(process, "   [1] bees.md:1-3\n")
            assert shown.count("They keep warm.") == 1
            process.send_signal(signal.SIGINT)
            rest, said = process.communicate(timeout=60)
    assert (process.returncode, rest) == (130, "")
    *_, cost, interrupted = said.splitlines()
    assert " tokens read, about " in cost
    assert interrupted == "semsearch: interrupted"


def test_a_server_that_is_killed_in_the_middle_ends_the_answer(bees: Path) -> None:
    """What was verified stays; the exit code is that of a server out of reach."""
    script = Path(__file__).parents[2] / "scripts" / "fake_mistral"
    stand_in = [sys.executable, script, "--chat-pause", "0.05", "--chat", "letters"]
    asking = [sys.executable, "-m", "semsearch", "ask", "honey bees; bread dough", "--model", MODEL]
    with started(stand_in) as server:
        printed = read_until(server, "MISTRAL_API_KEY=").splitlines()
        own = dict(line.removeprefix("export ").split("=", 1) for line in printed)
        with started(
            [*asking, "--min-relevance", "0"],
            cwd=bees,
            env={**os.environ, **own},
            stderr=subprocess.PIPE,
        ) as process:
            read_until(process, "   [1] ")
            server.kill()
            _, said = process.communicate(timeout=60)
    assert process.returncode == 75
    assert "semsearch: the answer is cut: " in said


def test_the_question_may_be_forgotten(run: "Run", bees: Path) -> None:
    """One line says how to ask."""
    done = run("ask", "--model", MODEL, cwd=bees, MISTRAL_API_KEY=KEY)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
