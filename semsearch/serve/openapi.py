"""The OpenAPI document of the JSON API; a test holds it to the answers."""

from collections.abc import Sequence
from typing import Any, Final

from semsearch.mcp.parameters import Parameter
from semsearch.serve.api_routes import DOCUMENTS, PASSAGE, STATUS
from semsearch.serve.map_route import MAP
from semsearch.serve.openapi_schemas import SCHEMAS
from semsearch.serve.problems import MEDIA_TYPE
from semsearch.serve.search_request import PARAMETERS
from semsearch.serve.stored_files import FILE

_Operation = tuple[str, str, Sequence[Parameter], str]  # path, summary, parameters, schema

_OPERATIONS: Final[tuple[_Operation, ...]] = (
    ("/api/search", "Passages that answer a question, best first", PARAMETERS, "Answer"),
    ("/api/passage", "A cited place with the rows around it", PASSAGE, "Passage"),
    ("/api/documents", "The documents that can be found", DOCUMENTS, "Documents"),
    ("/api/indexes", "Each index in short", (), "Indexes"),
    ("/api/map", "Passages as points on a plane, those that are alike near", MAP, "Map"),
    ("/api/status", "The status of an index", STATUS, "Status"),
)


def openapi_document(version: str) -> dict[str, Any]:
    """The document, of OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1)."""
    paths = {
        path: {"get": _operation(path, summary, parameters, _json_of(schema))}
        for path, summary, parameters, schema in _OPERATIONS
    }
    summary = "The file of a document; one Range is answered"
    return {
        "openapi": "3.1.1",
        "info": {"title": "semsearch", "version": version, "license": {"name": "MIT"}},
        "paths": {**paths, "/file": {"get": _operation("/file", summary, FILE, _BYTES)}},
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


_BYTES: Final[dict[str, Any]] = {
    kind: {"schema": {}} for kind in ("application/pdf", "application/octet-stream")
}


def _json_of(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _operation(
    path: str, summary: str, parameters: Sequence[Parameter], content: dict[str, Any]
) -> dict[str, Any]:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses: dict[str, Any] = {"200": {"description": summary, "content": content}}
    if path == "/file":
        responses["206"] = {"description": "The range that was asked for", "content": content}
    responses["default"] = {"description": "What is wrong, as RFC 9457 has it", "content": problem}
    return {
        "operationId": path.rpartition("/")[2],
        "summary": summary,
        "parameters": [_parameter(one) for one in parameters],
        "responses": responses,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = parameter.schema()
    described = {"description": schema.pop("description")}
    if parameter.is_list:
        described |= {"style": "form", "explode": True}  # name=a&name=b
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.is_required,
        "schema": schema,
        **described,
    }
