"""Durations in options: ``90s``, ``30m``, ``48h``, ``7d``."""

import re
from datetime import timedelta
from typing import Final

from semsearch.errors import SettingsError

_DURATION: Final = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def duration(text: str, option: str) -> timedelta:
    """Parse ``90s``, ``30m``, ``48h`` or ``7d``; raises ``SettingsError`` that names the option."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise SettingsError(f"{option} {text} cannot be: take 90s, 30m, 48h or 7d, for instance")
    return int(match[1]) * _UNITS[match[2]]
