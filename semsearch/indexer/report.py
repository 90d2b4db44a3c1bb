"""The report of an index run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.documents.coverage import Coverage, LeftOut, is_empty
from semsearch.embedders.api.budget import Spent
from semsearch.embedders.api.prices import BATCH_SHARE, CURRENCY, Price
from semsearch.embedders.api.protocols import Billed
from semsearch.indexer.document_counts import Change, states_of
from semsearch.indexer.plan import Plan
from semsearch.indexer.target import PreparedRun
from semsearch.indexer.unchanged import Tally
from semsearch.store.disk.ids import IdSet
from semsearch.store.record.documents import StoredDocument
from semsearch.store.writer import IndexWriter

if TYPE_CHECKING:
    from semsearch.indexer.questions.news import News
    from semsearch.store.collection.publisher import Publication


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The result of an index run; counts of documents include searchable documents only.

    ``unchanged`` leaves out those whose file cannot be read any more.
    """

    index: Path
    corpus: Path
    embedder: str
    generation: int
    is_new_generation: bool
    added: int
    changed: int
    removed: int
    unchanged: int
    passages: int
    embedded: int  # texts sent to the embedder
    reused: int  # passages whose vector existed in the index, or whose text occurs elsewhere, too
    tokens: int  # tokens that the embedder counted
    cost: float | None  # USD; None when no price is known
    spent: Spent | None  # None when nothing was sent to a server
    plan: Plan
    seconds: float
    coverage: float  # the share of pages, and of files without pages, that can be found
    left_out: tuple[LeftOut, ...]
    notices: tuple[str, ...]
    news: "tuple[News, ...]" = ()  # news of watched questions that were pending
    shard: str | None = None  # the part of the folder that is indexed; None for all of it
    not_told: tuple[str, ...] = ()  # delivery errors; delivery is tried again
    shared: int = 0  # texts whose vector came from the folder of shared vectors
    publication: "Publication | None" = None  # where the setting ``publish`` names a collection

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON names and values."""
        return {
            "index": str(self.index),
            "corpus": str(self.corpus),
            "shard": self.shard,
            "embedder": self.embedder,
            "generation": self.generation,
            "new_generation": self.is_new_generation,
            "files": {
                "added": self.added,
                "changed": self.changed,
                "removed": self.removed,
                "unchanged": self.unchanged,
            },
            "passages": self.passages,
            "embedded": self.embedded,
            "shared": self.shared,
            "reused": self.reused,
            "tokens": self.tokens,
            "currency": CURRENCY,
            "cost": None if self.cost is None else round(self.cost, 8),
            "sent": None if self.spent is None else self.spent.to_dict(),
            "planned": self.plan.needs_to_dict(),
            "seconds": round(self.seconds, 3),
            "coverage": round(self.coverage, 4),
            "left_out": [item.to_dict() for item in self.left_out],
            "notices": list(self.notices),
            "publication": None if self.publication is None else self.publication.to_dict(),
            "news": [news.to_dict() for news in self.news],
        }

    @property
    def not_searchable(self) -> tuple[LeftOut, ...]:
        """Files that semsearch could not read or found no text in; empty files are none of them."""
        return not_searchable(self.left_out)


def not_searchable(left_out: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    """Return the files that could not be read or have no text; empty files are none of them."""
    missing = (Coverage.FAILED, Coverage.STALE, Coverage.NO_TEXT)
    return tuple(item for item in left_out if item.coverage in missing and not is_empty(item.why))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    ``embedded`` are text ids, as are ``shared``, whose vectors other indexes have shared.
    ``tokens`` are those that the embedder counted. ``plan`` is the plan as
    it was forecast, with the passages of the newest generation, whose documents ``tally`` counts.
    """

    embedded: IdSet
    tokens: int
    plan: Plan
    tally: Tally
    change: Change
    is_new_generation: bool
    notices: tuple[str, ...]
    shared: IdSet = field(default_factory=IdSet)


def report_of(
    run: PreparedRun, writer: IndexWriter, outcome: Outcome, seconds: float
) -> IndexReport:
    """Return what changed since the last generation, and what this run cost."""
    committed = writer.committed
    assert committed is not None  # every run that ends has committed, or found a generation
    change, tally, passages = outcome.change, outcome.tally, outcome.plan.passages
    billed = run.embedder if isinstance(run.embedder, Billed) else None
    spent = billed.spent if billed else None
    embedded = outcome.embedded
    got = (embedded, outcome.shared)  # no text is in both
    new_texts = sum(writer.view.texts.count_among(some.ids()) for some in got if some)
    return IndexReport(
        index=run.directory.path,
        corpus=run.corpus,
        shard=None if run.shard is None else str(run.shard),
        embedder=committed.embedder.uri,
        generation=committed.number,
        is_new_generation=outcome.is_new_generation,
        added=change.added,
        changed=change.changed,
        removed=change.removed,
        unchanged=tally.searchable - tally.stale - change.added - change.changed,
        passages=passages,
        embedded=len(outcome.embedded),
        shared=len(outcome.shared),
        reused=passages - new_texts,
        tokens=spent.tokens if spent else outcome.tokens,
        cost=_cost(billed.price, spent) if billed and spent else None,
        spent=spent,
        plan=outcome.plan,
        seconds=seconds,
        coverage=tally.coverage,
        left_out=tally.left_out,
        notices=outcome.notices,
    )


def _cost(price: Price | None, spent: Spent) -> float | None:
    """USD for the tokens that were embedded, at once or by batch jobs."""
    if price is None:
        return None
    return price.of(spent.tokens) + BATCH_SHARE * price.of(spent.batch_tokens)


def change_between(before: Sequence[StoredDocument], after: Sequence[StoredDocument]) -> Change:
    """Count by how much two generations differ; an unchanged document has one row in both."""
    return Change.between(
        states_of(_without(before, after)),
        states_of(_without(after, before)),
    )


def _without(
    some: Iterable[StoredDocument], rest: Iterable[StoredDocument]
) -> list[StoredDocument]:
    """The documents whose rows are not among ``rest``."""
    ids = {document.id for document in rest}
    return [document for document in some if document.id not in ids]
