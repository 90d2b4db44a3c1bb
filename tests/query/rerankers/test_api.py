"""``--rerank rerank:MODEL@URL`` against a server on loopback."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fakes.rerank_server import RerankServer, rerank_server
from semsearch.errors import (
    EmbedderUnavailable,
    KeyRefused,
    ReplyInvalid,
    RequestRefused,
    SettingsError,
)
from semsearch.query.rerankers.registry import open_reranker
from semsearch.query.rerankers.reranker import Reranker
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret

QUESTION = "honey bees"
TEXTS = ["bread", "bees keep warm", "honey of bees"]
KEY = "a-key-of-nobody"


@pytest.fixture
def server() -> Iterator[RerankServer]:
    """Answers until the test ends."""
    with rerank_server() as running:
        yield running


def opened(uri: str, **changes: Any) -> Reranker:
    """Waits next to nothing before it asks again."""
    reranker = open_reranker(uri, Settings(backoff_seconds=0.001, **changes))
    assert reranker is not None
    return reranker


@pytest.mark.parametrize(
    ("named", "path"),
    [("", "/v1/rerank"), ("/v1", "/v1/rerank"), ("/v2/rerank", "/v2/rerank"), ("/a/", "/a/rerank")],
)
def test_a_model_is_asked_in_coheres_form(server: RerankServer, named: str, path: str) -> None:
    """Scores come back in the order of the texts, whatever the server's."""
    reranker = opened(f"rerank:org/model:1@{server.url}{named}", rerank_api_key=Secret(KEY))
    assert reranker.scores(QUESTION, TEXTS) == [0.0, 0.5, 1.0]
    assert server.requests == [
        (
            path,
            f"Bearer {KEY}",
            {"model": "org/model:1", "query": QUESTION, "documents": TEXTS, "top_n": 3},
        )
    ]


def test_without_a_model_it_is_asked_as_text_embeddings_inference(server: RerankServer) -> None:
    """No key is sent where none is set."""
    assert opened(f"rerank:{server.url}").scores(QUESTION, TEXTS) == [0.0, 0.5, 1.0]
    assert server.requests == [
        ("/rerank", None, {"query": QUESTION, "texts": TEXTS, "truncate": True})
    ]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again(server: RerankServer, status: int) -> None:
    """Until it is answered."""
    server.replies = [(status, {"Retry-After": "0"}, b"{}"), (status, {}, b"")]
    assert opened(f"rerank:m@{server.url}").scores(QUESTION, TEXTS) == [0.0, 0.5, 1.0]
    assert len(server.requests) == 3


def test_what_does_not_pass_ends(server: RerankServer) -> None:
    """After four attempts, with the server's words."""
    server.replies = [(503, {}, b'{"message": "loading"}')] * 9
    with pytest.raises(EmbedderUnavailable, match=r'"loading" \(HTTP 503\)'):
        opened(f"rerank:m@{server.url}").scores(QUESTION, TEXTS)
    assert len(server.requests) == 4


def test_a_wait_beyond_patience_is_not_waited_for(server: RerankServer) -> None:
    """Somebody waits for the answer."""
    server.replies = [(429, {"Retry-After": "100"}, b"{}")] * 2
    with pytest.raises(EmbedderUnavailable):
        opened(f"rerank:m@{server.url}", retry_seconds=5.0).scores(QUESTION, TEXTS)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(401, KeyRefused), (403, KeyRefused), (404, RequestRefused)]
)
def test_a_refusal_is_not_tried_again(
    server: RerankServer, status: int, kind: type[Exception]
) -> None:
    """And the key is in no message, whatever the server says."""
    server.replies = [(status, {}, json.dumps({"message": f"no {KEY} here"}).encode())]
    with pytest.raises(kind) as caught:
        opened(f"rerank:m@{server.url}", rerank_api_key=Secret(KEY)).scores(QUESTION, TEXTS)
    assert KEY not in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>",
        b"{}",
        b"[]",
        b'{"results": null}',
        b'{"results": [{"index": 0, "relevance_score": 1.0}]}',
        b'{"results": [{"index": 0, "relevance_score": "high"}]}',
        b'[{"index": 0, "score": 1}, {"index": 1, "score": 1}, {"index": 2, "score": true}]',
        b'[{"index": 0, "score": 1}, {"index": 1, "score": 1}, {"index": [], "score": 1}]',
    ],
)
def test_an_answer_that_is_none_is_refused(server: RerankServer, answer: bytes) -> None:
    """In one error."""
    server.replies = [(200, {}, answer)]
    with pytest.raises(ReplyInvalid, match="no score for each of 3 passages"):
        opened(f"rerank:m@{server.url}").scores(QUESTION, TEXTS)


@pytest.mark.parametrize(
    "url", ["http://example.org", "https://a:b@example.org", "https://", "https://h/rerank?k=1"]
)
def test_an_address_that_is_not_to_be_trusted_is_refused(url: str) -> None:
    """With a key, or with text in the clear."""
    with pytest.raises(SettingsError):
        opened(f"rerank:m@{url}")
