"""``mistral:MODEL``: Mistral's embeddings API, ``POST /v1/embeddings``."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

import tenacity

from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.http import HttpClient
from semsearch.embedders.packing import Limits, packed
from semsearch.embedders.refusals import Refusal, refusal_of
from semsearch.embedders.replies import EmbeddingReply, parsed_reply
from semsearch.embedders.waiting import asked_wait
from semsearch.errors import (
    EmbedderUnavailable,
    KeyRefused,
    ReplyInvalid,
    RequestRefused,
    TextsRefused,
)
from semsearch.settings import Settings

_PATH: Final = "/v1/embeddings"
_OK: Final = 200
_MAX_TOKENS: Final = 8192  # max_context_length of mistral-embed and codestral-embed at /v1/models
# SentencePiece with byte fallback makes at most a token a byte, and a space, BOS and EOS are added.
_TOKENS_AROUND: Final = 3
_DIMENSIONS: Final = {"mistral-embed": 1024, "mistral-embed-2312": 1024}
_BYTES_A_VECTOR: Final = 1 << 17  # 1,024 numbers take 19 KB; codestral-embed gives up to 3,072
_BYTES_AROUND: Final = 1 << 20
_ATTEMPTS: Final = 8
_LONGEST_BACKOFF: Final = 60.0  # seconds


class Mistral:
    """Packs texts into requests, sends them one after another, and lets nothing bad through."""

    is_local = False
    max_tokens = _MAX_TOKENS

    def __init__(
        self, model: str, settings: Settings, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Raises ``KeyRefused`` without a key, ``SettingsError`` for a bad base URL."""
        if settings.mistral_api_key is None:
            raise KeyRefused(
                "there is no API key for Mistral; set MISTRAL_API_KEY, put it into a file of mode"
                " 0600 that MISTRAL_API_KEY_FILE names, or use --embedder local:minilm"
            )
        self.uri = f"mistral:{model}"
        self._model = model
        self._key = settings.mistral_api_key
        self._dimension = _DIMENSIONS.get(model)
        self._limits = Limits(settings.mistral_max_inputs, settings.mistral_max_tokens)
        self._retry_seconds = settings.retry_seconds
        self._sleep = sleep
        self._client = HttpClient(
            settings.mistral_base_url,
            self._key,
            connect_seconds=settings.connect_seconds,
            read_seconds=settings.read_seconds,
            total_seconds=settings.connect_seconds + 2 * settings.read_seconds,
        )

    def count_tokens(self, text: str) -> int:
        """An upper bound, from the bytes of the text in UTF-8."""
        return len(text.encode()) + _TOKENS_AROUND

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield a batch for each request that was answered.

        A text that the server refuses by itself does not hold the others up: they are embedded, and
        ``TextsRefused`` is raised after them.
        """
        texts = list(texts)
        if any(not text.strip() for text in texts):
            raise RequestRefused("a blank text has no meaning to embed; leave it out")
        tokens = [self.count_tokens(text) for text in texts]
        waiting = self._packed(range(len(texts)), tokens)
        refused: dict[int, str] = {}
        while waiting:
            batch = waiting.popleft()
            answer = self._ask([texts[position] for position in batch])
            if isinstance(answer, EmbeddingReply):
                counted = sum(tokens[position] for position in batch)
                yield EmbeddedBatch(
                    batch, answer.vectors, counted if answer.tokens is None else answer.tokens
                )
            elif answer.is_too_many and len(batch) > 1:
                # Remembered for the run, as every request of that size would be refused.
                self._limits = replace(self._limits, inputs=(len(batch) + 1) // 2)
                waiting = self._packed([*batch, *chain(*waiting)], tokens)
            elif (bad := answer.too_long_position) is not None and bad < len(batch) > 1:
                refused[batch[bad]] = _too_long(answer, texts[batch[bad]])
                waiting.appendleft(batch[:bad] + batch[bad + 1 :])
            elif answer.is_too_many or answer.too_long_position is not None:
                refused[batch[0]] = _too_long(answer, texts[batch[0]])
            else:
                raise answer.error()
        if refused:
            raise TextsRefused(refused)

    def _packed(self, positions: Sequence[int], tokens: Sequence[int]) -> deque[tuple[int, ...]]:
        """The positions in batches that keep to the limits known so far."""
        batches = packed([tokens[position] for position in positions], self._limits)
        return deque(tuple(positions[at] for at in batch) for batch in batches)

    def _ask(self, texts: Sequence[str]) -> EmbeddingReply | Refusal:
        """Send one request, again while that may help; a refusal that is for good is returned."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgain),
            wait=_wait,
            stop=tenacity.stop_after_attempt(_ATTEMPTS)
            | tenacity.stop_before_delay(self._retry_seconds),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._ask_once, texts)
        except _TryAgain as last:
            raise last.error from None

    def _ask_once(self, texts: Sequence[str]) -> EmbeddingReply | Refusal:
        body = {"model": self._model, "input": list(texts)}
        largest = _BYTES_AROUND + len(texts) * _BYTES_A_VECTOR
        try:
            reply = self._client.post(_PATH, body, largest=largest)
        except EmbedderUnavailable as error:
            raise _TryAgain(error, None) from None
        if reply.status == _OK:
            return self._checked(parsed_reply(reply.body, len(texts), self._client.host))
        refusal = refusal_of(reply, self._client.host, self._key.reveal())
        if refusal.may_pass:
            raise _TryAgain(refusal.error(), asked_wait(reply))
        return refusal

    def _checked(self, answer: EmbeddingReply) -> EmbeddingReply:
        dimension = answer.vectors.shape[1]
        if self._dimension not in (None, dimension):
            raise ReplyInvalid(
                f"{self.uri} gave vectors of {dimension} numbers instead of {self._dimension};"
                " nothing of them was stored"
            )
        self._dimension = dimension
        return answer


class _TryAgain(Exception):
    """One attempt that failed in a way that may pass; ``wait`` is what the server asks for."""

    def __init__(self, error: Exception, wait: float | None) -> None:
        super().__init__()
        self.error = error
        self.wait = wait


def _wait(state: tenacity.RetryCallState) -> float:
    """What the server asks for, else exponential backoff with full jitter."""
    failure = state.outcome.exception() if state.outcome else None
    backoff = tenacity.wait_random_exponential(multiplier=1, max=_LONGEST_BACKOFF)(state)
    if isinstance(failure, _TryAgain) and failure.wait is not None:
        return failure.wait + min(backoff, 1.0)  # so that many clients do not come back at once
    return backoff


def _too_long(refusal: Refusal, text: str) -> str:
    return f"{refusal.error()}; the text has {len(text)} characters"
