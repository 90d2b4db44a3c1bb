"""Find the index directory: given by path or name, or searched upward as git does."""

import os
from pathlib import Path
from shlex import quote

from semsearch.errors import CorpusError, FilesElsewhere, IndexMissing, SettingsError
from semsearch.settings.paths import expanded
from semsearch.settings.schema import Settings
from semsearch.store.collection.uri import (
    CollectionUri,
    as_given,
    collection_uri,
    is_collection,
    shown_place,
)
from semsearch.store.disk.directory import DIRECTORY_NAME, IndexDirectory


def find_index(settings: Settings, start: Path | None = None) -> IndexDirectory:
    """The index in ``settings.index``, else the nearest index upward from ``start``.

    ``settings.index`` is a ``.semsearch`` directory, the folder that holds it, or a name from
    ``[indexes]`` in the user's settings. ``start`` is the current directory when not given. A
    ``.semsearch`` without a record is no index. Raises ``IndexMissing``, ``FilesElsewhere`` for a
    collection, and ``SettingsError`` for an index that was only found and belongs to another user.
    """
    if settings.index is not None:
        return named_index(settings.index, settings)
    start = (start or Path.cwd()).absolute()
    for folder in (start, *start.parents):
        directory = IndexDirectory(folder / DIRECTORY_NAME)
        if _has_record(directory):
            _refuse_another_owner(directory.path)
            return directory
    named = f" ({', '.join(sorted(settings.indexes))})" if settings.indexes else ""
    raise IndexMissing(
        f"there is no index in {start} or above it; run: semsearch index FOLDER, or name one with"
        f" --index{named}"
    )


def _has_record(directory: IndexDirectory) -> bool:
    """Whether there is a record, or a link in its place, which is refused when it is opened."""
    try:
        directory.record.lstat()
    except PermissionError:  # of another user
        return True
    except OSError:
        return False
    return True


def _refuse_another_owner(directory: Path) -> None:
    """An index in a shared folder is another user's word (as git's ``safe.directory``)."""
    if hasattr(os, "geteuid") and directory.stat().st_uid != os.geteuid():
        raise SettingsError(
            f"the index in {directory} belongs to another user, who may have put it there for you"
            f" to find; if you trust it, name it: --index {quote(str(directory))}"
        )


def named_collection(settings: Settings) -> CollectionUri | None:
    """The collection in ``settings.index``, a URI or a name of ``[indexes]``; None for an index.

    Raises ``SettingsError`` for a URI that is none.
    """
    place = settings.indexes.get(settings.index or "", settings.index)
    if place is None or not is_collection(place):
        return None
    return collection_uri(as_given(place))


def refuse_collection(place: str | Path) -> None:
    """Raise ``FilesElsewhere`` for the URI of a collection, where a path is needed."""
    if is_collection(place):
        raise FilesElsewhere(
            f"{shown_place(place)} is a collection, which is only searched: by query, ask, mcp and"
            " serve; for all else name the folder, on the machine that has it"
        )


def refuse_collection_of(settings: Settings) -> None:
    """Raise ``FilesElsewhere`` where the settings name a collection, where an index is needed."""
    if settings.index is not None:
        refuse_collection(settings.indexes.get(settings.index, settings.index))


def named_index(name: str, settings: Settings) -> IndexDirectory:
    """The index at a path or with a name of ``[indexes]``.

    Raises ``IndexMissing``, and ``FilesElsewhere`` for a collection.
    """
    refuse_collection(settings.indexes.get(name, name))
    path = expanded(settings.indexes.get(name, name)).resolve()
    for candidate in (path / DIRECTORY_NAME, path):
        if IndexDirectory(candidate).record.is_file():
            return IndexDirectory(candidate)
    what = f"--index {quote(name)}" if name in settings.indexes else "FOLDER"
    raise IndexMissing(f"there is no index in {path}; run: semsearch index {what}")


def path_in(corpus: Path, path: str | Path) -> str:
    """A path relative to the corpus, as in the index; a path outside is returned unchanged."""
    absolute = Path(os.path.normpath(corpus / path))
    return absolute.relative_to(corpus).as_posix() if absolute.is_relative_to(corpus) else str(path)


def is_named(directory: IndexDirectory, settings: Settings) -> bool:
    """Whether the user's settings name an index, or the folder that it is in."""
    named = [place for place in settings.indexes.values() if not is_collection(place)]
    places = {expanded(place).resolve() for place in named}
    path = directory.path.resolve()
    return path in places or (path.name == DIRECTORY_NAME and path.parent in places)


def is_name(word: str | Path, settings: Settings) -> bool:
    """Whether a word is a name of ``[indexes]`` and no folder of this name exists."""
    return str(word) in settings.indexes and not expanded(word).is_dir()


def named_place(name: str, settings: Settings) -> Path:
    """The path of a name of ``[indexes]``.

    Raises ``SettingsError`` for an unknown home, and ``FilesElsewhere`` for a collection.
    """
    refuse_collection(settings.indexes[name])
    return expanded(settings.indexes[name]).resolve()


def index_to_write(settings: Settings, corpus: Path) -> IndexDirectory:
    """The index to make or update for a corpus: ``settings.index``, else within the corpus."""
    if settings.index is None:
        return IndexDirectory(corpus / DIRECTORY_NAME)
    refuse_collection(settings.indexes.get(settings.index, settings.index))
    path = expanded(settings.indexes.get(settings.index, settings.index)).resolve()
    if path.name == DIRECTORY_NAME or IndexDirectory(path).record.is_file():
        return IndexDirectory(path)
    if not path.is_dir():
        raise CorpusError(f"there is no folder {path} to put the index in; make it first")
    return IndexDirectory(path / DIRECTORY_NAME)
