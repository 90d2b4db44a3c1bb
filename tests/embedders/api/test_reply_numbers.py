"""An answer's numbers as arrays: of a plain answer those of JSON, of any other none."""

import json
import math
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.embedders.api.replies import checked_reply, parsed_reply
from semsearch.embedders.api.reply_numbers import plain_content
from semsearch.errors import ReplyInvalid

pytest.importorskip("simdjson")

LONG = 4_000  # numbers of a vector, so that the answer is read as arrays
USAGE = {"prompt_tokens": 7, "total_tokens": 7, "prompt_audio_seconds": None}


def answer(*vectors: list[Any], **more: Any) -> dict[str, Any]:
    """An answer as Mistral's API has it."""
    data = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in enumerate(vectors)
    ]
    return {"id": "a", "object": "list", "data": data, "usage": USAGE, "model": "m", **more}


def body_of(*vectors: list[Any], **more: Any) -> str:
    """The answer as JSON."""
    return json.dumps(answer(*vectors, **more))


numbers = st.one_of(
    st.floats(-1e5, 1e5, allow_nan=False), st.floats(-1e-300, 1e-300), st.integers(-9, 2**64 - 1)
)


@settings(max_examples=50, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=30), st.integers(1, 3))
def test_a_plain_answer_has_the_numbers_of_its_json(some: list[float], count: int) -> None:
    """To the last bit, however they are written."""
    vectors = [[*some, *[0.25] * LONG] for _ in range(count)]
    body = body_of(*vectors).encode()
    found = plain_content(body)
    assert found is not None
    assert found["usage"] == orjson.loads(body)["usage"]
    for item, vector in zip(found["data"], vectors, strict=True):
        assert item["embedding"].tobytes() == np.array(vector, dtype=np.float64).tobytes()


def test_a_plain_answer_is_checked_like_any_other() -> None:
    """Its vectors and its count of tokens are those of the checks of parsed JSON."""
    body = body_of(*([math.sin(n * row) for n in range(1, LONG)] for row in range(1, 9)))
    expected = checked_reply(json.loads(body), 8, "host")
    found = parsed_reply(body.encode(), 8, "host")
    assert (found.vectors == expected.vectors).all()
    assert found.tokens == expected.tokens == 7


NOT_PLAIN = {
    "a truth value": ("0.25]", "true]"),
    "nothing": ("0.25]", "null]"),
    "a text": ("0.25]", '"0.25"]'),
    "a list within": ("0.25]", "[0.25]]"),
    "all in lists": ("[0.25", "[[0.25"),
    "an object within": ("0.25]", '{"a":1}]'),
    "not a number": ("0.25]", "NaN]"),
    "infinity": ("0.25]", "-Infinity]"),
    "a number too large": ("0.25]", "1e999]"),
    "an integer too large": ("0.25]", "1" + 30 * "0" + "]"),
    "an index that is none": ('"index": 1', '"index": "1"'),
    "an index that is a fraction": ('"index": 1', '"index": 1.5'),
    "an index that is a truth value": ('"index": 1', '"index": true'),
    "no index": ('"index": 1', '"place": 1'),
    "two indexes": ('"index": 1', '"index": 1, "index": 0'),
    "two vectors in one": ('"index": 1', '"embedding": [1], "index": 1'),
    "two lists of vectors": ('"id": "a"', '"data": []'),
    "other lists": ('"id": "a"', '"id": []'),
    "escaped characters": ('"id": "a"', '"id": "\\ud800"'),
    "many objects": ('"id": "a"', f'"id": {12 * "{" + chr(34) + "a" + chr(34) + ": 1" + 12 * "}"}'),
    "no list of vectors": ('"data": [', '"date": ['),
    "a mark at the beginning": ('{"id"', '\ufeff{"id"'),
    "more behind it": ('"model": "m"}', '"model": "m"} x'),
    "an answer that is cut off": ('"model": "m"}', '"model": "m"'),
    "an error": ('{"id": "a"', f'{{"detail": "{"x" * 20_000}"'),
}


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_an_answer_that_is_not_plain_is_left_to_the_checks(name: str) -> None:
    """They refuse it in the words of a short answer, which is never read as arrays, or take it."""
    old, new = NOT_PLAIN[name]
    said = []
    for length in (2, LONG):
        body = body_of([0.25] * length, [0.25] * length).replace(old, new).encode()
        assert old in body_of([0.25] * length, [0.25] * length)
        assert plain_content(body) is None or name in ("an error",)
        try:
            reply = parsed_reply(body, 2, "host")
            said.append(f"{reply.vectors.shape[0]} vectors")
        except ReplyInvalid as error:
            said.append(str(error).partition(' ("')[0])
    assert said[0] == said[1]


def test_a_text_that_is_no_utf_8_is_left_to_the_checks() -> None:
    """Whatever name it is the value of."""
    body = body_of([0.25] * LONG).encode().replace(b'"id": "a"', b'"id": "\xff"')
    assert plain_content(body) is None
    with pytest.raises(ReplyInvalid, match="no list of vectors"):
        parsed_reply(body, 1, "host")


def test_vectors_of_several_lengths_and_of_zeros_are_refused() -> None:
    """Though each of them is a list of numbers."""
    for odd in ([0.25] * (LONG + 1), [0] * LONG, [1e7] * LONG):
        body = body_of([0.25] * LONG, odd).encode()
        assert plain_content(body) is not None
        with pytest.raises(ReplyInvalid, match="cannot be used"):
            parsed_reply(body, 2, "host")
