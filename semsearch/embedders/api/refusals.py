"""Refusals of an embeddings server: their cause, and whether a retry or a split would help.

All bodies observed from Mistral's server are parsed, and those of OpenAI and compatible servers
(vLLM, llama.cpp, Ollama, Text Embeddings Inference, Infinity):

A  {"object": "error", "message": TEXT or {"detail": [...]}, "code": "NNNN" or null, ...}
B  {"detail": TEXT or [{"loc": [...], "msg": TEXT}, ...]}
C  {"message": TEXT, "request_id": ...}
D  nothing, or a page of HTML
E  {"error": TEXT or {"message": TEXT, "code": ...}}
"""

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from semsearch.embedders.api.http_client import HttpReply, beginning, readable
from semsearch.errors import EmbedderError, EmbedderUnavailable, KeyRefused, RequestRefused
from semsearch.settings.secrets import Secret

# Statuses after which a retry may succeed; 520 to 527 are Cloudflare's.
_PASSING: Final = frozenset({408, 409, 429, *range(500, 600)})
_ABOUT_TEXTS: Final = frozenset({400, 413, 422})  # a single text may be the cause
_NO_TEXT: Final = frozenset(
    {"1500", "3051", "model_not_found", "invalid_model"}
)  # no text is the cause
_NO_MODEL: Final = re.compile(r"invalid model|model\b.*not (found|exist)", re.I)
_NO_KEY: Final = re.compile(r"no connected db", re.I)  # of LiteLLM without a database
_NO_TEXT_WORDS: Final = re.compile(r"extra inputs|not permitted|UnsupportedParamsError", re.I)
_TOO_MANY_CODE: Final = "3210"
_TOO_MANY_INPUTS: Final = re.compile(
    r"too many inputs|batch size \d+ > maximum allowed batch size (?P<most>\d+)"
    r"|array too long.{0,150}?maximum length (?P<length>\d+)|at most (?P<items>\d+) items",
    re.IGNORECASE,
)
_TOO_MANY_TOKENS: Final = re.compile(
    r"too many tokens(?: in batch\. Max is (?P<most>\d+) got (?P<got>\d+))?"
    r"|requested (?P<asked>\d+) tokens, max (?P<length>\d+) tokens per request",
    re.IGNORECASE,
)
_TOO_LONG: Final = re.compile(
    r"Input (id )?(?P<position>\d+) (has|contains) \d+ tokens|too large to process"
    r"|must have less than \d+ tokens"
    # "maximum context length", "the input length exceeds", "larger than the max context size"
    r"|(?<![^\W_])(context|sequence|prompt|input|token)[ _](length|size|window)(?![^\W_])",
    re.IGNORECASE,
)
_TITLE: Final = re.compile(r"<title[^<>]*>([^<]+)", re.IGNORECASE)  # linear on any page
_LARGEST_JSON: Final = 1 << 20  # bytes; a list of errors may repeat every text of the request
_LONGEST: Final = 200  # characters of the server's message
_MOST_ITEMS: Final = 10
_ADVICE: Final = {
    401: "check the API key (MISTRAL_API_KEY, OPENAI_API_KEY, RERANK_API_KEY, or its file)",
    403: "check that the key's plan includes this model",
    404: "check the base URL and the model's name",
    422: "the server does not take this request; is it another API?",
}


_LATE: Final = 0  # instead of a status, where there is no answer


class Cause(Enum):
    """Cause of a refusal, which decides how the texts are sent again."""

    PASSING = "the same request may be taken later"
    TOO_MANY_INPUTS = "fewer texts in a request would be taken"
    TOO_MANY_TOKENS = "fewer tokens in a request would be taken"
    TOO_MANY = "a smaller request would be taken"
    TEXT_TOO_LONG = "one text is too long"
    PERHAPS_ONE_TEXT = "one of the texts may be to blame"
    FINAL = "nothing would help"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP answer that is no success: the parts that a decision and an error message need."""

    host: str
    status: int
    words: str
    code: str | None
    correlation_id: str | None
    is_never: bool  # the plan's limit for this model is 0
    kind: str = ""  # what the server calls the error: "context_length_exceeded"

    @property
    def cause(self) -> Cause:
        """Cause of the refusal, from the status, the code and the message."""
        if says_too_long(self.words, self.kind) and self.status not in (401, 403, 404, 429):
            return Cause.TEXT_TOO_LONG  # llama.cpp answers 500, and so do some of Ollama
        if self.status == _LATE:
            return Cause.TOO_MANY
        if self.status in _ABOUT_TEXTS:
            return self._about_texts
        return Cause.PASSING if self.status in _PASSING and not self.is_never else Cause.FINAL

    @property
    def limit(self) -> int | None:
        """The most inputs or tokens per request, if the server's message states it; else None."""
        return self._number("most", "length", "items")

    @property
    def tokens(self) -> int | None:
        """The tokens of the refused request, if the server's message states them; else None."""
        return self._number("got", "asked")

    @property
    def position(self) -> int | None:
        """Index of the text that is too long, if the server's message states it; else None."""
        found = _TOO_LONG.search(self.words)
        return int(found["position"]) if found and found["position"] else None

    @property
    def is_rate(self) -> bool:
        """True when the refusal is because of the rate limit (429)."""
        return self.status == 429

    def error(self) -> EmbedderError:
        """Return the refusal as an error with a one-line message."""
        facts = [f"HTTP {self.status}"]
        facts += [f"code {self.code}"] if self.code else []
        facts += [f"correlation id {self.correlation_id}"] if self.correlation_id else []
        said = f'"{self.words}"' if self.words else "no message"
        message = f"{self.host} refused the request: {said} ({', '.join(facts)}); {self._advice}"
        if self.status in (401, 403) or self._is_key:
            return KeyRefused(message)
        if self.cause is Cause.PASSING:
            return EmbedderUnavailable(message)
        return RequestRefused(message)

    @property
    def _about_texts(self) -> Cause:
        if _TOO_MANY_INPUTS.search(self.words):
            return Cause.TOO_MANY_INPUTS
        if _TOO_MANY_TOKENS.search(self.words):
            return Cause.TOO_MANY_TOKENS
        if self.code == _TOO_MANY_CODE or self.status == 413:
            return Cause.TOO_MANY
        if self.code in _NO_TEXT or self._is_model or self._is_key:
            return Cause.FINAL
        if _NO_TEXT_WORDS.search(self.words):
            return Cause.FINAL
        return Cause.PERHAPS_ONE_TEXT

    @property
    def _is_model(self) -> bool:
        return _NO_MODEL.search(self.words) is not None

    @property
    def _is_key(self) -> bool:
        return self.status == 400 and _NO_KEY.search(self.words) is not None

    def _number(self, *names: str) -> int | None:
        for pattern in (_TOO_MANY_INPUTS, _TOO_MANY_TOKENS):
            found = pattern.search(self.words)
            groups = found.groupdict() if found else {}
            for name in names:
                if groups.get(name):
                    return int(groups[name])
        return None

    @property
    def _advice(self) -> str:
        if self.is_never:
            return "the plan of this key allows no requests to this model"
        if self.is_rate:
            return "the rate limit is reached; run the same command again later"
        if self.cause is Cause.PASSING:
            return "run the same command again later"
        if self._is_key:
            return _ADVICE[401]
        if self.status == 400 and self._is_model:
            return _ADVICE[404]
        return _ADVICE.get(self.status, "sending it again would not help")


def says_too_long(words: str, kind: str = "") -> bool:
    """Whether the words or the kind of an error say that one text is too long."""
    is_about_length = _TOO_LONG.search(f"{words} {kind}") is not None
    return is_about_length and _TOO_MANY_INPUTS.search(words) is None


def late_answer(host: str) -> Refusal:
    """Return the refusal that stands for no answer in time: a smaller request may get one."""
    return Refusal(host, _LATE, "no answer in time", None, None, is_never=False)


def refusal_of(reply: HttpReply, host: str, secret: Secret | None) -> Refusal:
    """Parse an HTTP answer that is no success; ``secret`` is masked in the server's message."""
    words, code, kind = _said(reply.body)
    limit = reply.headers.get("x-ratelimit-limit-req-minute", "")

    def shown(text: str, longest: int) -> str:
        return readable(text, longest, secret=secret)

    return Refusal(
        host,
        reply.status,
        shown(words, _LONGEST),
        shown(code or "", 20) or None,
        shown(reply.headers.get("mistral-correlation-id", ""), 64) or None,
        is_never=reply.status == 429 and limit.strip() == "0",
        kind=shown(kind, 60),
    )


def _said(body: bytes) -> tuple[str, str | None, str]:
    """Return the server's message, its error code, and what else it calls the error."""
    text = body.decode("utf-8", errors="replace")
    try:
        content = json.loads(text) if len(body) <= _LARGEST_JSON else None
    except (ValueError, RecursionError):
        content = None
    if content is None:
        title = _TITLE.search(beginning(text))
        return (title[1] if title else text), None, ""
    if not isinstance(content, dict):
        return text, None, ""
    inner = content.get("error")
    if isinstance(inner, dict):
        content = inner
    message = content.get("message") or content.get("detail") or inner or text
    code = content.get("code")
    kind = f"{code or ''} {content.get('type') or ''}"
    return _flat(message), None if code is None else str(code), kind


def _flat(message: Any, deepest: int = 5) -> str:
    """Return the words of a message, or of a list of validation errors, as one text."""
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
