"""Regular expressions of globs, matched in linear time.

A glob with several stars becomes an expression that tries every split of a name among its stars:
of a long name that takes for ever. But the first place where the piece behind a star fits is as
good as any later one, as long as another star follows. So each such piece is an atomic group,
which is not tried anew: ``[^/]*a[^/]*b`` becomes ``(?>[^/]*?a)[^/]*b``. The same holds for whole
folders between two ``**``.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

# Parts of the expressions that pathspec makes: a star, any folders, and whole other parts.
_STAR: Final = "[^/]*"
_FOLDERS: Final = {"(?:.+/)?": "(?:.+?/)??", "(?:/.+)?": "(?:/.+?)??"}
_PART: Final = re.compile(
    r"""(?P<folders>\(\?:\.\+/\)\?|\(\?:/\.\+\)\?)
    | (?P<star>\[\^/\]\*)
    | (?P<end>\(\?:\(\?P<ps_d>/\)\|\$\)|\(\?P<ps_d>/\))
    | (?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<other>\\.|.)""",
    re.VERBOSE | re.DOTALL,
)


def in_linear_time(expression: str) -> str:
    """Return an expression of pathspec's that matches alike, without trying splits anew.

    >>> in_linear_time("^[^/]*a[^/]*b$")
    '^(?>[^/]*?a)[^/]*b$'
    """
    if expression.count(_STAR) + sum(map(expression.count, _FOLDERS)) < 2:
        return expression  # the usual case
    parts = [(match.lastgroup or "", match[0]) for match in _PART.finditer(expression)]
    return "".join(_pieces(parts))


def linear(regex: re.Pattern[str]) -> re.Pattern[str]:
    """Return a pattern of pathspec's as one that matches in linear time."""
    expression = in_linear_time(regex.pattern)
    return regex if expression == regex.pattern else re.compile(expression, regex.flags)


def _pieces(parts: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The parts, cut before each ``**``; a piece that another ``**`` follows is atomic."""
    cuts = [at for at, (kind, _) in enumerate(parts) if kind == "folders"]
    yield "".join(_names(parts[: cuts[0]] if cuts else parts))
    for start, stop in pairwise([*cuts, len(parts)]):
        folders, piece = parts[start][1], "".join(_names(parts[start + 1 : stop]))
        is_last = stop == len(parts)
        # The next "**" begins or ends with a slash: the name before it must be whole.
        yield f"{folders}{piece}" if is_last else f"(?>{_FOLDERS[folders]}{piece}(?=/))"


def _crosses_names(parts: Sequence[tuple[str, str]]) -> bool:
    return any(kind == "class" and re.fullmatch(text, "/") for kind, text in parts)


def _names(parts: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The parts of some names, cut before each star; one that a star of its name follows is atomic.

    A slash ends a name.
    """
    at = 0
    while at < len(parts):
        kind, text = parts[at]
        end = at + 1
        if kind == "star":
            while end < len(parts) and parts[end][0] in ("class", "other") and parts[end][1] != "/":
                end += 1
            behind = parts[at + 1 : end]
            text = "".join(part for _, part in behind)
            # Where a class has the slash, as pathspec's [!a], a later place may be in another name.
            is_split = end < len(parts) and parts[end][0] == "star" and not _crosses_names(behind)
            text = f"(?>[^/]*?{text})" if is_split else f"{_STAR}{text}"
        yield text
        at = end
