"""The one check of an index's files before any of them is opened: no links, nothing of others.

An index may come from somebody else, in a clone or an archive. A link in it would lead a writer out
of the index, to a file of the user that is then overwritten.
"""

import os
import stat
from pathlib import Path
from shlex import quote
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.safe_open import open_regular

# Beginnings of the names that semsearch opens; a person may keep other files beside them.
_NAMES: Final = (
    "index.sqlite", "lock", "writer.json", "README", ".gitignore", "CACHEDIR.TAG", "ann-",
    "keywords", "format-", "before-repair",
)  # fmt: skip
_KEYWORDS: Final = "keywords"
_LOCKS: Final = ("lock", ".tantivy-meta.lock", ".tantivy-writer.lock")  # emptied when taken
_JOURNAL: Final = "-journal"  # suffix of SQLite's rollback journals
_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")  # of a journal, and of the name at its end
_ROOT: Final = 0
_LISTINGS: Final = 1000  # a file system that lists a file it does not have ends the check


def require_safe_files(directory: Path, *, to_write: bool = False) -> None:
    """Raise ``IndexDamaged`` unless an index directory holds regular files and folders only.

    A directory that does not exist is safe. With ``to_write`` it must belong to this user, with all
    that is in it; root may write to everybody's. Locks must be empty, as they are emptied.
    """
    try:
        found = directory.lstat()
    except OSError:
        return  # whoever opens it says so
    if stat.S_ISLNK(found.st_mode):
        real = quote(str(directory.resolve()))
        raise IndexDamaged(
            f"{directory} is a link, which may lead anywhere; if you made it, name the index:"
            f" --index {real}"
        )
    if not stat.S_ISDIR(found.st_mode):
        return
    if to_write:
        _refuse_owner(directory, found)
    for _ in range(_LISTINGS):
        try:
            return _require_safe_entries(directory, to_write)
        except FileNotFoundError:
            if not os.path.lexists(directory):
                return
            # A writer has removed a file meanwhile; those after it are not checked yet.
        except OSError as error:
            raise IndexDamaged(
                f"cannot list the index in {directory} ({error.strerror})"
            ) from error
    raise IndexDamaged(f"files of the index in {directory} are listed and cannot be found")


def _require_safe_entries(directory: Path, to_write: bool) -> None:
    for entry in _listed(directory):
        if not entry.name.startswith(_NAMES):
            continue
        is_folder = entry.is_dir(follow_symlinks=False) and entry.name.startswith(_KEYWORDS)
        for one in (entry, *(_listed(entry.path) if is_folder else ())):
            stats = one.stat(follow_symlinks=False)
            _check(Path(one.path), stats, may_be_folder=is_folder and one is entry)
            if to_write:
                _refuse_owner(Path(one.path), stats)


def _listed(directory: str | Path) -> list["os.DirEntry[str]"]:
    with os.scandir(directory) as entries:
        return list(entries)


def _check(path: Path, found: os.stat_result, *, may_be_folder: bool) -> None:
    if not (may_be_folder or stat.S_ISREG(found.st_mode)):
        raise IndexDamaged(
            f"{path} is a link, or no file: an index of semsearch has none, and this one may lead"
            " elsewhere; move it away"
        )
    if path.name.endswith(_JOURNAL) and _names_another(path):
        raise IndexDamaged(
            f"{path} names a file that SQLite would delete, which no journal of semsearch does;"
            " move it away"
        )
    if path.name in _LOCKS and found.st_size:
        raise IndexDamaged(f"{path} is no lock of semsearch, as it is not empty; move it away")


def _names_another(journal: Path) -> bool:
    """Whether a rollback journal ends as one of a transaction in several databases does.

    SQLite deletes the file that such a journal names (https://www.sqlite.org/fileformat2.html,
    "The Rollback Journal"; https://www.sqlite.org/atomiccommit.html, "Multi-file Commit").
    """
    with open_regular(journal) as file:
        file.seek(max(0, journal.lstat().st_size - len(_MAGIC)))
        return file.read(len(_MAGIC)) == _MAGIC


def is_own(found: os.stat_result) -> bool:
    """Whether a file is this user's; to root all files are, as on systems without owners."""
    return not hasattr(os, "geteuid") or os.geteuid() in (_ROOT, found.st_uid)


def _refuse_owner(path: Path, found: os.stat_result) -> None:
    if not is_own(found):
        raise IndexDamaged(
            f"{path} belongs to another user; put the index elsewhere: --index FOLDER"
        )
