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


def violations(request: Request, answer: Answer) -> list[str]:
    """The violations of a request that was answered with 200, and of its answer."""
    operation = _operation(request.route)
    if operation is None or answer.status != _OK:
        return []
    name, of_request, of_answer = operation
    found = [] if of_request is None else _errors(of_request, request.json())
    if of_answer is not None:
        found += _errors(of_answer, json.loads(answer.body))
    return [f"{name}: {words}" for words in found]


def _errors(validator: Any, document: Any) -> list[str]:
    return [
        f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)
    ]


def _operation(route: str) -> tuple[str, Any, Any] | None:
    for name, pattern, of_request, of_answer in _operations():
        if pattern.fullmatch(route):
            return name, of_request, of_answer
    return None


@cache
def _operations() -> list[tuple[str, re.Pattern[str], Any, Any]]:
    """Name, path pattern and validators of each operation."""
    found = []
    for path in sorted(_FOLDER.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for name, schemas in document["operations"].items():
            pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(name)))
            checks = [_validator(schemas.get(part), document) for part in ("request", "answer")]
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
