"""The files of the corpus, in a fixed order, without opening any."""

import hashlib
import os
import stat
from array import array
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import starmap
from operator import attrgetter
from pathlib import Path
from stat import S_ISREG
from typing import Final, NamedTuple, Protocol

from semsearch.documents.reason import Reason, ReasonCode
from semsearch.documents.walk.ignore_rules import IGNORE_FILES, Rules, rules_above, rules_of
from semsearch.errors import CorpusError

_NEVER_ENTERED: Final = frozenset({"CVS", "__pycache__"})  # other VCS folders are hidden
# Hidden files, and the notes of Office on who has a document open.
_NOT_SHOWN: Final = (".", "~$")
# What each folder of a Maildir has; the folders below it are hidden (Maildir++: ``.Sent`` of
# Dovecot, Courier, maildrop, Evolution), https://www.courier-mta.org/maildir.html
_MAILDIR: Final = frozenset({"cur", "new", "tmp"})
_IS_WINDOWS: Final = os.name == "nt"
_LARGEST_INTEGER: Final = (1 << 63) - 1  # of SQLite; Windows has larger inode numbers


_SECOND: Final = 10**9  # ns
_WINDOW: Final = _SECOND // 20  # several ticks of Linux's clock for file times
_COARSE_WINDOW: Final = 2 * _SECOND  # for file systems with whole seconds; FAT has steps of two
_UNSETTLED: Final = -1
_DIGEST: Final = 16  # bytes of SHA-256
_STATS: Final = 4  # fields of a ``FileStat``
_INODE: Final = 3  # the place of a ``FileStat``'s inode
_fields: Final = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")  # of a ``FileStat``
_name: Final = attrgetter("name")


class FileStat(NamedTuple):
    """Size, times and inode: they tell a changed file from an unchanged one unopened."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    def settled(self, read_at: int) -> "FileStat":
        """Return the stat to record for a file that was read at ``read_at`` (ns since 1970).

        A file that was written to just before may be written to again without a change of time or
        size. Its recorded stat equals no other, so that it is read again; likewise for times in the
        future, by a clock that was wrong.
        """
        is_coarse = self.mtime_ns % _SECOND == 0 and self.ctime_ns % _SECOND == 0
        window = _COARSE_WINDOW if is_coarse else _WINDOW
        is_settled = max(self.mtime_ns, self.ctime_ns) < read_at - window
        return self if is_settled else self._replace(ctime_ns=_UNSETTLED)

    def may_be(self, now: "FileStat") -> bool:
        """Whether this recorded stat gives no evidence of a change."""
        return self == (now._replace(ctime_ns=_UNSETTLED) if self.ctime_ns == _UNSETTLED else now)

    def shows_change(self, now: "FileStat") -> bool:
        """Whether a file has probably other content than when this stat was recorded.

        A copy of a folder with its times, another mode and another link alter only the time of
        status change or the inode. ``index`` reads such a file to be sure; notices do not tell of
        it.
        """
        return (self.size, self.mtime_ns) != (now.size, now.mtime_ns)

    @classmethod
    def of(cls, result: os.stat_result) -> "FileStat":
        """Return the stat of an ``os.stat`` result."""
        return cls(*_in_range(_fields(result)))


def _in_range(numbers: Sequence[int]) -> "array[int]":
    """Fields of ``FileStat``, each as an integer of 64 bits.

    Larger ones are times after 2262, by a wrong clock, and inode numbers of Windows.
    """
    try:
        return array("q", numbers)
    except OverflowError:
        fitting = (
            number & _LARGEST_INTEGER if at % 4 == _INODE else min(number, _LARGEST_INTEGER)
            for at, number in enumerate(numbers)
        )
        return array("q", fitting)


class Found(NamedTuple):
    """A regular file; ``path`` is relative to the corpus, with ``/`` between the names.

    A name that is not valid text keeps its bytes as lone surrogates (``os.fsdecode``).
    """

    path: str
    stat: FileStat


@dataclass(frozen=True, slots=True)
class Unlistable:
    """A folder below the corpus that cannot be listed, or a file that cannot be stat'ed."""

    path: str
    reason: Reason


class Part(Protocol):
    """A part of a folder; ``Shard``."""

    def has(self, path: str) -> bool:
        """Whether a file is in it, by its path relative to the folder."""


def walk(corpus: Path, part: Part | None = None) -> Iterator[Found | Unlistable]:
    """Yield every file below ``corpus`` that is not hidden, ignored or a lock, sorted by name.

    With a ``part`` only its files.

    Symbolic links are not followed: their targets inside the corpus are found under their own
    names, and nothing outside is read. Raises ``CorpusError`` when the corpus cannot be listed.
    """
    found = in_order(listed(corpus), listed_below)
    if part is None:
        return found
    return (item for item in found if isinstance(item, Unlistable) or part.has(item.path))


class WayIn(NamedTuple):
    """A folder below the corpus that is still to be listed."""

    path: str  # path relative to the corpus
    place: str  # path for system calls
    lead: str  # path from the top of all rules to the corpus, "" or ending in "/"
    rules: Rules | None  # of the containing folder


class Folder(NamedTuple):
    """The entries of a folder, each kind in the order of the names' bytes.

    As little as possible is kept of each file: memory that a process takes for the first time is
    expensive, and many callers ask for nothing more.
    """

    way: str  # from the corpus, "" or ending in "/"
    names: list[str]  # names of its files
    stats: "array[int]"  # stat of the files: the four fields of each ``FileStat`` in turn
    below: list[WayIn]
    shut: list[Unlistable]

    def within(self, part: Part) -> "Folder":
        """The folder with the files of a part alone."""
        kept = [at for at, name in enumerate(self.names) if part.has(self.way + name)]
        stats = array("q")
        for at in kept:
            stats.extend(self.stats[_STATS * at : _STATS * at + _STATS])
        return self._replace(names=[self.names[at] for at in kept], stats=stats)

    def files(self) -> Iterator[Found]:
        """Yield the files, in order."""
        paths = [self.way + name for name in self.names]
        numbers = iter(self.stats)
        stats = starmap(FileStat, zip(numbers, numbers, numbers, numbers, strict=True))
        return map(Found, paths, stats)

    def digest(self) -> bytes:
        """A digest of the names and stats of the files."""
        digest = hashlib.sha256(os.fsencode("\0".join((*self.names, ""))))
        digest.update(self.stats)
        return digest.digest()[:_DIGEST]

    def items(self) -> Iterator[Found | Unlistable | WayIn]:
        """Yield all entries, in order."""
        files = self.files()
        if not self.below and not self.shut:
            return files
        items: list[Found | Unlistable | WayIn] = [*files, *self.below, *self.shut]
        return iter(sorted(items, key=lambda item: os.fsencode(item.path)))


def digest_of_way(way: str) -> bytes:
    """The digest of the path of a folder."""
    return hashlib.sha256(os.fsencode(way)).digest()[:_DIGEST]


def in_order(
    top: Folder, enter: Callable[[WayIn], Folder | Unlistable | None]
) -> Iterator[Found | Unlistable]:
    """Yield the entries of a folder, with each subfolder's in its place; ``enter`` lists one."""
    # A stack instead of recursion: trees may be deeper than Python's recursion limit.
    stack = [top.items()]
    while stack:
        for item in stack[-1]:  # continue where a subfolder interrupted it
            entered = enter(item) if isinstance(item, WayIn) else item
            if isinstance(entered, Folder):
                stack.append(entered.items())
                break
            if entered is not None:
                yield entered
        else:
            stack.pop()


def listed(corpus: Path) -> Folder:
    """List the corpus itself; raises ``CorpusError``."""
    lead, rules = rules_above(corpus)
    try:
        return _listed(WayIn("", str(corpus), lead, rules))
    except FileNotFoundError as error:
        raise CorpusError(f"there is no folder {corpus}; name the one to index") from error
    except NotADirectoryError as error:
        raise CorpusError(f"{corpus} is no folder; name the folder that it is in") from error
    except OSError as error:
        raise CorpusError(f"the folder {corpus} cannot be listed: {error.strerror}") from error


def listed_below(way_in: WayIn) -> Folder | Unlistable | None:
    """List a folder below the corpus; None when it was removed during the walk."""
    try:
        return _listed(way_in)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unlistable(way_in.path, _os_reason("the folder cannot be listed", error))


def _listed(way_in: WayIn) -> Folder:
    way = f"{way_in.path}/" if way_in.path else ""
    names: list[str] = []
    numbers: list[int] = []
    below: list[WayIn] = []
    shut: list[Unlistable] = []
    with _opened(way_in) as place:
        entries = _entries(place)
        shown = _shown(entries, way_in.place)
        lead, rules = way_in.lead + way, way_in.rules
        if len(shown) < len(entries) and any(e.name.lower() in IGNORE_FILES for e in entries):
            rules = rules_of(Path(way_in.place), lead, rules)
        for entry in shown:
            name, is_folder = entry.name, entry.is_dir(follow_symlinks=False)
            if rules and rules.ignore(f"{lead}{name}/" if is_folder else f"{lead}{name}"):
                continue
            try:
                if not is_folder:
                    result = _lstat(entry) if _IS_WINDOWS else entry.stat(follow_symlinks=False)
                    if S_ISREG(result.st_mode):  # no link, pipe or device
                        names.append(name)
                        numbers += _fields(result)
                elif name not in _NEVER_ENTERED and not _is_junction(entry):
                    inside = os.path.join(way_in.place, name)  # noqa: PTH118  # Path takes 7 times as long
                    below.append(WayIn(way + name, inside, way_in.lead, rules))
            except FileNotFoundError:
                continue  # removed during the walk
            except OSError as error:
                what = "the folder cannot be listed" if is_folder else "cannot be looked at"
                shut.append(Unlistable(way + name, _os_reason(what, error)))
    return Folder(way, names, _in_range(numbers), below, shut)


def _os_reason(what: str, error: OSError) -> Reason:
    return Reason(ReasonCode.of_os_error(error), f"{what}: {error.strerror}")


@contextmanager
def _opened(way_in: WayIn) -> Iterator[int | str]:
    """A folder for ``os.scandir``: a descriptor, where the system can stat names from there.

    That is faster than resolving the whole path of each file.
    """
    if os.scandir not in os.supports_fd:
        yield way_in.place
        return
    no_link = os.O_NOFOLLOW if way_in.path else 0  # a link may name the corpus itself
    folder = os.open(way_in.place, os.O_RDONLY | os.O_DIRECTORY | no_link)
    try:
        yield folder
    finally:
        os.close(folder)


def _entries(place: int | str) -> list[os.DirEntry[str]]:
    """The entries of a folder by the order of the names' bytes."""
    with os.scandir(place) as scanned:
        entries = list(scanned)
    is_ascii = "".join([entry.name for entry in entries]).isascii()
    entries.sort(key=_name if is_ascii else lambda entry: os.fsencode(entry.name))
    return entries


def _shown(entries: Sequence[os.DirEntry[str]], place: str) -> list[os.DirEntry[str]]:
    """The entries that are not hidden, with the folders of a Maildir, which are."""
    shown = [entry for entry in entries if not entry.name.startswith(_NOT_SHOWN)]
    if len(shown) == len(entries) or not {entry.name for entry in shown} >= _MAILDIR:
        return shown
    return [
        entry
        for entry in entries
        if not entry.name.startswith(_NOT_SHOWN)
        or (entry.name[0] == "." and Path(place, entry.name, "cur").is_dir())
    ]


def _lstat(entry: os.DirEntry[str]) -> os.stat_result:
    """The stat of the file itself on Windows, where an entry's own stat has no inode."""
    return Path(entry.path).lstat()


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is a Windows junction: a link that looks like a folder."""
    if not _IS_WINDOWS:
        return False
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None))


def is_below(path: str, folders: Set[str]) -> bool:
    """Whether a path is below one of these folders."""
    if not folders:
        return False
    names = path.split("/")
    return any("/".join(names[:depth]) in folders for depth in range(1, len(names)))
