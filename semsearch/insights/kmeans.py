"""Vectors → groups of those that are near each other; pure.

Centres are unit rows and a row belongs to the one with the largest cosine (spherical k-means:
Dhillon and Modha, "Concept Decompositions for Large Sparse Text Data Using Clustering", 2001).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.embedder import Vectors
from semsearch.errors import SettingsError, TooLittle
from semsearch.insights.passage_matrix import BATCH, Positions, Steps
from semsearch.insights.sklearn_door import Labels, hdbscan_labels, silhouette
from semsearch.store.derived.faiss.faiss import kmeans_centres

MOST_DENSE: Final = 20_000  # rows for HDBSCAN, which may compare each with each

_SEED: Final = 1
_MOST_ROWS: Final = 50_000  # that centres are found of; of more rows, so many are drawn
_TRIED_ROWS: Final = 5_000  # on which numbers of groups are tried
_LEAST_TRIED: Final = 3  # groups: two languages, say, are told apart best, and tell little
_MOST_TRIED: Final = 30  # and at most a third of the rows
_LEAST_SHARE: Final = 3
_ROWS_OF_TRIES: Final = 50_000  # over all tries of k-means, of which there are from 3 to 50
_TRIES: Final = (3, 50)
_FEW_TRIES: Final = 5  # where only a number of groups is tried
_SCORED: Final = 2_000  # rows that a silhouette is taken of: their pairs are 32 MB
_ROUNDS: Final = 50  # of bringing centres to rest
_ENOUGH: Final = 0.9  # of the best silhouette: of what is as good, the most groups tell most
_AS_GOOD: Final = 0.99  # of the best mean cosine is enough for the groups that were there
_DIRECTIONS: Final = 10  # of the rows for HDBSCAN


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """``count`` unit rows, of which ``at`` gives some, (n, dimension) float32, by positions."""

    count: int
    at: Callable[[Positions], Vectors]

    def batches(self) -> Iterator[Vectors]:
        """All of them by and by."""
        for start in range(0, self.count, BATCH):
            yield self.at(np.arange(start, min(start + BATCH, self.count), dtype=np.int32))

    def sample(self, most: int) -> Vectors:
        """At most so many of them, always the same, in their order."""
        return self.at(drawn(self.count, most))


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """``labels`` (n,) is the group of each row, -1 for none; ``centres`` (k, dimension) unit rows.

    Each group has a row. ``silhouette`` is of at most 2,000 rows that are in a group.
    """

    labels: Labels
    centres: Vectors
    silhouette: float


def drawn(count: int, most: int) -> Positions:
    """``most`` of ``count`` positions, ascending, always the same; all when there are no more."""
    if count <= most:
        return np.arange(count, dtype=np.int32)
    chosen = np.random.default_rng(_SEED).choice(count, most, replace=False)
    return np.sort(chosen.astype(np.int32))


def spherical_kmeans(
    rows: Rows,
    count: int | None = None,
    before: Vectors | None = None,
    steps: Steps | None = None,
) -> Grouping:
    """``count`` groups, or as many as the silhouette is best for.

    ``before`` is the centres that groups of these rows had, or of rows much like them: they stay,
    but for what the rows move them by, unless others are better by 1 %; and so does their number,
    unless the silhouette of another is by a tenth. Of more than 50,000 rows, so many are drawn to
    find centres, which are then moved to the means of all of their rows.
    Raises ``SettingsError`` for one group, and ``TooLittle`` when there are fewer different rows.
    """
    sample = rows.sample(_MOST_ROWS)
    different = len({row.tobytes() for row in sample})
    if count is not None and count < 2:
        raise SettingsError("one cluster would hold everything; ask for 2 or more, or for auto")
    if different < (count or _LEAST_TRIED):
        raise TooLittle(
            f"only {different} of the vectors differ, which makes no {count or 2} clusters; ask for"
            " fewer, or add documents and run: semsearch index"
        )
    if count is None:
        count = _best_count(sample, None if before is None else len(before), different, steps)
    centres = _centres(sample, count, before)
    if rows.count > len(sample):
        centres = _moved(rows, centres)[1]
    return _grouping(rows, _moved(rows, centres)[0], centres)


def dense_groups(rows: Rows, least: int | None = None) -> Grouping:
    """Groups that are denser than what is around them; many rows may be in none.

    (HDBSCAN: Campello, Moulavi and Sander, "Density-Based Clustering Based on Hierarchical Density
    Estimates", 2013.) ``least`` is how many rows make a group: else a fifth of the root of their
    number, and two or more. Raises ``SettingsError`` for too many rows, and ``TooLittle`` when no
    two places are denser than what is between them.
    """
    if rows.count > MOST_DENSE:
        raise SettingsError(
            f"hdbscan may compare each with each, of at most {MOST_DENSE:,}, and there are"
            f" {rows.count:,}; use --method kmeans, or --documents"
        )
    whole = rows.sample(MOST_DENSE)
    least = max(2, round(len(whole) ** 0.5 / 5)) if least is None else least
    labels = np.full(len(whole), -1, dtype=np.int32)
    if least < len(whole):
        labels = hdbscan_labels(whole, least, _DIRECTIONS)
    count = int(labels.max()) + 1
    if count < 2:
        raise TooLittle(
            f"no two groups of {least} or more are denser than what is between them; use --method"
            " kmeans, or another --least"
        )
    sums = np.stack([whole[labels == group].sum(axis=0) for group in range(count)])
    return _grouping(rows, labels, _unit(sums))


def _best_count(sample: Vectors, before: int | None, different: int, steps: Steps | None) -> int:
    rows = sample[drawn(len(sample), _TRIED_ROWS)]
    most = max(2, min(_MOST_TRIED, len(rows) // _LEAST_SHARE, different - 1))
    counts = {*range(min(_LEAST_TRIED, most), most + 1), before or most}
    found: dict[int, float] = {}
    for count in sorted(counts & set(range(different))):
        if steps is not None:
            steps("trying numbers of clusters", len(found), len(counts))
        centres = kmeans_centres(rows, count, _FEW_TRIES)
        found[count] = _silhouette(rows, _nearest(rows, centres)[0])
    enough = _ENOUGH * max(found.values())
    good = [count for count, score in found.items() if score >= enough]
    return before if before is not None and before in good else max(good)


def _centres(sample: Vectors, count: int, before: Vectors | None) -> Vectors:
    least, most = _TRIES
    tries = min(most, max(least, _ROWS_OF_TRIES // len(sample)))
    made = _settled(sample, kmeans_centres(sample, count, tries))
    if before is None or before.shape != made.shape:
        return made
    kept = _settled(sample, before)
    quality, kept_quality = (_nearest(sample, c)[1].mean() for c in (made, kept))
    return kept if kept_quality >= _AS_GOOD * quality else made


def _settled(sample: Vectors, centres: Vectors) -> Vectors:
    """Centres, moved until no row changes its group; one without rows stays where it is."""
    rows = Rows(len(sample), lambda positions: sample[positions])
    labels = None
    for _ in range(_ROUNDS):
        now, moved = _moved(rows, centres)
        if labels is not None and np.array_equal(now, labels):
            break
        labels, centres = now, moved
    return centres


def _moved(rows: Rows, centres: Vectors) -> tuple[Labels, Vectors]:
    """The group of each row, and the means of these groups."""
    sums = np.zeros(centres.shape, dtype=np.float64)
    labels: list[Labels] = []
    for batch in rows.batches():
        nearest, _ = _nearest(batch, centres)
        members = np.zeros((len(centres), len(batch)), dtype=np.float32)
        members[nearest, np.arange(len(batch))] = 1
        sums += members @ batch
        labels.append(nearest)
    is_empty = ~sums.any(axis=1, keepdims=True)
    return np.concatenate(labels), _unit(np.where(is_empty, centres, sums))


def _nearest(rows: Vectors, centres: Vectors) -> tuple[Labels, Vectors]:
    """The nearest centre of each row, and its cosine."""
    cosines = rows @ centres.T
    nearest = cosines.argmax(axis=1).astype(np.int32)
    return nearest, cosines[np.arange(len(rows)), nearest]


def _grouping(rows: Rows, labels: Labels, centres: Vectors) -> Grouping:
    """The groups that have rows."""
    groups = np.unique(labels[labels >= 0])
    place = np.full(len(centres) + 1, -1, dtype=np.int32)  # the last is that of no group
    place[groups] = np.arange(len(groups))
    grouped = np.flatnonzero(labels >= 0).astype(np.int32)
    scored = grouped[drawn(len(grouped), _SCORED)]
    quality = _silhouette(rows.at(scored), labels[scored])
    return Grouping(place[labels], centres[groups], quality)


def _silhouette(rows: Vectors, labels: Labels) -> float:
    """Of at most 2,000 rows; 0 where there is nothing to compare."""
    at = drawn(len(rows), _SCORED)
    if not 2 <= len(np.unique(labels[at])) < len(at):
        return 0.0
    return silhouette(rows[at], labels[at])


def _unit(rows: npt.NDArray[np.floating]) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
