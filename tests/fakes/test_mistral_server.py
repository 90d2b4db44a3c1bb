"""The stand-in server behaves as tests and benchmarks assume."""

import base64
import contextlib
import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from fakes.child_process import started
from fakes.mistral_server import (
    FAULT_NAMES,
    KEY,
    MistralServer,
    Terms,
    mistral_server,
    named_fault,
    nested_vector_of,
    token_count,
    vector_of,
)
from fakes.mistral_server.fault_script import FaultScript
from fakes.mistral_server.rate_limits import RateLimits
from fakes.mistral_server.token_counting import v1_count, v1_vocabulary
from fakes.mistral_server.vectors import pool_renderer

SCRIPT = Path(__file__).parents[2] / "scripts" / "fake_mistral"
NEVER_ENDING = ("hang", "dribbled-headers", "dribbled-body", "huge-body", "gzip-bomb")
REFUSED = (
    *(name for name in FAULT_NAMES if name[:3].isdigit()),
    *(name for name in FAULT_NAMES if name.startswith("redirect")),
    *("close", "reset-before-work", "not-http", *NEVER_ENDING[:1]),
)


def ask(server: MistralServer, *texts: str, **fields: Any) -> requests.Response:
    """Post some texts on a new connection."""
    return requests.post(
        f"{server.url}/v1/embeddings",
        json={"model": "mistral-embed", "input": texts, **fields},
        headers={"Authorization": f"Bearer {KEY}", "Accept-Encoding": "identity"},
        allow_redirects=False,
        timeout=20,
    )


@pytest.mark.parametrize("name", [name for name in FAULT_NAMES if name not in NEVER_ENDING])
def test_a_fault_happens_once_and_is_paid_for_only_if_worked_on(name: str) -> None:
    """A fault affects one request, which is paid only if it was processed."""
    with mistral_server() as server:
        server.faults.append(named_fault(name))
        with contextlib.suppress(requests.RequestException):  # which some faults are for
            ask(server, "bees", "dough")
        assert ask(server, "tides").status_code == 200
        summary = server.ledger.summary()
        paid = 0 if name in REFUSED else 2
        assert (summary["texts"], summary["texts_paid"]) == (3, paid + 1)


@pytest.mark.parametrize("name", ["dribbled-headers", "dribbled-body", "hang"])
def test_some_faults_outlast_a_client(name: str) -> None:
    """Some faults give no complete answer within the client's timeout."""
    with mistral_server() as server:
        server.faults.append(named_fault(name))
        with pytest.raises(requests.RequestException):
            requests.post(f"{server.url}/v1/embeddings", json={}, timeout=0.02)


def test_a_huge_body_comes_as_fast_as_it_is_read() -> None:
    """A huge body is sent as fast as it is read, and the client may disconnect."""
    with mistral_server() as server:
        server.faults.append(named_fault("huge-body"))
        with requests.post(f"{server.url}/v1/embeddings", stream=True, timeout=20) as answer:
            assert int(answer.headers["Content-Length"]) > 1 << 30
            assert len(next(answer.iter_content(1 << 20))) == 1 << 20


def test_a_bucket_lets_a_burst_through_and_refuses_the_rest() -> None:
    """A bucket admits a burst and refuses the rest with code 1300 and no Retry-After."""
    with mistral_server(requests_per_minute=60, burst=2) as server:
        answers = [ask(server, f"text {n}") for n in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        headers = answers[-1].headers
        assert answers[-1].json()["code"] == "1300"
        assert headers["x-ratelimit-limit-req-minute"] == "60"
        assert headers["x-ratelimit-remaining-req-minute"] == "0"
        assert "Retry-After" not in headers
        assert server.ledger.summary()["texts_paid"] == 2


@pytest.mark.parametrize(
    ("terms", "admitted"),
    [
        (Terms(requests_per_minute=2), [1, 1, 0, 1, 0, 1]),
        (Terms(requests_per_minute=2, burst=1), [1, 0, 0, 1, 0, 1]),
        (Terms(tokens_per_minute=7), [1, 1, 0, 1, 1, 0]),
        (Terms(requests_per_minute=2, window="sliding"), [1, 1, 0, 0, 0, 1]),
        (Terms(tokens_per_minute=7, window="sliding"), [1, 1, 0, 0, 0, 1]),
    ],
)
def test_a_bucket_refills_evenly_and_a_window_slides(terms: Terms, admitted: list[int]) -> None:
    """Bucket and window admit the expected ones of six timed requests of three tokens."""
    now = [0.0]
    rates = RateLimits(terms, clock=lambda: now[0])
    seen = []
    for now[0] in (0, 1, 2, 30, 50, 62):
        seen.append(int(rates.admits(3)[0]))
    assert seen == admitted


@pytest.mark.parametrize(
    ("texts", "fields", "message"),
    [
        (["a"] * 257, {}, "Too many inputs in request, split into more batches."),
        (["a " * 8000] * 9, {}, "Too many tokens overall, split into more batches."),
        (["a", "a " * 8191], {}, "Input id 1 has 8193 tokens, exceeding max 8192 tokens."),
        ([], {}, "Please provide at least one input element."),
        (["a"], {"model": "no-such"}, "Invalid model: no-such"),
        (["a"], {"output_dimension": 64}, "This model does not support output_dimension."),
    ],
)
def test_refusals_are_in_the_words_that_were_seen_live(
    texts: list[str], fields: dict[str, Any], message: str
) -> None:
    """Refusals have the observed messages, status 400 and a correlation id."""
    with mistral_server() as server:
        answer = ask(server, *texts, **fields)
        assert (answer.status_code, answer.json()["message"]) == (400, message)
        assert answer.headers["mistral-correlation-id"]


def test_the_older_words_and_cap_can_be_asked_for() -> None:
    """The messages and limits until 2025 are available."""
    with mistral_server(max_tokens=16_384, refuses_as_before_2026=True) as server:
        answer = ask(server, *["a " * 6000] * 3)
        assert answer.json()["message"] == "Too many tokens in batch. Max is 16384 got 18006"


def test_unknown_fields_are_refused_one_by_one() -> None:
    """Each unknown field is refused in pydantic's wording."""
    with mistral_server() as server:
        answer = ask(server, "bees", user="me", output_dimension="8")
        details = answer.json()["message"]["detail"]
        assert answer.status_code == 422
        assert [item["type"] for item in details] == ["extra_forbidden", "value_error"]


def test_shorter_vectors_are_the_beginning_of_longer_ones() -> None:
    """Shorter vectors are prefixes of longer ones, not normalised."""
    with mistral_server() as server:
        fields = {"model": "codestral-embed-2505", "output_dimension": 64}
        (item,) = ask(server, "def bees(): return 1", **fields).json()["data"]
        whole = nested_vector_of("def bees(): return 1", 3072)
        assert item["embedding"] == whole[:64]
        assert np.linalg.norm(whole) == pytest.approx(1, abs=1e-3)
        assert 0.3 < np.linalg.norm(item["embedding"]) < 0.9


@pytest.mark.parametrize(
    ("dialect", "fields", "texts", "status", "words"),
    [
        ("openai", {"model": "nope"}, ["a"], 404, '"error": {"message": "The model `nope`'),
        ("openai", {"output_dimension": 8}, ["a"], 400, '"error": {'),
        ("openai", {"model": "text-embedding-3-small"}, ["a " * 8191], 400, "8193 tokens"),
        ("tei", {}, ["a"] * 33, 422, '{"message": "batch size 33 > maximum allowed batch size 32"'),
        ("tei", {}, ["a" * 2_000_000], 413, "length limit exceeded"),
        ("llama.cpp", {}, ["a " * 600], 500, "input (602 tokens) is too large to process"),
        ("ollama", {"model": "nope"}, ["a"], 404, "try pulling it first"),
        ("ollama", {"model": "nomic-embed-text"}, ["a " * 9000], 200, '"total_tokens": 2048'),
    ],
)  # fmt: skip
def test_each_dialect_has_its_own_words(
    dialect: str, fields: dict[str, Any], texts: list[str], status: int, words: str
) -> None:
    """Each dialect has its own messages and limits."""
    with mistral_server(dialect=dialect) as server:
        answer = ask(server, *texts, **fields)
        assert (answer.status_code, words in answer.text) == (status, True)


@pytest.mark.parametrize(
    ("terms", "asked", "is_base64"),
    [
        ({"dialect": "tei"}, "base64", True),
        ({"dialect": "tei"}, "float", False),
        ({"dialect": "tei", "encoding": "float"}, "base64", False),
        ({"dialect": "tei", "encoding": "base64"}, "float", True),
        ({"dialect": "mistral"}, "base64", False),
    ],
)
def test_base64_is_sent_where_it_is_asked_for_or_unasked(
    terms: dict[str, Any], asked: str, is_base64: bool
) -> None:
    """Base64 is little-endian float32; Mistral always sends numbers."""
    with mistral_server(**terms) as server:
        (item,) = ask(server, "bees", encoding_format=asked).json()["data"]
        given = item["embedding"]
        row = np.frombuffer(base64.b64decode(given), "<f4") if is_base64 else np.array(given)
        assert isinstance(given, str) == is_base64
        np.testing.assert_array_equal(row, vector_of("bees", len(row)))


def test_random_faults_are_the_same_for_the_same_seed() -> None:
    """Equal seeds give equal faults, in about the configured share."""
    mix = [named_fault("500")]
    scripts = [FaultScript(0.2, seed, mix) for seed in (3, 3)]
    taken = [[script.take("POST /v1/embeddings") for _ in range(500)] for script in scripts]
    assert taken[0] == taken[1]
    assert 70 < sum(fault is not None for fault in taken[0]) < 130


def test_a_fault_waits_for_its_route() -> None:
    """A fault for embeddings leaves other requests unaffected."""
    with mistral_server() as server:
        server.faults.append(named_fault("500"))
        assert requests.get(f"{server.url}/v1/models", timeout=5).status_code == 401
        assert ask(server, "bees").status_code == 500


def test_a_model_may_drift() -> None:
    """With drift all vectors turn slightly and stay of unit length."""
    with mistral_server() as server:
        server.drift = 0.1
        (item,) = ask(server, "honey bees").json()["data"]
        assert np.dot(item["embedding"], vector_of("honey bees")) == pytest.approx(0.995, abs=0.005)
        assert np.linalg.norm(item["embedding"]) == pytest.approx(1, abs=1e-3)


def test_a_kept_connection_may_be_closed_after_an_answer() -> None:
    """A connection closed after an answer fails the next request on it."""
    with mistral_server() as server:
        server.faults.append(named_fault("close-after-answer"))
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        connection.request("POST", "/v1/embeddings", b"{}")
        assert connection.getresponse().read()
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            connection.request("POST", "/v1/embeddings", b"{}")
            connection.getresponse()
        connection.close()


def test_vectors_of_the_pool_are_as_good_as_others() -> None:
    """Pool vectors are of unit length and exact in float16."""
    row = np.array(eval(pool_renderer(False)("bees", 1024)))  # noqa: S307 - a list of numbers
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-3)
    np.testing.assert_array_equal(row, row.astype(np.float16))


@pytest.mark.skipif(os.name != "posix", reason="no such signal on this system")
def test_the_script_says_where_it_is_and_what_it_received() -> None:
    """The script prints two lines at the start, the ledger after a signal, and exits with 0."""
    command = [sys.executable, str(SCRIPT), "--faults", "500,429"]
    with started(command) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip().removeprefix("export MISTRAL_BASE_URL=")
        assert process.stdout.readline() == f"export MISTRAL_API_KEY={KEY}\n"
        assert requests.post(f"{url}/v1/embeddings", json={}, timeout=5).status_code == 500
        ledger = requests.get(f"{url}/stand-in/ledger", timeout=5).json()
        (closed,) = requests.get(f"{url}/stand-in/requests", timeout=5).json()
        process.send_signal(signal.SIGTERM)
        assert "requests                    1\n" in process.stdout.read()
        process.wait(timeout=20)
    assert (ledger["requests"], ledger["outcomes"], process.returncode) == (1, {"500": 1}, 0)
    assert (closed["texts"], closed["outcome"]) == (0, "500")


@pytest.mark.parametrize(
    "arguments",
    [["--counts-file", "nowhere"], ["--port", "70000"], ["--faults", "nonsense"], ["--seed", "x"]],
)
def test_what_the_script_cannot_do_is_one_line(arguments: list[str]) -> None:
    """An error of the script is one line on stderr and exit code 2."""
    command = [sys.executable, str(SCRIPT), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.splitlines()[-1].startswith("fake_mistral: ")


def test_a_token_is_four_letters_or_a_mark() -> None:
    """The simple rule counts a token per four letters or mark, plus two."""
    assert [token_count(text) for text in ("", "bee", "honey bees.")] == [2, 3, 6]


@pytest.mark.skipif(v1_vocabulary() is None, reason="mistral-common is not installed")
def test_the_real_vocabulary_counts_as_the_api_does() -> None:
    """4,094 times two words fit the real vocabulary's limit of 8,192, and 4,095 do not."""
    count = v1_count()
    assert [count("hello world" * times) for times in (4094, 4095)] == [8191, 8193]
