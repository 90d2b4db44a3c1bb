"""The plan, the question and Ctrl-C, as a person meets them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import KEY, MistralServer, mistral_server
from semsearch.indexer.drift import CANARIES
from semsearch.indexer.own_texts import OWN_TEXTS

if TYPE_CHECKING:
    from conftest import Run


def test_a_plan_is_shown_and_nothing_is_sent(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """By its own command and by ``--dry-run``, as text and as JSON with the documented names."""
    shown = run("plan", corpus, **paid)
    assert shown.returncode == 0
    assert "goes to    127.0.0.1" in shown.stdout
    assert "5 texts, about" in shown.stdout
    assert run("index", corpus, "--dry-run", **paid).stdout == shown.stdout
    record = json.loads(run("plan", corpus, "--json", **paid).stdout)
    assert (
        list(record)
        == (
            "index corpus embedder host documents passages cut_anew paid_share shared"
            " texts tokens tokens_exact requests own_texts own_tokens requests_a_minute minutes"
            " currency cost batch_cost price_source"
        ).split()
    )
    assert (record["texts"], record["cost"] > record["batch_cost"] > 0) == (5, True)
    assert (server.received, (corpus / ".semsearch").exists()) == ([], False)


def test_a_budget_ends_with_14(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """And the same command goes on with a larger one; the report has the money."""
    stopped = run("index", corpus, "--max-cost", "0.000008", **paid)
    assert stopped.returncode == 14
    assert "the budget of 0.000008 USD is reached" in stopped.stderr
    ended = run("index", corpus, "--max-tokens", "1000", **paid)
    assert ended.returncode == 0
    assert "sent to 127.0.0.1:" in ended.stdout
    assert "USD; planned:" in ended.stdout
    assert server.ledger.summary()["tokens_paid"] <= 80 + 1000


def on_a_terminal(corpus: Path, paid: dict[str, str], answer: str, *options: str) -> str:
    """What a person sees who types an answer when asked."""
    import pty  # here: Windows has none

    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "semsearch", "index", str(corpus), *options],
        env={**os.environ, **paid, "TERM": "xterm", "COLUMNS": "200"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        close_fds=True,
    )
    os.close(terminal)
    shown, is_answered = b"", False
    while True:
        try:
            piece = os.read(person, 4096)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        shown += piece
        if b"[y/N]" in shown and not is_answered:
            is_answered = True
            os.write(person, f"{answer}\n".encode())
    os.close(person)
    process.wait(timeout=60)
    return shown.decode()


@pytest.mark.skipif(os.name != "posix", reason="no such terminals on this system")
def test_a_terminal_is_asked_before_the_first_text_goes(
    corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """With the plan and the host; a no sends nothing, a yes is asked for once."""
    shown = on_a_terminal(corpus, paid, "n")
    assert "Send this text to 127.0.0.1?" in shown
    assert "5 texts, about" in shown
    assert "nothing was sent" in shown
    assert server.received == []
    shown = on_a_terminal(corpus, paid, "y")
    assert "new generation 1" in shown
    assert len(server.texts) == 5 + len(OWN_TEXTS)
    (corpus / "new.txt").write_text("Something else.")
    assert "[y/N]" not in on_a_terminal(corpus, paid, "n")
    assert len(server.texts) == 5 + 1 + len(OWN_TEXTS) + len(CANARIES)


@pytest.mark.skipif(os.name != "posix", reason="no such terminals on this system")
def test_a_person_who_says_yes_beforehand_is_not_asked(
    corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """By ``--yes``."""
    assert "[y/N]" not in on_a_terminal(corpus, paid, "n", "--yes")
    assert len(server.texts) == 5 + len(OWN_TEXTS)


@pytest.mark.skipif(not hasattr(signal, "SIGTERM"), reason="no such signal on this system")
@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_answers_in_hand_are_kept_when_a_run_is_stopped(
    run: "Run", tmp_path: Path, sign: signal.Signals, code: int
) -> None:
    """The requests under way are waited for and stored; the next run pays for none of them."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(200):  # more than are under way at once, also where all is slow
        (folder / f"{number}.txt").write_text(f"Document {number} speaks of bees.")
    with mistral_server(latency=1.0) as server:
        environment = {
            **os.environ,
            "MISTRAL_API_KEY": KEY,
            "MISTRAL_BASE_URL": server.url,
            "SEMSEARCH_REQUEST_INPUTS": "10",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "semsearch", "index", str(folder)],
            env=environment,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        while server.ledger.summary()["requests"] < 4:
            time.sleep(0.01)
        if (limits := Path(f"/proc/{process.pid}/limits")).exists():
            assert re.search(r"Max core file size +0 +0 ", limits.read_text())
        process.send_signal(sign)
        _, told = process.communicate(timeout=60)
        assert process.returncode == code
        assert "what was embedded is kept" in told
        assert 10 <= server.ledger.summary()["texts_paid"] - len(CANARIES) < 200
        assert run("index", folder, cwd=tmp_path, **environment).returncode == 0
        ledger = server.ledger.summary()
    assert ledger["texts_paid_more_than_once"] == len(CANARIES)


def test_settings_of_a_folder_that_cost_money_end_with_16_or_go_by_yes(
    corpus: Path, run: "Run", paid: dict[str, str], server: MistralServer
) -> None:
    """Without a terminal nothing is sent, and the message says how to agree; ``--yes`` is a yes."""
    (corpus / "long.md").write_text("Bees fly far and wide. Bread is baked. " * 9)
    assert run("index", corpus, **paid).returncode == 0
    sent = len(server.texts)
    (corpus / ".semsearch.toml").write_text("passage_characters = 50\noverlap_characters = 25\n")
    refused = run("index", corpus, **paid)
    assert (refused.returncode, len(server.texts)) == (16, sent)
    assert "agree once on a terminal or with --yes" in refused.stderr
    assert run("index", corpus, "--yes", **paid).returncode == 0
    assert len(server.texts) > sent


def test_the_plan_of_a_local_embedder_has_its_time(run: "Run", corpus: Path) -> None:
    """As measured on some of its texts."""
    shown = run("plan", corpus, "--embedder", "local:minilm")
    assert "time       less than a minute on this machine" in shown.stdout
    record = json.loads(run("plan", corpus, "--embedder", "local:minilm", "--json").stdout)
    assert 0 < record["minutes"] < 1 or record["minutes"] == 0
    assert record["own_texts"] == 0


def test_a_first_plan_counts_what_is_sent_beside_the_documents(
    run: "Run", corpus: Path, server: MistralServer, paid: dict[str, str]
) -> None:
    """Three probe texts and 64 reference texts, once for an index."""
    assert "also sent  67 texts of semsearch" in run("plan", corpus, **paid).stdout
    run("index", corpus, "--yes", **paid)
    (corpus / "new.txt").write_text("Something else.")
    shown = run("plan", corpus, **paid).stdout
    assert "also sent  3 texts of semsearch" in shown
    assert "to embed   1 text, " in shown
    assert "price      less than 0.01 USD" in shown


def test_a_plan_needs_no_key(run: "Run", corpus: Path) -> None:
    """It says what a server's embedder would cost; the run itself asks for the key."""
    planned = run("plan", corpus, "--embedder", "mistral:mistral-embed")
    assert planned.returncode == 0
    assert "price      less than 0.01 USD" in planned.stdout
    assert run("index", corpus, "--embedder", "mistral:mistral-embed", "--yes").returncode == 12
    assert not (corpus / ".semsearch").exists()
