"""Check of a request for embeddings against the API's schema."""

from typing import Any

from fakes.mistral_server.dialects import Dialect
from fakes.mistral_server.refusal import Reason, Refused


def checked(document: Any, dialect: Dialect) -> None:
    """Return a valid request; raises ``Refused`` with all faults in pydantic's wording."""
    if not isinstance(document, dict):
        detail = {"type": "json_invalid", "loc": ["body"], "msg": "JSON decode error"}
        raise Refused(Reason.INVALID, details=[detail])
    details = [*_unknown(document, dialect), *_missing(document), *_mistyped(document, dialect)]
    if details:
        raise Refused(Reason.INVALID, details=details)


def _unknown(document: dict[str, Any], dialect: Dialect) -> list[dict[str, Any]]:
    if dialect.fields is None:
        return []
    return [
        {
            "type": "extra_forbidden",
            "loc": ["body", "EmbeddingRequest", name],
            "msg": "Extra inputs are not permitted",
            "input": document[name],
        }
        for name in sorted(document.keys() - dialect.fields)
    ]


def _missing(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "missing", "loc": ["body", name], "msg": "Field required"}
        for name in ("model", "input")
        if name not in document
    ]


def _mistyped(document: dict[str, Any], dialect: Dialect) -> list[dict[str, Any]]:
    given = document.get("input", "")
    size = document.get(dialect.dimension_field or "")
    checks = {
        "model": isinstance(document.get("model", ""), str),
        "input": isinstance(given, str)
        or (isinstance(given, list) and all(isinstance(text, str) for text in given)),
        dialect.dimension_field: size is None or (type(size) is int and size > 0),
        "encoding_format": document.get("encoding_format", "float") in ("float", "base64"),
    }
    return [
        {"type": "value_error", "loc": ["body", name], "msg": "Input should be valid"}
        for name, is_valid in checks.items()
        if not is_valid
    ]
