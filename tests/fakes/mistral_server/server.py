"""The server: from a request to what is sent back, and its life."""

import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Final

from fakes.mistral_server.dialects import DIALECTS, Dialect
from fakes.mistral_server.dialects.mistral import refuse_as_before_2026
from fakes.mistral_server.embedding import Embedding, texts_of
from fakes.mistral_server.exchange import Answer, Request, json_answer
from fakes.mistral_server.fault import Fault
from fakes.mistral_server.fault_catalogue import PASSING
from fakes.mistral_server.fault_script import FaultScript
from fakes.mistral_server.ledger import Ledger, MeasuredText
from fakes.mistral_server.model_cards import model_card, model_list
from fakes.mistral_server.rate_limits import RateLimits
from fakes.mistral_server.refusal import Reason, Refused
from fakes.mistral_server.terms import Terms
from fakes.mistral_server.wire import HttpServer

EMBEDDINGS: Final = "POST /v1/embeddings"
LEDGER: Final = "GET /stand-in/ledger"


@dataclass(frozen=True, slots=True)
class Received:
    """One request that came in."""

    path: str
    authorization: str | None
    inputs: tuple[str, ...]
    method: str = "POST"
    body: Any = None  # the JSON


class MistralServer:
    """Use ``url`` as the base URL; ``faults`` are used up one a request, then it answers truly.

    ``refuses`` may give the status with which a request of certain texts is refused.
    """

    def __init__(self, url: str, terms: Terms) -> None:
        self.url = url
        self.ledger = Ledger()
        self.received: list[Received] = []
        self.refuses: Callable[[Sequence[str]], int | None] = lambda texts: None
        self.stopping = threading.Event()
        self._terms = terms
        self._dialect = _dialect(terms)
        self._script = FaultScript(terms.fail_share, terms.seed, PASSING)
        self._rates = RateLimits(terms)
        self._embedding = Embedding(terms, self._dialect)
        self._random = random.Random(terms.seed)  # noqa: S311 - to be the same in each run

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
        """Every text received, be it billed or not; the ledger tells them apart."""
        return [text for request in self.received for text in request.inputs]

    @property
    def max_inputs(self) -> int | None:
        """The most texts of a request."""
        return self._embedding.max_inputs

    @max_inputs.setter
    def max_inputs(self, most: int) -> None:
        self._embedding.max_inputs = most

    @property
    def max_tokens(self) -> int | None:
        """The most tokens of a request."""
        return self._embedding.max_tokens

    @max_tokens.setter
    def max_tokens(self, most: int) -> None:
        self._embedding.max_tokens = most

    def flight(self, request: Request) -> AbstractContextManager[None]:
        """Around a request, until its answer is sent; only those for embeddings are counted."""
        return self.ledger.flight() if request.route == EMBEDDINGS else nullcontext()

    def respond(self, request: Request) -> tuple[Answer, Fault]:
        """The answer, and what is to go wrong with sending it."""
        if request.route == LEDGER:
            return json_answer(self.ledger.summary()), Fault()
        begun = time.monotonic()
        is_embedding = request.route == EMBEDDINGS
        document = request.json() if is_embedding else None
        measured = self._noted(request, document)
        admitted, headers = self._rates.admits(_tokens(measured)) if is_embedding else (True, {})
        if not admitted:
            if self._terms.retry_after is not None:
                headers["Retry-After"] = self._terms.retry_after
            answer, fault = self._refused(Refused(Reason.RATE)), Fault()
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
        measured = self._embedding.measured(document)
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
        try:
            return self._routed(request, document, measured)
        except Refused as refused:
            return self._refused(refused)

    def _routed(self, request: Request, document: Any, measured: Sequence[MeasuredText]) -> Answer:
        if self._dialect.max_body is not None and len(request.body) > self._dialect.max_body:
            raise Refused(Reason.BODY_TOO_LARGE)
        if not request.path.startswith("/v1/"):
            raise Refused(Reason.NO_ROUTE, subject=request.route)
        key = request.headers.get("authorization")
        if self._dialect.needs_key and key != f"Bearer {self._terms.key}":
            raise Refused(Reason.NO_KEY)
        if request.route == EMBEDDINGS:
            return self._embedding.answer(document, measured)
        if request.method == "GET" and request.path.startswith("/v1/models"):
            return self._models(request.path.removeprefix("/v1/models").strip("/"))
        raise Refused(Reason.NO_ROUTE, subject=request.route)

    def _models(self, name: str) -> Answer:
        if not name:
            return json_answer(model_list(self._dialect))
        card = model_card(self._dialect, name)
        if card is None:
            raise Refused(Reason.NO_MODEL, subject=name)
        return json_answer(card)

    def _refused(self, refused: Refused) -> Answer:
        return self._dialect.refuse(refused.refusal)

    def _close(self, answer: Answer, fault: Fault, measured: Sequence[MeasuredText]) -> None:
        """Enter the end of a request for embeddings into the ledger."""
        if fault.stops_work:
            self.ledger.close("stopped")
            return
        if answer.status == 200:
            self.ledger.pay(measured, answer.tokens)
        self.ledger.close(f"cut off in {fault.resets}" if fault.resets else str(answer.status))

    def _wait_for_latency(self, begun: float) -> None:
        latency = self._terms.latency + self._random.uniform(0, self._terms.jitter)
        self.stopping.wait(max(0.0, latency - (time.monotonic() - begun)))

    def _headers(self, rates: dict[str, str], answer: Answer, fault: Fault) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            **self._dialect.headers,
            **rates,
            **answer.headers,
            **fault.headers,
        }


@contextmanager
def mistral_server(
    terms: Terms | None = None, *, port: int = 0, **changes: Any
) -> Iterator[MistralServer]:
    """Run the server for as long as the block runs; ``changes`` are fields of its ``Terms``."""
    http = HttpServer(port)
    host, bound = http.server_address[:2]
    server = MistralServer(f"http://{host}:{bound}", replace(terms or Terms(), **changes))
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


def _dialect(terms: Terms) -> Dialect:
    dialect = DIALECTS[terms.dialect]
    if terms.refuses_as_before_2026:
        return replace(dialect, refuse=refuse_as_before_2026)
    return dialect


def _tokens(measured: Sequence[MeasuredText]) -> int:
    return sum(text.tokens for text in measured)
