"""What an index run would do and cost, before it does it."""

from dataclasses import dataclass
from pathlib import Path

from semsearch.embedders.api.forecast import Needs
from semsearch.embedders.api.prices import BATCH_SHARE, Price
from semsearch.embedders.api.protocols import Billed
from semsearch.embedders.embedder import Embedder


@dataclass(frozen=True, slots=True)
class Plan:
    """The documents are counted by files; ``passages`` are those of the documents to come.

    ``host`` receives the text; None when it stays on this machine. ``needs`` is of the texts that
    have no vector. ``cut_anew`` is the most characters of a passage when all documents are cut in
    another way than before.
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

    @property
    def paid_share(self) -> float:
        """The share of the passages whose texts have their vectors already, or stand twice."""
        return 1 - self.needs.texts / self.passages if self.passages else 1.0

    @property
    def cost(self) -> float | None:
        """USD; None when the price is not known."""
        return None if self.price is None else self.price.of(self.needs.tokens)

    @property
    def batch_cost(self) -> float | None:
        """USD through the Batch API."""
        return None if self.cost is None else self.cost * BATCH_SHARE

    @property
    def minutes(self) -> float | None:
        """At the server's rate; None when that is not known, or there is none."""
        if self.requests_a_minute is None:
            return None
        return self.needs.requests / self.requests_a_minute


def plan_of(
    embedder: Embedder,
    needs: Needs,
    corpus: Path,
    index: Path,
    *,
    to_read: int,
    gone: int,
    unchanged: int,
    unreadable: int,
    passages: int,
    cut_anew: int | None = None,
) -> Plan:
    """Put together what was counted and what is known of the embedder."""
    billed = embedder if isinstance(embedder, Billed) else None
    return Plan(
        corpus,
        index,
        embedder.uri,
        billed.host if billed else None,
        to_read,
        gone,
        unchanged,
        unreadable,
        passages,
        needs,
        billed.price if billed else None,
        billed.requests_a_minute if billed else None,
        cut_anew,
    )
