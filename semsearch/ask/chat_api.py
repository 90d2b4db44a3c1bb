"""``POST /v1/chat/completions`` of one model: messages → pieces of an answer, with retries.

A request is sent again only before the first piece of its answer.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import Final

import orjson
import tenacity

from semsearch.ask.answer_pieces import ErrorInStream, piece_of
from semsearch.ask.chat_model import STOP, ContextTooSmall, Message, Piece
from semsearch.ask.chat_prices import chat_price_of
from semsearch.ask.dialects import Dialect
from semsearch.ask.event_stream import events_of
from semsearch.embedders.api.endpoint import retry_after_seconds
from semsearch.embedders.api.http_client import HttpClient, HttpReply, NotSent, readable
from semsearch.embedders.api.http_stream import HttpStream
from semsearch.embedders.api.refusals import Cause, Refusal, refusal_of, says_too_long
from semsearch.errors import EmbedderError, EmbedderUnavailable, ReplyInvalid
from semsearch.settings.amounts import duration_text
from semsearch.settings.schema import Settings

_PATH: Final = "/v1/chat/completions"
_OK: Final = 200
_LARGEST: Final = 20_000_000  # bytes; an event of a few letters takes 200
_ATTEMPTS: Final = 5
_UNSENT_ATTEMPTS: Final = 3  # where no connection was made
_LOST_ATTEMPTS: Final = 2  # where the lost answer may have been billed
_LONGEST_BACKOFF: Final = 20.0  # seconds
_PATIENCE: Final = 90.0  # seconds of retries, at the most, for a person who waits
_TELLING: Final = 3.0  # seconds; a longer wait is told
_ABOUT_PROMPT: Final = (400, 413, 422, 500)  # llama.cpp answers 500, too
_JSON: Final = "application/json"
# Wordings for a prompt that does not fit, beside those that refusals of texts have, too.
_PROMPT_TOO_LONG: Final = re.compile(
    r"exceed_context|maximum context|too large for model|prompt (?:is )?too long"
    r"|input (?:length )?exceeds|too many tokens|n_ctx",
    re.IGNORECASE,
)

_log: Final = logging.getLogger(__name__)


class ChatApi:
    """A chat model on a server; its key is sent to no other server."""

    def __init__(self, dialect: Dialect, settings: Settings) -> None:
        """Raises ``SettingsError`` for a URL to which no key may be sent."""
        self.uri = dialect.uri
        self.price = chat_price_of(dialect.uri, settings.prices)
        self._dialect = dialect
        self._seconds = settings.ask_seconds
        self._client = HttpClient(
            dialect.base_url,
            dialect.key,
            connect_seconds=settings.connect_seconds,
            read_seconds=settings.read_seconds,
            total_seconds=settings.connect_seconds + settings.read_seconds,
            proxy=settings.proxy,
        )
        self.host = self._client.host
        self._without: frozenset[str] = frozenset()
        self._backoff = tenacity.wait_random_exponential(
            multiplier=settings.backoff_seconds, max=_LONGEST_BACKOFF
        )
        self._patience = min(settings.retry_seconds, _PATIENCE)

    def stream(
        self, messages: Sequence[Message], *, most_tokens: int, most_lost: int | None = None
    ) -> Iterator[Piece]:
        """Send the messages and yield the pieces; see ``ChatModel``."""
        lost = _LOST_ATTEMPTS if most_lost is None else min(_LOST_ATTEMPTS, 1 + most_lost)
        patience = tenacity.stop_before_delay(self._patience)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            wait=self._wait,
            stop=lambda state: patience(state) or _is_last(state, lost),
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            pieces: Iterator[Piece] = retrying(self._begun, messages, most_tokens)
        except _Passing as last:
            raise last.error from None
        yield from pieces

    def _begun(self, messages: Sequence[Message], most_tokens: int) -> Iterator[Piece]:
        """Send the messages; return the pieces once there is a first word."""
        try:
            pieces = self._pieces(self._posted(messages, most_tokens))
            begun = []
            for piece in pieces:
                begun.append(piece)
                if piece.text.strip() or piece.finish_reason:
                    break
        except NotSent as error:
            raise _Passing(error, attempts=_UNSENT_ATTEMPTS) from None
        except EmbedderUnavailable as error:
            raise _Passing(error, attempts=_LOST_ATTEMPTS, is_lost=True) from None
        if not begun:
            raise ReplyInvalid(
                f"the answer of {self.host} is no answer of a chat model; check the address"
            )
        return chain(begun, pieces)

    def _posted(self, messages: Sequence[Message], most_tokens: int) -> HttpStream:
        """Send the messages, without fields that the server refuses by name."""
        while True:
            body = self._dialect.body(messages, most_tokens, self._without)
            stream = self._client.stream(_PATH, body, largest=_LARGEST, total_seconds=self._seconds)
            _log.info("%s: HTTP %d", self.host, stream.status)
            if stream.status == _OK:
                return stream
            refusal, wait = self._refusal(stream)
            refused = self._dialect.refused_field(refusal.words, self._without)
            if stream.status not in (400, 422) or refused is None:
                raise _failure(refusal, wait)
            self._without |= {refused}

    def _refusal(self, stream: HttpStream) -> tuple[Refusal, float | None]:
        """A refusal, and its ``Retry-After``; what may quote the key stays here."""
        reply = HttpReply(stream.status, stream.headers, stream.read())
        return refusal_of(reply, self.host, self._dialect.key), retry_after_seconds(reply)

    def _pieces(self, stream: HttpStream) -> Iterator[Piece]:
        """The pieces of an answer; the error of an error object among them."""
        try:
            yield from map(self._without_key, _sent(stream))
        except ErrorInStream as error:
            said = readable(str(error), secret=self._dialect.key)
            if _says_too_long(said):
                raise ContextTooSmall(said) from None
            raise EmbedderUnavailable(f'{self.host} broke off: "{said}"; try again later') from None
        finally:
            stream.close()

    def _without_key(self, piece: Piece) -> Piece:
        """A piece whose words of the server are one line each, without the key."""
        if piece.finish_reason is None and piece.model is None:
            return piece
        reason, model = (
            word and readable(word, secret=self._dialect.key)
            for word in (piece.finish_reason, piece.model)
        )
        return replace(piece, finish_reason=reason, model=model)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds before a retry: as the server says, else exponential backoff with full jitter."""
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.wait if isinstance(failure, _Passing) else None
        return self._backoff(state) if asked is None else asked

    def _tell(self, state: tenacity.RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        seconds = state.next_action.sleep if state.next_action else 0.0
        if isinstance(failure, _Passing):
            level = logging.WARNING if seconds >= _TELLING else logging.INFO
            _log.log(level, "%s; tries again in %s", failure.error, duration_text(seconds))


def _sent(stream: HttpStream) -> Iterator[Piece]:
    """The pieces that a server has sent, streamed or whole (some do not stream)."""
    if _JSON in stream.headers.get("content-type", ""):
        with suppress(ValueError):  # then there is no piece
            content = orjson.loads(stream.read())
            if isinstance(content, dict):
                yield piece_of(content)
                yield Piece(finish_reason=STOP)
    else:
        yield from map(piece_of, events_of(stream))


def _says_too_long(words: str) -> bool:
    return says_too_long(words) or _PROMPT_TOO_LONG.search(words) is not None


def _failure(refusal: Refusal, wait: float | None) -> Exception:
    if refusal.status in _ABOUT_PROMPT and _says_too_long(f"{refusal.words} {refusal.kind}"):
        return ContextTooSmall(refusal.words)
    if refusal.cause is Cause.PASSING:
        return _Passing(refusal.error(), wait=wait)
    return refusal.error()


class _Passing(Exception):
    """A failure worth a retry; ``wait`` is the seconds that the server asks for.

    ``attempts`` is the largest number of attempts in all. A request that ``is_lost`` may have been
    billed.
    """

    def __init__(
        self,
        error: EmbedderError,
        wait: float | None = None,
        *,
        attempts: int = _ATTEMPTS,
        is_lost: bool = False,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait
        self.attempts = attempts
        self.is_lost = is_lost


def _is_last(state: tenacity.RetryCallState, most_lost: int) -> bool:
    """Whether a request is not sent again; ``most_lost`` bounds attempts that may be billed."""
    failure = state.outcome.exception() if state.outcome else None
    if not isinstance(failure, _Passing):
        return False
    most = min(failure.attempts, most_lost) if failure.is_lost else failure.attempts
    return state.attempt_number >= most
