"""Hits and the answer that holds them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.documents.passage import Location
from semsearch.query.citation import Checked
from semsearch.query.ranked import Ranked
from semsearch.query.relevance import DEFAULT_MIN_RELEVANCE
from semsearch.query.scoring import Mode, Signals
from semsearch.store.completeness import Completeness

if TYPE_CHECKING:
    from semsearch.query.source import Source


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked passage of an answer.

    ``rank`` counts from 1. ``marked`` is the span of the best sentence in ``text``, [start, end) in
    characters, if it was asked for. ``checked`` says whether the file still has the text there.
    ``index`` is the name of the hit's index, if several were searched; ``source`` that of a
    collection which its document is of.
    """

    rank: int
    ranked: Ranked
    marked: tuple[int, int] | None = None
    checked: Checked | None = None
    index: str | None = None
    source: "Source | None" = None

    @property
    def origin(self) -> str | None:
        """What a person needs before the citation: index, source or both; None for neither.

        The source is told where several of a collection were asked.
        """
        source = None if self.source is None or self.source.is_only else self.source.name
        return "/".join(name for name in (self.index, source) if name is not None) or None

    @property
    def score(self) -> float:
        """The number hits are ranked by, higher is better; comparable within one answer only."""
        return self.ranked.score

    @property
    def relevance(self) -> float:
        """How relevant, 0 to 1; comparable between indexes, embedders and modes."""
        return self.ranked.relevance

    @property
    def signals(self) -> Signals:
        """Cosine, BM25 and ranks behind the score."""
        return self.ranked.signals

    @property
    def location(self) -> Location:
        """The cited place: path, lines or pages, headings."""
        return self.ranked.location

    @property
    def text(self) -> str:
        """The text of the passage, or of the merged passages."""
        return self.ranked.text

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the text that was embedded for the best passage of the hit."""
        return self.ranked.passage.digest.hex()

    @property
    def passages(self) -> tuple[str, ...]:
        """The digests of all passages merged into the hit."""
        return self.ranked.digests

    @property
    def copies(self) -> tuple[Location, ...]:
        """The places of near-copies of the text."""
        return self.ranked.copies

    def to_dict(self) -> dict[str, Any]:
        """The hit as JSON names and values."""
        return {
            "rank": self.rank,
            "score": self.score,
            "relevance": self.relevance,
            **({} if self.index is None else {"index": self.index}),
            **({} if self.source is None else {"source": self.source.name}),
            **self.location.to_dict(),
            "text": self.text,
            "digest": self.digest,
            "passages": list(self.passages),
            "now": None if self.checked is None else self.checked.to_dict(),
            "copies": [place.to_dict() for place in self.copies],
            "signals": self.signals.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits for a question, best first, and the index, generation and embedder behind them.

    When no passage was relevant enough there are no hits, and ``closest`` is the best miss.
    ``notices`` are lines for a person. ``reranker`` is the URI of the reranker that ordered the
    hits, if any did. ``completeness`` is set while some passages of the index have no vector.
    Of a collection ``index`` is the URI, without a password, ``corpus`` the folder of its first
    source on the machine that published, and ``sources`` are those that were asked.
    """

    query: str
    index: Path | str
    corpus: Path
    generation: int
    embedder: str
    hits: tuple[Hit, ...]
    notices: tuple[str, ...]
    closest: Hit | None = None
    mode: Mode = Mode.HYBRID
    reranker: str | None = None
    completeness: Completeness | None = None
    sources: "tuple[Source, ...]" = ()

    @property
    def paths(self) -> list[str]:
        """The paths of the hits and their copies, relative to the corpus, best first, distinct."""
        places = (place for hit in self.hits for place in (hit.location, *hit.copies))
        return list(dict.fromkeys(place.path for place in places))

    def corpus_of(self, hit: Hit) -> Path:
        """The folder that a hit is of, of a collection on the machine that published."""
        return self.corpus if hit.source is None else Path(hit.source.folder)

    def index_of(self, _hit: Hit) -> Path | str:
        """The index of a hit."""
        return self.index

    def mode_of(self, _hit: Hit) -> Mode:
        """The mode in which a hit was ranked."""
        return self.mode

    def to_dict(self, *, files_only: bool = False) -> dict[str, Any]:
        """The answer as JSON names and values; with ``files_only`` ``paths`` instead of hits."""
        return {
            "query": self.query,
            **self.source_to_dict(),
            **hits_to_dict(self.hits, self.closest, self.paths if files_only else None),
        }

    def source_to_dict(self) -> dict[str, Any]:
        """Index, generation, embedder, mode, reranker, completeness as JSON names and values."""
        return {
            "index": str(self.index),
            "generation": self.generation,
            "embedder": self.embedder,
            "mode": self.mode.value,
            "reranker": self.reranker,
            "partial": None if self.completeness is None else self.completeness.to_dict(),
            **({"sources": [one.to_dict() for one in self.sources]} if self.sources else {}),
        }


def hits_to_dict(
    hits: tuple[Hit, ...], closest: Hit | None, paths: list[str] | None
) -> dict[str, Any]:
    """The hits of an answer as JSON names and values; only ``paths`` where these are given."""
    if paths is not None:
        return {"paths": paths}
    return {
        "hits": [hit.to_dict() for hit in hits],
        "closest": None if closest is None else closest.to_dict(),
    }


def least_relevance(wanted: float | None) -> float:
    """The relevance from which on a passage is relevant."""
    return DEFAULT_MIN_RELEVANCE if wanted is None else wanted


def relevant_of(
    ranked: Iterable[Ranked], least: float | None, *, is_filtered: bool
) -> list[Ranked]:
    """Those of at least that relevance, by default 0.25; a filter alone makes them relevant."""
    if least is None and is_filtered:
        return list(ranked)
    bound = least_relevance(least)
    return [candidate for candidate in ranked if candidate.relevance >= bound]
