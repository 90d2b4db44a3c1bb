"""Contract check: requests and answers against the published OpenAPI files."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from fakes.mistral_server.exchange import Answer, Request

_FOLDER: Final = Path(__file__).parent.parent / "openapi"
_OK: Final = 200
_PARTS: Final = ("request", "answer", "event")


def violations(request: Request, answer: Answer) -> list[str]:
    """The violations of a request that was answered with 200, and of its answer."""
    operation = _operation(request.route)
    if operation is None or answer.status != _OK:
        return []
    name, of_request, of_answer, of_event = operation
    found = [] if of_request is None else _errors(of_request, request.json())
    if of_answer is not None:
        found += _errors(of_answer, json.loads(answer.body))
    if of_event is not None and not answer.is_odd:
        for event in _events(answer):
            found += _errors(of_event, event)
    return [f"{name}: {words}" for words in found]


def _errors(validator: Any, document: Any) -> list[str]:
    return [
        f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)
    ]


def _events(answer: Answer) -> Iterator[Any]:
    """The JSON of each event of a stream."""
    for line in re.split(r"\r\n|\n|\r", b"".join(answer.packets).decode()):
        data = line.removeprefix("data: ")
        if data != line and data != "[DONE]":
            yield json.loads(data)


def _operation(route: str) -> tuple[str, Any, Any, Any] | None:
    for name, pattern, *validators in _operations():
        if pattern.fullmatch(route):
            return name, validators[0], validators[1], validators[2]
    return None


@cache
def _operations() -> list[tuple[str, re.Pattern[str], Any, Any, Any]]:
    """Name, path pattern and validators of each operation."""
    found = []
    for path in sorted(_FOLDER.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for name, schemas in document["operations"].items():
            pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(name)))
            checks = [_validator(schemas.get(part), document) for part in _PARTS]
            found.append((name, pattern, *checks))
    return found


def _validator(schema: Any, document: dict[str, Any]) -> Any:
    if schema is None:
        return None
    return _Validator({**schema, "components": document["components"]})


def _items(validator: Any, items: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Check lists of numbers as a whole, because a reply has hundreds of thousands."""
    if items == {"type": "number"} and isinstance(instance, list):
        if not all(type(number) in (float, int) for number in instance):
            yield ValidationError("not all of it are numbers")
        return
    yield from Draft202012Validator.VALIDATORS["items"](validator, items, instance, schema)


_Validator: Final = extend(Draft202012Validator, {"items": _items})
