"""An answer's vectors, read without a Python object for each of their numbers.

Two thirds of the time of reading an answer are for such objects. simdjson gives the numbers of an
array as a buffer. It is lenient where an answer is odd: it takes the first of two equal names, and
numbers of arrays within arrays for those of the array around. So only an answer that is certainly
plain is taken from it; any other one is left to orjson and the checks that follow.
"""

from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import Any, Final

import numpy as np

# There is no wheel of it for every processor.
_SIMDJSON: Final[Any] = import_module("simdjson") if find_spec("simdjson") else None
# One for all threads: the memory of a new one costs twice as much as an answer takes to read.
_PARSER: Final[Any] = _SIMDJSON and _SIMDJSON.Parser()
_ALONE: Final = Lock()

_LEAST: Final = 1 << 14  # bytes; a smaller answer is read as fast by orjson
_MARK: Final = b"\xef\xbb\xbf"  # of UTF-8 at the beginning, which JSON has not
_OTHERS: Final = 8  # objects beside those of vectors that a plain answer may have


def plain_content(body: bytes) -> dict[str, Any] | None:
    """Return ``data`` and ``usage`` of a plain answer, with arrays (n,) float64 as embeddings.

    Plain are an object whose ``data`` is a list of objects, each with a whole number as ``index``
    and a list of numbers as ``embedding``, without further lists, escaped characters, and two
    members of one name. None for every other answer, also for what is no JSON.
    """
    if _PARSER is None or len(body) < _LEAST or body.startswith(_MARK) or b"\\" in body:
        return None
    try:
        with _ALONE:
            items, usage = _data_and_usage(body)
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError):
        return None
    # One bracket begins ``data``, and one each vector: there is no list within a vector.
    is_plain = body.count(b"[") == 1 + len(items) and body.count(b"{") <= _OTHERS + len(items)
    return {"data": items, "usage": usage} if is_plain else None


def _data_and_usage(body: bytes) -> tuple[list[dict[str, Any]], Any]:
    """Read an answer; raises errors of types and values. Its objects end with this call."""
    content = _PARSER.parse(body)
    _require_distinct(content)
    usage = content.get("usage")
    if isinstance(usage, _SIMDJSON.Object):
        usage = usage.as_dict()
    return [_item(item) for item in content["data"]], usage


def _item(item: Any) -> dict[str, Any]:
    """Index and numbers of an element of ``data``."""
    _require_distinct(item)
    index = item["index"]
    if type(index) is not int:
        raise TypeError("an index that is no whole number")
    buffer = item["embedding"].as_buffer(of_type="d")
    return {"index": index, "embedding": np.frombuffer(buffer, dtype=np.float64)}


def _require_distinct(found: Any) -> None:
    names = list(found.keys())
    if len(set(names)) != len(names):
        raise ValueError("two members of one name")
