"""Command reference: every command with usage, help and options, read from typer for the manual."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from semsearch.cli.app import command_line


@dataclass(frozen=True, slots=True)
class Option:
    """An option or argument: its notation and its help."""

    written: str
    help: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command: name (``schedule add``), usage, help text and options."""

    name: str
    usage: str
    help: str
    options: tuple[Option, ...]


def about() -> str:
    """Return the program's own help, on one line."""
    return " ".join((_program().help or "").split())


def all_commands() -> tuple[Command, ...]:
    """Return every command in the order of ``semsearch --help``, grouped commands by full name."""
    return tuple(_commands(_program(), ""))


def _program() -> Any:
    return typer.main.get_command(command_line(()))


def _commands(group: Any, prefix: str) -> Iterator[Command]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield _command(f"{prefix}{name}", command)


def _command(name: str, command: Any) -> Command:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    usage = " ".join(
        [f"semsearch {name}", *map(_argument, arguments), *(["[OPTIONS]"] * any(options))]
    )
    described = [_described(_argument(p), p) for p in arguments if p.help]
    described += [_described(_option(p), p) for p in options]
    return Command(name, usage, command.help or "", tuple(described))


def _described(written: str, parameter: Any) -> Option:
    return Option(written, " ".join((parameter.help or "").split()))


def _argument(parameter: Any) -> str:
    metavar = parameter.metavar or parameter.name.upper()
    return metavar if parameter.required else f"[{metavar}]"


def _option(parameter: Any) -> str:
    written = ", ".join([*parameter.opts, *parameter.secondary_opts])
    if parameter.is_flag or parameter.count:
        return written
    return f"{written} {parameter.metavar or parameter.name.upper()}"
