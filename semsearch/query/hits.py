"""Hits and the answer that holds them."""

from dataclasses import dataclass
from pathlib import Path

from semsearch.documents.passage import Location
from semsearch.query.citation import Checked
from semsearch.query.scoring import Mode, Signals


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked answer; a higher score is better, and ``digest`` is the SHA-256 of its text.

    ``relevance``, 0 to 1, is comparable between indexes, embedders and modes; the score is not.
    ``marked`` is where the sentence of the text that answers best stands, [start, end) in
    characters, when it was asked for. ``checked`` is whether the text still stands where it was.
    ``copies`` are places where nearly the same stands. ``passages`` are the digests of all passages
    that were merged into the hit. ``index`` is the name of the index, where several were asked.
    """

    rank: int
    score: float
    location: Location
    text: str
    digest: str
    relevance: float
    signals: Signals
    marked: tuple[int, int] | None = None
    checked: Checked | None = None
    copies: tuple[Location, ...] = ()
    passages: tuple[str, ...] = ()
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits for one question, best first, and what they were looked up in.

    When nothing was relevant enough there are no hits, and ``closest`` is what came nearest.
    ``reranker`` is the one that has put the hits in order, if any has.
    """

    query: str
    index: Path
    corpus: Path
    generation: int
    embedder: str
    hits: tuple[Hit, ...]
    notices: tuple[str, ...]
    closest: Hit | None = None
    mode: Mode = Mode.HYBRID
    reranker: str | None = None

    def index_of(self, _hit: Hit) -> Path:
        """The index that a hit is from."""
        return self.index

    def mode_of(self, _hit: Hit) -> Mode:
        """What it was ranked by."""
        return self.mode
