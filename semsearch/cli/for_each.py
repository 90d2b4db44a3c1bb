"""Run a command for each named folder."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from semsearch.cli.errors import failure
from semsearch.cli.render.terminal import say, to_json
from semsearch.errors import ExitCode

# Least severe first; exit codes not listed are worse.
_MILD: Final = (
    ExitCode.DONE,
    ExitCode.NOTHING_FOUND,
    ExitCode.SOME_LEFT_OUT,
    ExitCode.LOCKED,
    ExitCode.UNAVAILABLE,
    ExitCode.BUDGET,
    ExitCode.WORSE,
)


def for_each(
    names: Sequence[str], work: Callable[[str], tuple[int, dict[str, Any]]], *, as_json: bool
) -> int:
    """Run ``work`` for each name, also after errors; return the worst exit code.

    ``work`` returns an exit code and the values for ``--json``, and prints everything else.
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
    """Return the worst of several exit codes."""
    return max(codes, key=lambda code: _MILD.index(code) if code in _MILD else len(_MILD))
