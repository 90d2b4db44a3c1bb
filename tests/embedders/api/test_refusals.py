"""Refusal messages that servers were seen to send, and their causes."""

import json
import time

import numpy as np
import pytest

from semsearch.embedders.api.http_client import HttpReply
from semsearch.embedders.api.long_texts import halves, joined
from semsearch.embedders.api.refusals import Cause, Refusal, refusal_of


def refused(status: int, body: str) -> Refusal:
    """The refusal as the client parses it."""
    return refusal_of(HttpReply(status, {}, body.encode()), "a.host", None)


@pytest.mark.parametrize(
    ("status", "body", "cause", "limit", "tokens", "position"),
    [
        (400, '{"message":"Too many inputs in request, split into more batches.","code":"3210"}',
         Cause.TOO_MANY_INPUTS, None, None, None),
        (400, '{"message":"Too many tokens overall, split into more batches.","code":"3210"}',
         Cause.TOO_MANY_TOKENS, None, None, None),
        (400, '{"message":"Too many tokens in batch. Max is 16384 got 17555","code":null}',
         Cause.TOO_MANY_TOKENS, 16384, 17555, None),
        (400, '{"message":"Something new","code":"3210"}', Cause.TOO_MANY, None, None, None),
        (413, '{"message":"Payload too large"}', Cause.TOO_MANY, None, None, None),
        (413, '{"error":"batch size 33 > maximum allowed batch size 32","error_type":"Validation"}',
         Cause.TOO_MANY_INPUTS, 32, None, None),
        (422, '{"message":"batch size 64 > maximum allowed batch size 32"}',
         Cause.TOO_MANY_INPUTS, 32, None, None),
        (400, '{"error":{"message":"Invalid \'input\': array too long. Expected an array with'
              ' maximum length 2048, but got an array with length 3000 instead."}}',
         Cause.TOO_MANY_INPUTS, 2048, None, None),
        (400, '{"error":{"message":"Requested 312000 tokens, max 300000 tokens per request"}}',
         Cause.TOO_MANY_TOKENS, 300000, 312000, None),
        (422, '{"detail":[{"loc":["body","input"],"msg":"List should have at most 2048 items"}]}',
         Cause.TOO_MANY_INPUTS, 2048, None, None),
        (400, '{"message":"Input id 3 has 13170 tokens, exceeding max 8192 tokens."}',
         Cause.TEXT_TOO_LONG, None, None, 3),
        (400, '{"error":{"message":"This model\'s maximum context length is 8192 tokens"}}',
         Cause.TEXT_TOO_LONG, None, None, None),
        (500, '{"error":{"code":500,"message":"input (4002 tokens) is too large to process.'
              ' increase the physical batch size"}}', Cause.TEXT_TOO_LONG, None, None, None),
        (400, '{"error":{"code":400,"message":"input (705 tokens) is larger than the max context'
              ' size (512 tokens). skipping","type":"exceed_context_size_error"}}',
         Cause.TEXT_TOO_LONG, None, None, None),
        (500, '{"error":{"message":"request (705 tokens) exceeds the available context size"}}',
         Cause.TEXT_TOO_LONG, None, None, None),
        (400, '{"error":"the input length exceeds the context length"}',
         Cause.TEXT_TOO_LONG, None, None, None),
        (500, '{"error":{"message":"the input length exceeds the context length"}}',
         Cause.TEXT_TOO_LONG, None, None, None),
        (400, '{"error":{"message":"Too much.","code":"context_length_exceeded"}}',
         Cause.TEXT_TOO_LONG, None, None, None),
        (400, '{"error":{"message":"input 1 contains 20000 tokens, which exceeds the maximum'
              ' context length of 8192 tokens for","code":"context_length_exceeded"}}',
         Cause.TEXT_TOO_LONG, None, None, 1),
        (400, '{"error":{"message":"litellm.UnsupportedParamsError: Setting dimensions is not'
              ' supported for OpenAI `text-embedding-3` and later models.","code":"400"}}',
         Cause.FINAL, None, None, None),
        (400, '{"message":"Invalid model: x","code":"1500"}', Cause.FINAL, None, None, None),
        (400, '{"message":"This model does not support output_dimension.","code":"3051"}',
         Cause.FINAL, None, None, None),
        (404, '{"error":{"code":"model_not_found","message":"no model"}}', Cause.FINAL,
         None, None, None),
        (422, '{"message":{"detail":[{"msg":"Extra inputs are not permitted"}]}}', Cause.FINAL,
         None, None, None),
        (400, '{"message":"Nobody knows"}', Cause.PERHAPS_ONE_TEXT, None, None, None),
        (401, '{"detail":"Unauthorized"}', Cause.FINAL, None, None, None),
        (429, '{"message":"too many inputs"}', Cause.PASSING, None, None, None),
        (500, '{"error":"no slot"}', Cause.PASSING, None, None, None),
        (503, "", Cause.PASSING, None, None, None),
        (520, "<html><title>520</title>", Cause.PASSING, None, None, None),
    ],
)  # fmt: skip
def test_each_wording_has_its_cause(
    status: int,
    body: str,
    cause: Cause,
    limit: int | None,
    tokens: int | None,
    position: int | None,
) -> None:
    """Each message gives the cause, limit, tokens and position that it states."""
    found = refused(status, body)
    assert found.cause is cause
    assert (found.limit, found.tokens, found.position) == (limit, tokens, position)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("a" * 40 + "\n\n" + "b" * 40, "a" * 40 + "\n\n"),
        ("One sentence that goes on for a while, here. And another one that does.",
         "One sentence that goes on for a while, here. "),
        ("word " * 20, "word " * 10),
        ("x" * 100, "x" * 50),
        ("语" * 40 + "。" + "言" * 40, "语" * 40 + "。"),
    ],
)  # fmt: skip
def test_a_text_is_split_at_the_best_place_near_its_middle(text: str, first: str) -> None:
    """A text is split at the best break near its middle, without loss."""
    parts = halves(text)
    assert parts is not None
    assert parts == (first, text[len(first) :])


@pytest.mark.parametrize("text", ["short", " " * 200 + "x", ""])
def test_what_cannot_be_split_is_not(text: str) -> None:
    """A text whose part would be blank is not split."""
    assert halves(text) is None


def test_parts_are_joined_by_their_weights() -> None:
    """Vectors of parts are averaged by weight to a unit row; a zero mean gives the first."""
    east, north = np.eye(2, dtype=np.float32)
    np.testing.assert_allclose(joined([east, north], [3.0, 4.0]), [0.6, 0.8], atol=1e-6)
    np.testing.assert_allclose(joined([east, -east], [1.0, 1.0]), east)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html><TITLE lang=en>Bad gateway</TITLE>", "Bad gateway"),
        ("<html><title>Not closed", "Not closed"),
        ("<title" * 5, "<title" * 5),
        ("busy", "busy"),
        ('{"message": "no"}', "no"),
        (json.dumps({"detail": [{"msg": "too long", "input": "x" * 100_000}]}), "too long"),
    ],
)
def test_the_words_of_a_refusal_are_its_message_or_title(body: str, words: str) -> None:
    """JSON is parsed also where it repeats long texts; of a page the title is shown."""
    assert refused(500, body).words == words


def test_a_large_damaged_page_is_read_in_no_time() -> None:
    """A page of 300 kB without an end of any tag takes less than a second."""
    started = time.process_time()
    assert refused(502, "<title " * 20_000 + "<title>" * 20_000).words
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("No connected db.", "check the API key"),
        ("/embeddings: Invalid model name passed in model=no-such-model.", "the model's name"),
    ],
)
def test_words_of_litellm_lead_to_the_setting_that_is_wrong(words: str, advice: str) -> None:
    """LiteLLM 1.108.7 answers 400 for a key that it does not know, and for a model's name."""
    refusal = refused(400, json.dumps({"error": {"message": words, "code": "400"}}))
    assert refusal.cause is Cause.FINAL
    assert advice in str(refusal.error())
