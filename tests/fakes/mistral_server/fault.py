"""A fault of a single request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ResetPoint = Literal["request", "answer", "headers", "body"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in place of the true answer.

    ``change`` alters the true answer's JSON, ``rewrite`` its bytes. ``resets`` says where the
    connection is reset: after the request was read, before the first byte of the answer, or in the
    middle of its headers or body. A fault applies to the first request whose ``METHOD PATH`` begins
    with ``route``.
    """

    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    rewrite: Callable[[bytes], bytes] | None = None
    delay: float = 0.0
    drops: bool = False  # close the connection without an answer, and without having worked
    resets: ResetPoint | None = None
    closes_in_body: bool = False  # in good order, but with half of the body
    closes_after: bool = False  # a whole answer, and then a kept connection that is none
    hangs: bool = False  # never answer
    dribbles: bool = False  # the body a byte every 50 ms
    dribbles_headers: bool = False
    raw: bytes | None = None  # in place of HTTP
    filler: int = 0  # blanks after the body, in bytes
    route: str = "POST /v1/embeddings"

    @property
    def stops_work(self) -> bool:
        """True when the request is never processed, and so not billed."""
        return self.drops or self.hangs or self.resets == "request" or self.raw is not None
