"""Faults by name: failures seen of real servers, proxies and networks, and worse."""

import base64
import gzip
import json
import math
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

import numpy as np

from fakes.mistral_server.dialects.mistral import error_body
from fakes.mistral_server.fault import Fault

_HTML: Final = b"<!DOCTYPE html><html><head><title>520: unknown error</title></head></html>"
_HUGE: Final = 1 << 30


def _refusal(status: int, document: object, headers: Mapping[str, str] | None = None) -> Fault:
    return Fault(status, json.dumps(document).encode(), headers or {})


def _rate_limited(retry_after: str | None = None) -> Fault:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return _refusal(429, error_body("Rate limit exceeded", "rate_limited", "1300", 429), headers)


def _in_a_moment() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)


def redirect(status: int, location: str) -> Fault:
    """A redirect, which a client must not follow with a key."""
    return Fault(status, b"", {"Location": location})


def _data(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Fault:
    """The answer with its list of vectors changed."""
    return Fault(change=lambda answer: {**answer, "data": change(answer["data"])})


def _first(**changes: Any) -> Fault:
    return _data(lambda data: [{**data[0], **changes}, *data[1:]])


def _number(number: object) -> Fault:
    """The answer with the first number of the first vector changed."""
    return _data(
        lambda data: [{**data[0], "embedding": [number, *data[0]["embedding"][1:]]}, *data[1:]]
    )


def _without_index(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in item.items() if name != "index"} for item in data]


def _turned(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answer with each text's vector moved to the previous text."""
    vectors = [item["embedding"] for item in data]
    moved = [*vectors[1:], vectors[0]]
    return [{**item, "embedding": vector} for item, vector in zip(data, moved, strict=True)]


def _base64(kind: str, left_out: int = 0) -> Fault:
    def encoded(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = [np.array(item["embedding"], dtype=kind).tobytes() for item in data]
        texts = [base64.b64encode(row[: len(row) - left_out]).decode() for row in rows]
        return [{**item, "embedding": text} for item, text in zip(data, texts, strict=True)]

    return _data(encoded)


def _compressed(encoding: str, compress: Callable[[bytes], bytes]) -> Fault:
    return Fault(rewrite=compress, headers={"Content-Encoding": encoding})


def _bomb(_: bytes) -> bytes:
    """200 MB of blanks compressed to 200 KB, as a gzip file of several parts."""
    return gzip.compress(b" " * 10_000_000) * 20


def _ten_times(body: bytes) -> bytes:
    for _ in range(10):
        body = gzip.compress(body)
    return body


def _inserted(words: bytes) -> Callable[[bytes], bytes]:
    return lambda body: body.replace(b"{", b"{" + words, 1)


_MAKERS: Final[dict[str, Callable[[], Fault]]] = {
    # Too many requests, with all that may stand in Retry-After.
    "429": _rate_limited,
    "429-retry-after-seconds": lambda: _rate_limited("1"),
    "429-retry-after-date": lambda: _rate_limited(_in_a_moment()),
    "429-retry-after-zero": lambda: _rate_limited("0"),
    "429-retry-after-negative": lambda: _rate_limited("-5"),
    "429-retry-after-huge": lambda: _rate_limited("1000000000"),
    "429-retry-after-garbage": lambda: _rate_limited("soon"),
    "429-limit-zero": lambda: _refusal(
        429,
        error_body("Rate limit exceeded", "rate_limited", "1300", 429),
        {"x-ratelimit-limit-req-minute": "0", "x-ratelimit-remaining-req-minute": "0"},
    ),
    "429-old-words": lambda: _refusal(429, {"message": "Requests rate limit exceeded"}),
    "429-tier-capacity": lambda: _refusal(
        429,
        error_body(
            "Service tier capacity exceeded for this model.",
            "service_tier_capacity_exceeded",
            "3505",
            429,
        ),
    ),
    "429-capacity": lambda: _refusal(
        429,
        error_body("Capacity exceeded for this model.", "engine_max_pending_tokens", "3810", 429),
    ),
    # Statuses.
    "400": lambda: _refusal(400, error_body("Something is wrong with it.")),
    "401": lambda: _refusal(401, {"detail": "Invalid API Key"}),
    "401-old-detail": lambda: _refusal(401, {"detail": "Unauthorized"}),
    "401-gateway": lambda: _refusal(401, {"message": "Unauthorized", "request_id": "c61f"}),
    "403": lambda: _refusal(
        403, error_body("mistral-embed is a Labs model.", "forbidden", "1913", 403)
    ),
    "404": lambda: _refusal(404, {"message": "no Route matched with those values"}),
    "408": lambda: Fault(408),
    "409": lambda: _refusal(409, {"detail": "Conflict"}),
    "413": lambda: Fault(413, b"Payload Too Large", {"Content-Type": "text/plain"}),
    "422": lambda: _refusal(
        422,
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "user"], "msg": "not permitted"}]},
    ),
    "500": lambda: _refusal(500, error_body("Internal error", "internal_error", "3000", 500)),
    "502": lambda: Fault(
        502, b"<html><body>502 Bad Gateway</body></html>", {"Content-Type": "text/html"}
    ),
    "503": lambda: _refusal(
        503, error_body("Service unavailable.", "internal_server_error", "3800", 503)
    ),
    "503-unreachable": lambda: _refusal(
        503, error_body("Unreachable backend.", "unreachable_backend", "1100", 503)
    ),
    "504": lambda: Fault(504),
    "520": lambda: Fault(520, _HTML, {"Content-Type": "text/html"}),
    # The connection.
    "close": lambda: Fault(drops=True),
    "reset-before-work": lambda: Fault(resets="request"),
    "reset-before-answer": lambda: Fault(resets="answer"),
    "reset-in-headers": lambda: Fault(resets="headers"),
    "reset-in-body": lambda: Fault(resets="body"),
    "close-in-body": lambda: Fault(closes_in_body=True),
    "close-after-answer": lambda: Fault(closes_after=True),  # a true answer
    "not-http": lambda: Fault(raw=b"\x15\x03\x01\x00\x02\x02\x46"),  # a TLS alert
    "dribbled-headers": lambda: Fault(dribbles_headers=True),
    "dribbled-body": lambda: Fault(dribbles=True),
    "hang": lambda: Fault(hangs=True),
    # A body that is no answer.
    "truncated-json": lambda: Fault(rewrite=lambda body: body[: len(body) // 2]),
    "empty-body": lambda: Fault(200),
    "html": lambda: Fault(200, _HTML, {"Content-Type": "text/html"}),
    "wrong-content-type": lambda: Fault(headers={"Content-Type": "text/plain"}),
    "bom": lambda: Fault(rewrite=lambda body: b"\xef\xbb\xbf" + body),
    "invalid-utf-8": lambda: Fault(rewrite=_inserted(b'"note":"\xff\xfe",')),
    "duplicate-keys": lambda: Fault(rewrite=_inserted(b'"data":[],')),
    "deep-nesting": lambda: Fault(200, b"[" * 100_000),
    "json-of-another-kind": lambda: _refusal(200, {"detail": "no data"}),
    # Vectors that are not those of the texts.
    "one-vector-less": lambda: _data(lambda data: data[1:]),
    "one-vector-more": lambda: _data(lambda data: [*data, data[0]]),
    "no-vectors": lambda: _data(lambda data: []),
    "reversed": lambda: _data(lambda data: data[::-1]),  # a true answer
    "index-missing": lambda: _data(_without_index),
    "index-twice": lambda: _first(index=1),
    "index-negative": lambda: _first(index=-1),
    "index-no-number": lambda: _first(index="0"),
    "vectors-of-other-texts": lambda: _data(_turned),  # nothing but a known text tells
    # Numbers.
    "nan": lambda: _number(math.nan),
    "infinity": lambda: _number(math.inf),
    "minus-infinity": lambda: _number(-math.inf),
    "1e999": lambda: Fault(
        rewrite=lambda body: body.replace(b'"embedding":[', b'"embedding":[1e999,', 1)
    ),
    "strings": lambda: _data(
        lambda data: [{**i, "embedding": [str(n) for n in i["embedding"]]} for i in data]
    ),
    "null": lambda: _number(None),
    "null-vector": lambda: _first(embedding=None),
    "true": lambda: _number(True),
    "integers": lambda: _data(  # a true answer, by its form
        lambda data: [{**i, "embedding": [1 for _ in i["embedding"]]} for i in data]
    ),
    "all-zero": lambda: _data(
        lambda data: [{**data[0], "embedding": [0.0] * len(data[0]["embedding"])}, *data[1:]]
    ),
    "too-large-number": lambda: _number(10**400),
    # Dimensions and encodings.
    "wrong-dimension": lambda: _data(
        lambda data: [{**i, "embedding": i["embedding"][:512]} for i in data]
    ),
    "wrong-dimension-once": lambda: _data(
        lambda data: [{**data[0], "embedding": data[0]["embedding"][:-1]}, *data[1:]]
    ),
    "base64": lambda: _base64("<f4"),  # a true answer
    "base64-wrong-length": lambda: _base64("<f4", left_out=1),
    "base64-big-endian": lambda: _base64(">f4"),
    "base64-garbage": lambda: _first(embedding="not base64!"),
    # Redirects.
    "redirect-301": lambda: redirect(301, "/v1/embeddings"),
    "redirect-302": lambda: redirect(302, "/v1/embeddings"),
    "redirect-303": lambda: redirect(303, "/v1/embeddings"),
    "redirect-307": lambda: redirect(307, "/v1/embeddings"),
    "redirect-308": lambda: redirect(308, "/v1/embeddings"),
    "redirect-elsewhere": lambda: redirect(307, "https://elsewhere.invalid/v1/embeddings"),
    "redirect-to-http": lambda: redirect(307, "http://elsewhere.invalid/v1/embeddings"),
    "redirect-to-file": lambda: redirect(302, "file:///etc/passwd"),
    "redirect-nowhere": lambda: Fault(307),
    # Sizes.
    "huge-body": lambda: Fault(200, b"{", filler=_HUGE),
    "gzip": lambda: _compressed("gzip", gzip.compress),
    "gzip-bomb": lambda: _compressed("gzip", _bomb),
    "gzip-ten-times": lambda: _compressed(", ".join(["gzip"] * 10), _ten_times),
    "deflate": lambda: _compressed("deflate", zlib.compress),
    "br": lambda: _compressed("br", lambda body: body),
    "zstd": lambda: _compressed("zstd", lambda body: body),
}

FAULT_NAMES: Final = tuple(_MAKERS)


def named_fault(name: str) -> Fault:
    """The fault of a name; raises ``KeyError``."""
    return _MAKERS[name]()


# What a client should survive by asking again; the last one is paid for and lost.
PASSING: Final = tuple(
    named_fault(name)
    for name in (
        "429", "429-capacity", "500", "502", "503", "504", "520", "close", "reset-before-work",
        "reset-in-body",
    )
)  # fmt: skip
