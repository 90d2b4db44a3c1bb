"""A segment of an ANN index: an immutable FAISS index, and the texts deleted from it since."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.store.derived.faiss.manifest import SegmentFile
from semsearch.store.disk.ids import Ids, ascending, is_among, no_ids

if TYPE_CHECKING:
    from semsearch.store.derived.faiss.faiss import FaissIndex, Scores
    from semsearch.store.derived.faiss.flat_file import FlatFile

_MARGIN: Final = 2  # factor on the number of codes expected to yield enough allowed texts


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A part of an index's texts; ``gone`` (ids, ascending) are deleted and do not count.

    ``file`` is where the segment is stored; None as long as it is in memory only.
    """

    index: "FaissIndex | FlatFile"
    gone: Ids = field(default_factory=no_ids)
    file: SegmentFile | None = None

    def __len__(self) -> int:
        return len(self.index) - len(self.gone)

    @property
    def ids(self) -> Ids:
        """The texts that count, ascending."""
        return self.index.ids[~is_among(self.index.ids, self.gone)]

    def without(self, removed: Ids) -> "Segment":
        """The segment with more texts deleted; ids that it has not are ignored."""
        new = removed[is_among(removed, self.index.ids) & ~is_among(removed, self.gone)]
        return replace(self, gone=ascending(np.concatenate([self.gone, new]))) if len(new) else self

    def compacted(self) -> "FaissIndex | FlatFile":
        """A new index in memory without the deleted texts, which more can be added to."""
        index = self.index.copied()
        index.remove(self.gone)
        return index

    def allowed(self, among: Ids) -> Ids:
        """The part of ``among``, ascending, within the id range of this segment.

        Segments hold ranges of ids that hardly overlap.
        """
        ids = self.index.ids
        low, high = np.searchsorted(among, [ids[0], ids[-1] + 1])
        return among[low:high]

    def best(
        self, vector: Vectors, count: int, among: Ids | None, *, every_list: bool = False
    ) -> "tuple[Scores, Ids]":
        """Scores and ids of the ``count`` best by their codes.

        Codes are scanned without a filter; more are taken, of all lists, until enough of them
        count. ``every_list`` scans all lists without a filter, too.
        """
        every = len(self.index)
        taken = count + min(count, len(self.gone))
        if among is not None:
            taken = _MARGIN * taken * every // len(among)
        while True:
            taken = min(taken, every)
            is_every = every_list or among is not None
            scores, ids = self.index.search(vector, taken, every_list=is_every)
            counts = ~is_among(ids, self.gone)
            if among is not None:
                counts &= is_among(ids, among)
            if counts.sum() >= count or len(ids) < taken or taken == every:
                return scores[counts][:count], ids[counts][:count]
            taken *= _MARGIN
