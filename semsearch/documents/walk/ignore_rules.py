"""Ignore rules: which paths the ignore files exclude, matched as git matches them."""

import re
import warnings
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from semsearch.documents.walk.glob_regex import linear
from semsearch.safe_open import open_regular

IGNORE_FILES: Final = (".gitignore", ".semsearchignore")  # later files have precedence
_FOLDER_MARK: Final = "ps_d"  # pathspec's group for the slash after a folder
_LARGEST_IGNORE_FILE: Final = 50_000_000  # bytes
_CLASS: Final = re.compile(r"\[:([a-z]+):\](?=[^\[]*\])")
_CLASSES: Final = defaultdict(
    str,  # POSIX classes in ASCII, as in git; pathspec does not support them
    alnum="0-9A-Za-z",
    alpha="A-Za-z",
    digit="0-9",
    lower="a-z",
    punct="!-/:-@\\[-`{-~",
    space=" \t",
    upper="A-Z",
    xdigit="0-9A-Fa-f",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The patterns of one folder's ignore files, with those of the folders above it."""

    folder: str  # relative to the top of all rules, "" or ending in "/"
    patterns: tuple["_Pattern", ...]  # the last matching rule decides
    above: "Rules | None"

    def ignore(self, path: str) -> bool:
        """Whether the rules ignore a path: the deepest folder with a matching pattern decides.

        The path is relative to the top of all rules.
        """
        rules: Rules | None = self
        while rules is not None:
            below = path[len(rules.folder) :]
            for pattern in reversed(rules.patterns):
                if pattern.is_of(below):
                    return pattern.ignores
            rules = rules.above
        return False


class _Reach(Enum):
    """The paths that a pattern applies to."""

    ANY = "*, ** and their likes"
    ANY_FOLDER = "*/ and its likes"
    BELOW = "a/**: what is below a folder, but not the folder itself"
    FOLDERS_BELOW = "a/**/"
    ITSELF = "everything else"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern of pathspec's, with its reach by git's rules.

    pathspec also matches a path by the folders above it. Here these folders were asked before, and
    a folder that was included again does not include everything in it.
    """

    regex: re.Pattern[str]
    ignores: bool
    reach: _Reach

    def is_of(self, path: str) -> bool:
        """Whether the pattern applies to this very path, which ends in ``/`` if it is a folder."""
        if self.reach is _Reach.ITSELF:  # the usual case
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


def rules_above(corpus: Path) -> tuple[str, Rules | None]:
    """Return the way from the top of the git repository to the corpus, and the rules on it.

    Rules by which the repository ignores the corpus itself do not count: the user named it.
    """
    corpus = corpus.absolute()
    top = next((folder for folder in (corpus, *corpus.parents) if _has_git(folder)), corpus)
    lead, rules = "", _own_list(top)
    for name in corpus.relative_to(top).parts:
        rules = rules_of(top / lead, lead, rules)
        lead += f"{name}/"
        if rules and rules.ignore(lead):
            rules = None
            break
    way = corpus.relative_to(top).as_posix()
    return ("" if way == "." else f"{way}/"), rules


def _own_list(top: Path) -> Rules | None:
    lines = _ignore_lines(top / ".git" / "info" / "exclude")
    return Rules("", _patterns(lines), None) if lines else None


def _has_git(folder: Path) -> bool:
    try:
        (folder / ".git").lstat()
    except OSError:
        return False
    return True


def rules_of(folder: Path, prefix: str, above: Rules | None) -> Rules | None:
    """Return the rules of a folder's own ignore files, or of the folders above if it has none.

    ``prefix`` is the folder relative to the top of all rules, "" or ending in "/".
    """
    lines = [line for name in IGNORE_FILES for line in _ignore_lines(folder / name)]
    if not lines:
        return above
    return Rules(prefix, _patterns(lines), above)


def _patterns(lines: Iterable[str]) -> tuple[_Pattern, ...]:
    """The valid patterns: a broken pattern ignores nothing, as in git."""
    import pathspec  # here: queries do not need it

    found: list[_Pattern] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # re warns of a nested bracket
        for line in lines:
            line = _CLASS.sub(lambda match: _CLASSES[match[1]], line)
            with suppress(ValueError):
                for pattern in pathspec.GitIgnoreSpec.from_lines([line]).patterns:
                    if pattern.regex is not None and pattern.include is not None:  # not a comment
                        reach = _reach(pattern.regex.pattern, line.rstrip())
                        regex = linear(pattern.regex)
                        found.append(_Pattern(regex, pattern.include, reach))
    return tuple(found)


def _ignore_lines(path: Path) -> list[str]:
    """The lines that are patterns: the file that git itself creates holds comments only."""
    try:
        with open_regular(path) as file:
            data = file.read(_LARGEST_IGNORE_FILE)
    except OSError:
        return []
    lines = data.decode("utf-8-sig", errors="surrogateescape").splitlines()
    return [line for line in lines if line.strip(" ") and line[0] != "#"]
