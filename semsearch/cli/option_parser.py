"""What is given to a command is made into values without pydantic, where that is simple.

typer has pydantic make a validator for each option of a command, given or not: with the import an
eighth of the time of a query. What is simple is taken here; all else, and all that is wrong, is
left to typer.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import typer

_DIGITS: Final = 9  # of a number that is read here


def sparing(app: typer.Typer) -> Callable[..., object]:
    """The command line, ready to be run; it takes and refuses what typer's own does."""
    command = typer.main.get_command(app)
    _spare(command)
    return command


def _spare(command: Any) -> None:
    for parameter in command.get_params(typer.Context(command)):  # with --help
        # A method of the instance. If a typer to come does not ask it, nothing is spared.
        parameter.get_runtime_param = _Sparing(parameter).itself
    for one in getattr(command, "commands", {}).values():
        _spare(one)


class _Sparing:
    """Stands before what typer would make of a parameter, which is made when it is needed."""

    def __init__(self, parameter: Any) -> None:
        self._parameter = parameter
        self._made = parameter.get_runtime_param
        self._type = parameter.type_descriptor.annotation

    def itself(self) -> "_Sparing":
        """What typer asks a parameter for."""
        return self

    def coerce(self, value: Any, **where: Any) -> Any:
        """The value of what is written, or of a default; raises typer's errors."""
        if value is None:
            return () if self._parameter.multiple or self._parameter.nargs == -1 else None
        if self._is_simple(value):
            return list(value) if self._type == list[str] else self._type(value)
        return self._made().coerce(value, **where)

    def _is_simple(self, value: Any) -> bool:
        if not isinstance(value, str):  # the default of a number, or words that were given
            return self._type in (int, float, list[str])
        if self._type is Path:
            return os.access(value, os.R_OK)
        return self._type is str or (self._type is int and self._is_number(value))

    def _is_number(self, value: str) -> bool:
        """Whether these are plain digits of a number within the option's bounds."""
        if not (value.isascii() and value.isdecimal() and len(value) <= _DIGITS):
            return False
        least, most = self._parameter.min, self._parameter.max
        return (least is None or least <= int(value)) and (most is None or int(value) <= most)
