"""Sets of texts that a filter lets through: listed, or told by the documents that they stand in."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.store.disk.ids import Ids, is_among

if TYPE_CHECKING:
    import numpy.typing as npt

    from semsearch.store.protocol import Texts, TextSet


_LEAST: Final = 50  # texts that are looked at in one read


def first_in(texts: Ids, allowed: "TextSet", count: int) -> "npt.NDArray[np.int64]":
    """The positions of the first ``count`` of some texts that are in a set; fewer if there are."""
    found: list[npt.NDArray[np.int64]] = []
    start, lacking = 0, count
    while lacking > 0 and start < len(texts):
        part = texts[start : start + max(_LEAST, lacking)]
        found.append(start + np.flatnonzero(allowed.has(part))[:lacking])
        start, lacking = start + len(part), lacking - len(found[-1])
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


@dataclass(frozen=True, slots=True, eq=False)
class ListedTexts:
    """Texts by their ids, ascending."""

    ids: Ids

    def __len__(self) -> int:
        return len(self.ids)

    def has(self, texts: Ids) -> "npt.NDArray[np.bool_]":
        """For each of some texts, whether it is in the set."""
        return is_among(texts, self.ids)

    def read_by(self, _: "Texts") -> "ListedTexts":
        """The same set: nothing is read."""
        return self


@dataclass(frozen=True, slots=True, eq=False)
class TextsOfDocuments:
    """The texts of some documents, which have ``passages`` passages; read when they are asked for.

    Half of a million texts take 0.3 s to list, and a question looks at some hundreds of them.
    """

    documents: Ids  # ascending
    passages: int
    _texts: "Texts"

    def __len__(self) -> int:
        """The number of texts, at the most: a text may stand in several passages."""
        return self.passages

    @property
    def ids(self) -> Ids:
        """All of them, ascending."""
        return self._texts.ids_in(self.documents.tolist())

    def has(self, texts: Ids) -> "npt.NDArray[np.bool_]":
        """For each of some texts, whether it is in the set."""
        return self._texts.are_in(texts, self.documents)

    def read_by(self, texts: "Texts") -> "TextsOfDocuments":
        """The same set, read from another snapshot of the same rows."""
        return replace(self, _texts=texts)
