"""Parameters of tools: their JSON schema, and the check of what a client gives for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from semsearch.errors import SettingsError

_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}
_MOST_VALUES: Final = 200  # of a list; each is compared with each document


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a tool.

    kind: string, integer, number or boolean.
    is_list: the value is a list of these; a single one is taken for a list of one.
    least, most: bounds of a number, or of the length of a string.
    choices: the values that a string may have.
    """

    name: str
    kind: str
    description: str
    is_required: bool = False
    is_list: bool = False
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        one: dict[str, Any] = {"type": self.kind}
        names = ("minLength", "maxLength") if self.kind == "string" else ("minimum", "maximum")
        for name, bound in zip(names, (self.least, self.most), strict=True):
            if bound is not None:
                one[name] = bound
        if self.choices:
            one["enum"] = list(self.choices)
        if self.is_list:
            one = {"type": "array", "items": one, "maxItems": _MOST_VALUES}
        return {**one, "description": self.description}

    def checked(self, value: object) -> Any:
        """The value, a list where the parameter is one; raises ``SettingsError``."""
        if self.is_list:
            values = value if isinstance(value, list) else [value]
            if len(values) > _MOST_VALUES:
                raise SettingsError(f"{self.name} has more than {_MOST_VALUES} values")
            return [self._checked(one) for one in values]
        return self._checked(value)

    def _checked(self, value: object) -> Any:
        if self.kind == "integer" and isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON has one kind of number: https://json-schema.org, integer
        is_other = isinstance(value, bool) and self.kind != "boolean"
        if is_other or not isinstance(value, _TYPES[self.kind]):
            raise SettingsError(f"{self.name} must be {self._wanted()}, not {_name_of(value)}")
        size = value if isinstance(value, (int, float)) else len(str(value))
        if self.kind != "boolean" and (
            (self.least is not None and size < self.least)
            or (self.most is not None and size > self.most)
        ):
            raise SettingsError(f"{self.name} must be {self._wanted()}{self._bounds()}")
        if self.choices and value not in self.choices:
            raise SettingsError(f"{self.name} must be one of {', '.join(self.choices)}")
        return value

    def _wanted(self) -> str:
        wanted = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
        return wanted.get(self.kind, "a string")

    def _bounds(self) -> str:
        if self.kind == "string":
            return f" of {self.least or 0} to {self.most} characters"
        return f" from {self.least} to {self.most}"


def schema_of(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The JSON schema of a tool's arguments; no others are allowed."""
    return {
        "type": "object",
        "properties": {one.name: one.schema() for one in parameters},
        "required": [one.name for one in parameters if one.is_required],
        "additionalProperties": False,
    }


def checked_arguments(parameters: Sequence[Parameter], given: object) -> dict[str, Any]:
    """The arguments of a call, by name; those that are null count as not given.

    Raises ``SettingsError`` for an unknown name, with the name that was probably meant, for a value
    that is not allowed and for one that is missing.
    """
    if not isinstance(given, dict):
        raise SettingsError("arguments must be an object")
    known = {one.name: one for one in parameters}
    for name in given:
        if name not in known:
            told = str(name)[:40]
            close = get_close_matches(told.lower(), known, n=1, cutoff=0.5)
            meant = f" (do you mean {close[0]}?)" if close else ""
            there = ", ".join(known) or "none"
            raise SettingsError(f"there is no argument {told!r}{meant}; the arguments are: {there}")
    for one in parameters:
        if one.is_required and given.get(one.name) is None:
            raise SettingsError(f"{one.name} is missing: {one.description}")
    return {name: known[name].checked(value) for name, value in given.items() if value is not None}


def _name_of(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string"}
    return names.get(type(value), "an object" if isinstance(value, dict) else "a list")
