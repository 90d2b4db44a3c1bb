"""Messages for wrong usage of the command line, in words that name what is allowed."""

import re
import shlex
from collections.abc import Sequence
from typing import Any, Final

_KINDS: Final = {int: "a whole number", float: "a number"}
_ASKING: Final = ("query", "ask")  # commands whose argument is a question
_INVALID: Final = re.compile(r"Invalid value for (?P<option>.+?): Input should be .*", re.DOTALL)
_UNKNOWN: Final = re.compile(r"No such option: (?P<option>-\w).*", re.DOTALL)
_EXTRA: Final = re.compile(r"Got unexpected extra argument\(?s?\)? \((?P<words>.*)\)", re.DOTALL)


def usage_text(message: str, error: Exception, arguments: Sequence[str]) -> str:
    """Return the message of an error of typer, in words for a person.

    ``arguments`` are those of the command line.
    """
    if (invalid := _INVALID.fullmatch(message)) is not None:
        parameter: Any = getattr(error, "param", None)
        return f"{invalid['option'].replace(chr(39), '')} takes {_allowed(parameter)}"
    unknown = _UNKNOWN.fullmatch(message)
    asks = bool(arguments) and arguments[0] in _ASKING
    if unknown is not None and asks:
        begun = [one for one in arguments if one.startswith(unknown["option"]) and len(one) > 2]
        if begun and not begun[0].startswith("--"):
            asked = f"semsearch {arguments[0]} -- {shlex.quote(begun[0])}"
            return (
                f"{begun[0]} is no option; a question that begins with - stands behind --: {asked}"
            )
    extra = _EXTRA.fullmatch(message)
    if extra is not None and asks:
        context: Any = getattr(error, "ctx", None)
        question = getattr(context, "params", {}).get("question")
        if isinstance(question, str):
            return f"quote the question: {_quoted(question, extra['words'].split(), arguments)}"
    return message


def _allowed(parameter: Any) -> str:
    """What an option takes: "a whole number from 1 to 1000"."""
    kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    told = next((words for type_, words in _KINDS.items() if _is_of(kind, type_)), "another value")
    least, most = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if least is not None and most is not None:
        return f"{told} from {least:g} to {most:g}"
    if least is not None:
        return f"{told}, at least {least:g}"
    return told if most is None else f"{told}, at most {most:g}"


def _is_of(kind: Any, type_: type) -> bool:
    return kind is type_ or type_ in getattr(kind, "__args__", ())


def _quoted(question: str, extra: Sequence[str], arguments: Sequence[str]) -> str:
    """The command with its question in quotes, and its options behind it."""
    words = [*question.split(), *extra]
    waiting, others = list(words), []
    for argument in arguments[1:]:
        parts = argument.split()
        if parts and waiting[: len(parts)] == parts:
            del waiting[: len(parts)]
        else:
            others.append(argument)
    asked = " ".join(words)
    shown = shlex.quote(asked) if set(asked) & set('"\\$`!') else f'"{asked}"'
    return " ".join(["semsearch", arguments[0], shown, *map(shlex.quote, others)])
