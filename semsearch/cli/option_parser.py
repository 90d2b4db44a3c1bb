"""Parse simple options without pydantic.

typer has pydantic build a validator for each option of a command, given or not; with the import
that takes an eighth of a query's time. Simple values are parsed here. All others, and all invalid
values, are left to typer.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import typer

_DIGITS: Final = 9  # longest number that is parsed here


def sparing(app: typer.Typer) -> Callable[..., object]:
    """Return the command line with simple values parsed here; errors are those of typer."""
    command = typer.main.get_command(app)
    _spare(command)
    return command


def _spare(command: Any) -> None:
    for parameter in command.get_params(typer.Context(command)):  # with --help
        # Overrides a method of the instance. A future typer that does not call it is only slower.
        parameter.get_runtime_param = _Sparing(parameter).itself
    for one in getattr(command, "commands", {}).values():
        _spare(one)


class _Sparing:
    """Stands in for typer's parameter parser, which is built only when it is needed."""

    def __init__(self, parameter: Any) -> None:
        self._parameter = parameter
        self._made = parameter.get_runtime_param
        self._type = parameter.type_descriptor.annotation

    def itself(self) -> "_Sparing":
        """Return the real parser, as typer asks for it."""
        return self

    def coerce(self, value: Any, **where: Any) -> Any:
        """Convert a given value or a default; raises typer's errors."""
        if value is None:
            return () if self._parameter.multiple or self._parameter.nargs == -1 else None
        if self._is_simple(value):
            return list(value) if self._type == list[str] else self._type(value)
        return self._made().coerce(value, **where)

    def _is_simple(self, value: Any) -> bool:
        if not isinstance(value, str):  # a default, or a list of values
            return self._type in (int, float, list[str])
        if self._type is Path:
            return os.access(value, os.R_OK)
        return self._type is str or (self._type is int and self._is_number(value))

    def _is_number(self, value: str) -> bool:
        """True for plain digits of a number within the option's bounds."""
        if not (value.isascii() and value.isdecimal() and len(value) <= _DIGITS):
            return False
        least, most = self._parameter.min, self._parameter.max
        return (least is None or least <= int(value)) and (most is None or int(value) <= most)
