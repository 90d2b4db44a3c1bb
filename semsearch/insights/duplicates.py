"""Find near-duplicate passages, and documents that share most of their passages."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from semsearch.documents.passage import Location
from semsearch.errors import SettingsError
from semsearch.insights.near_pairs import linked_labels
from semsearch.insights.overlaps import overlapping
from semsearch.insights.passage_matrix import (
    BATCH,
    PassageMatrix,
    Positions,
    Steps,
    open_passage_matrix,
    silent,
)
from semsearch.settings.schema import Settings

# Replacing every twentieth word of a passage leaves a cosine of 0.977 (median of 60, local:minilm),
# every tenth 0.948. Of 7,820 passages of different abstracts one pair is that similar.
MIN_SIMILARITY: Final = 0.95
MIN_SHARE: Final = 0.5
_LOWEST: Final = 0.5  # below it, some embedders give nearly all pairs a higher cosine


@dataclass(frozen=True, slots=True)
class Copy:
    """A passage of a group; ``similarity`` is its cosine to the group's first passage.

    That may be less than the threshold, as a chain of similar passages links a group.
    """

    location: Location
    similarity: float
    is_same: bool  # has exactly the text of the group's first passage

    def to_dict(self) -> dict[str, Any]:
        """The copy as JSON names and values."""
        return {
            **self.location.to_dict(),
            "similarity": self.similarity,
            "same": self.is_same,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Similar passages, by path and place; ``text`` is that of the first."""

    text: str
    copies: tuple[Copy, ...]

    def to_dict(self) -> dict[str, Any]:
        """The text and its copies as JSON names and values."""
        return {"text": self.text, "copies": [copy.to_dict() for copy in self.copies]}


@dataclass(frozen=True, slots=True)
class DocumentCopy:
    """A document of a group, and the ``other`` document that shares most of its passages."""

    path: str
    passages: int
    share: float  # of its passages that ``other`` has, too
    other: str

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON names and values."""
        return {
            "path": self.path,
            "passages": self.passages,
            "share": self.share,
            "other": self.other,
        }


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of similar passages, the largest first, and of documents, by their paths."""

    index: Path
    generation: int
    embedder: str
    min_similarity: float
    min_share: float
    passages: tuple[Group, ...]
    documents: tuple[tuple[DocumentCopy, ...], ...]
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """All groups as JSON names and values."""
        return {
            "index": str(self.index),
            "generation": self.generation,
            "embedder": self.embedder,
            "min_similarity": self.min_similarity,
            "min_share": self.min_share,
            "documents": [[copy.to_dict() for copy in group] for group in self.documents],
            "passages": [group.to_dict() for group in self.passages],
        }

    def __bool__(self) -> bool:
        return bool(self.passages)


def duplicates(
    index: str | Path | None = None,
    *,
    min_similarity: float = MIN_SIMILARITY,
    min_share: float = MIN_SHARE,
    across_documents: bool = False,
    settings: Settings | None = None,
    steps: Steps | None = None,
) -> Duplicates:
    """Find near-duplicate passages and documents in an index; calls no embedder.

    Passages are linked if their cosine is ``min_similarity`` (0.5 to 1) or more; all such pairs are
    found, and chains of them make groups. With ``across_documents`` passages of the same document
    are not linked. Documents are linked if the share ``min_share`` of the passages of either is in
    the other, or similar to passages of it. Raises ``SemsearchError``.
    """
    if not _LOWEST <= min_similarity <= 1:
        raise SettingsError(f"the least similarity must be from {_LOWEST} to 1")
    if not 0 < min_share <= 1:
        raise SettingsError("the least share must be above 0, and at most 1")
    with open_passage_matrix(index, settings=settings, steps=steps) as matrix:
        apart = _own_document(matrix) if across_documents else None
        of_texts = linked_labels(matrix, min_similarity, steps or silent, apart=apart)
        labels = of_texts[matrix.vector_of]
        return Duplicates(
            index=matrix.snapshot.directory.path,
            generation=matrix.snapshot.generation.number,
            embedder=matrix.embedder,
            min_similarity=min_similarity,
            min_share=min_share,
            passages=tuple(_groups(matrix, labels, across_documents)),
            documents=tuple(_document_groups(matrix, labels, min_share)),
            notices=matrix.notices,
        )


def _own_document(matrix: PassageMatrix) -> Positions:
    """For each text its document (texts,), or -1 for a text in several documents."""
    first = np.full(len(matrix.stored), len(matrix.paths), dtype=np.int32)
    last = np.full(len(matrix.stored), -1, dtype=np.int32)
    np.minimum.at(first, matrix.vector_of, matrix.document_of)
    np.maximum.at(last, matrix.vector_of, matrix.document_of)
    return np.where(first == last, first, -1).astype(np.int32)


def _groups(matrix: PassageMatrix, labels: Positions, across_documents: bool) -> Iterator[Group]:
    order = np.argsort(labels, kind="stable").astype(np.int32)
    places = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    places = [some for some in places if len(some) > 1]
    if across_documents:
        places = [some for some in places if len(np.unique(matrix.document_of[some])) > 1]
    if not places:
        return
    places.sort(key=lambda some: (-len(some), some[0]))
    firsts = np.repeat(np.array([some[0] for some in places]), [len(some) for some in places])
    every = np.concatenate(places)
    similarities = dict(zip(every.tolist(), _cosines(matrix, firsts, every), strict=True))
    found = dict(matrix.passages(every))
    for some in places:
        whole = [(position, found[position]) for position in some.tolist() if position in found]
        if len(whole) < 2:
            continue
        _, first = whole[0]
        yield Group(
            first.body,
            tuple(
                Copy(passage.location, similarities[position], passage.text == first.text)
                for position, passage in whole
            ),
        )


def _cosines(matrix: PassageMatrix, one: Positions, other: Positions) -> list[float]:
    found: list[float] = []
    for start in range(0, len(one), BATCH):
        here = slice(start, start + BATCH)
        left, right = matrix.vectors_at(one[here]), matrix.vectors_at(other[here])
        found += np.minimum(np.einsum("ij,ij->i", left, right), 1).tolist()
    return found


def _document_groups(
    matrix: PassageMatrix, labels: Positions, min_share: float
) -> Iterator[tuple[DocumentCopy, ...]]:
    totals = np.bincount(matrix.document_of)
    for group in overlapping(matrix.document_of, labels, min_share):
        yield tuple(
            DocumentCopy(
                path=matrix.paths[overlap.document],
                passages=int(totals[overlap.document]),
                share=overlap.share,
                other=matrix.paths[overlap.other],
            )
            for overlap in group
        )
