"""The same done for each folder that has a name."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from semsearch.cli.errors import FOUND, failure
from semsearch.cli.render.terminal import say, to_json

# The mildest first; any other is worse.
_MILD: Final = (FOUND, 1, 3, 11, 75, 14, 15)


def for_each(
    names: Sequence[str], work: Callable[[str], tuple[int, dict[str, Any]]], *, as_json: bool
) -> int:
    """Do it for one after the other, whatever becomes of those before; returns the worst exit code.

    ``work`` returns an exit code and what ``--json`` has of it, and prints the rest.
    """
    codes, records = [], []
    for name in names:
        try:
            code, record = work(name)
        except Exception as error:
            told, code = failure(error, keeps=False)
            say(f"semsearch: {name}: {told}")
            record = {"error": told, "exit_code": code}
        codes.append(code)
        records.append({"name": name, **record})
    if as_json:
        print(to_json({"indexes": records}))
    return worst(codes)


def worst(codes: Sequence[int]) -> int:
    """The exit code of several."""
    return max(codes, key=lambda code: _MILD.index(code) if code in _MILD else len(_MILD))
