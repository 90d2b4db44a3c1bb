"""Ranked passages → the page of hits: near-copies under one, neighbours merged."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from semsearch.documents.passage import Location, spanned
from semsearch.embedders.embedder import Vectors
from semsearch.query.scoring import Signals
from semsearch.store.record.passages import StoredPassage

_SHINGLE: Final = 4  # words in a row
_NEAR: Final = 0.8  # of two texts' shingles are the same: near-copies
_SHORTEST_OVERLAP: Final = 10  # characters that two neighbours share, at the least
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with what it was ranked by; ``copies`` are near-identical ones, elsewhere.

    ``text`` is what is shown, at ``location``: more than the passage where its neighbours in the
    document were hits as well, whose digests are then in ``digests``, in the document's order.
    """

    passage: StoredPassage
    score: float
    relevance: float
    signals: Signals
    text: str
    location: Location
    digests: tuple[str, ...]
    ordinals: tuple[int, int]
    copies: tuple[Location, ...] = ()
    shingles: frozenset[int] = field(default=frozenset(), repr=False)


def arranged(
    ranked: Iterable[Ranked], limit: int, *, per_document: int | None = None, merges: bool = False
) -> list[Ranked]:
    """At most ``limit`` hits of passages that come best first.

    A near-copy of a hit is listed under it, after ``per_document`` hits of a document its others
    are left out, and with ``merges`` a passage that continues a hit is made part of it.
    """
    hits: list[Ranked] = []
    counts: Counter[int] = Counter()
    for passage in ranked:
        found = replace(passage, shingles=_shingles(passage.text))
        if (original := _first_near(found, hits)) is not None:
            hit = hits[original]
            hits[original] = replace(hit, copies=(*hit.copies, found.location))
            continue
        if merges and (before := _first_next_to(found, hits)) is not None:
            hits[before] = _merged(hits[before], found)
            continue
        if len(hits) == limit:
            break
        if per_document is not None and counts[found.passage.document] >= per_document:
            continue
        counts[found.passage.document] += 1
        hits.append(found)
    return hits


def _shingles(text: str) -> frozenset[int]:
    words = _WORD.findall(text.casefold())
    if len(words) < _SHINGLE:
        return frozenset({hash(tuple(words))})
    return frozenset(
        hash(tuple(words[at : at + _SHINGLE])) for at in range(len(words) - _SHINGLE + 1)
    )


def _first_near(found: Ranked, hits: Sequence[Ranked]) -> int | None:
    """The hit that a passage nearly repeats (Broder, "On the resemblance of documents", 1997)."""
    for at, hit in enumerate(hits):
        if hit.passage.text == found.passage.text:
            return at
        shared = len(hit.shingles & found.shingles)
        if shared >= _NEAR * (len(hit.shingles) + len(found.shingles) - shared):
            return at
    return None


def _first_next_to(found: Ranked, hits: Sequence[Ranked]) -> int | None:
    first, last = found.ordinals
    for at, hit in enumerate(hits):
        is_next = hit.ordinals[0] - 1 == last or hit.ordinals[1] + 1 == first
        if is_next and hit.passage.document == found.passage.document:
            return at
    return None


def _merged(hit: Ranked, found: Ranked) -> Ranked:
    """A hit and the passage before or behind it as one; it keeps the better one's rank."""
    before, behind = (found, hit) if found.ordinals < hit.ordinals else (hit, found)
    return replace(
        hit,
        text=_joined(before.text, behind.text),
        location=_spanning(before.location, behind.location),
        digests=(*before.digests, *behind.digests),
        ordinals=(before.ordinals[0], behind.ordinals[1]),
        shingles=hit.shingles | found.shingles,
    )


def _joined(before: str, behind: str) -> str:
    """Two neighbours without what the second repeats of the first."""
    for size in range(min(len(before), len(behind)), _SHORTEST_OVERLAP - 1, -1):
        if before.endswith(behind[:size]):
            return before + behind[size:]
    return f"{before}\n\n{behind}"


def _spanning(first: Location, last: Location) -> Location:
    place = None
    if first.place is not None and last.place is not None:
        place = spanned(first.place, last.place)
    return replace(
        first,
        lines=(first.lines[0], last.lines[1]) if first.lines and last.lines else None,
        pages=(first.pages[0], last.pages[1]) if first.pages and last.pages else None,
        headings=tuple(
            one for one, other in zip(first.headings, last.headings, strict=False) if one == other
        ),
        place=place,
    )


def varied(ranked: Sequence[Ranked], vectors: Vectors, share: float) -> list[Ranked]:
    """The same passages, each next one the best that is least like those before it.

    Maximal marginal relevance: share · relevance − (1 − share) · the largest cosine to one that
    was taken (Carbonell and Goldstein, 1998). ``vectors`` (n, dimension) are theirs, unit rows.
    """
    if not ranked:
        return []
    relevance = np.array([one.relevance for one in ranked])
    cosines = vectors @ vectors.T
    order = [0]
    left = list(range(1, len(ranked)))
    while left:
        likeness = cosines[np.ix_(left, order)].max(axis=1)
        best = int(np.argmax(share * relevance[left] - (1 - share) * likeness))
        order.append(left.pop(best))
    return [ranked[at] for at in order]
