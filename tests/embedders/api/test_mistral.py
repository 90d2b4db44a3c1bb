"""The Mistral embedder against a real server on loopback."""

import json
from collections.abc import Callable, Iterator

import mistralai.client
import numpy as np
import pytest

from fakes.mistral_runs import embedded
from fakes.mistral_server import KEY, Fault, MistralServer, mistral_server, vector_of
from semsearch.embedders.api.api_embedder import RemoteEmbedder
from semsearch.embedders.embedder import Batches
from semsearch.errors import (
    RequestRefused,
)


def test_vectors_are_unit_rows_in_the_order_of_the_texts(
    open_mistral: Callable[..., RemoteEmbedder],
) -> None:
    """Each text gets its own float32 unit row, and the tokens are those of the server."""
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
    """Requests go to /v1/embeddings with the key, and contain only model and input."""
    embedded(open_mistral(mistral_base_url=server.url + suffix), ["bees"])
    assert [(r.path, r.authorization) for r in server.received] == [
        ("/v1/embeddings", f"Bearer {KEY}")
    ]


def test_requests_keep_to_both_limits(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """A request ends at its input limit or token limit; short texts fill the rest."""
    texts = ["a" * 7] * 5 + ["b" * 97]
    texts = [f"{text}{number}" for number, text in enumerate(texts)]
    embedded(open_mistral(request_inputs=3, request_tokens=45, concurrency=1), texts)
    assert [len(r.inputs) for r in server.received] == [3, 3]
    assert server.received[1].inputs[-1] == "b" * 97 + "5"


def test_requests_grow_up_to_what_the_server_takes(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """The first request has a safe size; later requests grow to the present limits."""
    embedded(open_mistral(concurrency=1), [f"text number {n}" for n in range(1000)])
    assert [len(r.inputs) for r in server.received] == [64, 256, 256, 256, 168]


class Folder(Iterator[str]):
    """Texts of ten files; notes how many were paid for when each file was read."""

    def __init__(self, server: MistralServer) -> None:
        self._texts = [f"text {number}" for number in range(200)]
        self._server = server
        self.read: list[int] = []

    def __next__(self) -> str:
        if not self._texts:
            raise StopIteration
        return self._texts.pop()

    def is_at_hand(self) -> bool:
        """Always: the texts are there."""
        return True

    def read_ahead(self) -> bool:
        """Read one of ten files."""
        self.read.append(self._server.ledger.summary()["texts_paid"])
        return len(self.read) < 10


def test_files_are_read_while_an_answer_is_awaited(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """All files are read before the first answer comes, though its request is all that is sent."""
    server.faults.append(Fault(delay=1))
    folder = Folder(server)
    batches = list(Batches(open_mistral(concurrency=1), folder))
    assert sum(len(batch.positions) for batch in batches) == 200
    assert folder.read[:10] == [0] * 10


def test_a_limit_is_learned_from_refusals_and_remembered(
    open_mistral: Callable[..., RemoteEmbedder],
) -> None:
    """A few refusals teach the limit, and no text is paid twice."""
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
    """A token limit in the server's message is respected at once (16,384 tokens in 2024)."""
    with mistral_server(max_tokens=16_384, refuses_as_before_2026=True) as server:
        texts = [f"{n} " + "word " * 120 for n in range(700)]
        batches = embedded(open_mistral(mistral_base_url=server.url, concurrency=1), texts)
    assert sorted(p for b in batches for p in b.positions) == list(range(700))
    assert server.ledger.summary()["texts_paid_more_than_once"] == 0
    assert server.ledger.summary()["refused"] <= 2


def test_equal_texts_are_sent_once(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """Equal texts are sent once, and each position gets the vector."""
    (batch,) = embedded(open_mistral(), ["bees", "dough", "bees"])
    assert sorted(batch.positions) == [0, 1, 2]
    assert sorted(server.texts) == ["bees", "dough"]


def test_a_text_that_is_too_long_is_embedded_in_parts(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """The vector of a text above the limit is the mean of its parts; nothing is cut off."""
    long = "bees and dough " * 5000
    batches = embedded(open_mistral(), ["tides", long, "knots"])
    vectors = {p: row for b in batches for p, row in zip(b.positions, b.vectors, strict=True)}
    assert sorted(vectors) == [0, 1, 2]
    assert {p: n for b in batches for p, n in b.parts.items()} == {1: 4}
    np.testing.assert_allclose(vectors[1], vector_of(long), atol=2e-3)
    parts = [text for text in server.texts if 1000 < len(text) < 20_000]
    assert sum(map(len, parts)) == len(long)


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
    """A dimension is sent only if the URI has it; shortened rows become unit rows."""
    (batch,) = embedded(open_mistral(model), ["bees in winter"])
    assert batch.vectors.shape == (1, dimension)
    np.testing.assert_allclose(np.linalg.norm(batch.vectors), 1, atol=1e-6)
    assert server.bodies[-1].get("output_dimension") == sent


def test_blank_texts_never_leave_the_machine(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """A blank text is refused before a request is sent."""
    with pytest.raises(RequestRefused, match="blank"):
        embedded(open_mistral(), ["bees", " \n"])
    assert server.received == []


@pytest.mark.parametrize("text", ["", "bees", "🐝" * 10, "语言" * 5, "a b\n"])
def test_the_token_count_is_an_upper_bound(
    open_mistral: Callable[..., RemoteEmbedder], text: str
) -> None:
    """The token count of a text is at most its bytes plus three."""
    assert open_mistral().count_tokens(text) == len(text.encode()) + 3


def test_mistrals_own_client_gets_the_same_vectors(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """Mistral's own client gets equal vectors from the stand-in."""
    with mistralai.client.Mistral(api_key=KEY, server_url=server.url) as client:
        theirs = client.embeddings.create(model="mistral-embed", inputs=["bees", "dough"])
    (ours,) = embedded(open_mistral(), ["bees", "dough"])
    np.testing.assert_allclose([item.embedding for item in theirs.data], ours.vectors, atol=1e-3)
    assert theirs.usage.prompt_tokens == ours.tokens


def test_mistrals_own_client_reads_the_stand_ins_refusals(server: MistralServer) -> None:
    """Mistral's own client raises its exceptions for a wrong key and an unknown field."""
    with (
        mistralai.client.Mistral(api_key="wrong", server_url=server.url) as client,
        pytest.raises(mistralai.client.errors.SDKError) as caught,
    ):
        client.embeddings.create(model="mistral-embed", inputs=["bees"])
    assert caught.value.status_code == 401
    assert json.loads(caught.value.body) == {"detail": "Invalid API Key"}
