"""Lay the passages or documents of an index out on a plane by t-SNE."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np

from semsearch.documents.passage import Location
from semsearch.errors import SettingsError
from semsearch.insights.clustering import Unit
from semsearch.insights.clusters import divide, units_of
from semsearch.insights.kmeans import sample_positions
from semsearch.insights.passage_matrix import PassageMatrix, Positions, Steps, open_passage_matrix
from semsearch.insights.sklearn_door import Labels, Plane, principal, silhouette, tsne
from semsearch.settings.schema import Settings

DEFAULT_MOST: Final = 5_000  # points; with more, a map takes minutes and is no clearer

_FEWEST: Final = 3  # documents
_COMPONENTS: Final = 50  # principal components that t-SNE is given, as its authors advise
_SCORED: Final = 2_000  # points in the silhouette
_TOP: Final = "(top)"  # the group of documents directly in the corpus folder


class By(StrEnum):
    """Whether points are coloured by cluster or by folder."""

    CLUSTER = "cluster"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Point:
    """A passage, or the first passage of a document; ``x`` and ``y`` are from 0 to 1.

    ``group`` is the index of its cluster or folder in ``CorpusMap.groups``.
    """

    location: Location
    text: str
    group: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class CorpusMap:
    """Points on a plane: similar texts are near each other; larger distances mean nothing.

    ``silhouette`` tells how well the groups are separated on the map, -1 to 1. ``count`` is the
    number of passages or documents in the index.
    """

    index: Path
    corpus: Path
    generation: int
    embedder: str
    unit: Unit
    by: By
    groups: tuple[str, ...]
    points: tuple[Point, ...]
    count: int
    silhouette: float
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The map without its points as JSON names and values."""
        return {
            "index": str(self.index),
            "generation": self.generation,
            "unit": self.unit.value,
            "by": self.by.value,
            "groups": list(self.groups),
            "points": len(self.points),
            "count": self.count,
            "silhouette": round(self.silhouette, 4),
        }


def corpus_map(
    *,
    documents: bool = False,
    by: By | str = By.CLUSTER,
    most: int = DEFAULT_MOST,
    index: str | Path | None = None,
    settings: Settings | None = None,
    steps: Steps | None = None,
) -> CorpusMap:
    """Lay the passages of an index, or its ``documents``, out on a plane.

    (t-SNE of the first 50 principal components: van der Maaten and Hinton, "Visualizing Data using
    t-SNE", 2008.) Groups are the clusters of ``cluster``, or folders. Of more than ``most`` points
    a sample is shown, with a fixed seed. Raises ``SemsearchError``, as ``TooLittle`` for fewer than
    3 documents.
    """
    by = _by_named(by)
    if most < _FEWEST:
        raise SettingsError(f"a map has {_FEWEST} points or more")
    unit = Unit.DOCUMENTS if documents else Unit.PASSAGES
    with open_passage_matrix(index, settings=settings, documents=_FEWEST, steps=steps) as matrix:
        count, positions = _chosen(matrix, unit, most)
        groups, group_of = _groups(matrix, unit, by, positions, steps)
        if steps is not None:
            steps("laying out points", 0, 1)
        plane = _plane(matrix, unit, positions)
        return CorpusMap(
            index=matrix.snapshot.directory.path,
            corpus=matrix.snapshot.corpus,
            generation=matrix.snapshot.generation.number,
            embedder=matrix.embedder,
            unit=unit,
            by=by,
            groups=groups,
            points=_points(matrix, positions, group_of, plane),
            count=count,
            silhouette=_silhouette(plane, group_of),
            notices=_notices(matrix, count, len(positions), unit),
        )


def _by_named(name: By | str) -> By:
    try:
        return By(name)
    except ValueError as error:
        names = ", ".join(by.value for by in By)
        raise SettingsError(f"{name!r} is nothing to colour by; give one of {names}") from error


def _chosen(matrix: PassageMatrix, unit: Unit, most: int) -> tuple[int, Positions]:
    """The number of passages or documents, and the positions of the passages to show."""
    if unit is Unit.DOCUMENTS:
        count = len(matrix.paths)
        _, first = np.unique(matrix.document_of, return_index=True)
        return count, first.astype(np.int32)[sample_positions(count, most)]
    count = len(matrix.vector_of)
    return count, sample_positions(count, most)


def _groups(
    matrix: PassageMatrix, unit: Unit, by: By, positions: Positions, steps: Steps | None
) -> tuple[tuple[str, ...], Labels]:
    """The names of the groups, the largest first, and the group of each point."""
    if by is By.CLUSTER:
        divided = divide(matrix, unit, steps=steps)
        names = tuple(
            f"{number} {name}"
            for number, name in zip(divided.now.numbers, divided.now.names, strict=True)
        )
        return names, divided.of_passages[positions]
    tops = [path.split("/")[0] if "/" in path else _TOP for path in matrix.paths]
    folder_of = [tops[document] for document in matrix.document_of[positions]]
    names = tuple(sorted(set(folder_of), key=lambda name: (-folder_of.count(name), name)))
    place = {name: position for position, name in enumerate(names)}
    return names, np.array([place[name] for name in folder_of], dtype=np.int32)


def _plane(matrix: PassageMatrix, unit: Unit, positions: Positions) -> Plane:
    """Coordinates (points, 2) from 0 to 1; the longer side fills the range."""
    rows, row_of = units_of(matrix, unit)
    # A text in two passages is laid out once, so that both points coincide.
    own, of_points = np.unique(row_of[positions], return_inverse=True)
    flat = tsne(principal(rows.at(own.astype(np.int32)), _COMPONENTS))[of_points]
    flat -= flat.min(axis=0)
    flat /= max(float(flat.max()), 1e-12)
    flat += (1 - flat.max(axis=0)) / 2
    return flat


def _points(
    matrix: PassageMatrix, positions: Positions, group_of: Labels, plane: Plane
) -> tuple[Point, ...]:
    found = dict(matrix.passages(positions))
    shown = zip(positions.tolist(), group_of.tolist(), plane.tolist(), strict=True)
    return tuple(
        Point(found[position].location, found[position].body, group, x, y)
        for position, group, (x, y) in shown
        if position in found
    )


def _silhouette(plane: Plane, group_of: Labels) -> float:
    at = sample_positions(len(plane), _SCORED)
    if not 2 <= len(np.unique(group_of[at])) < len(at):
        return 0.0
    return silhouette(plane[at], group_of[at], "euclidean")


def _notices(matrix: PassageMatrix, count: int, shown: int, unit: Unit) -> tuple[str, ...]:
    told = matrix.notices
    if shown < count:
        told = (*told, f"{shown:,} of {count:,} {unit.value} are on the map; --most shows more")
    return told
