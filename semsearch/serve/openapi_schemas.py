"""JSON schemas of the answers of the JSON API; no answer has other members."""

from typing import Any, Final

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_NUMBER: Final[Schema] = {"type": "number"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_MAPPING: Final[Schema] = {"type": "object"}


def _object(optional: Schema | None = None, **members: Schema) -> Schema:
    """An object with these members, and no other; some of them need not be there."""
    return {
        "type": "object",
        "properties": {**members, **(optional or {})},
        "required": list(members),
        "additionalProperties": False,
    }


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_SPAN: Final = _or_null({**_list(_COUNT), "minItems": 2, "maxItems": 2})
_LOCATION: Final = {
    "path": _TEXT,
    "pages": _SPAN,
    "lines": _SPAN,
    "place": _or_null(_TEXT),
    "headings": _list(_TEXT),
}
_SOURCE: Final = {
    "index": _TEXT,
    "generation": _COUNT,
    "embedder": _TEXT,
    "mode": _TEXT,
    "reranker": _or_null(_TEXT),
    "partial": _or_null(_MAPPING),
}
_SOURCES: Final = {
    "sources": _list(
        _object(
            name=_TEXT,
            generation=_COUNT,
            published=_TEXT,
            host=_TEXT,
            folder=_TEXT,
            documents=_COUNT,
            passages=_COUNT,
        )
    )
}  # of a collection
_HITS: Final = {
    "hits": _list(_ref("Hit")),
    "closest": _or_null(_ref("Hit")),
    "notices": _list(_TEXT),
}

SCHEMAS: Final[dict[str, Schema]] = {
    "Answer": {"oneOf": [_ref("AnswerOfOne"), _ref("AnswerOfSeveral")]},
    "AnswerOfOne": _object(_SOURCES, query=_TEXT, **_SOURCE, **_HITS),
    "AnswerOfSeveral": _object(
        query=_TEXT,
        indexes=_list(_object(_SOURCES, name=_TEXT, folder=_TEXT, **_SOURCE)),
        failed=_list(_object(name=_TEXT, error=_TEXT, exit_code=_COUNT)),
        **_HITS,
    ),
    "Hit": _object(
        {"index": _TEXT, "source": _TEXT, "marked": _SPAN},
        rank=_COUNT,
        score=_NUMBER,
        relevance={"type": "number", "minimum": 0, "maximum": 1},
        **_LOCATION,
        text=_TEXT,
        digest=_TEXT,
        passages=_list(_TEXT),
        now=_or_null(
            _object(standing=_ref("Standing"), pages=_SPAN, lines=_SPAN, place=_or_null(_TEXT))
        ),
        copies=_list(_ref("Location")),
        signals=_MAPPING,
    ),
    "Standing": {"enum": ["exact", "moved", "changed", "gone"]},
    "Location": _object(**_LOCATION),
    "Passage": _object(
        {"source": _TEXT},
        **_LOCATION,
        standing=_or_null(_ref("Standing")),
        rows=_list(
            _object(
                line=_or_null(_COUNT),
                page=_or_null(_COUNT),
                place=_or_null(_TEXT),
                text=_TEXT,
                cited={"type": "boolean"},
            )
        ),
    ),
    "Documents": _object(
        documents=_list(
            _object(
                path=_TEXT, bytes=_COUNT, modified=_TEXT, pages=_or_null(_COUNT), coverage=_TEXT
            )
        ),
        more={"type": "boolean"},
    ),
    "Indexes": _object(
        indexes=_list(
            _object(
                {
                    "corpus": _TEXT,
                    "documents": _COUNT,
                    "passages": _COUNT,
                    "created": _TEXT,
                    "embedder": _TEXT,
                    "types": _MAPPING,
                    "folders": _list(_TEXT),
                },
                name=_TEXT,
                error=_or_null(_TEXT),
            )
        )
    ),
    "Map": _object(
        colours=_list(_TEXT),
        groups=_list(_TEXT),
        # x, y, position of the group or -1, citation, headings, beginning
        points=_list(
            {
                "type": "array",
                "prefixItems": [
                    *(_NUMBER, _NUMBER),
                    {"type": "integer"},
                    *(_TEXT, _TEXT, _TEXT),
                ],
                "items": False,
            }
        ),
        links=_list(_TEXT),
        generation=_COUNT,
        told=_TEXT,
        notices=_list(_TEXT),
    ),
    "Status": _object(
        index=_TEXT,
        corpus=_TEXT,
        shard=_or_null(_TEXT),
        generation=_COUNT,
        partial=_or_null(_MAPPING),
        created=_TEXT,
        embedder=_TEXT,
        dimension=_or_null(_COUNT),
        recall=_or_null(_NUMBER),
        documents=_COUNT,
        passages=_COUNT,
        bytes=_COUNT,
        encodings=_MAPPING,
        page_readers=_MAPPING,
        settings=_or_null(_MAPPING),
        left_out=_list(_MAPPING),
        changed_since=_or_null(_object(added=_COUNT, changed=_COUNT, removed=_COUNT)),
    ),
    "Problem": _object(
        {"exit_code": _COUNT},
        type=_TEXT,
        title=_TEXT,
        status={"type": "integer", "minimum": 400, "maximum": 599},
        detail=_TEXT,
    ),
}
