"""``openai:…`` against the stand-in with the behaviour of other servers."""

import json
import os
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import semsearch
from fakes.mistral_server import KEY, Fault, MistralServer, mistral_server
from fakes.truncating_server import truncating_server
from semsearch.embedders.api.api_embedder import RemoteEmbedder
from semsearch.embedders.embedder import embedder_of_questions
from semsearch.embedders.registry import known_uri, open_embedder, trusted_uri
from semsearch.errors import (
    EmbedderError,
    EmbedderUnavailable,
    KeyRefused,
    RequestRefused,
    SettingsError,
    TextsRefused,
)
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret
from semsearch.settings.sources import load_settings

TEXTS = [f"text number {number}" for number in range(100)]


def opened(server: MistralServer, **changes: Any) -> semsearch.Embedder:
    """An embedder of the stand-in with a very short backoff."""
    settings = Settings(backoff_seconds=0.001, **changes)
    return open_embedder(f"openai:nomic-embed-text@{server.url}/v1", settings)


def vectors(embedder: semsearch.Embedder, texts: list[str]) -> dict[int, Any]:
    """The vectors by position."""
    return {
        position: row
        for batch in embedder.embed(texts)
        for position, row in zip(batch.positions, batch.vectors, strict=True)
    }


@pytest.mark.parametrize("dialect", ["ollama", "llama.cpp", "tei"])
def test_servers_of_other_makers_answer(dialect: str) -> None:
    """Each text gets its own unit row; only model and input are sent, and no key."""
    with mistral_server(dialect=dialect) as server:
        found = vectors(opened(server), TEXTS)
    assert sorted(found) == list(range(len(TEXTS)))
    assert all(abs(np.linalg.norm(row) - 1) < 1e-5 for row in found.values())
    assert {name for body in server.bodies for name in body} == {"model", "input"}
    assert {request.authorization for request in server.received} == {None}
    assert server.ledger.summary()["texts_paid_more_than_once"] == 0


def test_a_small_limit_of_inputs_is_kept() -> None:
    """The limit of 32 inputs in the message of Text Embeddings Inference is respected."""
    with mistral_server(dialect="tei") as server:
        vectors(opened(server), TEXTS * 3)
    sizes = [len(body["input"]) for body in server.bodies]
    assert sizes.count(32) >= 2
    assert sum(size > 32 for size in sizes) <= 1


def test_a_text_above_the_batch_of_llama_cpp_is_embedded_in_parts() -> None:
    """A 500 of llama.cpp for a long text leads to a split, not to a retry."""
    with mistral_server(dialect="llama.cpp", max_tokens_a_text=512) as server:
        embedder = opened(server)
        long = " ".join(f"w{number}" for number in range(700))
        (batch,) = [batch for batch in embedder.embed([long]) if batch.positions]
    assert (batch.positions, batch.parts) == ((0,), {0: 2})
    assert len(server.received) == 2


def test_the_longest_text_is_split_whatever_the_refusal_says() -> None:
    """The server need not say that it is the length; a text shorter than one taken is lost."""
    long = " ".join(f"w{number}" for number in range(900))

    def refuses(texts: Sequence[str]) -> int | None:
        return 400 if any(len(text) > 3000 or "poison" in text for text in texts) else None

    with mistral_server(dialect="ollama") as server:
        server.refuses = refuses
        embedder = opened(server)
        vectors(embedder, [long[:2500]])
        found: dict[int, int] = {}
        with pytest.raises(TextsRefused) as refused:
            for batch in embedder.embed(["short", long, "some poison for the server " * 3]):
                found |= dict.fromkeys(batch.positions, 1) | dict(batch.parts)
    assert found == {0: 1, 1: 2}
    assert list(refused.value.reasons) == [2]


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_floats_and_base64_are_both_read(encoding: Any) -> None:
    """Vectors are read as numbers and as base64."""
    with mistral_server(dialect="ollama", encoding=encoding) as server:
        found = vectors(opened(server), ["bees", "bees in winter"])
    assert found[0] @ found[1] > 0.5


def test_prefixes_of_a_uri_are_sent_before_questions_and_passages() -> None:
    """Also before each part of a long passage; the probe of drift has that of passages."""
    with mistral_server(dialect="llama.cpp") as server:
        uri = f"openai:e5@{server.url}/v1?query_prefix=query:+&passage_prefix=passage:+"
        embedder = open_embedder(uri, Settings(backoff_seconds=0.001))
        passages = vectors(embedder, ["bees in winter", "word " * 4000])
        asked = vectors(embedder_of_questions(embedder), ["bees in winter"])
    sent = [text for body in server.bodies for text in body["input"]]
    assert {text.partition(" ")[0] for text in sent} == {"passage:", "query:"}
    assert "query: bees in winter" in sent
    assert "passage: bees in winter" in sent
    assert sum(text.startswith("passage: word") for text in sent) > 2
    assert float(passages[0] @ asked[0]) < 0.999


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("mistral:m?passage_prefix=a", "may have the option dimension, once"),
        ("mistral:m?dimensions=5", "may have the option dimension, once"),
        ("openai:m?colour=a", "may have the options query_prefix, passage_prefix and dimension"),
        ("openai:m?dimension=8&dimension=9", "each once"),
        ("mistral:m?dimension=0", "is no number of 1 to 99999"),
        ("openai:m?dimension", "cannot read the options"),
    ],
)
def test_options_that_a_server_has_not_are_refused_by_name(uri: str, told: str) -> None:
    """With those that it has."""
    with pytest.raises(SettingsError, match=told):
        known_uri(uri)


def test_a_dimension_is_asked_for_where_the_uri_does() -> None:
    """A dimension in the URI is sent under OpenAI's field name."""
    with mistral_server(dialect="openai") as server:
        settings = Settings(openai_base_url=server.url, openai_api_key=Secret(KEY))
        embedder = open_embedder("openai:text-embedding-3-small?dimension=64", settings)
        found = vectors(embedder, ["bees"])
    assert found[0].shape == (64,)
    assert server.bodies[0]["dimensions"] == 64


class OtherRoute(BaseHTTPRequestHandler):
    """A server without ``/v1``, as Infinity is by default."""

    asked: ClassVar[list[str]] = []

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        """Two numbers for each text."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(self.path)
        is_there = self.path == "/embeddings" and body["model"] == "bge"
        rows = [{"index": at, "embedding": [0.6, 0.8]} for at, _ in enumerate(body["input"])]
        answer = {"data": rows} if is_there else {"detail": "Not Found"}
        data = json.dumps(answer).encode()
        self.send_response(200 if is_there else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def test_a_server_without_v1_is_asked_by_its_own_route() -> None:
    """Which is remembered; where neither is there, the model is not."""
    with ThreadingHTTPServer(("127.0.0.1", 0), OtherRoute) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        settings = Settings(backoff_seconds=0.001)
        embedder = open_embedder(f"openai:bge@{address}", settings)
        assert len(vectors(embedder, ["bees"])) == 1
        assert len(vectors(embedder, ["tides"])) == 1
        assert OtherRoute.asked == ["/v1/embeddings", "/embeddings", "/embeddings"]
        with pytest.raises(RequestRefused, match="HTTP 404"):
            vectors(open_embedder(f"openai:other@{address}", settings), ["bees"])
        server.shutdown()


def test_a_model_that_is_not_there_is_told_at_once() -> None:
    """The error for an unknown model quotes the server."""
    with mistral_server(dialect="openai") as server:
        settings = Settings(openai_base_url=server.url, openai_api_key=Secret(KEY))
        with pytest.raises(RequestRefused, match="HTTP 404"):
            vectors(open_embedder("openai:no-such-model", settings), ["bees"])
    assert len(server.received) == 1


def test_the_key_goes_to_the_server_of_the_settings_only() -> None:
    """A server that only the URI names gets no key."""
    with mistral_server(dialect="ollama") as own, mistral_server(dialect="ollama") as other:
        settings = Settings(openai_base_url=own.url, openai_api_key=Secret(KEY))
        for server in (own, other):
            vectors(open_embedder(f"openai:nomic-embed-text@{server.url}", settings), ["bees"])
    assert own.received[0].authorization == f"Bearer {KEY}"
    assert other.received[0].authorization is None


def test_openai_without_a_key_is_refused() -> None:
    """OpenAI without a key is refused before a request is sent."""
    with pytest.raises(KeyRefused, match="OPENAI_API_KEY"):
        open_embedder("openai:text-embedding-3-small", Settings())


@pytest.mark.parametrize(
    "uri",
    ["openai:m", "openai:m@http://localhost:1/v1", "openai:m@https://a.b?dimension=64",
     "mistral:mistral-embed", "mistral:codestral-embed?dimension=64", "local:minilm"],
)  # fmt: skip
def test_uris_that_name_an_embedder(uri: str) -> None:
    """Valid embedder URIs are accepted unchanged."""
    assert known_uri(uri) == uri


@pytest.mark.parametrize(
    "uri",
    ["", "openai", "openai:", "openai:m?", "openai:m@ftp://x", "mistral:m@https://a.b",
     "local:other", "openai:m@https://a b"],
)  # fmt: skip
def test_what_names_none_is_refused(uri: str) -> None:
    """An unknown URI is refused with a list of the valid forms."""
    with pytest.raises(SettingsError, match="no embedder"):
        known_uri(uri)


def test_an_index_does_not_choose_where_questions_go(corpus: Path) -> None:
    """A server that only the index names receives no question."""
    foreign = "openai:m@https://elsewhere.invalid/v1"
    with pytest.raises(SettingsError, match=r"names the server https://elsewhere\.invalid"):
        trusted_uri(foreign, Settings())
    assert trusted_uri(foreign, Settings(embedder=foreign)) == foreign
    assert trusted_uri(foreign, Settings(openai_base_url="https://elsewhere.invalid")) == foreign

    class Foreign:
        uri = foreign
        is_local = True
        max_tokens = 10_000

        def count_tokens(self, text: str) -> int:
            return len(text)

        def embed(self, texts: Any) -> Any:
            for position, _ in enumerate(texts):
                yield semsearch.EmbeddedBatch((position,), np.eye(1, 8, dtype=np.float32), 1)

    semsearch.index(corpus, embedder=Foreign(), settings=Settings())
    with pytest.raises(SettingsError, match="names the server"):
        semsearch.search("bees", index=corpus, settings=Settings())
    with pytest.raises(SettingsError, match="names the server"):
        semsearch.index(corpus, settings=Settings())


def test_a_proxy_is_used_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is used only if the setting names it, and never for this machine."""
    with mistral_server() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        for wanted in ({}, {"SEMSEARCH_PROXY": "environment"}):
            settings = load_settings(environment={**os.environ, **wanted})
            assert settings.proxy == (proxy.url if wanted else None)
        with mistral_server(dialect="ollama") as server:
            vectors(opened(server, proxy=proxy.url), ["bees"])
            assert len(server.received) == 1
        assert proxy.received == []


def test_a_netrc_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A netrc file is never used for a server without a key."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    with mistral_server(dialect="ollama") as server:
        vectors(opened(server), ["bees"])
    assert server.received[0].authorization is None


def test_a_local_server_that_is_loading_is_waited_for() -> None:
    """A 503 while the model loads is retried until it answers."""
    with mistral_server(dialect="llama.cpp") as server:
        server.faults.extend([Fault(503, b'{"error":{"message":"Loading model"}}')] * 3)
        assert len(vectors(opened(server), ["bees"])) == 1


def test_its_errors_are_of_the_one_family() -> None:
    """Errors of the server are SemsearchErrors that quote it."""
    with mistral_server(dialect="openai") as server:
        settings = Settings(openai_base_url=server.url, openai_api_key=Secret("wrong"))
        with pytest.raises(EmbedderError, match="HTTP 401"):
            vectors(open_embedder("openai:text-embedding-3-small", settings), ["bees"])


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_server_that_never_answers_ends_the_run(concurrency: int) -> None:
    """After requests of four sizes, also where several wait at once, and another."""
    with truncating_server(100_000) as server:
        server.seconds_a_text = 30.0
        settings = Settings(
            backoff_seconds=0.001, read_seconds=0.2, retry_seconds=0.3, concurrency=concurrency
        )
        embedder = open_embedder(f"openai:m@{server.url}", settings)
        with pytest.raises(EmbedderUnavailable, match="cannot reach"):
            vectors(embedder, TEXTS)
    assert len(set(server.sizes)) <= 5
    assert len(server.sizes) <= 5 * concurrency + 4


def test_a_slow_server_gets_smaller_requests() -> None:
    """Where no answer comes in time the texts are sent in smaller requests, until answers come."""
    with truncating_server(100_000) as server:
        server.seconds_a_text = 0.06
        settings = Settings(backoff_seconds=0.001, read_seconds=0.6, concurrency=2)
        embedder = open_embedder(f"openai:m@{server.url}", settings)
        found = vectors(embedder, TEXTS[:40])
    assert sorted(found) == list(range(40))
    assert isinstance(embedder, RemoteEmbedder)
    assert embedder.spent.lost_tokens > 0
