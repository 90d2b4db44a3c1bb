"""The server: handling of requests, start and end."""

import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Final

from fakes.mistral_server.batch_job import Ending
from fakes.mistral_server.chat import Chat
from fakes.mistral_server.embedding import texts_of
from fakes.mistral_server.exchange import Answer, Request, json_answer
from fakes.mistral_server.fault import Fault
from fakes.mistral_server.fault_catalogue import PASSING
from fakes.mistral_server.fault_script import FaultScript
from fakes.mistral_server.ledger import Ledger, MeasuredText
from fakes.mistral_server.rate_limits import RateLimits
from fakes.mistral_server.refusal import Reason, Refused
from fakes.mistral_server.routing import CHAT, EMBEDDINGS, Api
from fakes.mistral_server.terms import Terms
from fakes.mistral_server.wire import HttpServer

LEDGER: Final = "GET /stand-in/ledger"
CLOSED_REQUESTS: Final = "GET /stand-in/requests"


@dataclass(frozen=True, slots=True)
class Received:
    """A received request."""

    path: str
    authorization: str | None
    inputs: tuple[str, ...]
    method: str = "POST"
    body: Any = None  # the JSON


class MistralServer:
    """``url`` is the base URL; each of ``faults`` is used by one request.

    ``refuses`` may give the status with which a request of certain texts is refused.
    """

    def __init__(self, url: str, terms: Terms) -> None:
        self.url = url
        self.ledger = Ledger()
        self.received: list[Received] = []
        self.refuses: Callable[[Sequence[str]], int | None] = lambda texts: None
        self.stopping = threading.Event()
        self._terms = terms
        self._api = Api(terms, self.ledger)
        self._script = FaultScript(terms.fail_share, terms.seed, PASSING)
        self._rates = RateLimits(terms)
        self._random = random.Random(terms.seed)

    @property
    def faults(self) -> deque[Fault]:
        """The faults to come."""
        return self._script.queue

    @property
    def bodies(self) -> list[Any]:
        """The JSON of each request."""
        return [request.body for request in self.received]

    @property
    def texts(self) -> list[str]:
        """All received texts, billed or not; the ledger distinguishes them."""
        return [text for request in self.received for text in request.inputs]

    @property
    def violations(self) -> list[str]:
        """Requests and answers that break Mistral's OpenAPI files."""
        return self._api.violations

    @property
    def batch_endings(self) -> deque[Ending]:
        """Endings of the next batch jobs; SUCCESS when the list is empty."""
        return self._api.batches.endings

    @property
    def chat(self) -> Chat:
        """The chat model."""
        return self._api.chat

    @property
    def asked(self) -> list[Received]:
        """The received requests to the chat model."""
        return [one for one in self.received if f"{one.method} {one.path}" == CHAT]

    @property
    def max_inputs(self) -> int | None:
        """The most texts of a request."""
        return self._api.embedding.max_inputs

    @max_inputs.setter
    def max_inputs(self, most: int) -> None:
        self._api.embedding.max_inputs = most

    @property
    def max_tokens(self) -> int | None:
        """The most tokens of a request."""
        return self._api.embedding.max_tokens

    @max_tokens.setter
    def max_tokens(self, most: int) -> None:
        self._api.embedding.max_tokens = most

    @property
    def drift(self) -> float:
        """Drift of the model; 0.1 gives a cosine of 0.995 to the original vectors."""
        return self._api.embedding.drift

    @drift.setter
    def drift(self, drift: float) -> None:
        self._api.embedding.drift = drift

    def flight(self, request: Request) -> AbstractContextManager[None]:
        """Context of a request until its answer is sent; only embeddings are counted."""
        return self.ledger.flight() if request.route == EMBEDDINGS else nullcontext()

    def respond(self, request: Request) -> tuple[Answer, Fault]:
        """Return the answer, and the fault of its transmission."""
        if request.route == LEDGER:
            return json_answer(self.ledger.summary()), Fault()
        if request.route == CLOSED_REQUESTS:
            return json_answer(self.ledger.closed()), Fault()
        begun = time.monotonic()
        is_embedding = request.route == EMBEDDINGS
        document = request.json() if request.route in (EMBEDDINGS, CHAT) else None
        measured = self._noted(request, document)
        admitted, headers = self._rates.admits(_tokens(measured)) if is_embedding else (True, {})
        if not admitted:
            if self._terms.retry_after is not None:
                headers["Retry-After"] = self._terms.retry_after
            answer, fault = self._api.refused(Refused(Reason.RATE)), Fault()
        else:
            fault = self._script.take(request.route) or Fault()
            self.stopping.wait(fault.delay)
            answer = self._worked(request, document, measured, fault)
        if is_embedding:
            self._close(answer, fault, measured)
            self._wait_for_latency(begun)
        return replace(answer, headers=self._headers(headers, answer, fault)), fault

    def _noted(self, request: Request, document: Any) -> list[MeasuredText]:
        if self._terms.keeps_texts:
            key = request.headers.get("authorization")
            texts = tuple(texts_of(document))
            self.received.append(Received(request.path, key, texts, request.method, document))
        if request.route != EMBEDDINGS:
            self.ledger.receive_other()
            return []
        measured = self._api.embedding.measured(document)
        self.ledger.receive(measured)
        return measured

    def _worked(
        self, request: Request, document: Any, measured: Sequence[MeasuredText], fault: Fault
    ) -> Answer:
        if fault.status is not None:
            return Answer(fault.status, fault.body, tokens=_tokens(measured))
        if fault.stops_work:
            return Answer(0, b"")
        if (status := self.refuses(texts_of(document))) is not None:
            words = {"object": "error", "message": "no such text", "code": None}
            return Answer(status, json.dumps(words).encode(), tokens=_tokens(measured))
        return self._api.answer(request, document, measured)

    def _close(self, answer: Answer, fault: Fault, measured: Sequence[MeasuredText]) -> None:
        """Enter the end of a request for embeddings into the ledger."""
        if fault.stops_work:
            self.ledger.close(measured, "stopped")
            return
        if answer.status == 200:
            self.ledger.pay(measured, answer.tokens)
        outcome = f"cut off in {fault.resets}" if fault.resets else str(answer.status)
        self.ledger.close(measured, outcome)

    def _wait_for_latency(self, begun: float) -> None:
        latency = self._terms.latency + self._random.uniform(0, self._terms.jitter)
        self.stopping.wait(max(0.0, latency - (time.monotonic() - begun)))

    def _headers(self, rates: dict[str, str], answer: Answer, fault: Fault) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            **self._api.dialect.headers,
            **rates,
            **answer.headers,
            **fault.headers,
        }


@contextmanager
def mistral_server(
    terms: Terms | None = None, *, port: int = 0, **changes: Any
) -> Iterator[MistralServer]:
    """Run the server during the block; ``changes`` are fields of its ``Terms``."""
    http = HttpServer(port)
    url = f"http://127.0.0.1:{http.server_port}"
    server = MistralServer(url, replace(terms or Terms(), **changes))
    http.stand_in = server
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        http.shutdown()
        thread.join()
        http.server_close()
    assert not server.violations, server.violations  # the stand-in itself is not as published


def _tokens(measured: Sequence[MeasuredText]) -> int:
    return sum(text.tokens for text in measured)
