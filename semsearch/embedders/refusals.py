"""What a server says when it does not answer: every body that Mistral's has been seen to send.

A  {"object": "error", "message": TEXT or {"detail": [...]}, "code": "NNNN" or null, ...}
B  {"detail": TEXT or [{"loc": [...], "msg": TEXT}, ...]}
C  {"message": TEXT, "request_id": ...}
D  nothing, or a page of HTML
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from semsearch.embedders.http import HttpReply
from semsearch.errors import EmbedderError, EmbedderUnavailable, KeyRefused, RequestRefused

# 408, 429 and 5xx (520 to 527 are Cloudflare's) can pass; every other refusal is for good.
_PASSING: Final = frozenset({408, 429, *range(500, 600)})
_TOO_MANY_CODE: Final = "3210"
_TOO_MANY_WORDS: Final = re.compile(r"too many (inputs|tokens)", re.IGNORECASE)
_TOO_LONG: Final = re.compile(r"Input id (\d+) has (\d+) tokens", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_LONGEST: Final = 200  # characters of the server's words
_MOST_ITEMS: Final = 10
_ADVICE: Final = {
    401: "check the API key (MISTRAL_API_KEY or its file)",
    403: "check that the key's plan includes this model",
    404: "check the base URL",
    422: "the server does not take this request; is it another API?",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One answer that is no success."""

    host: str
    status: int
    words: str
    code: str | None
    correlation_id: str | None
    is_never: bool  # the plan's limit for this model is 0

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in _PASSING and not self.is_never

    @property
    def is_too_many(self) -> bool:
        """Whether fewer texts in a request would help."""
        return self.status == 400 and (
            self.code == _TOO_MANY_CODE or _TOO_MANY_WORDS.search(self.words) is not None
        )

    @property
    def too_long_position(self) -> int | None:
        """Which text of the request has too many tokens, if the server says so."""
        found = _TOO_LONG.search(self.words)
        return int(found[1]) if found and self.status == 400 else None

    def error(self) -> EmbedderError:
        """The refusal as an error of one line."""
        facts = [f"HTTP {self.status}"]
        facts += [f"code {self.code}"] if self.code else []
        facts += [f"correlation id {self.correlation_id}"] if self.correlation_id else []
        said = f'"{self.words}"' if self.words else "no message"
        message = f"{self.host} refused the request: {said} ({', '.join(facts)}); {self._advice}"
        if self.status in (401, 403):
            return KeyRefused(message)
        return EmbedderUnavailable(message) if self.may_pass else RequestRefused(message)

    @property
    def _advice(self) -> str:
        if self.is_never:
            return "the plan of this key allows no requests to this model"
        if self.status == 429:
            return "the rate limit is reached; run the same command again later"
        if self.may_pass:
            return "run the same command again later"
        return _ADVICE.get(self.status, "sending it again would not help")


def refusal_of(reply: HttpReply, host: str, secret: str | None) -> Refusal:
    """Read an answer that is no success; ``secret`` is taken out of the server's words."""
    words, code = _said(reply.body)
    limit = reply.headers.get("x-ratelimit-limit-req-minute", "")

    def shown(text: str, longest: int) -> str:
        return _printable(text.replace(secret, "***") if secret else text)[:longest]

    return Refusal(
        host,
        reply.status,
        shown(words, _LONGEST),
        shown(code or "", 20) or None,
        shown(reply.headers.get("mistral-correlation-id", ""), 64) or None,
        is_never=reply.status == 429 and limit.strip() == "0",
    )


def _said(body: bytes) -> tuple[str, str | None]:
    """The server's words and its code."""
    text = body.decode("utf-8", errors="replace")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        title = _TITLE.search(text)
        return (title[1] if title else text), None
    if not isinstance(content, dict):
        return text, None
    inner = content.get("error")  # OpenAI's and its likes' wrap it once more
    if isinstance(inner, dict):
        content = inner
    message = content.get("message") or content.get("detail") or inner or text
    code = content.get("code")
    return _flat(message), None if code is None else str(code)


def _flat(message: Any, deepest: int = 5) -> str:
    """Words out of a text, or out of a list of validation errors."""
    if isinstance(message, dict) and deepest:
        if "msg" in message:
            loc = message.get("loc")
            where = ".".join(map(str, loc)) if isinstance(loc, list) else ""
            return f"{where}: {message['msg']}" if where else str(message["msg"])
        inner = message.get("detail") or message.get("message") or json.dumps(message)
        return _flat(inner, deepest - 1)
    if isinstance(message, list) and deepest:
        return "; ".join(_flat(item, deepest - 1) for item in message[:_MOST_ITEMS])
    return str(message)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
