"""Group vectors by k-means or HDBSCAN. No I/O.

Centres are unit rows, and a row belongs to the centre with the largest cosine (spherical k-means:
Dhillon and Modha, "Concept Decompositions for Large Sparse Text Data Using Clustering", 2001).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.vectors import Vectors
from semsearch.errors import SettingsError, TooLittle
from semsearch.insights.passage_matrix import BATCH, Positions, Steps
from semsearch.insights.policy import DEFAULT_POLICY, KMeansPolicy
from semsearch.insights.sklearn_door import Labels, hdbscan_labels, silhouette
from semsearch.settings.amounts import counted
from semsearch.store.derived.faiss.faiss import kmeans_centres

MOST_DENSE: Final = 20_000  # rows for HDBSCAN, which may compare each with each

_SEED: Final = 1
_TRIED_ROWS: Final = 5_000  # that numbers of groups are tried on
_LEAST_TRIED: Final = 3  # groups: two separate best (two languages, say), but tell little
_MOST_TRIED: Final = 30  # groups, and at most a third of the rows
_LEAST_SHARE: Final = 3
_ROWS_OF_TRIES: Final = 50_000  # over all tries of k-means
_TRIES: Final = (3, 50)
_FEW_TRIES: Final = 5  # for each number of groups that is tried
_SCORED: Final = 2_000  # rows in a silhouette: their pairs take 32 MB
_ROUNDS: Final = 50  # of Lloyd's iteration, at most
_ENOUGH: Final = 0.9  # of the best silhouette; among these the largest number of groups is taken
_AS_GOOD: Final = 0.99  # of the best mean cosine is enough to keep the groups of the run before
_DIRECTIONS: Final = 10  # principal components that HDBSCAN is given


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """``count`` unit rows; ``at`` returns some of them by position, (n, dimension) float32."""

    count: int
    at: Callable[[Positions], Vectors]

    def batches(self) -> Iterator[Vectors]:
        """All rows, in batches."""
        for start in range(0, self.count, BATCH):
            yield self.at(np.arange(start, min(start + BATCH, self.count), dtype=np.int32))

    def sample(self, most: int) -> Vectors:
        """A sample of at most ``most`` rows, in order, with a fixed seed."""
        return self.at(sample_positions(self.count, most))


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Groups of rows: ``labels`` (n,), -1 for none, and ``centres`` (k, dimension), unit rows.

    No group is empty. ``silhouette`` is computed on at most 2,000 grouped rows.
    """

    labels: Labels
    centres: Vectors
    silhouette: float


def sample_positions(count: int, most: int) -> Positions:
    """A sample of ``most`` of ``count`` positions, ascending, with a fixed seed."""
    if count <= most:
        return np.arange(count, dtype=np.int32)
    chosen = np.random.default_rng(_SEED).choice(count, most, replace=False)
    return np.sort(chosen.astype(np.int32))


def spherical_kmeans(
    rows: Rows,
    count: int | None = None,
    before: Vectors | None = None,
    steps: Steps | None = None,
    policy: KMeansPolicy = DEFAULT_POLICY.kmeans,
) -> Grouping:
    """Make ``count`` groups, or the number of groups with the best silhouette.

    ``before`` are the centres of an earlier run: they are refined and kept unless new ones have a
    mean cosine better by 1 %; their number is kept unless the silhouette of another is better by a
    tenth. With more rows than ``policy.sample`` the centres are computed from a sample, then moved
    to the means of all their rows. Raises ``SettingsError`` for a ``count`` of one, and
    ``TooLittle`` when fewer rows differ than there are groups.
    """
    sample = rows.sample(policy.sample)
    different = len({row.tobytes() for row in sample})
    if count is not None and count < 2:
        raise SettingsError("one cluster would hold everything; ask for 2 or more, or for auto")
    if different < (count or _LEAST_TRIED):
        raise TooLittle(
            f"only {different} of the vectors differ, which makes no"
            f" {counted(count or 2, 'cluster')}; ask for"
            " fewer, or add documents and run: semsearch index"
        )
    if count is None:
        count = _best_count(sample, None if before is None else len(before), different, steps)
    centres = _centres(sample, count, before)
    if rows.count > len(sample):
        centres = _moved(rows, centres)[1]
    return _grouping(rows, _moved(rows, centres)[0], centres)


def dense_groups(rows: Rows, least: int | None = None) -> Grouping:
    """Make groups of rows by density; rows in sparse regions are in no group.

    (HDBSCAN: Campello, Moulavi and Sander, "Density-Based Clustering Based on Hierarchical Density
    Estimates", 2013.) ``least`` is the least size of a group; by default a fifth of the root of the
    number of rows, at least two. Raises ``SettingsError`` for more than 20,000 rows, and
    ``TooLittle`` when there are fewer than two dense regions.
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
    rows = sample[sample_positions(len(sample), _TRIED_ROWS)]
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
    """Move centres until no row changes its group (Lloyd); a centre without rows stays."""
    rows = Rows(len(sample), lambda positions: sample[positions])
    labels = None
    for _ in range(_ROUNDS):
        now, moved = _moved(rows, centres)
        if labels is not None and np.array_equal(now, labels):
            break
        labels, centres = now, moved
    return centres


def _moved(rows: Rows, centres: Vectors) -> tuple[Labels, Vectors]:
    """The group of each row, and the unit means of the groups."""
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
    """The non-empty groups, numbered without gaps, with their silhouette."""
    groups = np.unique(labels[labels >= 0])
    place = np.full(len(centres) + 1, -1, dtype=np.int32)  # the last is for rows in no group
    place[groups] = np.arange(len(groups))
    grouped = np.flatnonzero(labels >= 0).astype(np.int32)
    scored = grouped[sample_positions(len(grouped), _SCORED)]
    quality = _silhouette(rows.at(scored), labels[scored])
    return Grouping(place[labels], centres[groups], quality)


def _silhouette(rows: Vectors, labels: Labels) -> float:
    """The silhouette of at most 2,000 rows; 0 when there are fewer than two groups."""
    at = sample_positions(len(rows), _SCORED)
    if not 2 <= len(np.unique(labels[at])) < len(at):
        return 0.0
    return silhouette(rows[at], labels[at])


def _unit(rows: npt.NDArray[np.floating]) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
