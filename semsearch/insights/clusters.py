"""Cluster the passages or documents of an index, and name, number and describe the clusters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.errors import IndexDamaged, IndexLocked, SettingsError, StorageFailed
from semsearch.insights.cluster_matching import cluster_numbers, match_clusters
from semsearch.insights.cluster_names import distinguishing_words, name_of
from semsearch.insights.clustering import Central, Cluster, Clustering, Method, Unit
from semsearch.insights.kmeans import Rows, dense_groups, sample_positions, spherical_kmeans
from semsearch.insights.passage_matrix import (
    BATCH,
    PassageMatrix,
    Positions,
    Steps,
    open_passage_matrix,
)
from semsearch.insights.sklearn_door import Labels
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.notes.clusters import CLUSTERS, KeptClusters, kept_clusters
from semsearch.store.record.vectors import unit_rows
from semsearch.store.writer import open_writer

_CENTRAL: Final = 3  # passages shown of a cluster
_READ: Final = 500  # passages of a cluster whose words are counted, at most
_FEWEST: Final = 3  # documents


@dataclass(frozen=True, slots=True, eq=False)
class Divided:
    """Clusters of passages or documents, largest first; a cluster is a row of ``now.centres``.

    ``labels`` (passages or documents,) is the cluster of each, -1 for none; ``of_passages``
    (passages,) that of each passage. ``before`` are the clusters stored by the run before.
    """

    labels: Labels
    of_passages: Labels
    silhouette: float
    words: tuple[tuple[str, ...], ...]
    now: KeptClusters
    before: KeptClusters | None


def cluster(
    count: int | None = None,
    *,
    documents: bool = False,
    method: Method | str = Method.KMEANS,
    least: int | None = None,
    fresh: bool = False,
    index: str | Path | None = None,
    settings: Settings | None = None,
    steps: Steps | None = None,
) -> Clustering:
    """Cluster the passages of an index, or its ``documents``.

    Without a ``count`` the number with the best silhouette is taken. The method hdbscan finds dense
    clusters of ``least`` members or more, and leaves the rest in no cluster. Clusters that continue
    those of the run before keep their numbers and, while its words still distinguish them, their
    names; ``fresh`` ignores the run before. Clusters are stored in the index if it can be written.
    Raises ``SemsearchError``, as ``TooLittle`` for fewer than 3 documents.
    """
    method = method_named(method)
    if method is Method.HDBSCAN and count is not None:
        raise SettingsError("hdbscan finds how many clusters there are; give --least, or no method")
    if method is Method.KMEANS and least is not None:
        raise SettingsError("--least is for --method hdbscan; give -n, or that method")
    if least is not None and least < 2:
        raise SettingsError("a cluster has two members or more; give --least 2")
    unit = Unit.DOCUMENTS if documents else Unit.PASSAGES
    with open_passage_matrix(index, settings=settings, documents=_FEWEST, steps=steps) as matrix:
        divided = divide(matrix, unit, method, count, least, fresh=fresh, steps=steps)
        found = _described(matrix, unit, method, divided)
        notices = [*matrix.notices]
    notices += keep(found.index, unit, divided)
    return replace(found, notices=tuple(notices))


def method_named(name: Method | str) -> Method:
    """The method with a name; raises ``SettingsError`` when there is none."""
    try:
        return Method(name)
    except ValueError as error:
        names = ", ".join(method.value for method in Method)
        raise SettingsError(f"{name!r} is no method; give one of {names}") from error


def divide(
    matrix: PassageMatrix,
    unit: Unit,
    method: Method = Method.KMEANS,
    count: int | None = None,
    least: int | None = None,
    *,
    fresh: bool = False,
    steps: Steps | None = None,
) -> Divided:
    """Compute the clusters of an index's passages or documents; raises as ``cluster``."""
    epoch = matrix.snapshot.generation.embedder.id
    before = None if fresh else kept_clusters(matrix.snapshot.view, unit, epoch)
    rows, row_of = units_of(matrix, unit)
    if method is Method.HDBSCAN:
        grouping = dense_groups(rows, least)
    else:
        centres = None if before is None else before.centres
        grouping = spherical_kmeans(rows, count, centres, steps)
    # Passages with the same text share its cluster; the passages of a document share its cluster.
    of_passages = grouping.labels[row_of]
    labels = grouping.labels if unit is Unit.DOCUMENTS else of_passages
    groups, first, sizes = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    order = groups[np.lexsort((first, -sizes))]
    place = np.full(len(order) + 1, -1, dtype=np.int32)  # the last is for rows in no cluster
    place[order] = np.arange(len(order))
    labels, of_passages, centres = place[labels], place[of_passages], grouping.centres[order]
    words = _words(matrix, of_passages, len(order), steps)
    now = _named(epoch, words, centres, before)
    return Divided(labels, of_passages, grouping.silhouette, words, now, before)


def keep(index: Path, unit: Unit, divided: Divided) -> tuple[str, ...]:
    """Store the clusters for the next run; returns a notice when the index cannot be written."""
    note = divided.now.as_note
    if divided.before is not None and note == divided.before.as_note:
        return ()
    try:
        with open_writer(IndexDirectory(index)) as writer:
            writer.notes.put(CLUSTERS.format(unit), note)
    except (IndexDamaged, IndexLocked, StorageFailed) as error:
        return (f"the clusters' numbers and names are not kept for the next time: {error}",)
    return ()


def units_of(matrix: PassageMatrix, unit: Unit) -> tuple[Rows, Positions]:
    """The rows to cluster, of documents or of texts, and the row of each passage.

    Texts are in the order of the passages, which does not depend on when they were indexed.
    """
    if unit is Unit.DOCUMENTS:
        vectors = matrix.document_vectors()
        return Rows(len(vectors), lambda at: vectors[at]), matrix.document_of
    _, first = np.unique(matrix.vector_of, return_index=True)
    texts = matrix.vector_of[np.sort(first)]
    rank = np.zeros(len(matrix.stored), dtype=np.int32)
    rank[texts] = np.arange(len(texts), dtype=np.int32)
    return Rows(len(texts), lambda at: unit_rows(matrix.stored[texts[at]])), rank[matrix.vector_of]


def _words(
    matrix: PassageMatrix, of_passages: Labels, count: int, steps: Steps | None
) -> tuple[tuple[str, ...], ...]:
    """The distinguishing words of each cluster, from at most 500 of its passages."""
    texts: list[list[str]] = []
    for group in range(count):
        if steps is not None:
            steps("reading passages", group, count)
        members = np.flatnonzero(of_passages == group)
        read = matrix.passages(members[sample_positions(len(members), _READ)])
        texts.append([passage.body for _, passage in read])
    return tuple(map(tuple, distinguishing_words(texts)))


def _named(
    epoch: int, words: Sequence[Sequence[str]], centres: Vectors, before: KeptClusters | None
) -> KeptClusters:
    """Give clusters the numbers and names of those that they continue, and new ones to others."""
    if before is None:
        goes_on: dict[int, int] = {}
    else:
        goes_on = match_clusters(before.centres, centres)
    numbers: dict[int, int] = {}
    names = []
    for row, some in enumerate(words):
        name = None
        if before is not None and row in goes_on:
            numbers[row] = before.numbers[goes_on[row]]
            name = before.names[goes_on[row]]
        names.append(name_of(some, name))
    return KeptClusters(epoch, tuple(cluster_numbers(len(words), numbers)), tuple(names), centres)


def _described(matrix: PassageMatrix, unit: Unit, method: Method, divided: Divided) -> Clustering:
    """Describe the clusters, with their central passages."""
    cosines = _cosines_to_own(matrix, divided)
    clusters = []
    for row, (number, name) in enumerate(zip(divided.now.numbers, divided.now.names, strict=True)):
        members = np.flatnonzero(divided.of_passages == row).astype(np.int32)
        ids, counts = np.unique(matrix.document_of[members], return_counts=True)
        if unit is Unit.DOCUMENTS:
            counts = np.ones_like(counts)
        clusters.append(
            Cluster(
                number=number,
                name=name,
                words=divided.words[row],
                size=int(counts.sum()),
                cohesion=float(cosines[members].mean()),
                central=_central(matrix, members, cosines),
                documents={
                    matrix.paths[document]: int(count)
                    for document, count in zip(ids, counts, strict=True)
                },
            )
        )
    snapshot = matrix.snapshot
    return Clustering(
        index=snapshot.directory.path,
        corpus=snapshot.corpus,
        generation=snapshot.generation.number,
        embedder=matrix.embedder,
        method=method,
        unit=unit,
        count=len(divided.labels),
        silhouette=divided.silhouette,
        clusters=tuple(clusters),
        unclustered=int((divided.labels < 0).sum()),
        notices=(),
    )


def _cosines_to_own(matrix: PassageMatrix, divided: Divided) -> Vectors:
    """(passages,) the cosine of each passage to the centre of its cluster; 0 without one."""
    cosines = np.zeros(len(divided.of_passages), dtype=np.float32)
    grouped = np.flatnonzero(divided.of_passages >= 0).astype(np.int32)
    for start in range(0, len(grouped), BATCH):
        some = grouped[start : start + BATCH]
        own = divided.now.centres[divided.of_passages[some]]
        cosines[some] = (matrix.vectors_at(some) * own).sum(axis=1)
    return cosines


def _central(matrix: PassageMatrix, members: Positions, cosines: Vectors) -> tuple[Central, ...]:
    """The passages nearest to the centre, preferring one from each document."""
    nearest = members[np.argsort(-cosines[members], kind="stable")]
    _, first = np.unique(matrix.document_of[nearest], return_index=True)
    is_first = np.zeros(len(nearest), dtype=bool)
    is_first[first] = True
    chosen = np.concatenate([nearest[is_first], nearest[~is_first]])[:_CENTRAL]
    found = dict(matrix.passages(chosen))
    return tuple(
        Central(
            location=found[position].location,
            text=found[position].body,
            digest=found[position].digest.hex(),
            similarity=float(cosines[position]),
        )
        for position in chosen.tolist()
        if position in found
    )
