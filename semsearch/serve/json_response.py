"""JSON answers in ASCII: a file name may have letters that UTF-8 has no bytes for."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response


def json_response(
    value: Any,
    status: int = 200,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer with a value."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Response(text.encode("ascii"), status, headers, media_type)
