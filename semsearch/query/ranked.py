"""A passage that was found for a question, with its scores."""

from dataclasses import dataclass, field

from semsearch.documents.passage import Location
from semsearch.query.scoring import Signals
from semsearch.store.record.passages import StoredPassage


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage, its score and relevance for one question, and the signals behind them.

    ``text`` is the text of the hit and ``location`` its place: those of the passage, or, where
    neighbours were merged into it, those of all of them. ``digests`` are the SHA-256 of the merged
    passages in the order of the document, ``parts`` their places and texts. ``copies`` are the
    places of near-copies.
    """

    passage: StoredPassage = field(compare=False, repr=False)  # its ids change with a rebuild
    score: float
    relevance: float
    signals: Signals
    text: str
    location: Location
    digests: tuple[str, ...]
    parts: tuple[tuple[Location, str], ...] = field(compare=False, repr=False)
    copies: tuple[Location, ...] = ()

    @classmethod
    def of(
        cls, passage: StoredPassage, score: float, relevance: float, signals: Signals
    ) -> "Ranked":
        """A passage by itself, before any grouping."""
        return cls(
            passage,
            score,
            relevance,
            signals,
            passage.body,
            passage.location,
            (passage.digest.hex(),),
            ((passage.location, passage.body),),
        )
