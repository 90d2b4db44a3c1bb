"""Arguments of a command as a frozen value: options declared once, as dataclass fields."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import wraps
from inspect import Parameter, Signature
from typing import TypeVar

Arguments = TypeVar("Arguments")


def takes(declared: type[Arguments]) -> Callable[[Callable[[Arguments], int]], Callable[..., int]]:
    """Turn a function of one value into a command with an option for each field of ``declared``.

    ``declared`` is a dataclass whose fields are annotated like typer parameters. Commands that
    share options inherit from a common dataclass, so that each option is declared once.
    """

    def as_command(command: Callable[[Arguments], int]) -> Callable[..., int]:
        @wraps(command)
        def called(**given: object) -> int:
            return command(declared(**given))

        parameters = [
            Parameter(
                field.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if field.default is MISSING else field.default,
                annotation=field.type,
            )
            for field in fields(declared)  # type: ignore[arg-type]  # it is a dataclass
        ]
        # typer reads both.
        called.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in parameters}
        return called

    return as_command
