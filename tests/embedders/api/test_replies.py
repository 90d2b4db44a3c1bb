"""Answers of a server are ordered and checked before they are stored."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fakes.mistral_runs import embedded
from fakes.mistral_server import Fault, MistralServer, vector_of
from semsearch.embedders.api.api_embedder import RemoteEmbedder
from semsearch.errors import (
    ReplyInvalid,
    SettingsError,
)


def test_a_shuffled_answer_is_put_in_order(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """A vector belongs to the text of its index, whatever its position in the answer."""
    server.faults.append(Fault(change=lambda a: {**a, "data": a["data"][::-1]}))
    (batch,) = embedded(open_mistral(), ["bees", "dough"])
    np.testing.assert_allclose(batch.vectors[0], vector_of("bees"), atol=1e-3)


def with_first(**changes: Any) -> Fault:
    """The answer with the object of its first vector changed."""
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
    """An invalid answer is requested once more, then the run fails."""
    server.faults.extend([fault, fault])
    with pytest.raises(ReplyInvalid, match=r"stored|expected|compressed"):
        embedded(open_mistral(), ["bees", "dough"])


def test_a_dimension_that_changes_within_a_run_is_refused(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer
) -> None:
    """A changed dimension fails the run; earlier batches stay valid."""
    embedder = open_mistral("codestral-embed", request_inputs=1, concurrency=1)
    server.faults.extend([Fault(), with_first(embedding=[0.5] * 64)])
    batches = embedder.embed(["bees", "dough"])
    assert next(batches).vectors.shape == (1, 1536)
    with pytest.raises(ReplyInvalid, match="64 numbers instead of 1536"):
        next(batches)


@pytest.mark.parametrize("model", ["mistral-embed?dimension=64", "codestral-embed?dimension=4000"])
def test_a_dimension_that_a_model_has_not_is_refused(
    open_mistral: Callable[..., RemoteEmbedder], model: str
) -> None:
    """A dimension that the model does not offer is refused before a request is sent."""
    with pytest.raises(SettingsError, match="dimensions: it has"):
        open_mistral(model)
