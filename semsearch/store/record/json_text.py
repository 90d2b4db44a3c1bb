"""JSON that the record keeps as text."""

import json
import math
from typing import Any


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text; raises ``ValueError``, also where it is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def require_finite(*numbers: float) -> None:
    """Raise ``ValueError`` unless all values, which may be of any type, are finite floats."""
    if not all(isinstance(number, float) and math.isfinite(number) for number in numbers):
        raise ValueError("it has other values than finite numbers")
