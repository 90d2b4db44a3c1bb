"""Where the index is: named, or found as git finds a repository."""

import os
from pathlib import Path
from shlex import quote

from semsearch.errors import CorpusError, IndexMissing
from semsearch.settings.paths import expanded
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import DIRECTORY_NAME, IndexDirectory


def find_index(settings: Settings, start: Path | None = None) -> IndexDirectory:
    """The index that is meant: ``settings.index``, else the nearest one upward from ``start``.

    ``settings.index`` is a ``.semsearch`` directory, the folder that holds it, or a name from
    ``[indexes]`` in the user's settings. ``start`` is the current directory when not given. Raises
    ``IndexMissing``.
    """
    if settings.index is not None:
        return named_index(settings.index, settings)
    start = (start or Path.cwd()).absolute()
    for folder in (start, *start.parents):
        if (folder / DIRECTORY_NAME).is_dir():
            return IndexDirectory(folder / DIRECTORY_NAME)
    named = f" ({', '.join(sorted(settings.indexes))})" if settings.indexes else ""
    raise IndexMissing(
        f"there is no index in {start} or above it; run: semsearch index FOLDER, or name one with"
        f" --index{named}"
    )


def named_index(name: str, settings: Settings) -> IndexDirectory:
    """The index that ``--index`` or ``SEMSEARCH_INDEX`` names; raises ``IndexMissing``."""
    path = expanded(settings.indexes.get(name, name)).resolve()
    for candidate in (path / DIRECTORY_NAME, path):
        if IndexDirectory(candidate).record.is_file():
            return IndexDirectory(candidate)
    what = f"--index {quote(name)}" if name in settings.indexes else "FOLDER"
    raise IndexMissing(f"there is no index in {path}; run: semsearch index {what}")


def path_in(corpus: Path, path: str | Path) -> str:
    """A path as the index has it, relative to the corpus; what is outside of it stays as it is."""
    absolute = Path(os.path.normpath(corpus / path))
    return absolute.relative_to(corpus).as_posix() if absolute.is_relative_to(corpus) else str(path)


def is_name(word: str | Path, settings: Settings) -> bool:
    """Whether what might be a folder is none here, but a name of ``[indexes]``."""
    return str(word) in settings.indexes and not expanded(word).is_dir()


def named_place(name: str, settings: Settings) -> Path:
    """What a name of ``[indexes]`` stands for; raises ``SettingsError`` for nobody's home."""
    return expanded(settings.indexes[name]).resolve()


def index_to_write(settings: Settings, corpus: Path) -> IndexDirectory:
    """The index to make or update for a corpus: the one that is named, else beside it."""
    if settings.index is None:
        return IndexDirectory(corpus / DIRECTORY_NAME)
    path = expanded(settings.indexes.get(settings.index, settings.index)).resolve()
    if path.name == DIRECTORY_NAME or IndexDirectory(path).record.is_file():
        return IndexDirectory(path)
    if not path.is_dir():
        raise CorpusError(f"there is no folder {path} to put the index in; make it first")
    return IndexDirectory(path / DIRECTORY_NAME)
