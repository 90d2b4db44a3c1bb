"""JSON that the record keeps as text."""

import json
from typing import Any


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text; raises ``ValueError``, also where it is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
