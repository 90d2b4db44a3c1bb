"""Takes documents out of an index for good."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semsearch.documents.walk.walker import is_below
from semsearch.errors import CorpusError
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index, path_in
from semsearch.store.notes.questions import as_note
from semsearch.store.notes.regression_questions import (
    SAVED_QUESTIONS,
    saved_questions,
    without_paths,
)
from semsearch.store.snapshot import corpus_of
from semsearch.store.writer import open_writer


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """What is not in the index any more; ``still_there`` would be read again by the next run."""

    index: Path
    generation: int
    forgotten: tuple[str, ...]
    still_there: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The forgotten documents as JSON names and values."""
        return {
            "index": str(self.index),
            "generation": self.generation,
            "forgotten": list(self.forgotten),
            "still_there": list(self.still_there),
        }


def forget(
    paths: str | Path | Sequence[str | Path],
    *,
    index: str | Path | None = None,
    settings: Settings | None = None,
) -> ForgetReport:
    """Remove documents, files or whole folders, with their words and vectors, for good.

    ``paths`` are relative to the corpus, or absolute. No generation before is kept, and nothing of
    the index's files has any of it; copies and backups made before have. Raises ``CorpusError``
    when a path is of no document.
    """
    directory = find_index(run_settings(settings, index=index))
    corpus = corpus_of(directory)
    wanted = [paths] if isinstance(paths, (str, Path)) else list(paths)
    names = {path_in(corpus, path) for path in wanted}
    with open_writer(directory) as writer:
        known = writer.documents.paths()
        for name in names:
            if not any(path == name or is_below(path, {name}) for path in known):
                raise CorpusError(
                    f"the index has no document {name}; it is that of the folder {corpus}"
                )
        forgotten = sorted(path for path in known if path in names or is_below(path, names))
        saved = without_paths(saved_questions(writer.view), forgotten)
        writer.put_note(SAVED_QUESTIONS, as_note(saved))
        writer.forget(forgotten)
        there = tuple(path for path in forgotten if os.path.lexists(corpus / path))
        return ForgetReport(directory.path, writer.number, tuple(forgotten), there)
