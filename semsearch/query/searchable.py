"""What a search asks of the index of a folder, or of a collection on an engine."""

from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Protocol, TypeVar

from semsearch.store.protocol import Indexes, Records

if TYPE_CHECKING:
    from semsearch.query.citation import Checker
    from semsearch.query.filter_cache import FilterCache
    from semsearch.query.source import Source
    from semsearch.settings.schema import Settings
    from semsearch.store.completeness import Completeness
    from semsearch.store.disk.directory import IndexDirectory
    from semsearch.store.record.documents import StoredDocument

Result = TypeVar("Result")


class OpenRecords(Records, Protocol):
    """The records of a generation that is open."""

    @property
    def corpus(self) -> Path:
        """The folder of the documents, on the machine that has indexed it."""

    @property
    def state(self) -> Hashable | None:
        """Equal for equal records; None where that is not known."""


@dataclass(frozen=True, slots=True)
class OpenGeneration:
    """A generation while it is open.

    ``notices`` are lines for a person on the indexes. ``completeness`` is None for a whole one.
    ``checker`` makes what compares citations of some documents, by path, with their files; None
    where the files are elsewhere. ``sources`` are those of a collection, ``source_of`` is that of
    a document.
    """

    records: OpenRecords
    indexes: Indexes
    notices: tuple[str, ...] = ()
    completeness: "Completeness | None" = None
    checker: "Callable[[Mapping[str, StoredDocument], Settings], Checker] | None" = None
    sources: "tuple[Source, ...]" = ()
    source_of: "Callable[[int], Source | None]" = lambda _: None


@dataclass(frozen=True, slots=True)
class BuiltBy:
    """The embedder that built an index: its URI, and what was learned of its server, if known."""

    uri: str
    learned_limits: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an index is, or a collection: ``shown`` is the path of the one, the URI of the other.

    >>> Place("milvus:./m.db").described
    'the collection milvus:./m.db'
    """

    shown: Path | str

    @property
    def described(self) -> str:
        """What it is, and where."""
        kind = "the index in" if isinstance(self.shown, Path) else "the collection"
        return f"{kind} {self.shown}"

    def run(self, command: str) -> str:
        """Advice to run a command that changes the index."""
        if isinstance(self.shown, Path):
            return f"run: semsearch {command} --index {quote(str(self.shown))}"
        return f"run where the folder is: semsearch {command}, then semsearch publish"

    @property
    def repaired_by(self) -> str:
        """Advice for damaged rows."""
        if isinstance(self.shown, Path):
            return "run: semsearch repair"
        return "run where the folder is: semsearch repair, then semsearch publish"


class Searchable(Protocol):
    """An index or a collection that stays open between questions; thread-safe."""

    filters: "FilterCache"

    @property
    def place(self) -> Place:
        """Where it is."""

    @property
    def directory(self) -> "IndexDirectory | None":
        """The directory of an index; None of a collection."""

    def preloading(self) -> AbstractContextManager[None]:
        """Load, while the body runs, what the first question would wait for."""

    def need_vectors(self) -> None:
        """Announce questions by meaning."""

    def read_records(self, ask: Callable[[OpenRecords], Result]) -> Result:
        """What a function makes of the newest generation's records alone, like ``read``."""

    def read(self, ask: Callable[[OpenGeneration], Result]) -> Result:
        """What a function makes of the newest generation, which is open while it runs.

        The function may be called again, with another generation. Raises ``SemsearchError``.
        """

    def close(self) -> None:
        """Close what is open."""
