"""Forget documents: remove them from all generations of an index, for good."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semsearch.documents.text.printable import unescaped
from semsearch.documents.walk.walker import is_below
from semsearch.errors import CorpusError
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.history import History
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
    """The documents removed; the next run indexes those ``still_there`` in the folder again."""

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
    """Remove documents, files or whole folders, with their texts and vectors, for good.

    ``paths`` are relative to the corpus or to the current directory, or absolute. Older generations
    are removed, and no file of the index contains the documents any more; copies and backups made
    before still do. Raises ``CorpusError`` for a path without a document, and for one that names
    two.
    """
    directory = find_index(run_settings(settings, index=index))
    corpus = corpus_of(directory)
    wanted = [paths] if isinstance(paths, (str, Path)) else list(paths)
    with open_writer(directory) as writer:
        known = writer.documents.paths()
        names = {_named(path, corpus, known) for path in wanted}
        forgotten = sorted(path for path in known if path in names or is_below(path, names))
        saved = without_paths(saved_questions(writer.view), forgotten)
        writer.notes.put(SAVED_QUESTIONS, as_note(saved))
        History(writer).forget(forgotten)
        there = tuple(path for path in forgotten if os.path.lexists(corpus / path))
        return ForgetReport(directory.path, writer.number, tuple(forgotten), there)


def _named(path: str | Path, corpus: Path, known: Collection[str]) -> str:
    """The document or folder that a path means, relative to the corpus; raises ``CorpusError``."""
    spellings = dict.fromkeys([os.fspath(path), unescaped(os.fspath(path))])
    meant = dict.fromkeys(
        path_in(corpus, base / spelled) for spelled in spellings for base in (corpus, Path.cwd())
    )
    found = [name for name in meant if any(one == name or is_below(one, {name}) for one in known)]
    if not found:
        raise CorpusError(
            f"the index has no document {next(iter(meant))}; it is that of the folder {corpus}"
        )
    if len(found) > 1:
        raise CorpusError(
            f"{path} is {found[0]} in the folder of the index, and {found[1]} from here; give the"
            " whole path"
        )
    return found[0]
