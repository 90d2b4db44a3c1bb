"""``rerank:MODEL@URL``: a server that scores passages.

With a model, Cohere's format, which Jina, vLLM, llama.cpp and others also take:
  {model, query, documents, top_n} → {results: [{index, relevance_score}]}
Without a model, the format of Text Embeddings Inference:
  {query, texts, truncate} → [{index, score}]
"""

import logging
import math
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import tenacity

from semsearch.embedders.api.endpoint import retry_after_seconds
from semsearch.embedders.api.http_client import HttpClient, checked_base_url
from semsearch.embedders.api.refusals import Cause, refusal_of
from semsearch.errors import EmbedderUnavailable, ReplyInvalid
from semsearch.settings.amounts import counted
from semsearch.settings.schema import Settings

_RERANK: Final = "/rerank"
_VERSION: Final = "/v1"
_OK: Final = 200
_ATTEMPTS: Final = 4
_LARGEST: Final = 4_000_000  # bytes; some servers send the passages back

_log: Final = logging.getLogger(__name__)


class RerankApi:
    """A reranker on a server; its key is sent to no other server."""

    def __init__(self, uri: str, model: str | None, url: str, settings: Settings) -> None:
        """``url`` is the server's, with or without ``/rerank``; raises ``SettingsError``."""
        checked_base_url(url)
        self.uri = uri
        self._model = model
        self._key = settings.rerank_api_key
        parts = urlsplit(url)
        path = parts.path.rstrip("/")
        if not path.endswith(_RERANK):
            path = (path or ("" if model is None else _VERSION)) + _RERANK
        self._path = path
        self._client = HttpClient(
            f"{parts.scheme}://{parts.netloc}",
            self._key,
            connect_seconds=settings.connect_seconds,
            read_seconds=settings.read_seconds,
            total_seconds=settings.connect_seconds + settings.read_seconds,
            proxy=settings.proxy,
        )
        self._backoff = tenacity.wait_random_exponential(multiplier=settings.backoff_seconds)
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(EmbedderUnavailable),
            wait=self._wait,
            stop=tenacity.stop_after_attempt(_ATTEMPTS)
            | tenacity.stop_before_delay(settings.retry_seconds),
            reraise=True,
        )

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """The server's scores, from one request; a passing failure is retried."""
        if self._model is None:
            body: dict[str, Any] = {"query": question, "texts": list(texts), "truncate": True}
        else:
            body = {
                "model": self._model,
                "query": question,
                "documents": list(texts),
                "top_n": len(texts),
            }
        content: bytes = self._retrying(self._ask, body)
        try:
            return _scores(orjson.loads(content), len(texts))
        except (LookupError, TypeError, ValueError) as error:
            raise ReplyInvalid(
                f"the answer of {self._client.host} is no score for each of"
                f" {counted(len(texts), 'passage')};"
                " check the address and the model's name"
            ) from error

    def _ask(self, body: dict[str, Any]) -> bytes:
        reply = self._client.post(self._path, body, largest=_LARGEST)
        _log.info("%s: HTTP %d", self._client.host, reply.status)
        if reply.status == _OK:
            return reply.body
        refusal = refusal_of(reply, self._client.host, self._key)
        if refusal.cause is Cause.PASSING:
            raise _Passing(str(refusal.error()), retry_after_seconds(reply))
        raise refusal.error()

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds to wait: as the server says, else exponential backoff with full jitter."""
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.wait if isinstance(failure, _Passing) else None
        return self._backoff(state) if asked is None else asked


class _Passing(EmbedderUnavailable):
    """A failure worth a retry; ``wait`` is the seconds that the server asks for."""

    def __init__(self, message: str, wait: float | None) -> None:
        super().__init__(message)
        self.wait = wait


def _scores(answer: Any, count: int) -> list[float]:
    """The scores of a reply in either format; a malformed reply raises an error of its parsing."""
    if isinstance(answer, dict):
        by_index = {item["index"]: item["relevance_score"] for item in answer["results"]}
    else:
        by_index = {item["index"]: item["score"] for item in answer}
    if by_index.keys() != set(range(count)):
        raise ValueError("its indexes do not number the passages")
    scores = [by_index[index] for index in range(count)]
    if not all(type(score) in (int, float) and math.isfinite(score) for score in scores):
        raise ValueError("a score that is no number")
    return scores
