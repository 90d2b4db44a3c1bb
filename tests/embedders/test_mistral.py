"""The Mistral embedder against a real server on loopback."""

import json
import math
import socket
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import mistralai.client
import numpy as np
import pytest

from fakes.mistral_server import KEY, Fault, MistralServer, mistral_server, vector_of
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.mistral import Mistral
from semsearch.errors import (
    EmbedderError,
    EmbedderUnavailable,
    KeyRefused,
    ReplyInvalid,
    RequestRefused,
    SettingsError,
)
from semsearch.settings import Secret, Settings

OVERLOADED = Fault(429, b'{"object":"error","message":"Rate limit exceeded","code":"1300"}')


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """A server of its own for each test."""
    with mistral_server() as running:
        yield running


@pytest.fixture
def sleeps() -> list[float]:
    """The waits that were asked for; none is waited."""
    return []


@pytest.fixture
def open_mistral(server: MistralServer, sleeps: list[float]) -> Callable[..., Mistral]:
    """Open the embedder with some settings changed."""

    def opened(model: str = "mistral-embed", **changes: Any) -> Mistral:
        values = {"mistral_base_url": server.url, "mistral_api_key": Secret(KEY), **changes}
        return Mistral(model, Settings(**values), sleep=sleeps.append)

    return opened


def embedded(embedder: Mistral, texts: list[str]) -> list[EmbeddedBatch]:
    """All batches."""
    return list(embedder.embed(texts))


def test_vectors_are_unit_rows_in_the_order_of_the_texts(
    open_mistral: Callable[..., Mistral],
) -> None:
    """Each text gets its own vector, float32 and of length one, and the tokens are the server's."""
    (batch,) = embedded(open_mistral(), ["bees", "dough rises"])
    expected = np.array([vector_of("bees"), vector_of("dough rises")])
    assert batch.positions == (0, 1)
    assert batch.vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(batch.vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(batch.vectors, expected, atol=1e-3)
    assert batch.tokens == 3 + 6


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_the_base_url_is_taken_with_or_without_v1(
    open_mistral: Callable[..., Mistral], server: MistralServer, suffix: str
) -> None:
    """Requests go to /v1/embeddings with the key and nothing but model and input."""
    embedded(open_mistral(mistral_base_url=server.url + suffix), ["bees"])
    assert [(r.path, r.authorization) for r in server.received] == [
        ("/v1/embeddings", f"Bearer {KEY}")
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://api.mistral.ai", "ftp://x", "mistral", "https://u:p@x", "https://x/?q=1",
        "https://a..b", f"https://{'a' * 70}.de", "http://[::1", "https://x:99999", "https://x:0",
    ],
)  # fmt: skip
def test_an_address_that_must_not_get_the_key_is_refused(
    open_mistral: Callable[..., Mistral], url: str
) -> None:
    """Only https, or http to this machine, without user, query or fragment, and a real name."""
    with pytest.raises(SettingsError):
        open_mistral(mistral_base_url=url)


def test_without_a_key_nothing_is_sent(open_mistral: Callable[..., Mistral]) -> None:
    """The error says where a key may be put."""
    with pytest.raises(KeyRefused, match="MISTRAL_API_KEY"):
        open_mistral(mistral_api_key=None)


def test_requests_keep_to_both_limits(
    open_mistral: Callable[..., Mistral], server: MistralServer
) -> None:
    """Inputs and tokens (by their upper bound) each close a request."""
    texts = ["a" * 7] * 5 + ["b" * 97]
    embedded(open_mistral(mistral_max_inputs=3, mistral_max_tokens=110), texts)
    assert [len(r.inputs) for r in server.received] == [3, 2, 1]


def test_a_request_that_is_too_large_is_halved_and_the_limit_remembered(
    open_mistral: Callable[..., Mistral], server: MistralServer
) -> None:
    """Each text is embedded once, in order, and later requests are of the size that passed."""
    server.max_inputs = 4
    texts = [f"text number {n}" for n in range(30)]
    batches = embedded(open_mistral(mistral_max_inputs=16), texts)
    assert [p for b in batches for p in b.positions] == list(range(30))
    assert [len(r.inputs) for r in server.received] == [16, 8, *[4] * 7, 2]


def test_a_text_that_is_too_long_does_not_fail_its_neighbours(
    open_mistral: Callable[..., Mistral],
) -> None:
    """The others are embedded first; then the refusal is raised."""
    texts = ["bees", "a " * 9000, "dough"]
    done: list[int] = []
    with pytest.raises(RequestRefused, match=r"Input id 1 has 9002 tokens.*18000 characters"):
        for batch in open_mistral(mistral_max_tokens=65_000).embed(texts):
            done += batch.positions
    assert done == [0, 2]


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, b'{"object":"error","message":"Invalid model: x","code":"1500"}', RequestRefused,
         '"Invalid model: x" \\(HTTP 400, code 1500, correlation id 0190-test\\)'),
        (400, b'{"object":"error","message":"Nope","code":null}', RequestRefused, "Nope"),
        (401, b'{"detail":"Invalid API Key"}', KeyRefused, "Invalid API Key.*MISTRAL_API_KEY"),
        (401, b'{"message":"Unauthorized","request_id":"c61f"}', KeyRefused, "Unauthorized"),
        (403, b'{"object":"error","message":"a Labs model","code":"1913"}', KeyRefused, "plan"),
        (404, b'{"message":"no Route matched"}', RequestRefused, "base URL"),
        (422, b'{"detail":[{"loc":["body","user"],"msg":"Extra inputs"}]}', RequestRefused,
         "body.user: Extra inputs"),
        (422, b'{"object":"error","message":{"detail":[{"loc":["body"],"msg":"Extra"}]}}',
         RequestRefused, "body: Extra"),
        (429, b'{"object":"error","message":"Rate limit exceeded","code":"1300"}',
         EmbedderUnavailable, "rate limit"),
        (500, b'{"object":"error","message":"Internal error","code":"3000"}',
         EmbedderUnavailable, "Internal error.*later"),
        (503, b'{"object":"error","message":"Service unavailable."}', EmbedderUnavailable, "503"),
        (504, b"", EmbedderUnavailable, "no message"),
        (520, b"<html><head><title>520: unknown\nerror</title></head></html>",
         EmbedderUnavailable, "520: unknown error"),
        (400, b"\x1b[2J evil \xff", RequestRefused, "HTTP 400"),
        (400, b"[1]", RequestRefused, "HTTP 400"),
        (400, b'{"message":{"msg":"a","loc":5}}', RequestRefused, '"a"'),
        (400, b'{"message":' + b"[" * 500 + b"]" * 500 + b"}", RequestRefused, "HTTP 400"),
    ],
)  # fmt: skip
def test_every_refusal_is_one_clear_line(
    open_mistral: Callable[..., Mistral],
    server: MistralServer,
    status: int,
    body: bytes,
    kind: type[EmbedderError],
    words: str,
) -> None:
    """It has the status, the server's words, the correlation id, and what to do."""
    server.faults.extend([Fault(status, body)] * 8)
    with pytest.raises(kind, match=words) as caught:
        embedded(open_mistral(), ["bees"])
    assert str(caught.value).isprintable()
    assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_refusals_for_good_are_not_tried_again(
    open_mistral: Callable[..., Mistral], server: MistralServer, status: int
) -> None:
    """One request, no wait."""
    server.faults.append(Fault(status, b'{"detail":"no"}'))
    with pytest.raises(EmbedderError):
        embedded(open_mistral(), ["bees"])
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "fault", [OVERLOADED, Fault(500), Fault(503), Fault(520), Fault(408), Fault(drops=True)]
)
def test_what_may_pass_is_tried_again(
    open_mistral: Callable[..., Mistral],
    server: MistralServer,
    sleeps: list[float],
    fault: Fault,
) -> None:
    """Two failures of a kind that passes, then the vectors."""
    server.faults.extend([fault, fault])
    assert len(embedded(open_mistral(), ["bees"])) == 1
    assert len(server.received) == 3
    assert len(sleeps) == 2


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [
        ("7", 7, 8),
        ("in a minute", 30, 61),
        ("0", 0, 1),
        ("999999", 120, 121),
        ("soon", 20, 21),
        ("nan", 20, 21),
    ],
)
def test_retry_after_is_honoured_within_reason(
    open_mistral: Callable[..., Mistral],
    server: MistralServer,
    sleeps: list[float],
    retry_after: str,
    least: float,
    most: float,
) -> None:
    """Seconds and dates are; what is no time at all is a part of the minute."""
    if retry_after == "in a minute":
        then = datetime.now(UTC) + timedelta(seconds=60)
        retry_after = format_datetime(then, usegmt=True)
    server.faults.append(Fault(429, b"{}", {"Retry-After": retry_after}))
    embedded(open_mistral(), ["bees"])
    assert least <= sleeps[0] <= most


def test_a_limit_of_zero_fails_at_once(
    open_mistral: Callable[..., Mistral], server: MistralServer
) -> None:
    """A plan that never allows the model is not waited for."""
    server.faults.append(Fault(429, b"{}", {"x-ratelimit-limit-req-minute": "0"}))
    with pytest.raises(RequestRefused, match="allows no requests"):
        embedded(open_mistral(), ["bees"])
    assert len(server.received) == 1


def test_retrying_ends_within_its_budget(
    open_mistral: Callable[..., Mistral], server: MistralServer, sleeps: list[float]
) -> None:
    """No wait is begun that would go over the seconds that the settings allow."""
    server.faults.extend([Fault(429, b"{}", {"Retry-After": "50"})] * 8)
    with pytest.raises(EmbedderUnavailable):
        embedded(open_mistral(retry_seconds=10), ["bees"])
    assert sleeps == []


def test_a_shuffled_answer_is_put_in_order(
    open_mistral: Callable[..., Mistral], server: MistralServer
) -> None:
    """The index decides which text a vector belongs to, not its place."""
    server.faults.append(Fault(change=lambda a: {**a, "data": a["data"][::-1]}))
    (batch,) = embedded(open_mistral(), ["bees", "dough"])
    np.testing.assert_allclose(batch.vectors[0], vector_of("bees"), atol=1e-3)


def with_first(**changes: Any) -> Fault:
    """The answer with its first vector's object changed."""
    return Fault(change=lambda a: {**a, "data": [{**a["data"][0], **changes}, *a["data"][1:]]})


@pytest.mark.parametrize(
    "fault",
    [
        with_first(embedding=[math.nan] * 1024),
        with_first(embedding=[math.inf] * 1024),
        with_first(embedding=[0.0] * 1024),
        with_first(embedding=[0.5] * 512),
        with_first(embedding=["0.5"] * 1024),
        with_first(embedding=[True] * 1024),
        with_first(embedding=[]),
        with_first(embedding=None),
        with_first(embedding=[10**400] * 1024),
        with_first(embedding=[1e200] * 1024),
        with_first(embedding="AAAA"),
        with_first(index=1),
        with_first(index=-1),
        with_first(index=None),
        with_first(index=[]),
        Fault(change=lambda a: {**a, "data": a["data"][1:]}),
        Fault(change=lambda a: {**a, "data": [*a["data"], a["data"][0]]}),
        Fault(change=lambda a: {**a, "data": []}),
        Fault(change=lambda a: {"detail": "no data"}),
        Fault(change=lambda a: {**a, "data": [{**d, "embedding": [0.1] * 8} for d in a["data"]]}),
        Fault(200, b"<html>hello</html>"),
        Fault(200, b""),
        Fault(200, b"[" * 100_000),
        Fault(200, b'{"data": [{"index": 0, "embedding": [1e999]}]}'),
        Fault(200, b"x" * 3_000_000),
        Fault(200, b"{}", {"Content-Encoding": "gzip"}),
    ],
)
def test_an_answer_that_is_wrong_is_not_stored(
    open_mistral: Callable[..., Mistral], server: MistralServer, fault: Fault
) -> None:
    """Neither is it taken for another failure."""
    server.faults.append(fault)
    with pytest.raises(ReplyInvalid, match=r"stored|expected|compressed"):
        embedded(open_mistral(), ["bees", "dough"])


def test_a_dimension_that_changes_within_a_run_is_refused(
    open_mistral: Callable[..., Mistral], server: MistralServer
) -> None:
    """The first answer of an unknown model decides, and the batches before stay good."""
    embedder = open_mistral("codestral-embed", mistral_max_inputs=1)
    server.faults.extend([Fault(), with_first(embedding=[0.5] * 64)])
    batches = embedder.embed(["bees", "dough"])
    assert next(batches).vectors.shape == (1, 1536)
    with pytest.raises(ReplyInvalid, match="64 numbers instead of 1536"):
        next(batches)


def test_a_redirect_is_not_followed(
    open_mistral: Callable[..., Mistral], server: MistralServer
) -> None:
    """The server that it names never hears of the request."""
    with mistral_server() as other:
        server.faults.append(Fault(307, b"", {"Location": f"{other.url}/v1/embeddings"}))
        with pytest.raises(RequestRefused, match="redirects"):
            embedded(open_mistral(), ["bees"])
        assert other.received == []


def test_a_server_that_dribbles_is_left(
    open_mistral: Callable[..., Mistral], server: MistralServer
) -> None:
    """The deadline is for the whole answer: one byte now and then does not prolong it."""
    server.faults.extend([Fault(dribbles=True)])
    embedder = open_mistral(connect_seconds=0.2, read_seconds=0.2, retry_seconds=0.01)
    with pytest.raises(EmbedderUnavailable, match="did not end its answer"):
        embedded(embedder, ["bees"])


def test_a_server_that_is_not_there_is_one_clear_line(
    open_mistral: Callable[..., Mistral],
) -> None:
    """The error names the host and says what to check."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(EmbedderUnavailable, match=r"cannot reach 127.0.0.1 .*check the network"):
        embedded(open_mistral(mistral_base_url=f"http://127.0.0.1:{port}"), ["bees"])


@pytest.mark.parametrize(
    "fault",
    [
        Fault(401, f'{{"detail":"bad key {KEY}"}}'.encode()),
        Fault(500, f"{KEY}".encode()),
        Fault(302, b"", {"Location": "http://elsewhere"}),
        Fault(drops=True),
        Fault(200, b"nonsense"),
    ],
)
def test_no_failure_shows_the_key(
    open_mistral: Callable[..., Mistral], server: MistralServer, fault: Fault
) -> None:
    """Neither in its message nor anywhere in its traceback, even when the server echoes it."""
    server.faults.extend([fault] * 8)
    embedder = open_mistral()
    with pytest.raises(EmbedderError) as caught:
        embedded(embedder, ["bees"])
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert KEY not in "".join(line for line in trace.format() if "fault" not in line)
    assert KEY not in repr(embedder.__dict__)


def test_a_key_that_no_header_can_carry_is_not_shown(
    open_mistral: Callable[..., Mistral], capfd: pytest.CaptureFixture[str]
) -> None:
    """Not by a thread's traceback either, and the request fails at once."""
    for key in ("sk-77\nsecond", "sk-77”"):
        with pytest.raises(EmbedderUnavailable, match=r"request to 127\.0\.0\.1 failed") as caught:
            embedded(open_mistral(mistral_api_key=Secret(key)), ["bees"])
        assert "sk-77" not in str(caught.value)
    assert "sk-77" not in "".join(capfd.readouterr())


def test_blank_texts_never_leave_the_machine(
    open_mistral: Callable[..., Mistral], server: MistralServer
) -> None:
    """What the API does with them is not known."""
    with pytest.raises(RequestRefused, match="blank"):
        embedded(open_mistral(), ["bees", " \n"])
    assert server.received == []


@pytest.mark.parametrize("text", ["", "bees", "🐝" * 10, "语言" * 5, "a b\n"])
def test_the_token_count_is_an_upper_bound(open_mistral: Callable[..., Mistral], text: str) -> None:
    """No tokenizer with byte fallback makes more tokens than there are bytes, and three around."""
    assert open_mistral().count_tokens(text) == len(text.encode()) + 3


def test_mistrals_own_client_gets_the_same_vectors(
    open_mistral: Callable[..., Mistral], server: MistralServer
) -> None:
    """The stand-in is what real clients expect."""
    with mistralai.client.Mistral(api_key=KEY, server_url=server.url) as client:
        theirs = client.embeddings.create(model="mistral-embed", inputs=["bees", "dough"])
    (ours,) = embedded(open_mistral(), ["bees", "dough"])
    np.testing.assert_allclose([item.embedding for item in theirs.data], ours.vectors, atol=1e-3)
    assert theirs.usage.prompt_tokens == ours.tokens


def test_mistrals_own_client_reads_the_stand_ins_refusals(server: MistralServer) -> None:
    """A wrong key and an unknown field are its own exceptions, with the bodies seen live."""
    with (
        mistralai.client.Mistral(api_key="wrong", server_url=server.url) as client,
        pytest.raises(mistralai.client.errors.SDKError) as caught,
    ):
        client.embeddings.create(model="mistral-embed", inputs=["bees"])
    assert caught.value.status_code == 401
    assert json.loads(caught.value.body) == {"detail": "Invalid API Key"}
