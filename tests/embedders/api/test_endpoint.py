"""Retries, waits and refusals of an endpoint."""

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from fakes.mistral_runs import OVERLOADED, embedded
from fakes.mistral_server import Fault, MistralServer, mistral_server
from semsearch.embedders.api.api_embedder import RemoteEmbedder
from semsearch.embedders.api.endpoint import retry_after_seconds
from semsearch.embedders.api.http_client import HttpReply
from semsearch.errors import (
    EmbedderError,
    EmbedderUnavailable,
    KeyRefused,
    RequestRefused,
    TextsRefused,
)


@pytest.mark.parametrize("status", [400, 422])
def test_a_text_that_is_refused_does_not_fail_its_neighbours(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer, status: int
) -> None:
    """A refused text is reported with its position after all other texts are embedded."""
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
    """A run fails early when the server refuses every text."""
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
    """The error of a refusal has status, server message, correlation id and advice."""
    server.faults.extend([Fault(status, body)] * 8)
    with pytest.raises(kind, match=words) as caught:
        embedded(open_mistral(), ["bees"])
    assert str(caught.value).isprintable()
    assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_refusals_for_good_are_not_tried_again(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer, status: int
) -> None:
    """A final refusal takes one request and no wait."""
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
    """After two passing failures a retry returns the vectors."""
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
    """Retry-After is honoured as seconds or date up to two minutes; other values are ignored."""
    if retry_after == "in a minute":
        then = datetime.now(UTC) + timedelta(seconds=60)
        retry_after = format_datetime(then, usegmt=True)
    asked = retry_after_seconds(HttpReply(429, {"retry-after": retry_after}, b""))
    assert asked is None if least is None else least <= (asked or 0) <= (most or 0)


def test_a_wait_that_is_asked_for_is_waited(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """During a Retry-After wait no other request is sent."""
    server.faults.append(Fault(429, b"{}", {"Retry-After": "1"}))
    began = time.monotonic()
    embedded(open_mistral(), ["bees"])
    assert time.monotonic() - began >= 1
    assert len(server.received) == 2


def test_a_limit_of_zero_fails_at_once(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """A rate limit of 0 fails at once, without waiting."""
    server.faults.append(Fault(429, b"{}", {"x-ratelimit-limit-req-minute": "0"}))
    with pytest.raises(RequestRefused, match="allows no requests"):
        embedded(open_mistral(), ["bees"])
    assert len(server.received) == 1


def test_retrying_ends_within_its_budget(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """No wait starts that would exceed ``retry_seconds``."""
    server.faults.extend([Fault(429, b"{}", {"Retry-After": "50"})] * 8)
    with pytest.raises(EmbedderUnavailable):
        embedded(open_mistral(retry_seconds=10), ["bees"])
    assert len(server.received) == 1


def test_a_person_hears_of_retries_that_take_long(
    open_mistral: Callable[..., RemoteEmbedder],
    server: MistralServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After five seconds once, with the bound that holds from then on."""
    server.faults.extend([Fault(429, b"{}", {"Retry-After": "5"}), Fault(503), Fault(503)])
    embedded(open_mistral(retry_seconds=60), ["bees"])
    [told] = [one.message for one in caplog.records if one.levelname == "WARNING"]
    assert told.endswith("it is tried again for up to 60 s")


def test_a_redirect_is_not_followed(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """The target of a redirect never receives the request."""
    with mistral_server() as other:
        server.faults.append(Fault(307, b"", {"Location": f"{other.url}/v1/embeddings"}))
        with pytest.raises(RequestRefused, match="redirects"):
            embedded(open_mistral(), ["bees"])
        assert other.received == []


def test_a_server_that_dribbles_is_left(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """A slow trickle of bytes does not extend the deadline of the whole answer."""
    server.faults.extend([Fault(dribbles=True)])
    embedder = open_mistral(connect_seconds=0.2, read_seconds=0.2, retry_seconds=0.01)
    with pytest.raises(EmbedderUnavailable, match="did not end its answer"):
        embedded(embedder, ["bees"])


def test_a_server_that_is_not_there_is_one_clear_line(
    open_mistral: Callable[..., RemoteEmbedder],
) -> None:
    """The error for an unreachable server names the host and how to check it."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(EmbedderUnavailable, match=r"cannot reach 127.0.0.1 .*check the network"):
        embedded(open_mistral(mistral_base_url=f"http://127.0.0.1:{port}"), ["bees"])
