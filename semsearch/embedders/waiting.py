"""How long to wait before a request is sent again."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from semsearch.embedders.http import HttpReply

_LONGEST: Final = 120.0  # seconds; a server that asks for more is asked again all the same
_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]*)?")  # the fraction is against RFC 9110, and seen
_RATE_LIMITED: Final = 429
# Mistral's limits are by the minute and its refusals carry no Retry-After (observed in 2026).
_RATE_WINDOW: Final = 20.0


def asked_wait(reply: HttpReply) -> float | None:
    """Seconds that the server asks for by ``Retry-After``, in seconds or as a date.

    For a 429 that asks for nothing, a part of the minute that its limit counts by; else None.
    """
    asked = reply.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(asked):
        return min(float(asked), _LONGEST)
    try:
        until = parsedate_to_datetime(asked)
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return min(max((until - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST)
    except ValueError:
        return _RATE_WINDOW if reply.status == _RATE_LIMITED else None
