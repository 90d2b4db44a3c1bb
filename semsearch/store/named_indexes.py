"""Names of indexes: the table ``[indexes]`` of the user's settings file.

The only module that writes that file; all other lines of it stay unchanged.
"""

import os
import re
import secrets
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

from semsearch.errors import CorpusError, KeyRefused, SemsearchError, SettingsError
from semsearch.safe_open import open_regular
from semsearch.settings.paths import expanded, user_file
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import is_private
from semsearch.settings.sources import load_settings
from semsearch.store.collection.uri import (
    collection_uri,
    from_anywhere,
    has_secret,
    is_collection,
    shown_place,
)
from semsearch.store.locate import named_index
from semsearch.store.snapshot import open_snapshot

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_NAME: Final = re.compile(r"[^\W_][\w-]{0,63}")
_TABLE: Final = "indexes"
_LOCK_SECONDS: Final = 10.0  # another process writes a few lines


@dataclass(frozen=True, slots=True)
class NamedIndex:
    """A name and its ``place``: a corpus folder, an index that is stored elsewhere, a collection.

    ``generation`` and ``created`` are None when the index cannot be read, with ``problem`` as the
    reason. Of a collection the place is the URI, without a password, and nothing else is told: it
    is not connected to.
    """

    name: str
    place: Path | str
    folder: Path | None
    index: Path | None
    generation: int | None
    created: datetime | None
    problem: str | None

    def to_dict(self) -> dict[str, Any]:
        """The name and its index as JSON names and values."""
        return {
            "name": self.name,
            "place": str(self.place),
            "folder": None if self.folder is None else str(self.folder),
            "index": None if self.index is None else str(self.index),
            "generation": self.generation,
            "created": None if self.created is None else self.created.isoformat(),
            "problem": self.problem,
        }


def add_name(name: str, place: str | Path) -> Path | str:
    """Name a folder, an index that is stored elsewhere, or a collection by its URI.

    Returns the full path, or the URI without a password. A name has letters, digits, ``-`` and
    ``_``. Raises ``SettingsError`` for another name, or one that is in use for another place,
    ``CorpusError`` when there is no such folder, and ``KeyRefused`` for a password that others
    could read in the settings.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} cannot be a name: take letters, digits, - and _, at most 64, and begin with"
            " a letter or digit"
        )
    if is_collection(place):
        return _add_collection(name, from_anywhere(place))
    path = expanded(place).resolve()
    if not path.is_dir():
        raise CorpusError(f"there is no folder {path}; name one that is there")
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError as error:
        raise SettingsError(
            "the folder's name is no valid text, which no settings file can hold; rename it"
        ) from error
    with _changed() as document:
        table = _table(document)
        known = table.get(name)
        if known is not None and (
            is_collection(str(known)) or expanded(str(known)).resolve() != path
        ):
            raise _is_taken(name, str(known))
        if known is None:
            table[name] = str(path)
    return path


def _add_collection(name: str, place: str) -> str:
    shown = str(collection_uri(place))
    path = user_file()
    if has_secret(place) and path.exists():
        with open_regular(path, follows_links=True) as file:
            if not is_private(file):
                raise KeyRefused(
                    f"{path} can be read by others, and would hold a password; run: chmod 600"
                    f" {quote(str(path))}"
                )
    with _changed() as document:
        table = _table(document)
        if table.get(name) not in (None, place):
            raise _is_taken(name, str(table[name]))
        table[name] = place
    return shown


def _is_taken(name: str, known: str) -> SettingsError:
    return SettingsError(
        f"{name} is {shown_place(known)} already; run: semsearch remove {quote(name)}"
    )


def remove_name(name: str) -> str:
    """Remove a name, not its index; returns its place, without a password.

    Raises ``SettingsError``.
    """
    with _changed() as document:
        table = _table(document)
        if name not in table:
            raise SettingsError(f"nothing is named {name!r}; semsearch list has the names")
        place = shown_place(str(table[name]))
        del table[name]
        if not table:
            del document[_TABLE]
    return place


def chosen_names(names: Sequence[str] | None, settings: Settings | None = None) -> list[str]:
    """The given names, each once, or all names; raises ``SettingsError`` for an unknown one."""
    known = (settings or load_settings()).indexes
    if not known:
        raise SettingsError("no folder has a name yet; run: semsearch add NAME FOLDER")
    if names is None:
        return sorted(known)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        wrong = f"nothing is named {shown_place(unknown[0])!r}" if unknown else "no name is given"
        raise SettingsError(f"{wrong}; there are {', '.join(sorted(known))}")
    return list(dict.fromkeys(names))


def named_folders(settings: Settings | None = None) -> list[str]:
    """All names but those of collections; raises ``SettingsError`` where there is none."""
    known = (settings or load_settings()).indexes
    folders = [name for name in sorted(known) if not is_collection(known[name])]
    if known and not folders:
        raise SettingsError("only collections have a name; run: semsearch add NAME FOLDER")
    return folders or chosen_names(None, settings)


def named_indexes(settings: Settings | None = None) -> list[NamedIndex]:
    """Every named index, by name; one that cannot be read has a ``problem``."""
    settings = settings or load_settings()
    return [_described(name, settings) for name in sorted(settings.indexes)]


def _described(name: str, settings: Settings) -> NamedIndex:
    place = Path(settings.indexes[name])
    if is_collection(settings.indexes[name]):
        shown = shown_place(settings.indexes[name])
        return NamedIndex(name, shown, None, None, None, None, None)
    try:
        place = expanded(place).resolve()
        directory = named_index(name, settings)
        with open_snapshot(directory, partial=True) as snapshot:
            made = snapshot.generation
            return NamedIndex(
                name, place, snapshot.corpus, directory.path, made.number, made.created, None
            )
    except SemsearchError as error:
        return NamedIndex(name, place, None, None, None, None, str(error))


@contextmanager
def _changed() -> Iterator["TOMLDocument"]:
    """The user's settings file as a document to change; locked, and replaced atomically."""
    import filelock  # only commands that change names need these two
    import tomlkit

    path = user_file()
    if path == Path(os.devnull):
        raise SettingsError(f"SEMSEARCH_CONFIG is {path}, which keeps no names; name a file")
    path = path.resolve()  # a symbolic link stays a link
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with filelock.FileLock(path.with_name(f".{path.name}.lock"), timeout=_LOCK_SECONDS):
            is_new = not path.exists()
            before = "" if is_new else path.read_bytes().decode("utf-8")
            document = tomlkit.parse(before)
            yield document
            after = tomlkit.dumps(document).rstrip("\n") + "\n"
            if after != before:
                _put(path, after, 0o600 if is_new else path.stat().st_mode & 0o777)
    except filelock.Timeout as error:
        raise SettingsError(f"another semsearch is writing to {path}; run this again") from error
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"cannot write settings to {path}: {error}") from error
    except tomlkit.exceptions.ParseError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def _put(path: Path, text: str, mode: int) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        beside.chmod(mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _table(document: "TOMLDocument") -> MutableMapping[str, Any]:
    import tomlkit  # only commands that change names need it

    if _TABLE not in document:
        document[_TABLE] = tomlkit.table()
    table = document[_TABLE]
    if not isinstance(table, MutableMapping):
        raise SettingsError(f"'{_TABLE}' in {user_file()} is no table; write [{_TABLE}]")
    return table
