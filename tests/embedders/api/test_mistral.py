"""The Mistral embedder against a real server on loopback."""

import json
import math
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import mistralai.client
import numpy as np
import pytest

from fakes.mistral_server import KEY, Fault, MistralServer, mistral_server, vector_of
from semsearch.embedders.api.api_embedder import RemoteEmbedder
from semsearch.embedders.api.endpoint import asked_wait
from semsearch.embedders.api.http_client import HttpReply
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.registry import open_embedder
from semsearch.errors import (
    EmbedderError,
    EmbedderUnavailable,
    KeyRefused,
    ReplyInvalid,
    RequestRefused,
    SettingsError,
    TextsRefused,
)
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret

OVERLOADED = Fault(429, b'{"object":"error","message":"Rate limit exceeded","code":"1300"}')


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """A server of its own for each test."""
    with mistral_server() as running:
        yield running


@pytest.fixture
def open_mistral(server: MistralServer) -> Callable[..., RemoteEmbedder]:
    """Open the embedder with some settings changed; it waits next to nothing before a retry."""

    def opened(model: str = "mistral-embed", **changes: Any) -> RemoteEmbedder:
        values = {
            "mistral_base_url": server.url,
            "mistral_api_key": Secret(KEY),
            "backoff_seconds": 0.001,
            **changes,
        }
        embedder = open_embedder(f"mistral:{model}", Settings(**values))
        assert isinstance(embedder, RemoteEmbedder)
        return embedder

    return opened


def embedded(embedder: RemoteEmbedder, texts: list[str]) -> list[EmbeddedBatch]:
    """All batches."""
    return list(embedder.embed(texts))


def test_vectors_are_unit_rows_in_the_order_of_the_texts(
    open_mistral: Callable[..., RemoteEmbedder],
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
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer, suffix: str
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
    open_mistral: Callable[..., RemoteEmbedder], url: str
) -> None:
    """Only https, or http to this machine, without user, query or fragment, and a real name."""
    with pytest.raises(SettingsError):
        open_mistral(mistral_base_url=url)


def test_without_a_key_nothing_is_sent(open_mistral: Callable[..., RemoteEmbedder]) -> None:
    """The error says where a key may be put."""
    with pytest.raises(KeyRefused, match="MISTRAL_API_KEY"):
        open_mistral(mistral_api_key=None)


def test_requests_keep_to_both_limits(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """Inputs and tokens each close a request; short texts fill what a long one leaves."""
    texts = ["a" * 7] * 5 + ["b" * 97]
    texts = [f"{text}{number}" for number, text in enumerate(texts)]
    embedded(open_mistral(request_inputs=3, request_tokens=45, concurrency=1), texts)
    assert [len(r.inputs) for r in server.received] == [3, 3]
    assert server.received[1].inputs[-1] == "b" * 97 + "5"


def test_requests_grow_up_to_what_the_server_takes(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """The first is one that every server has taken; then each is as large as the present limits."""
    embedded(open_mistral(concurrency=1), [f"text number {n}" for n in range(1000)])
    assert [len(r.inputs) for r in server.received] == [64, 256, 256, 256, 168]


def test_a_limit_is_learned_from_refusals_and_remembered(
    open_mistral: Callable[..., RemoteEmbedder],
) -> None:
    """Each text is paid once; within a few refusals requests are about as full as may be."""
    with mistral_server(max_inputs=100) as server:
        embedder = open_mistral(mistral_base_url=server.url, concurrency=1)
        batches = embedded(embedder, [f"text number {n}" for n in range(2000)])
        first = len(server.received)
        embedded(embedder, [f"text number {n}" for n in range(2000, 2300)])
    assert sorted(p for b in batches for p in b.positions) == list(range(2000))
    assert server.ledger.summary()["texts_paid_more_than_once"] == 0
    assert all(88 <= len(r.inputs) <= 100 for r in server.received[first:-1])
    assert sum(len(r.inputs) > 100 for r in server.received) <= 4


def test_a_token_limit_that_is_named_is_kept(
    open_mistral: Callable[..., RemoteEmbedder],
) -> None:
    """The server of 2024 took 16,384 tokens, and said so."""
    with mistral_server(max_tokens=16_384, refuses_as_before_2026=True) as server:
        texts = [f"{n} " + "word " * 120 for n in range(700)]
        batches = embedded(open_mistral(mistral_base_url=server.url, concurrency=1), texts)
    assert sorted(p for b in batches for p in b.positions) == list(range(700))
    assert server.ledger.summary()["texts_paid_more_than_once"] == 0
    assert server.ledger.summary()["refused"] <= 2


def test_equal_texts_are_sent_once(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """Each of their positions gets the vector."""
    (batch,) = embedded(open_mistral(), ["bees", "dough", "bees"])
    assert sorted(batch.positions) == [0, 1, 2]
    assert sorted(server.texts) == ["bees", "dough"]


def test_a_text_that_is_too_long_is_embedded_in_parts(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """It does not fail its neighbours; its vector is the mean of its parts'; nothing is cut off."""
    long = "bees and dough " * 5000
    batches = embedded(open_mistral(), ["tides", long, "knots"])
    vectors = {p: row for b in batches for p, row in zip(b.positions, b.vectors, strict=True)}
    assert sorted(vectors) == [0, 1, 2]
    assert {p: n for b in batches for p, n in b.parts.items()} == {1: 4}
    np.testing.assert_allclose(vectors[1], vector_of(long), atol=2e-3)
    parts = [text for text in server.texts if 1000 < len(text) < 20_000]
    assert sum(map(len, parts)) == len(long)


@pytest.mark.parametrize("status", [400, 422])
def test_a_text_that_is_refused_does_not_fail_its_neighbours(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer, status: int
) -> None:
    """The others are embedded first; then its refusal is raised, with its place."""
    texts = [f"text {n}" for n in range(10)]
    server.refuses = lambda inputs: status if "text 7" in inputs else None
    done: list[int] = []
    with pytest.raises(TextsRefused, match=rf"no such text.*HTTP {status}.*6 characters") as caught:
        for batch in open_mistral().embed(texts):
            done += batch.positions
    assert sorted(done) == [0, 1, 2, 3, 4, 5, 6, 8, 9]
    assert list(caught.value.reasons) == [7]
    assert server.ledger.summary()["texts_paid_more_than_once"] == 0


def test_a_server_that_refuses_every_text_is_left_soon(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """It is not the texts then."""
    server.refuses = lambda inputs: 400
    with pytest.raises(RequestRefused, match="no such text"):
        embedded(open_mistral(), [f"text {n}" for n in range(1000)])
    assert len(server.received) < 12


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
    open_mistral: Callable[..., RemoteEmbedder],
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
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer, status: int
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
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer, fault: Fault
) -> None:
    """Two failures of a kind that passes, then the vectors."""
    server.faults.extend([fault, fault])
    embedder = open_mistral()
    assert len(embedded(embedder, ["bees"])) == 1
    assert len(server.received) == 3
    assert embedder.spent.retries == 2


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [
        ("7", 7, 7),
        ("7.5", 7.5, 7.5),
        ("in a minute", 58, 60),
        ("0", 0, 0),
        ("999999", 120, 120),
        ("soon", None, None),
        ("nan", None, None),
        ("-5", None, None),
    ],
)
def test_retry_after_is_honoured_within_reason(
    retry_after: str, least: float | None, most: float | None
) -> None:
    """Seconds and dates are, up to two minutes; what is no time at all is not."""
    if retry_after == "in a minute":
        then = datetime.now(UTC) + timedelta(seconds=60)
        retry_after = format_datetime(then, usegmt=True)
    asked = asked_wait(HttpReply(429, {"retry-after": retry_after}, b""))
    assert asked is None if least is None else least <= (asked or 0) <= (most or 0)


def test_a_wait_that_is_asked_for_is_waited(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """No other request goes meanwhile."""
    server.faults.append(Fault(429, b"{}", {"Retry-After": "1"}))
    began = time.monotonic()
    embedded(open_mistral(), ["bees"])
    assert time.monotonic() - began >= 1
    assert len(server.received) == 2


def test_a_limit_of_zero_fails_at_once(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """A plan that never allows the model is not waited for."""
    server.faults.append(Fault(429, b"{}", {"x-ratelimit-limit-req-minute": "0"}))
    with pytest.raises(RequestRefused, match="allows no requests"):
        embedded(open_mistral(), ["bees"])
    assert len(server.received) == 1


def test_retrying_ends_within_its_budget(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """No wait is begun that would go over the seconds that the settings allow."""
    server.faults.extend([Fault(429, b"{}", {"Retry-After": "50"})] * 8)
    with pytest.raises(EmbedderUnavailable):
        embedded(open_mistral(retry_seconds=10), ["bees"])
    assert len(server.received) == 1


def test_a_shuffled_answer_is_put_in_order(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
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
        with_first(embedding="A"),
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
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer, fault: Fault
) -> None:
    """It is asked for once more, as it may have been damaged on its way, and no more."""
    server.faults.extend([fault, fault])
    with pytest.raises(ReplyInvalid, match=r"stored|expected|compressed"):
        embedded(open_mistral(), ["bees", "dough"])


def test_a_dimension_that_changes_within_a_run_is_refused(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """The batches before stay good."""
    embedder = open_mistral("codestral-embed", request_inputs=1, concurrency=1)
    server.faults.extend([Fault(), with_first(embedding=[0.5] * 64)])
    batches = embedder.embed(["bees", "dough"])
    assert next(batches).vectors.shape == (1, 1536)
    with pytest.raises(ReplyInvalid, match="64 numbers instead of 1536"):
        next(batches)


@pytest.mark.parametrize(
    ("model", "dimension", "sent"),
    [
        ("mistral-embed-2312", 1024, None),
        ("mistral-embed-dim256-2510", 256, None),
        ("mistral-embed-dim128-2510", 128, None),
        ("codestral-embed", 1536, None),
        ("codestral-embed-2505?dimension=64", 64, 64),
    ],
)
def test_models_give_what_their_uris_say(
    open_mistral: Callable[..., RemoteEmbedder],
    server: MistralServer,
    model: str,
    dimension: int,
    sent: int | None,
) -> None:
    """A dimension is sent only where it is asked for; shortened rows come out as unit rows."""
    (batch,) = embedded(open_mistral(model), ["bees in winter"])
    assert batch.vectors.shape == (1, dimension)
    np.testing.assert_allclose(np.linalg.norm(batch.vectors), 1, atol=1e-6)
    assert server.bodies[-1].get("output_dimension") == sent


@pytest.mark.parametrize("model", ["mistral-embed?dimension=64", "codestral-embed?dimension=4000"])
def test_a_dimension_that_a_model_has_not_is_refused(
    open_mistral: Callable[..., RemoteEmbedder], model: str
) -> None:
    """Before anything is sent."""
    with pytest.raises(SettingsError, match="dimensions: it has"):
        open_mistral(model)


def test_a_redirect_is_not_followed(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """The server that it names never hears of the request."""
    with mistral_server() as other:
        server.faults.append(Fault(307, b"", {"Location": f"{other.url}/v1/embeddings"}))
        with pytest.raises(RequestRefused, match="redirects"):
            embedded(open_mistral(), ["bees"])
        assert other.received == []


def test_a_server_that_dribbles_is_left(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """The deadline is for the whole answer: one byte now and then does not prolong it."""
    server.faults.extend([Fault(dribbles=True)])
    embedder = open_mistral(connect_seconds=0.2, read_seconds=0.2, retry_seconds=0.01)
    with pytest.raises(EmbedderUnavailable, match="did not end its answer"):
        embedded(embedder, ["bees"])


def test_a_server_that_is_not_there_is_one_clear_line(
    open_mistral: Callable[..., RemoteEmbedder],
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
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer, fault: Fault
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
    open_mistral: Callable[..., RemoteEmbedder], capfd: pytest.CaptureFixture[str]
) -> None:
    """Not by a thread's traceback either, and the request fails at once."""
    for key in ("sk-77\nsecond", "sk-77”"):
        with pytest.raises(EmbedderUnavailable, match=r"request to 127\.0\.0\.1 failed") as caught:
            embedded(open_mistral(mistral_api_key=Secret(key)), ["bees"])
        assert "sk-77" not in str(caught.value)
    assert "sk-77" not in "".join(capfd.readouterr())


def test_blank_texts_never_leave_the_machine(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """What the API does with them is not known."""
    with pytest.raises(RequestRefused, match="blank"):
        embedded(open_mistral(), ["bees", " \n"])
    assert server.received == []


@pytest.mark.parametrize("text", ["", "bees", "🐝" * 10, "语言" * 5, "a b\n"])
def test_the_token_count_is_an_upper_bound(
    open_mistral: Callable[..., RemoteEmbedder], text: str
) -> None:
    """No tokenizer with byte fallback makes more tokens than there are bytes, and three around."""
    assert open_mistral().count_tokens(text) == len(text.encode()) + 3


def test_mistrals_own_client_gets_the_same_vectors(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
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
