"""Ranked passages → the page of hits: near-copies under the first of them, neighbours merged."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from semsearch.documents.passage import QUOTED, Location, can_span, spanning
from semsearch.query.ranked import Ranked

_SHINGLE: Final = 4  # words in a row
_NEAR: Final = 0.8  # Jaccard similarity of the shingles of two near-copies, at the least
_SHORTEST_OVERLAP: Final = 10  # characters that two neighbours share, at the least
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Group:
    """A hit with its shingles, and the ordinals of its first and last passage in the document."""

    hit: Ranked
    shingles: frozenset[int]
    first: int
    last: int


def grouped(
    ranked: Iterable[Ranked], limit: int, *, per_document: int | None = None, merge: bool = False
) -> list[Ranked]:
    """At most ``limit`` hits of passages that are ranked best first.

    A near-copy of a hit becomes one of its ``copies``, and so does a quotation from it. A document
    gives at most ``per_document`` hits. With ``merge`` a passage that continues a hit becomes part
    of it.
    """
    groups: list[_Group] = []
    counts: Counter[int] = Counter()
    for passage in ranked:
        ordinal = passage.passage.ordinal
        found = _Group(passage, _shingles(passage.text), ordinal, ordinal)
        if (original := _first_near(found, groups)) is not None:
            groups[original] = _with_copy(groups[original], passage.location)
            continue
        if (quoting := _first_quoting(found, groups)) is not None:
            groups[quoting] = _in_place_of(groups[quoting], found)
            continue
        if merge and (neighbour := _first_next_to(found, groups)) is not None:
            groups[neighbour] = _merged(groups[neighbour], found)
            continue
        if len(groups) == limit:
            break
        document = passage.passage.document
        if per_document is not None and counts[document] >= per_document:
            continue
        counts[document] += 1
        groups.append(found)
    return [group.hit for group in groups]


def _shingles(text: str) -> frozenset[int]:
    words = _WORD.findall(text.casefold())
    if len(words) < _SHINGLE:
        return frozenset({hash(tuple(words))})
    return frozenset(
        hash(tuple(words[at : at + _SHINGLE])) for at in range(len(words) - _SHINGLE + 1)
    )


def _first_near(found: _Group, groups: Sequence[_Group]) -> int | None:
    """The hit that a passage nearly repeats (Broder, "On the resemblance of documents", 1997)."""
    for at, group in enumerate(groups):
        if group.hit.passage.text == found.hit.passage.text:
            return at
        shared = len(group.shingles & found.shingles)
        if shared >= _NEAR * (len(group.shingles) + len(found.shingles) - shared):
            return at
        # Above its text the message that is quoted has a header, and perhaps more text.
        if _is_quoted(found) and shared >= _NEAR * len(found.shingles):
            return at
    return None


def _first_quoting(found: _Group, groups: Sequence[_Group]) -> int | None:
    """The hit that is a quotation from a passage."""
    if _is_quoted(found):
        return None
    for at, group in enumerate(groups):
        shared = len(group.shingles & found.shingles)
        if _is_quoted(group) and shared >= _NEAR * len(group.shingles):
            return at
    return None


def _is_quoted(group: _Group) -> bool:
    return QUOTED in group.hit.location.headings


def _in_place_of(group: _Group, found: _Group) -> _Group:
    """What a quotation is from, which stands for it and for its copies."""
    copies = (group.hit.location, *group.hit.copies)
    return replace(found, hit=replace(found.hit, copies=copies))


def _with_copy(group: _Group, place: Location) -> _Group:
    return replace(group, hit=replace(group.hit, copies=(*group.hit.copies, place)))


def _first_next_to(found: _Group, groups: Sequence[_Group]) -> int | None:
    """The hit whose passages end right before a passage of its document, or begin right after."""
    for at, group in enumerate(groups):
        is_next = group.first - 1 == found.last or group.last + 1 == found.first
        is_next = is_next and _is_quoted(group) == _is_quoted(found)
        if (
            is_next
            and group.hit.passage.document == found.hit.passage.document
            and _can_join(group, found)
        ):
            return at
    return None


def _can_join(group: _Group, found: _Group) -> bool:
    """Whether the places of two hits next to each other make a range that can be cited."""
    one, other = (group, found) if group.last < found.first else (found, group)
    return can_span(one.hit.location.place, other.hit.location.place)


def _merged(group: _Group, found: _Group) -> _Group:
    """A hit and the passage before or behind it as one hit, with the rank of the better one."""
    is_before = (found.first, found.last) < (group.first, group.last)
    before, behind = (found, group) if is_before else (group, found)
    hit = replace(
        group.hit,
        text=_joined(before.hit.text, behind.hit.text),
        location=spanning(before.hit.location, behind.hit.location),
        digests=(*before.hit.digests, *behind.hit.digests),
        parts=(*before.hit.parts, *behind.hit.parts),
    )
    return _Group(hit, group.shingles | found.shingles, before.first, behind.last)


def _joined(before: str, behind: str) -> str:
    """The texts of two neighbours; the overlap at the start of the second is dropped."""
    for size in range(min(len(before), len(behind)), _SHORTEST_OVERLAP - 1, -1):
        if before.endswith(behind[:size]):
            return before + behind[size:]
    return f"{before}\n\n{behind}"
