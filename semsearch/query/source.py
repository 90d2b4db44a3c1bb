"""Sources of a collection: indexes that were published into it, whose folders are elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from semsearch.errors import FilesElsewhere

if TYPE_CHECKING:
    from semsearch.store.collection.published_source import PublishedSource

_SHOWN: Final = 3  # places that a line names


@dataclass(frozen=True, slots=True)
class Source:
    """A source of a collection as answers tell it; ``is_only`` where no other one was asked."""

    name: str
    generation: int
    published: datetime
    host: str
    folder: str
    documents: int
    passages: int
    is_only: bool

    @classmethod
    def of(cls, published: "PublishedSource", *, is_only: bool) -> "Source":
        """The source as the collection tells it."""
        return cls(
            published.name,
            published.number,
            published.published,
            published.host,
            published.folder,
            published.documents,
            published.passages,
            is_only,
        )

    @property
    def place(self) -> str:
        """Machine and folder, as ``host:/folder``."""
        return f"{self.host}:{self.folder}"

    def to_dict(self) -> dict[str, Any]:
        """The source as JSON names and values."""
        return {
            "name": self.name,
            "generation": self.generation,
            "published": self.published.isoformat(),
            "host": self.host,
            "folder": self.folder,
            "documents": self.documents,
            "passages": self.passages,
        }

    def no_file(self, path: str) -> FilesElsewhere:
        """The error for what needs a file of this source."""
        return FilesElsewhere(
            f"the file {path} is on {self.place}, the collection has its passages only; run this"
            " there"
        )


def files_are_elsewhere(sources: Iterable[Source]) -> str | None:
    """A line on where the files of an answer are; None without a source."""
    places = list(dict.fromkeys(source.place for source in sources))
    if not places:
        return None
    more = f" and {len(places) - _SHOWN} more places" if len(places) > _SHOWN else ""
    return f"the files are on {', '.join(places[:_SHOWN])}{more}"
