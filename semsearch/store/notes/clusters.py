"""The clusters that an index was last divided into, kept as a note of the record.

They are why a cluster keeps its number and name when it is looked for again.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from semsearch.embedders.embedder import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.record.vectors import STORED_DTYPE, unit_rows
from semsearch.store.record.view import View

UNITS: Final = ("passages", "documents")
CLUSTERS: Final = "clusters of {}"  # the note that keeps those of a unit


@dataclass(frozen=True, slots=True, eq=False)
class KeptClusters:
    """``centres`` (k, dimension) are unit rows, of one epoch of an embedder.

    ``numbers`` and ``names`` are those of the clusters, in the order of the rows.
    """

    epoch: int
    numbers: tuple[int, ...]
    names: tuple[str, ...]
    centres: Vectors

    @property
    def as_note(self) -> str:
        """For ``kept_clusters`` to read; the centres are kept as float16."""
        rows = self.centres.astype(STORED_DTYPE).tobytes()
        kept = {
            "epoch": self.epoch,
            "numbers": self.numbers,
            "names": self.names,
            "centres": base64.b64encode(rows).decode("ascii"),
        }
        return json.dumps(kept)


def kept_clusters(view: View, unit: str, epoch: int) -> KeptClusters | None:
    """Those of an epoch; None when there are none. ``unit`` is one of ``UNITS``.

    What cannot be read is withheld, and none.
    """
    name = CLUSTERS.format(unit)
    try:
        note = view.note(name)
        return None if note is None else _read(json.loads(note), epoch)
    except (IndexDamaged, LookupError, TypeError, ValueError, binascii.Error):
        view.withheld.add(f"the note {name}")
        return None


def _read(kept: dict[str, Any], epoch: int) -> KeptClusters | None:
    if kept["epoch"] != epoch:
        return None
    numbers, names = tuple(map(int, kept["numbers"])), tuple(map(str, kept["names"]))
    stored = np.frombuffer(base64.b64decode(kept["centres"]), dtype=STORED_DTYPE)
    stored = stored.reshape(len(numbers), -1)
    if len(names) != len(numbers) or not (np.isfinite(stored).all() and stored.any(axis=1).all()):
        raise ValueError("no clusters")
    return KeptClusters(epoch, numbers, names, unit_rows(stored))
