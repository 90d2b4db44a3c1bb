"""Group documents that have most of their passages in common. No I/O."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from semsearch.insights.components import Links
from semsearch.insights.passage_matrix import Positions


@dataclass(frozen=True, slots=True)
class Overlap:
    """A document, and the ``other`` document that has most of its passages, or similar ones."""

    document: int
    other: int
    share: float  # of its passages


def overlapping(
    document_of: Positions, labels: Positions, least: float
) -> Iterator[tuple[Overlap, ...]]:
    """Groups of documents, linked if one has the share ``least`` of its passages in the other.

    ``document_of`` (passages,) is the document of each passage, ascending; ``labels`` (passages,)
    are equal for similar passages.
    """
    kinds = _Kinds(document_of, labels)
    links = Links(len(kinds.totals))
    in_groups = _link(kinds, links, least)
    group_of = links.labels(in_groups)
    order = np.lexsort((in_groups, group_of))
    rows = zip(group_of[order].tolist(), in_groups[order].tolist(), strict=True)
    for _, group in groupby(rows, key=lambda row: row[0]):
        yield tuple(kinds.best(document) for _, document in group)


def _link(kinds: "_Kinds", links: Links, least: float) -> Positions:
    """Link every pair of overlapping documents; returns the linked documents, ascending."""
    pairs: set[tuple[int, int]] = set()
    for document in kinds.counts:
        for kind, share in kinds.shares(document, kinds.decisive(document, least)):
            if share >= least and kinds.another(kind, document) is not None:
                pairs |= {(document, kind)}
    linking = {kind for _, kind in pairs}
    one = [document for document, _ in pairs]
    other = [kinds.members[kind][0] for _, kind in pairs]
    for kind in linking:  # linked through the document that overlaps with each
        one += kinds.members[kind]
        other += [kinds.members[kind][0]] * len(kinds.members[kind])
    links.link(np.array(one, dtype=np.int32), np.array(other, dtype=np.int32))
    return np.unique(np.array(one, dtype=np.int32))


class _Kinds:
    """Documents grouped by their set of labels that occur in several documents.

    Documents with equal sets are a kind, and are compared once: 10,000 copies of a licence would
    make 50,000,000 pairs.
    """

    def __init__(self, document_of: Positions, labels: Positions) -> None:
        self.totals = np.bincount(document_of).tolist()
        self.counts = _shared_counts(document_of, labels)
        kinds: defaultdict[frozenset[int], list[int]] = defaultdict(list)
        for document, counts in self.counts.items():
            kinds[frozenset(counts)].append(document)
        self.members = list(kinds.values())
        self._having: defaultdict[int, list[int]] = defaultdict(list)  # kinds with a label
        self._documents: Counter[int] = Counter()  # that have a label
        for kind, own in enumerate(kinds):
            for label in own:
                self._having[label].append(kind)
                self._documents[label] += len(self.members[kind])

    def decisive(self, document: int, least: float) -> list[int]:
        """Labels that no document with the share ``least`` of this document can lack all of.

        The rarest labels, until the rest make up less than that share (prefix filtering: Bayardo,
        Ma and Srikant, "Scaling up all pairs similarity search", 2007).
        """
        counts = self.counts[document]
        rarest = sorted(counts, key=lambda label: (self._documents[label], label))
        left = sum(counts.values())
        found = []
        for label in rarest:
            if left < least * self.totals[document]:
                break
            found.append(label)
            left -= counts[label]
        return found

    def shares(self, document: int, labels: Iterable[int]) -> Iterator[tuple[int, float]]:
        """The kinds with any of some labels, and the share of the document's passages in each."""
        counts, total = self.counts[document], self.totals[document]
        for kind in {kind for label in labels for kind in self._having[label]}:
            own = self.counts[self.members[kind][0]]
            yield kind, sum(count for label, count in counts.items() if label in own) / total

    def another(self, kind: int, document: int) -> int | None:
        """The first document of a kind, other than this document."""
        return next((other for other in self.members[kind] if other != document), None)

    def best(self, document: int) -> Overlap:
        """The other document with the largest share of this document; the first of several."""
        found = (
            Overlap(document, other, share)
            for kind, share in self.shares(document, self.counts[document])
            if (other := self.another(kind, document)) is not None
        )
        return min(found, key=lambda overlap: (-overlap.share, overlap.other))


def _shared_counts(document_of: Positions, labels: Positions) -> dict[int, dict[int, int]]:
    """How often a document has each label that occurs in several documents, by document."""
    pairs, counts = np.unique(np.stack([document_of, labels]), axis=1, return_counts=True)
    found, documents = np.unique(pairs[1], return_counts=True)
    is_shared = np.isin(pairs[1], found[documents > 1])
    shared: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for document, label, count in zip(
        *pairs[:, is_shared].tolist(), counts[is_shared].tolist(), strict=True
    ):
        shared[document][label] = count
    return dict(shared)
