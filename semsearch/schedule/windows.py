"""Task of the Windows Task Scheduler (XML schema, version 1.2); pure."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Final
from xml.etree import ElementTree as Xml  # what is read was written here

from semsearch.errors import SettingsError
from semsearch.schedule.cron import numbers
from semsearch.schedule.schedule import Schedule

# https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema
NAMESPACE: Final = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_MOST: Final = 48  # triggers of a task, by the schema
_BEGUN: Final = "2026-01-01"  # start date of triggers, in the past
_DAYS: Final = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()
_MONTHS: Final = (
    "January February March April May June July August September October November December".split()
)
_SETTINGS: Final = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",  # a run missed while the machine was off starts later
    "Hidden": "true",
    "ExecutionTimeLimit": "PT0S",  # semsearch has a limit of its own
    "Priority": "8",  # below normal, also for the disk
}


def task(schedule: Schedule) -> str:
    """Return the XML for ``schtasks /create /xml``; the task runs while its owner is logged on.

    Raises ``SettingsError`` for a schedule with too many times.
    """
    root = Xml.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
    about = Xml.SubElement(root, "RegistrationInfo")
    Xml.SubElement(about, "Description").text = json.dumps(asdict(schedule))
    triggers = Xml.SubElement(root, "Triggers")
    for hour, minute, step, last in _starts(schedule.when):
        _add_trigger(triggers, schedule.when, hour, minute, step, last)
    principals = Xml.SubElement(root, "Principals")
    principal = Xml.SubElement(principals, "Principal", {"id": "Author"})
    Xml.SubElement(principal, "LogonType").text = "InteractiveToken"
    Xml.SubElement(principal, "RunLevel").text = "LeastPrivilege"
    settings = Xml.SubElement(root, "Settings")
    for name, value in _SETTINGS.items():
        Xml.SubElement(settings, name).text = value
    actions = Xml.SubElement(root, "Actions", {"Context": "Author"})
    action = Xml.SubElement(actions, "Exec")
    program, *arguments = schedule.command
    Xml.SubElement(action, "Command").text = program
    Xml.SubElement(action, "Arguments").text = subprocess.list2cmdline(arguments)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode") + "\n"


def schedule_of_task(text: str) -> Schedule | None:
    """Return the schedule in a task that ``task`` wrote; None for any other."""
    try:
        found = Xml.fromstring(text).find(f"{{{NAMESPACE}}}RegistrationInfo/{{*}}Description")  # noqa: S314
        return Schedule(**json.loads(str(found.text))) if found is not None else None
    except (Xml.ParseError, ValueError, TypeError):
        return None


def _starts(when: str) -> list[tuple[int, int, int, int]]:
    """Hour and minute of each trigger, with interval and last minute of its repetition.

    Evenly spaced minutes need one trigger per hour.
    """
    minutes, hours = (some for some in numbers(when)[:2])
    minutes = list(range(60)) if minutes is None else minutes
    hours = list(range(24)) if hours is None else hours
    steps = {later - minute for minute, later in pairwise(minutes)}
    if len(steps) == 1:
        return [(hour, minutes[0], min(steps), minutes[-1]) for hour in hours]
    if len(minutes) * len(hours) > _MOST:
        raise SettingsError(f'"{when}" names too many times for Windows; take fewer')
    return [(hour, minute, 0, minute) for hour in hours for minute in minutes]


def _add_trigger(
    triggers: Xml.Element, when: str, hour: int, minute: int, step: int, last: int
) -> None:
    trigger = Xml.SubElement(triggers, "CalendarTrigger")
    if step:
        repetition = Xml.SubElement(trigger, "Repetition")
        Xml.SubElement(repetition, "Interval").text = f"PT{step}M"
        Xml.SubElement(repetition, "Duration").text = f"PT{last - minute + 1}M"
    Xml.SubElement(trigger, "StartBoundary").text = f"{_BEGUN}T{hour:02}:{minute:02}:00"
    _, _, days, months, week = numbers(when)
    if days is not None or months is not None:
        by_month = Xml.SubElement(trigger, "ScheduleByMonth")
        of_month = Xml.SubElement(by_month, "DaysOfMonth")
        for day in days or range(1, 32):
            Xml.SubElement(of_month, "Day").text = str(day)
        _add_names(by_month, "Months", [_MONTHS[month - 1] for month in months or range(1, 13)])
        if week is not None:
            raise SettingsError(f'"{when}" restricts days of some months, which Windows cannot')
    elif week is not None:
        by_week = Xml.SubElement(trigger, "ScheduleByWeek")
        _add_names(by_week, "DaysOfWeek", [_DAYS[day] for day in week])
        Xml.SubElement(by_week, "WeeksInterval").text = "1"
    else:
        by_day = Xml.SubElement(trigger, "ScheduleByDay")
        Xml.SubElement(by_day, "DaysInterval").text = "1"


def _add_names(parent: Xml.Element, name: str, names: Sequence[str]) -> None:
    element = Xml.SubElement(parent, name)
    for one in names:
        Xml.SubElement(element, one)
