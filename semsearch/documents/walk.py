"""The files of the corpus, in a fixed order, without opening any."""

import os
import re
import stat
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from semsearch.errors import CorpusError
from semsearch.opening import open_regular

IGNORE_FILES: Final = (".gitignore", ".semsearchignore")  # the later one has the last word
_NEVER_ENTERED: Final = frozenset({"CVS", "__pycache__"})  # the other VCS folders are hidden
_FOLDER_MARK: Final = "ps_d"  # pathspec's name for the slash behind a folder
_LARGEST_IGNORE_FILE: Final = 50_000_000  # bytes
_CLASS: Final = re.compile(r"\[:([a-z]+):\](?=[^\[]*\])")
_CLASSES: Final = defaultdict(
    str,  # POSIX classes in ASCII, as git has them, which pathspec does not know
    alnum="0-9A-Za-z",
    alpha="A-Za-z",
    digit="0-9",
    lower="a-z",
    punct="!-/:-@\\[-`{-~",
    space=" \t",
    upper="A-Z",
    xdigit="0-9A-Fa-f",
)
_LARGEST_INTEGER: Final = (1 << 63) - 1  # of SQLite; Windows has larger inode numbers


_SECOND: Final = 10**9  # ns
_WINDOW: Final = _SECOND // 20  # several ticks of the clock that Linux takes file times from
_COARSE_WINDOW: Final = (
    2 * _SECOND
)  # of file systems that keep whole seconds; FAT keeps every other
_UNSETTLED: Final = -1


class FileStat(NamedTuple):
    """What tells a changed file from an unchanged one without opening it."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    def settled(self, read_at: int) -> "FileStat":
        """What to keep of a file that was read at ``read_at`` (ns since 1970).

        One that was written to just before may be written to again without another time or size:
        nothing is equal to what is kept of it then, so that it is read again. So is one whose times
        lie in the future, by a clock that was wrong.
        """
        is_coarse = self.mtime_ns % _SECOND == 0 and self.ctime_ns % _SECOND == 0
        window = _COARSE_WINDOW if is_coarse else _WINDOW
        is_settled = max(self.mtime_ns, self.ctime_ns) < read_at - window
        return self if is_settled else self._replace(ctime_ns=_UNSETTLED)

    def may_be(self, now: "FileStat") -> bool:
        """Whether this, kept of a file, says nothing of a change."""
        return self == (now._replace(ctime_ns=_UNSETTLED) if self.ctime_ns == _UNSETTLED else now)

    @classmethod
    def of(cls, result: os.stat_result) -> "FileStat":
        """The four of an ``os.stat`` result."""
        return cls(
            result.st_size, result.st_mtime_ns, result.st_ctime_ns, result.st_ino & _LARGEST_INTEGER
        )


class Found(NamedTuple):
    """A regular file; ``path`` is relative to the corpus, with ``/`` between the names.

    A name that is no valid text keeps its bytes as lone surrogates (``os.fsdecode``).
    """

    path: str
    stat: FileStat


@dataclass(frozen=True, slots=True)
class Unlistable:
    """A folder below the corpus that cannot be listed, or a name that cannot be looked at."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Rules:
    """The patterns of one folder's ignore files, and those of the folders above it."""

    folder: str  # relative to the top of all rules, "" or ending in "/"
    patterns: tuple["_Pattern", ...]  # the last one that matches decides
    above: "_Rules | None"

    def ignore(self, path: str) -> bool:
        """Whether the deepest folder that has an opinion on the path says that it is ignored.

        The path is relative to the top of all rules, too.
        """
        rules: _Rules | None = self
        while rules is not None:
            below = path[len(rules.folder) :]
            for pattern in reversed(rules.patterns):
                if pattern.is_of(below):
                    return pattern.ignores
            rules = rules.above
        return False


class _Reach(Enum):
    """What a pattern is about."""

    ANY = "*, ** and their likes"
    ANY_FOLDER = "*/ and its likes"
    BELOW = "a/**: what is below a folder, but not the folder itself"
    FOLDERS_BELOW = "a/**/"
    ITSELF = "everything else"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern of pathspec's, with what it is about by git's rules.

    pathspec also matches a path by the folders above it. Here those have been asked already, and
    a folder that was brought back does not bring back everything in it.
    """

    regex: re.Pattern[str]
    ignores: bool
    reach: _Reach

    def is_of(self, path: str) -> bool:
        """Whether it is about this very path, which ends in ``/`` if it is a folder."""
        if self.reach is _Reach.ITSELF:  # most are
            found = self.regex.search(path)
            return found is not None and found.end() == len(path)
        if self.reach in (_Reach.ANY_FOLDER, _Reach.FOLDERS_BELOW) and not path.endswith("/"):
            return False
        if self.reach in (_Reach.BELOW, _Reach.FOLDERS_BELOW):
            return self.regex.search(path.rstrip("/")) is not None
        return True


def _reach(regex: str, glob: str) -> _Reach:
    if regex == ".":
        return _Reach.ANY
    if regex == f"(?P<{_FOLDER_MARK}>/)":
        return _Reach.ANY_FOLDER
    if glob.endswith("/**/"):
        return _Reach.FOLDERS_BELOW
    return _Reach.BELOW if glob.endswith("/**") else _Reach.ITSELF


def walk(corpus: Path) -> Iterator[Found | Unlistable]:
    """Yield every file below ``corpus`` that is not hidden or ignored, sorted by name.

    Symbolic links are not followed: what they name inside the corpus is found under its own name,
    and nothing outside it is read. Raises ``CorpusError`` when the corpus cannot be listed.
    """
    try:
        top = _listed(corpus)
    except FileNotFoundError as error:
        raise CorpusError(f"there is no folder {corpus}; name the one to index") from error
    except NotADirectoryError as error:
        raise CorpusError(f"{corpus} is no folder; name the folder that it is in") from error
    except OSError as error:
        raise CorpusError(f"the folder {corpus} cannot be listed: {error.strerror}") from error
    lead, rules_above = _rules_above(corpus)
    # A stack of folders half done instead of recursion: a tree may be deeper than Python's.
    stack = [("", iter(top), _rules(corpus, lead, rules_above))]
    while stack:
        above, entries, rules = stack[-1]
        for entry in entries:  # from where it was left for a folder
            name = entry.name
            if name.startswith("."):
                continue
            path = above + name
            is_folder = entry.is_dir(follow_symlinks=False)
            if rules and rules.ignore(f"{lead}{path}/" if is_folder else f"{lead}{path}"):
                continue
            try:
                if not is_folder:
                    result = _stat(entry)
                    if stat.S_ISREG(result.st_mode):  # no link, pipe or device
                        yield Found(path, FileStat.of(result))
                elif name not in _NEVER_ENTERED and not _is_junction(entry):
                    below, way = iter(_listed(entry)), f"{lead}{path}/"
                    stack.append((f"{path}/", below, _rules(Path(entry.path), way, rules)))
                    break
            except FileNotFoundError:
                continue  # removed while we walk
            except OSError as error:
                what = "the folder cannot be listed" if is_folder else "cannot be looked at"
                yield Unlistable(path, f"{what}: {error.strerror}")
        else:
            stack.pop()


def _stat(entry: os.DirEntry[str]) -> os.stat_result:
    """That of the very file; on Windows an entry's own has no inode."""
    return Path(entry.path).lstat() if os.name == "nt" else entry.stat(follow_symlinks=False)


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is one of Windows's links to folders, which pass for folders."""
    if os.name != "nt":
        return False
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None))


def _listed(folder: "Path | os.DirEntry[str]") -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: os.fsencode(entry.name))


def is_below(path: str, folders: Set[str]) -> bool:
    """Whether a path is below one of some folders."""
    if not folders:
        return False
    names = path.split("/")
    return any("/".join(names[:depth]) in folders for depth in range(1, len(names)))


def _rules_above(corpus: Path) -> tuple[str, _Rules | None]:
    """The way from the top of the corpus's git repository down to it, and the rules along it.

    Rules by which the repository ignores the corpus itself do not count: it was named all the same.
    """
    corpus = corpus.absolute()
    top = next((folder for folder in (corpus, *corpus.parents) if _has_git(folder)), corpus)
    lead, rules = "", _own_list(top)
    for name in corpus.relative_to(top).parts:
        rules = _rules(top / lead, lead, rules)
        lead += f"{name}/"
        if rules and rules.ignore(lead):
            rules = None
            break
    way = corpus.relative_to(top).as_posix()
    return ("" if way == "." else f"{way}/"), rules


def _own_list(top: Path) -> _Rules | None:
    lines = _ignore_lines(top / ".git" / "info" / "exclude")
    return _Rules("", _patterns(lines), None) if lines else None


def _has_git(folder: Path) -> bool:
    try:
        (folder / ".git").lstat()
    except OSError:
        return False
    return True


def _rules(folder: Path, prefix: str, above: _Rules | None) -> _Rules | None:
    lines = [line for name in IGNORE_FILES for line in _ignore_lines(folder / name)]
    if not lines:
        return above
    return _Rules(prefix, _patterns(lines), above)


def _patterns(lines: Iterable[str]) -> tuple[_Pattern, ...]:
    """The patterns that can be read: one that is broken ignores nothing, as in git."""
    import pathspec  # here: a question does not wait for it

    found: list[_Pattern] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # re's opinion of a bracket in brackets
        for line in lines:
            line = _CLASS.sub(lambda match: _CLASSES[match[1]], line)
            with suppress(ValueError):
                for pattern in pathspec.GitIgnoreSpec.from_lines([line]).patterns:
                    if pattern.regex is not None and pattern.include is not None:  # no comment
                        reach = _reach(pattern.regex.pattern, line.rstrip())
                        found.append(_Pattern(pattern.regex, pattern.include, reach))
    return tuple(found)


def _ignore_lines(path: Path) -> list[str]:
    try:
        with open_regular(path) as file:
            data = file.read(_LARGEST_IGNORE_FILE)
    except OSError:
        return []
    return data.decode("utf-8-sig", errors="surrogateescape").splitlines()
