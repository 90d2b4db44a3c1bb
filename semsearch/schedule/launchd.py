"""Property list of a launchd agent (launchd.plist(5)); pure."""

import json
import plistlib
from dataclasses import asdict
from itertools import product
from math import prod
from typing import Any, Final
from xml.parsers.expat import ExpatError

from semsearch.errors import SettingsError
from semsearch.schedule.cron import numbers
from semsearch.schedule.schedule import Schedule

_OURS: Final = "SemsearchSchedule"  # launchd ignores unknown keys
_MOST: Final = 1_000  # times; launchd has no ranges, so each time is listed
_NAMES: Final = (
    "Minute",
    "Hour",
    "Day",
    "Month",
    "Weekday",
)  # launchd's keys for the cron fields, in order


def agent(schedule: Schedule) -> bytes:
    """Return the property list of a schedule; launchd runs it late if the machine slept.

    Raises ``SettingsError`` for a schedule with too many times.
    """
    wanted: dict[str, Any] = {
        "Label": schedule.name,
        "ProgramArguments": list(schedule.command),
        "StartCalendarInterval": _intervals(schedule.when),
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "Nice": 10,
        "Umask": 0o077,
        _OURS: json.dumps(asdict(schedule)),
    }
    return plistlib.dumps(wanted)


def schedule_of_agent(content: bytes) -> Schedule | None:
    """Return the schedule in a property list that ``agent`` wrote; None for any other."""
    try:
        return Schedule(**json.loads(plistlib.loads(content)[_OURS]))
    except (plistlib.InvalidFileException, ExpatError, ValueError, LookupError, TypeError):
        return None


def _intervals(when: str) -> list[dict[str, int]]:
    """Each time that the cron fields match; unrestricted fields are left out."""
    restricted = {
        name: some for name, some in zip(_NAMES, numbers(when), strict=True) if some is not None
    }
    if prod(map(len, restricted.values())) > _MOST:
        raise SettingsError(f'"{when}" names too many times for launchd; take fewer')
    return [dict(zip(restricted, time, strict=True)) for time in product(*restricted.values())]
