"""The straight line: vectors → two dimensions → points that know what they are."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np

from semsearch.documents.passage import Location
from semsearch.errors import SettingsError
from semsearch.insights.clusters import Unit, divide, units_of
from semsearch.insights.kmeans import drawn
from semsearch.insights.passage_matrix import Material, Positions, Steps, open_material
from semsearch.insights.sklearn_door import Labels, Plane, principal, silhouette, tsne
from semsearch.settings.schema import Settings

DEFAULT_MOST: Final = 5_000  # points; of more, a map takes minutes and shows no more

_FEWEST: Final = 3  # documents
_NUMBERS: Final = 50  # of a vector that t-SNE sees, as its authors advise
_SCORED: Final = 2_000  # points that a silhouette is taken of
_TOP: Final = "(top)"  # where documents that are in no folder are


class By(StrEnum):
    """What points have their colours by."""

    CLUSTER = "cluster"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Point:
    """A passage, or a document by its first one; ``x`` and ``y`` are from 0 to 1.

    ``group`` is the position of its cluster or folder among ``CorpusMap.groups``.
    """

    location: Location
    text: str
    group: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class CorpusMap:
    """What is alike is near, and what is near is mostly alike; distances mean no more.

    ``silhouette`` is of the groups on the map: how much nearer points are to their own than to the
    next one, -1 to 1. ``count`` is how many passages or documents there are.
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
    t-SNE", 2008.) Groups are the clusters of ``cluster``, or folders. Of more than ``most``, so
    many are drawn, always the same. Raises ``SemsearchError``, as ``TooLittle`` for fewer than 3
    documents.
    """
    by = _by_named(by)
    if most < _FEWEST:
        raise SettingsError(f"a map has {_FEWEST} points or more")
    unit = Unit.DOCUMENTS if documents else Unit.PASSAGES
    with open_material(index, settings=settings, documents=_FEWEST, steps=steps) as material:
        count, positions = _chosen(material, unit, most)
        groups, group_of = _groups(material, unit, by, positions, steps)
        if steps is not None:
            steps("laying out points", 0, 1)
        plane = _plane(material, unit, positions)
        return CorpusMap(
            index=material.snapshot.directory.path,
            corpus=material.snapshot.corpus,
            generation=material.snapshot.generation.number,
            embedder=material.embedder,
            unit=unit,
            by=by,
            groups=groups,
            points=_points(material, positions, group_of, plane),
            count=count,
            silhouette=_silhouette(plane, group_of),
            notices=_notices(material, count, len(positions), unit),
        )


def _by_named(name: By | str) -> By:
    try:
        return By(name)
    except ValueError as error:
        names = ", ".join(by.value for by in By)
        raise SettingsError(f"{name!r} is nothing to colour by; give one of {names}") from error


def _chosen(material: Material, unit: Unit, most: int) -> tuple[int, Positions]:
    """How many passages or documents there are, and the passages that stand for those shown."""
    if unit is Unit.DOCUMENTS:
        count = len(material.paths)
        _, first = np.unique(material.document_of, return_index=True)
        return count, first.astype(np.int32)[drawn(count, most)]
    count = len(material.vector_of)
    return count, drawn(count, most)


def _groups(
    material: Material, unit: Unit, by: By, positions: Positions, steps: Steps | None
) -> tuple[tuple[str, ...], Labels]:
    """The names of the groups, the largest first, and the group of each point."""
    if by is By.CLUSTER:
        divided = divide(material, unit, steps=steps)
        names = tuple(
            f"{number} {name}"
            for number, name in zip(divided.now.numbers, divided.now.names, strict=True)
        )
        return names, divided.of_passages[positions]
    tops = [path.split("/")[0] if "/" in path else _TOP for path in material.paths]
    folder_of = [tops[document] for document in material.document_of[positions]]
    names = tuple(sorted(set(folder_of), key=lambda name: (-folder_of.count(name), name)))
    place = {name: position for position, name in enumerate(names)}
    return names, np.array([place[name] for name in folder_of], dtype=np.int32)


def _plane(material: Material, unit: Unit, positions: Positions) -> Plane:
    """(points, 2) from 0 to 1, the longer side filled."""
    rows, row_of = units_of(material, unit)
    # A text that stands in two places is one point twice: it is laid out once.
    own, of_points = np.unique(row_of[positions], return_inverse=True)
    flat = tsne(principal(rows.at(own.astype(np.int32)), _NUMBERS))[of_points]
    flat -= flat.min(axis=0)
    flat /= max(float(flat.max()), 1e-12)
    flat += (1 - flat.max(axis=0)) / 2
    return flat


def _points(
    material: Material, positions: Positions, group_of: Labels, plane: Plane
) -> tuple[Point, ...]:
    found = dict(material.passages(positions))
    shown = zip(positions.tolist(), group_of.tolist(), plane.tolist(), strict=True)
    return tuple(
        Point(found[position].location, found[position].body, group, x, y)
        for position, group, (x, y) in shown
        if position in found
    )


def _silhouette(plane: Plane, group_of: Labels) -> float:
    at = drawn(len(plane), _SCORED)
    if not 2 <= len(np.unique(group_of[at])) < len(at):
        return 0.0
    return silhouette(plane[at], group_of[at], "euclidean")


def _notices(material: Material, count: int, shown: int, unit: Unit) -> tuple[str, ...]:
    told = material.notices
    if shown < count:
        told = (*told, f"{shown:,} of {count:,} {unit.value} are on the map; --most shows more")
    return told
