"""The JSON API: what ``--json`` prints, by the same names."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from semsearch.documents.coverage import SEARCHABLE
from semsearch.errors import SemsearchError
from semsearch.mcp.library import Library
from semsearch.mcp.parameters import Parameter
from semsearch.query.federated import JointAnswer
from semsearch.query.hits import Answer, Hit
from semsearch.query.searchable import OpenRecords
from semsearch.serve.search_request import INDEX, checked_values, search_request

Values = Sequence[tuple[str, str]]

_CITATION: Final = Parameter(
    "citation",
    "string",
    "A citation as a search gives it, or the path of a document for all of it.",
    is_required=True,
    least=1,
    most=2_000,
)
PASSAGE: Final = (
    _CITATION,
    Parameter("context", "integer", "Rows before and behind; 3 by default.", least=0, most=10**6),
    INDEX,
)
DOCUMENTS: Final = (
    Parameter("limit", "integer", "How many; 100 by default.", least=1, most=10_000),
    Parameter("after", "string", "Only documents behind this path.", most=5_000),
    INDEX,
)
STATUS: Final = (INDEX,)


def search(library: Library, values: Values) -> dict[str, Any]:
    """The answer of a search, with its notices; ``marked`` spans where they are asked for."""
    request = search_request(values)
    answer = request.answered(library)
    told = answer.to_dict()
    told["notices"] = list(answer.notices)
    if request.options.mark:
        _mark(told, answer)
    return told


def _mark(told: dict[str, Any], answer: Answer | JointAnswer) -> None:
    for given, hit in zip(told["hits"], answer.hits, strict=True):
        given["marked"] = _span(hit)
    if answer.closest is not None:
        told["closest"]["marked"] = _span(answer.closest)


def _span(hit: Hit) -> list[int] | None:
    return None if hit.marked is None else list(hit.marked)


def passage(library: Library, values: Values) -> dict[str, Any]:
    """The place that a citation names, with rows around it."""
    given = checked_values(PASSAGE, values)
    name = given.get("index", "")
    return library.shown(name, given["citation"], given.get("context", 3)).to_dict()


def status(library: Library, values: Values) -> dict[str, Any]:
    """The status of an index."""
    given = checked_values(STATUS, values)
    return library.status(given.get("index", "")).to_dict()


def indexes(library: Library, values: Values) -> dict[str, Any]:
    """Each index in short."""
    checked_values((), values)
    told: list[dict[str, Any]] = []
    for name in library.names or ("",):
        try:
            told.append({"name": name, **library.outline(name).to_dict(), "error": None})
        except SemsearchError as error:
            told.append({"name": name, "error": str(error)})
    return {"indexes": told}


def documents(library: Library, values: Values) -> dict[str, Any]:
    """The documents of an index that can be found, in the order of their paths."""
    given = checked_values(DOCUMENTS, values)
    limit, after = given.get("limit", 100), given.get("after", "")
    found = library.read_records(given.get("index", ""), lambda one: _documents(one, after))
    return {"documents": found[:limit], "more": len(found) > limit}


def _documents(records: OpenRecords, after: str) -> list[dict[str, Any]]:
    return [
        {
            "path": one.path,
            "bytes": one.stat.size,
            "modified": datetime.fromtimestamp(one.stat.mtime_ns / 1e9, UTC).isoformat(),
            "pages": one.pages,
            "coverage": one.coverage.value,
        }
        for one in records.view.documents.unchecked()
        if one.coverage in SEARCHABLE and one.path > after
    ]
