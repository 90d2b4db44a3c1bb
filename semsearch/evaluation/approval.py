"""Approval of the cost of a judged set: its documents and its questions."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from semsearch.embedders.api.needs import Needs
from semsearch.embedders.api.protocols import forecast_of
from semsearch.embedders.embedder import Embedder
from semsearch.errors import RunDeclined
from semsearch.indexer.document_counts import DocumentCounts
from semsearch.indexer.plan import Plan, plan_of
from semsearch.store.snapshot import Snapshot

Approve = Callable[[Plan], bool]


class CostApproval:
    """Asks for approval once: for documents and questions, else for the questions alone."""

    def __init__(self, embedder: Embedder, questions: Sequence[str], approve: Approve) -> None:
        self._embedder = embedder
        self._questions = list(dict.fromkeys(questions))
        self._approve = approve
        self._was_asked = False

    def approve_documents(self, plan: Plan) -> bool:
        """Approve a plan of ``index`` to which the cost of the questions is added."""
        self._was_asked = True
        return self._approve(replace(plan, needs=plan.needs + self._needs()))

    def approve_questions(self, snapshot: Snapshot) -> None:
        """Approve the questions before they are sent to a server; raises ``RunDeclined``."""
        passages = snapshot.view.passages.count()
        plan = plan_of(
            self._embedder,
            self._needs(),
            snapshot.corpus,
            snapshot.directory.path,
            documents=DocumentCounts(unchanged=snapshot.view.documents.count()),
            passages=passages,
        )
        if plan.host is not None and not self._was_asked and not self._approve(plan):
            raise RunDeclined("no question was sent")

    def _needs(self) -> Needs:
        forecast = forecast_of(self._embedder)
        for question in self._questions:
            forecast.add(question)
        return forecast.needs()
