"""Names and values of an address, also where a file name in it is no valid UTF-8."""

import os
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from starlette.types import Scope

from semsearch.serve.problems import Problem


def query_values(scope: Scope) -> list[tuple[str, str]]:
    """The names and values of a request, in their order; raises ``Problem`` for too many."""
    text = scope["query_string"].decode("ascii", "replace")
    try:
        return parse_qsl(text, keep_blank_values=True, errors="surrogateescape", max_num_fields=200)
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "the address has too many values") from error


def query_text(values: Sequence[tuple[str, Any]]) -> str:
    """Names and values as they stand in an address; those that are None are left out.

    >>> query_text([("q", "dough & bees"), ("path", "b\\udce4r.md"), ("in", None)])
    'q=dough+%26+bees&path=b%E4r.md'
    """
    given = [(name, str(value)) for name, value in values if value is not None]
    return "&".join(f"{name}={quote_plus(_bytes(value))}" for name, value in given)


def _bytes(value: str) -> bytes:
    try:
        return os.fsencode(value)
    except UnicodeEncodeError:  # half of a surrogate pair, as a damaged index may have
        return value.encode("utf-8", "replace")
