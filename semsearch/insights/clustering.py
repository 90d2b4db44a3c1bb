"""A clustering: the clusters of an index with their names, words and central passages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from semsearch.documents.passage import Location


class Method(StrEnum):
    """The clustering method: by centres, or by density."""

    KMEANS = "kmeans"
    HDBSCAN = "hdbscan"


class Unit(StrEnum):
    """Whether passages or documents are clustered."""

    PASSAGES = "passages"
    DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class Central:
    """A passage near the centre of its cluster; ``similarity`` is its cosine to the centre."""

    location: Location
    text: str
    digest: str  # SHA-256 of its text
    similarity: float

    def to_dict(self) -> dict[str, Any]:
        """The passage as JSON names and values."""
        return {
            **self.location.to_dict(),
            "text": self.text,
            "digest": self.digest,
            "similarity": round(self.similarity, 4),
        }


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster; ``words`` distinguish it, best first, and its ``name`` is made of such words.

    ``size`` is its number of passages or documents. ``documents`` has the number of its passages by
    path; in a cluster of documents it is 1 each. ``cohesion`` is the mean cosine of its passages to
    its centre.
    """

    number: int
    name: str
    words: tuple[str, ...]
    size: int
    cohesion: float
    central: tuple[Central, ...]
    documents: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The cluster as JSON names and values."""
        return {
            "number": self.number,
            "name": self.name,
            "words": list(self.words),
            "size": self.size,
            "cohesion": round(self.cohesion, 4),
            "central": [passage.to_dict() for passage in self.central],
            "documents": [
                {"path": path, "members": count} for path, count in self.documents.items()
            ],
        }


@dataclass(frozen=True, slots=True)
class Clustering:
    """Clusters, largest first; ``unclustered`` counts passages or documents in no cluster."""

    index: Path
    corpus: Path
    generation: int
    embedder: str
    method: Method
    unit: Unit
    count: int  # of passages or documents
    silhouette: float
    clusters: tuple[Cluster, ...]
    unclustered: int
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The clusters as JSON names and values."""
        return {
            "index": str(self.index),
            "corpus": str(self.corpus),
            "generation": self.generation,
            "embedder": self.embedder,
            "method": self.method.value,
            "unit": self.unit.value,
            "count": self.count,
            "silhouette": round(self.silhouette, 4),
            "unclustered": self.unclustered,
            "clusters": [cluster.to_dict() for cluster in self.clusters],
        }
