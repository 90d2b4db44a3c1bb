"""The plan of an index run: what it would read, embed and cost."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semsearch.embedders.api.needs import NO_NEEDS, Needs
from semsearch.embedders.api.prices import BATCH_SHARE, CURRENCY, Price
from semsearch.embedders.api.protocols import Billed
from semsearch.embedders.embedder import Embedder
from semsearch.indexer.document_counts import NO_DOCUMENTS, DocumentCounts


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a run; documents are counted by files, ``passages`` after the run.

    ``host`` receives the text; None when it stays on this machine. ``needs`` counts the texts that
    have no vector, ``own`` the texts that semsearch sends beside them (see ``own_texts``).
    ``documents`` has the counts of documents as the report of the run has them. ``cut_anew`` is the
    most characters of a passage when all documents are cut by another profile than before, else
    None; ``cut_by_folder`` when the folder's own settings ask
    for that and the user has not agreed yet.
    """

    corpus: Path
    index: Path
    embedder: str
    host: str | None
    to_read: int
    gone: int
    unchanged: int
    unreadable: int
    passages: int
    needs: Needs
    price: Price | None
    requests_a_minute: float | None
    cut_anew: int | None = None
    cut_by_folder: bool = False
    documents: DocumentCounts = NO_DOCUMENTS
    own: Needs = NO_NEEDS
    local_minutes: float | None = None  # as a probe of this machine's rate has it
    shared: int = 0  # texts whose vector other indexes have shared
    notices: tuple[str, ...] = ()  # what a person should hear about the choice of the embedder

    def needs_to_dict(self) -> dict[str, Any]:
        """The needs of the texts without a vector, and their price, as JSON names and values."""
        return {
            "texts": self.needs.texts,
            "tokens": self.needs.tokens,
            "tokens_exact": self.needs.is_exact,
            "requests": self.requests if self.host else 0,
            "own_texts": self.own.texts,
            "own_tokens": self.own.tokens,
            "requests_a_minute": self.requests_a_minute,
            "minutes": None if self.minutes is None else round(self.minutes, 2),
            "currency": CURRENCY,
            "cost": None if self.cost is None else round(self.cost, 8),
            "batch_cost": None if self.batch_cost is None else round(self.batch_cost, 8),
            "price_source": self.price.source if self.price else None,
        }

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON names and values."""
        return {
            "index": str(self.index),
            "corpus": str(self.corpus),
            "embedder": self.embedder,
            "host": self.host,
            "documents": {
                "to_read": self.to_read,
                "added": self.documents.added,
                "changed": self.documents.changed,
                "unchanged": self.unchanged,
                "gone": self.gone,
                "unreadable": self.unreadable,
            },
            "passages": self.passages,
            "cut_anew": self.cut_anew,
            "paid_share": round(self.paid_share, 4),
            "shared": self.shared,
            **self.needs_to_dict(),
        }

    @property
    def paid_share(self) -> float:
        """The share of passages whose text stands twice or has a vector, be it shared, 0 to 1."""
        return 1 - self.needs.texts / self.passages if self.passages else 1.0

    @property
    def requests(self) -> int:
        """The requests to a server, those with semsearch's own texts included."""
        return self.needs.requests + self.own.requests

    @property
    def cost(self) -> float | None:
        """The price in USD; None when no price is known."""
        if self.price is None:
            return None
        return self.price.of(self.needs.tokens + self.own.tokens)

    @property
    def batch_cost(self) -> float | None:
        """The price in USD through the Batch API; None when no price is known."""
        if self.price is None:
            return None
        return BATCH_SHARE * self.price.of(self.needs.tokens) + self.price.of(self.own.tokens)

    @property
    def minutes(self) -> float | None:
        """The time at the server's rate limit, or at this machine's rate; None if not known."""
        if self.requests_a_minute is None:
            return self.local_minutes
        return self.requests / self.requests_a_minute


def plan_of(
    embedder: Embedder,
    needs: Needs,
    corpus: Path,
    index: Path,
    *,
    documents: DocumentCounts,
    passages: int,
    cut_anew: int | None = None,
    own: Needs = NO_NEEDS,
    local_minutes: float | None = None,
    shared: int = 0,
) -> Plan:
    """Return the plan for these counts and this embedder; without texts ``own`` is not sent."""
    billed = embedder if isinstance(embedder, Billed) else None
    return Plan(
        corpus,
        index,
        embedder.uri,
        billed.host if billed else None,
        documents.to_read,
        documents.gone,
        documents.unchanged,
        documents.unreadable,
        passages,
        needs,
        billed.price if billed else None,
        billed.requests_a_minute if billed else None,
        cut_anew,
        documents=documents,
        own=own if needs.texts else NO_NEEDS,
        local_minutes=local_minutes,
        shared=shared,
    )
