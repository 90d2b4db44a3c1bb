"""The texts and documents that filters let through, kept while nothing is written to the index."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from semsearch.query.filter import EVERYTHING, Allowed, allowed
from semsearch.query.parser import Filter
from semsearch.store.policy import DEFAULT_POLICY, KeywordPolicy

if TYPE_CHECKING:
    from semsearch.query.searchable import OpenRecords
    from semsearch.store.protocol import WordIndex

_KEPT: Final = 4  # filters; of a million texts each takes 11 MB at the most


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """What a filter let through in a state of the record, and the damaged rows then known."""

    allowed: Allowed
    withheld: frozenset[str]
    generation: int
    state: Hashable
    keywords: "WordIndex | None"


class FilterCache:
    """Asks each filter once, until something is written to the index; keeps the latest few."""

    def __init__(self, policy: KeywordPolicy = DEFAULT_POLICY.keywords) -> None:
        self._policy = policy
        self._entries: OrderedDict[Filter, _Entry] = OrderedDict()
        self._lock = Lock()

    def allowed(
        self, snapshot: "OpenRecords", wanted: Filter, keywords: "WordIndex | None"
    ) -> Allowed:
        """The documents and texts that pass a filter; returns and raises as ``filter.allowed``.

        Damaged rows that were met when the filter was asked are named in ``withheld`` again.
        """
        if not wanted or snapshot.state is None:
            return allowed(snapshot, wanted, keywords, self._policy) if wanted else EVERYTHING
        with self._lock:
            entry = self._entries.pop(wanted, None)
        number = snapshot.generation.number
        if (
            entry is None
            or (entry.generation, entry.state) != (number, snapshot.state)
            or entry.keywords is not keywords
        ):
            found = allowed(snapshot, wanted, keywords, self._policy)
            withheld = snapshot.view.withheld
            entry = _Entry(found, frozenset(withheld), number, snapshot.state, keywords)
        snapshot.view.withheld.update(entry.withheld)
        with self._lock:
            self._entries[wanted] = entry
            while len(self._entries) > _KEPT:
                self._entries.popitem(last=False)
        return entry.allowed.read_by(snapshot)
