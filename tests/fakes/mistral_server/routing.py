"""Router: an admitted request → its true answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from fakes.mistral_server.batches import Batches
from fakes.mistral_server.chat import Chat
from fakes.mistral_server.dialects import DIALECTS, Dialect
from fakes.mistral_server.dialects.mistral import refuse_as_before_2026
from fakes.mistral_server.embedding import Embedding
from fakes.mistral_server.exchange import Answer, Request, json_answer
from fakes.mistral_server.files import Files
from fakes.mistral_server.ledger import Ledger, MeasuredText
from fakes.mistral_server.model_cards import model_card, model_list
from fakes.mistral_server.refusal import Reason, Refused
from fakes.mistral_server.terms import Terms

EMBEDDINGS: Final = "POST /v1/embeddings"
CHAT: Final = "POST /v1/chat/completions"


class Api:
    """All routes; ``violations`` lists requests and answers that break the published schema."""

    def __init__(self, terms: Terms, ledger: Ledger) -> None:
        self.dialect = _dialect(terms)
        self.embedding = Embedding(terms, self.dialect)
        self.chat = Chat(terms, self.dialect)
        self.violations: list[str] = []
        self._violations = _contract(terms)
        self._terms = terms
        self._ledger = ledger
        self._files = Files()
        self.batches = Batches(terms, self._files, self._embedded_line)

    def answer(self, request: Request, document: Any, measured: Sequence[MeasuredText]) -> Answer:
        """Return the answer or refusal; parsed JSON and texts are passed in to be computed once.

        ``document`` is None for all routes except embeddings and chat.
        """
        try:
            answer = self._routed(request, document, measured)
        except Refused as refused:
            return self.refused(refused)
        self.violations += self._violations(request, answer)
        return answer

    def refused(self, refused: Refused) -> Answer:
        """A refusal in the dialect's wording."""
        return self.dialect.refuse(refused.refusal)

    def _routed(self, request: Request, document: Any, measured: Sequence[MeasuredText]) -> Answer:
        if self.dialect.max_body is not None and len(request.body) > self.dialect.max_body:
            raise Refused(Reason.BODY_TOO_LARGE)
        if not request.path.startswith("/v1/"):
            raise Refused(Reason.NO_ROUTE, subject=request.route)
        key = request.headers.get("authorization")
        if self.dialect.needs_key and key != f"Bearer {self._terms.key}":
            raise Refused(Reason.NO_KEY)
        if request.route == EMBEDDINGS:
            return self.embedding.answer(document, measured)
        if request.route == CHAT:
            return self.chat.answer(document)
        if request.method == "GET" and request.path.startswith("/v1/models"):
            return self._models(request.path.removeprefix("/v1/models").strip("/"))
        if self._terms.has_batches and request.path.startswith("/v1/files"):
            return self._files.answer(request)
        if self._terms.has_batches and request.path.startswith("/v1/batch/jobs"):
            return self.batches.answer(request)
        raise Refused(Reason.NO_ROUTE, subject=request.route)

    def _models(self, name: str) -> Answer:
        if not name:
            return json_answer(model_list(self.dialect))
        card = model_card(self.dialect, name)
        if card is None:
            raise Refused(Reason.NO_MODEL, subject=name)
        return json_answer(card)

    def _embedded_line(self, document: Any) -> Answer:
        """The outcome of a line of a batch job."""
        measured = self.embedding.measured(document)
        try:
            answer = self.embedding.answer(document, measured)
        except Refused as refused:
            return self.refused(refused)
        self._ledger.pay(measured, answer.tokens, by_batch=True)
        return answer


def _contract(terms: Terms) -> Callable[[Request, Answer], list[str]]:
    if not terms.checks_answers or terms.dialect != "mistral":
        return lambda request, answer: []
    # Here, as a person who only runs the server needs no validator.
    from fakes.mistral_server.contract import violations

    return violations


def _dialect(terms: Terms) -> Dialect:
    dialect = DIALECTS[terms.dialect]
    if terms.refuses_as_before_2026:
        return replace(dialect, refuse=refuse_as_before_2026)
    return dialect
