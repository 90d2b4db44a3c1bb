"""The clusters of the last clustering, stored as a note.

The next clustering uses them to give a cluster that continues its number and name again.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.record.json_text import parsed
from semsearch.store.record.vectors import STORED_DTYPE, unit_rows
from semsearch.store.record.view import View

UNITS: Final = ("passages", "documents")
CLUSTERS: Final = "clusters of {}"  # the name of the note for a unit


@dataclass(frozen=True, slots=True, eq=False)
class KeptClusters:
    """Clusters: ``centres`` (k, dimension), unit rows, with their ``numbers`` and ``names``.

    ``epoch`` is the id of the embedder row whose vectors were clustered.
    """

    epoch: int
    numbers: tuple[int, ...]
    names: tuple[str, ...]
    centres: Vectors

    @property
    def as_note(self) -> str:
        """Serialise them for ``kept_clusters``; the centres as float16."""
        rows = self.centres.astype(STORED_DTYPE).tobytes()
        kept = {
            "epoch": self.epoch,
            "numbers": self.numbers,
            "names": self.names,
            "centres": base64.b64encode(rows).decode("ascii"),
        }
        return json.dumps(kept)


def kept_clusters(view: View, unit: str, epoch: int) -> KeptClusters | None:
    """The stored clusters of an embedder row; None if there are none. ``unit`` is in ``UNITS``.

    A note that cannot be read is named in ``view.withheld``.
    """
    name = CLUSTERS.format(unit)
    try:
        note = view.note(name)
        return None if note is None else _read(parsed(note), epoch)
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
