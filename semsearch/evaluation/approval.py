"""What a person agrees to before a judged set costs anything: its questions count, too."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from semsearch.embedders.api.forecast import Needs
from semsearch.embedders.api.protocols import forecast_of
from semsearch.embedders.embedder import Embedder
from semsearch.errors import RunDeclined
from semsearch.indexer.plan import Plan, plan_of
from semsearch.store.snapshot import Snapshot

Approve = Callable[[Plan], bool]


class Agreement:
    """Asks once: about the documents of a set with its questions, else about the questions."""

    def __init__(self, embedder: Embedder, questions: Sequence[str], approve: Approve) -> None:
        self._embedder = embedder
        self._questions = list(dict.fromkeys(questions))
        self._approve = approve
        self._was_asked = False

    def with_documents(self, plan: Plan) -> bool:
        """For ``index`` to ask before it sends the documents."""
        self._was_asked = True
        return self._approve(replace(plan, needs=plan.needs + self._needs()))

    def with_questions(self, snapshot: Snapshot) -> None:
        """Before they are asked; raises ``RunDeclined``. Nobody is asked about a model here."""
        passages = snapshot.view.passages.count()
        plan = plan_of(
            self._embedder,
            self._needs(),
            snapshot.corpus,
            snapshot.directory.path,
            to_read=0,
            gone=0,
            unchanged=snapshot.view.documents.count(),
            unreadable=0,
            passages=passages,
        )
        if plan.host is not None and not self._was_asked and not self._approve(plan):
            raise RunDeclined("no question was sent")

    def _needs(self) -> Needs:
        forecast = forecast_of(self._embedder)
        for question in self._questions:
            forecast.add(question)
        return forecast.needs()
