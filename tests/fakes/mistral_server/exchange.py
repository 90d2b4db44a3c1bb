"""Request and answer, independent of their transport."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """A client's request; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def route(self) -> str:
        """``POST /v1/embeddings``."""
        return f"{self.method} {self.path}"

    def json(self) -> Any:
        """The body as JSON; None if it is invalid."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's answer; ``tokens`` are those that it bills.

    With ``packets`` it is a stream in chunks, ``pause`` seconds apart, whose connection ends before
    the last chunk unless it ``is_whole``. An odd one is not as published.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    tokens: int = 0
    packets: tuple[bytes, ...] = ()
    pause: float = 0.0
    is_whole: bool = True
    is_odd: bool = False


def json_answer(document: Any, status: int = 200) -> Answer:
    """An answer of JSON."""
    return Answer(status, json.dumps(document).encode())
