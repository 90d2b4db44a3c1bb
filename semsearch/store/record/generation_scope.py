"""The rows of one generation in the record: SQL conditions and the connection to run them on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.store.record.sqlite import Connection

if TYPE_CHECKING:
    import numpy.typing as npt

BATCH: Final = 500  # bound values of one SQL statement

# The plus keeps SQLite from reading documents by the index on ``born``: nearly all are visible, and
# where a bit of that index has flipped, a document would be missing, or be there twice.
VISIBLE: Final = "(+born <= :generation and (died is null or died > :generation))"
VISIBLE_PASSAGES: Final = f"passage join document on document.id = document and {VISIBLE}"


@dataclass(frozen=True, slots=True, eq=False)
class GenerationScope:
    """A connection, the number of a generation, and the damaged rows met while reading it.

    ``withheld`` names each row that was left out because its hash does not fit, for example
    ``"document 7"``. All readers of a generation share one scope. In a partial generation
    (``is_partial``) texts may lack a vector, and passages may come and go: neither is damage.
    """

    connection: Connection
    generation: int
    withheld: set[str] = field(default_factory=set)
    is_partial: bool = False

    def rows(self, query: str, **values: int | str | bytes) -> Iterator[tuple[Any, ...]]:
        """Run a query with ``:generation`` and ``values`` bound; yields rows lazily."""
        return self.connection.execute(query, {"generation": self.generation, **values})

    def number(self, query: str, **values: int | str | bytes) -> int:
        """The single integer that a query returns."""
        ((number,),) = self.rows(query, **values)
        return int(number)

    def numbers(
        self, query: str, columns: int, **values: int | str | bytes
    ) -> "npt.NDArray[np.int64]":
        """The rows of a query that returns integers only, shape (n, ``columns``)."""
        flat = chain.from_iterable(self.rows(query, **values))
        return np.fromiter(flat, dtype=np.int64).reshape(-1, columns)

    def column(self, query: str, **values: int | str | bytes) -> "npt.NDArray[np.int64]":
        """The integers in the column ``number`` of a query, in any order, without other values.

        SQLite lists them as text, which numpy reads four times as fast as rows become Python's.
        """
        numbers = "group_concat(iif(typeof(number) = 'integer', number, null))"
        ((found,),) = self.rows(f"select {numbers} from ({query})", **values)
        if found is None:
            return np.empty(0, dtype=np.int64)
        return np.fromstring(found, dtype=np.int64, sep=",")

    def is_whole(self, matches: int | None, name: str) -> bool:
        """Whether a row's hash matched; a row that did not match is added to ``withheld``."""
        if not matches:
            self.withheld.add(name)
        return bool(matches)
