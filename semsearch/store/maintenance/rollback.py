"""Roll an index back to the generation before the newest."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.history import History
from semsearch.store.locate import find_index
from semsearch.store.writer import open_writer


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """The new ``generation`` has the documents of ``restored``, which was made at ``created``."""

    index: Path
    generation: int
    restored: int
    created: datetime
    documents: int
    passages: int

    def to_dict(self) -> dict[str, Any]:
        """The restored generation as JSON names and values."""
        return {
            "index": str(self.index),
            "generation": self.generation,
            "restored": self.restored,
            "created": self.created.isoformat(),
            "documents": self.documents,
            "passages": self.passages,
        }


def rollback(
    index: str | Path | None = None, *, settings: Settings | None = None
) -> RollbackReport:
    """Make a new generation with the documents of the one before the newest.

    A second call undoes the first. Calls no embedder. The next index run indexes the folder as it
    is then. Raises ``SemsearchError``.
    """
    directory = find_index(run_settings(settings, index=index))
    with open_writer(directory) as writer:
        old = History(writer).roll_back()
        return RollbackReport(
            index=directory.path,
            generation=writer.number,
            restored=old.number,
            created=old.created,
            documents=old.documents,
            passages=old.passages,
        )
