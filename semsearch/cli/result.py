"""Print the result of a command: JSON with ``--json``, nothing with ``--quiet``, else text."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from semsearch.cli.errors import FOUND, NOTHING_FOUND
from semsearch.cli.render.terminal import say, to_json


class Result(Protocol):
    """A value with JSON names."""

    def to_dict(self) -> dict[str, Any]:
        """The value as JSON names and values."""


R = TypeVar("R", bound=Result)
Item = TypeVar("Item")


def print_result(
    result: R, text: Callable[[R], str], *, as_json: bool, quiet: bool = False
) -> None:
    """Print a result; ``text`` is called only if its text is printed."""
    print_values(result.to_dict, lambda: text(result), as_json=as_json, quiet=quiet)


def print_values(
    values: Callable[[], dict[str, Any]],
    text: Callable[[], str],
    *,
    as_json: bool,
    quiet: bool = False,
) -> None:
    """Print values that no class has, or the text of them."""
    if as_json:
        print(to_json(values()))
    elif not quiet:
        print(text())


def print_list(
    name: str,
    items: Sequence[Item],
    line: Callable[[Item], str],
    values: Callable[[Item], dict[str, Any]],
    *,
    as_json: bool,
    quiet: bool = False,
) -> int:
    """Print a line for each item, or all under ``name`` as JSON; the exit code is 1 without any."""
    if as_json:
        print(to_json({name: [values(item) for item in items]}))
    elif not quiet:
        for item in items:
            print(line(item))
    return FOUND if items else NOTHING_FOUND


def print_removed(
    name: str,
    removed: Sequence[Item],
    line: Callable[[Item], str],
    values: Callable[[Item], dict[str, Any]],
    *,
    nothing: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Print the removed items like a list; without any say ``nothing`` on stderr."""
    if not removed and not as_json:
        say(f"semsearch: {nothing}")
    return print_list(
        name,
        removed,
        lambda item: f"removed: {line(item)}",
        values,
        as_json=as_json,
        quiet=quiet,
    )


def say_notices(notices: Sequence[str], *, quiet: bool) -> None:
    """Say notices on stderr, unless ``quiet``."""
    if not quiet:
        for notice in notices:
            say(f"semsearch: {notice}")
