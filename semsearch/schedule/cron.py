"""Times of a schedule: five cron fields, and their form as a systemd calendar event."""

import re
from datetime import datetime, timedelta
from typing import Final

from cronsim import CronSim, CronSimError

from semsearch.errors import SettingsError

_DAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # cron's 0 to 7
_FIELDS: Final = (  # crontab(5): name, least and largest number
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
)
_PART: Final = re.compile(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", re.ASCII)
_STEPPED: Final = re.compile(r"\b(\d{1,2})-(\d{1,2})/\d{1,2}", re.ASCII)
_EVERY: Final = re.compile(r"(\d{1,2})([mhd])", re.ASCII)
_DAILY: Final = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


def every(period: str) -> str:
    """Return the cron fields for ``30m``, ``6h`` or ``1d``; raises ``SettingsError``.

    Periods must divide an hour or a day: cron has no others, and 7h would start again at midnight.
    """
    match = _EVERY.fullmatch(period)
    count, unit = (int(match[1]), match[2]) if match else (0, "")
    if unit == "m" and count and 60 % count == 0 and count < 60:
        return f"*/{count} * * * *"
    if unit == "h" and count and 24 % count == 0 and count < 24:
        return f"0 */{count} * * *"
    if (count, unit) in ((60, "m"), (24, "h"), (1, "d")):
        return "0 * * * *" if unit == "m" else "0 0 * * *"
    raise SettingsError(
        f"--every {period} cannot be: take minutes that divide an hour (5m, 30m), hours that"
        " divide a day (1h, 6h), or 1d"
    )


def daily(clock: str) -> str:
    """Return the cron fields for a time such as ``02:00``, local; raises ``SettingsError``."""
    match = _DAILY.fullmatch(clock)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise SettingsError(f"--daily {clock} cannot be: take a time from 00:00 to 23:59")
    return f"{int(match[2])} {int(match[1])} * * *"


def cron(expression: str) -> str:
    """Check a cron expression (numbers, ranges, lists, steps) and return it.

    Raises ``SettingsError``, also for an expression that restricts both day of the month and day of
    the week: cron runs when either matches, systemd when both match.
    """
    words = expression.split()
    if len(words) != len(_FIELDS):
        raise SettingsError(
            f'--cron "{expression}" cannot be: it takes five fields, as in "0 2 * * 1-5"'
        )
    for word, (name, least, largest) in zip(words, _FIELDS, strict=True):
        if not all(_is_part(part, least, largest) for part in word.split(",")):
            raise SettingsError(
                f'--cron "{expression}" cannot be: {word} is no {name} ({least} to {largest});'
                " numbers, ranges, lists and steps of these are"
            )
    if not words[2].startswith("*") and not words[4].startswith("*"):
        raise SettingsError(
            f'--cron "{expression}" cannot be: restrict the day of the month or of the week'
        )
    if "/" in words[4]:
        raise SettingsError(
            f'--cron "{expression}" cannot be: name the days of the week one by one'
        )
    return " ".join(words)


def calendar(fields: str) -> str:
    """Return checked cron fields as a calendar event of systemd.time(7).

    >>> calendar("30 */6 * * 1-5")
    'Mon,Tue,Wed,Thu,Fri *-*-* 0/6:30:00'
    """
    minute, hour, day, month, week = fields.split()
    clock = f"*-{_event(month, 1)}-{_event(day, 1)} {_event(hour, 0)}:{_event(minute, 0)}:00"
    return clock if week == "*" else f"{','.join(_days(part) for part in week.split(','))} {clock}"


def numbers(fields: str) -> tuple[list[int] | None, ...]:
    """Return the numbers of each checked cron field, ascending; None for ``*``, Sunday is 0.

    >>> numbers("*/30 8 * * 5-7")
    ([0, 30], [8], None, None, [0, 5, 6])
    """
    found: list[list[int] | None] = []
    for word, (name, least, largest) in zip(fields.split(), _FIELDS, strict=True):
        modulus = 7 if name == "day of the week" else largest + 1
        some = sorted({number % modulus for number in _numbers(word, least, largest)})
        found.append(None if word == "*" else some)
    return tuple(found)


def next_run(fields: str, now: datetime) -> datetime | None:
    """Return the first run after ``now`` for checked cron fields; both in local time.

    None for a date that never comes, such as 30 February.
    """
    return _first(fields, now, is_before=False)


def last_run(fields: str, now: datetime) -> datetime | None:
    """Return the last run up to ``now``, including the minute of ``now``; else None."""
    end_of_minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return _first(fields, end_of_minute, is_before=True)


def _first(fields: str, moment: datetime, *, is_before: bool) -> datetime | None:
    """The nearest run strictly before or after a time."""
    # CronSim reads 13-13/6 as 13/6, which goes on to the end of the field; cron reads it as 13.
    fields = _STEPPED.sub(lambda one: one[1] if int(one[1]) == int(one[2]) else one[0], fields)
    try:
        return next(CronSim(fields, moment.replace(microsecond=0), reverse=is_before), None)
    except CronSimError:  # the fields are checked: the date never comes
        return None


def _numbers(word: str, least: int, largest: int) -> set[int]:
    found: set[int] = set()
    for part in word.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{least}-{largest}" if span == "*" else span).partition("-")
        found.update(range(int(first), int(last or first) + 1, int(step or 1)))
    return found


def _is_part(part: str, least: int, largest: int) -> bool:
    match = _PART.fullmatch(part)
    if match is None or (match[3] and (int(match[3]) == 0 or (match[1] and not match[2]))):
        return False
    first = least if match[1] is None else int(match[1])
    last = largest if match[1] is None else int(match[2] or first)
    return least <= first <= last <= largest


def _event(word: str, least: int) -> str:
    if word == "*":
        return word
    return ",".join(p.replace("*/", f"{least}/").replace("-", "..") for p in word.split(","))


def _days(part: str) -> str:
    if part == "*":
        return "Mon..Sun"
    first, _, last = part.partition("-")
    numbers = range(int(first), int(last or first) + 1)
    return ",".join(_DAYS[number] for number in numbers)
