"""``semsearch man``."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import typer

from semsearch.cli.app import command_line
from semsearch.cli.errors import EXIT_CODES, FOUND, one_line_errors

if TYPE_CHECKING:
    from semsearch.cli.render.manual import Command, Option


@one_line_errors
def man() -> int:
    """Print the manual, as a page that man shows.

    \b
    Examples:
      semsearch man | man -l -
      semsearch man > ~/.local/share/man/man1/semsearch.1
    """
    from semsearch.cli.render.manual import manual_page

    group = typer.main.get_command(command_line(()))
    about = " ".join((group.help or "").split())
    print(manual_page(version("semsearch"), about, list(_commands(group, "")), EXIT_CODES))
    return FOUND


def _commands(group: Any, prefix: str) -> "Iterator[Command]":
    """The commands of a group, and of the groups in it."""
    from semsearch.cli.render.manual import Command

    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
            continue
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
        usage = " ".join(
            [
                f"semsearch {prefix}{name}",
                *map(_argument, arguments),
                *(["[OPTIONS]"] * any(options)),
            ]
        )
        described = [_described(_argument(one), one) for one in arguments if one.help]
        described += [_described(_option(one), one) for one in options]
        yield Command(usage, command.help or "", described)


def _described(written: str, one: Any) -> "Option":
    from semsearch.cli.render.manual import Option

    return Option(written, " ".join((one.help or "").split()))


def _argument(one: Any) -> str:
    metavar = one.metavar or one.name.upper()
    return metavar if one.required else f"[{metavar}]"


def _option(one: Any) -> str:
    written = ", ".join([*one.opts, *one.secondary_opts])
    if one.is_flag or one.count:
        return written
    return f"{written} {one.metavar or one.name.upper()}"
