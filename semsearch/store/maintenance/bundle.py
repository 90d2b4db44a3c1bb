"""A whole index to one file and back."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semsearch.errors import CorpusError, SettingsError
from semsearch.settings.paths import expanded
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index, index_to_write
from semsearch.store.maintenance.record_copy import take_in, write_out
from semsearch.store.snapshot import open_snapshot


@dataclass(frozen=True, slots=True)
class Carried:
    """An index that was written to a file, or made from one."""

    file: Path
    index: Path
    corpus: Path
    generation: int
    embedder: str
    passages: int
    bytes: int  # of the file

    def to_dict(self) -> dict[str, Any]:
        """The file and the index as JSON names and values."""
        return {
            "file": str(self.file),
            "index": str(self.index),
            "corpus": str(self.corpus),
            "generation": self.generation,
            "embedder": self.embedder,
            "passages": self.passages,
            "bytes": self.bytes,
        }


def export(
    file: str | Path, *, index: str | Path | None = None, settings: Settings | None = None
) -> Carried:
    """Write a whole index to one new file (0600), from which ``import_`` makes it again.

    It holds the documents' text. Writers and readers are not held up. Raises ``SemsearchError``.
    """
    directory = find_index(run_settings(settings, index=index))
    path = expanded(file).absolute()
    if os.path.lexists(path):
        raise SettingsError(f"{path} is there already; name a new file")
    if not path.parent.is_dir():
        raise SettingsError(f"there is no folder {path.parent}; make it first")
    with open_snapshot(directory):
        pass  # there is a generation
    write_out(directory, path)
    with open_snapshot(directory) as snapshot:
        generation = snapshot.generation
        return Carried(
            file=path,
            index=directory.path,
            corpus=snapshot.corpus,
            generation=generation.number,
            embedder=generation.embedder.uri,
            passages=generation.passages,
            bytes=path.stat().st_size,
        )


def import_(
    file: str | Path,
    folder: str | Path | None = None,
    *,
    index: str | Path | None = None,
    settings: Settings | None = None,
) -> Carried:
    """Make the index of a folder (the current one) from a file that ``export`` has written.

    Rows are checked by their hashes, which shows damage and not intent: what is in a file of
    somebody else is what they have put there. ANN and keyword index are made anew. Raises
    ``SemsearchError``, and when the folder has an index already.
    """
    path = expanded(file).absolute()
    corpus = expanded(folder).resolve() if folder is not None else Path.cwd()
    if not path.is_file():
        raise SettingsError(f"there is no file {path}")
    if not corpus.is_dir():
        raise CorpusError(f"there is no folder {corpus}")
    directory = index_to_write(run_settings(settings, index=index), corpus)
    with directory.locked():
        if directory.record.exists():
            raise SettingsError(
                f"there is an index in {directory.path} already; move it away first"
            )
        generation = take_in(path, directory, corpus)
    return Carried(
        file=path,
        index=directory.path,
        corpus=corpus,
        generation=generation.number,
        embedder=generation.embedder.uri,
        passages=generation.passages,
        bytes=path.stat().st_size,
    )
