"""launchd agents and Windows tasks run at the times of cron."""

import plistlib
import re
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.etree import ElementTree as Xml

import pytest

from semsearch.errors import SettingsError
from semsearch.schedule.cron import next_run
from semsearch.schedule.launchd import agent, schedule_of_agent
from semsearch.schedule.schedule import Schedule
from semsearch.schedule.windows import NAMESPACE, schedule_of_task, task

FOLDER = '/a "b" 50 % <ü> & \\'
FIELDS = (
    "0 */6 * * *",
    "5 2 * * *",
    "*/5 * * * *",
    "*/20 8-10 * * 1-5",
    "0,7,30 1-3 * * 0,6",
    "30 4 1,15 * *",
    "0 0 31 */2 *",
    "* 3 * * *",
)
BEGIN = datetime(2026, 1, 29)  # a Thursday
DAYS = 40

# launchd.plist(5); what is not in it is ours.
AGENT = set(
    "Label ProgramArguments StartCalendarInterval ProcessType LowPriorityIO Nice Umask".split()
)
# https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema-elements
CHILDREN = {
    "Task": "RegistrationInfo Triggers Principals Settings Actions",
    "RegistrationInfo": "Description",
    "Triggers": "CalendarTrigger",
    "CalendarTrigger": "Repetition StartBoundary ScheduleByDay ScheduleByWeek ScheduleByMonth",
    "Repetition": "Interval Duration",
    "ScheduleByDay": "DaysInterval",
    "ScheduleByWeek": "DaysOfWeek WeeksInterval",
    "ScheduleByMonth": "DaysOfMonth Months",
    "DaysOfMonth": "Day",
    "DaysOfWeek": "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
    "Months": "January February March April May June July August September October November"
    " December",
    "Principals": "Principal",
    "Principal": "LogonType RunLevel",
    "Settings": "MultipleInstancesPolicy DisallowStartIfOnBatteries StopIfGoingOnBatteries"
    " StartWhenAvailable Hidden ExecutionTimeLimit Priority",
    "Actions": "Exec",
    "Exec": "Command Arguments",
}
MONTHS = CHILDREN["Months"].split()
WEEK = CHILDREN["DaysOfWeek"].split()


def expected(fields: str) -> list[datetime]:
    """The times at which cron runs the schedule in some weeks."""
    found, now = [], BEGIN - timedelta(minutes=1)
    while (run := next_run(fields, now)) is not None and run < BEGIN + timedelta(days=DAYS):
        found.append(run)
        now = run
    return found


def minutes() -> Iterator[datetime]:
    """All minutes of these weeks."""
    return (BEGIN + timedelta(minutes=count) for count in range(DAYS * 24 * 60))


@pytest.mark.parametrize("fields", FIELDS)
def test_launchd_runs_when_cron_does(fields: str) -> None:
    """The calendar intervals of an agent match the minutes of the cron fields."""
    made = plistlib.loads(agent(Schedule(FOLDER, fields)))
    intervals = [frozenset(one.items()) for one in made["StartCalendarInterval"]]
    found = []
    for now in minutes():
        is_now = {
            ("Minute", now.minute),
            ("Hour", now.hour),
            ("Day", now.day),
            ("Month", now.month),
            ("Weekday", now.isoweekday() % 7),
        }
        if any(interval <= is_now for interval in intervals):
            found.append(now)
    assert found == expected(fields)


@pytest.mark.parametrize("fields", FIELDS)
def test_windows_runs_when_cron_does(fields: str) -> None:
    """Triggers and repetitions of a task match the minutes of the cron fields."""
    root = Xml.fromstring(task(Schedule(FOLDER, fields)))
    triggers = root.findall("{*}Triggers/{*}CalendarTrigger")
    assert len(triggers) <= 48
    found: set[datetime] = set()
    for trigger in triggers:
        for day in (BEGIN + timedelta(days=count) for count in range(DAYS)):
            if is_on(trigger, day):
                found |= runs_on(trigger, day)
    assert sorted(found) == expected(fields)


def is_on(trigger: Xml.Element, day: datetime) -> bool:
    """Whether a trigger applies to a day."""
    if (week := trigger.find("{*}ScheduleByWeek/{*}DaysOfWeek")) is not None:
        return WEEK[day.isoweekday() % 7] in {local(one) for one in week}
    if (month := trigger.find("{*}ScheduleByMonth")) is not None:
        days = {int(str(one.text)) for one in month.findall("{*}DaysOfMonth/{*}Day")}
        names = {local(one) for one in month.find("{*}Months") or ()}
        return day.day in days and MONTHS[day.month - 1] in names
    return trigger.find("{*}ScheduleByDay") is not None


def runs_on(trigger: Xml.Element, day: datetime) -> set[datetime]:
    """The runs of a trigger on a day."""
    begun = datetime.fromisoformat(str(trigger.findtext("{*}StartBoundary")))
    first = day.replace(hour=begun.hour, minute=begun.minute)
    interval = trigger.findtext("{*}Repetition/{*}Interval")
    if interval is None:
        return {first}
    step, length = (
        int(re.fullmatch(r"PT(\d+)M", str(text))[1])  # type: ignore[index]
        for text in (interval, trigger.findtext("{*}Repetition/{*}Duration"))
    )
    return {first + timedelta(minutes=after) for after in range(0, length, step)}


def local(element: Xml.Element) -> str:
    """The element name without its namespace."""
    namespace, _, name = element.tag[1:].partition("}")
    assert namespace == NAMESPACE
    return name


def test_an_agent_has_keys_that_launchd_knows() -> None:
    """An agent has keys of launchd and one of semsearch, which stores the schedule."""
    schedule = Schedule(FOLDER, "0 2 * * *", "/elsewhere/.semsearch", "2h")
    made = plistlib.loads(agent(schedule))
    assert set(made) == {*AGENT, "SemsearchSchedule"}
    assert tuple(made["ProgramArguments"]) == schedule.command
    assert schedule_of_agent(agent(schedule)) == schedule
    for other in (b"", b"<plist>", plistlib.dumps({"Label": "x"}), plistlib.dumps([1])):
        assert schedule_of_agent(other) is None


@pytest.mark.parametrize("fields", FIELDS)
def test_a_task_has_elements_that_windows_knows(fields: str) -> None:
    """A task has elements of the schema, each in its parent."""
    schedule = Schedule(FOLDER, fields, None, "2h")
    text = task(schedule)
    for element in Xml.fromstring(text).iter():
        children = [local(child) for child in element]
        assert set(children) <= set(CHILDREN.get(local(element), "").split())
    action = Xml.fromstring(text).find("{*}Actions/{*}Exec")
    assert action is not None
    assert action.findtext("{*}Command") == schedule.command[0]
    assert action.findtext("{*}Arguments") == subprocess.list2cmdline(schedule.command[1:])
    assert schedule_of_task(text) == schedule
    for other in ("", "<Task/>", text.replace("when", "then")):
        assert schedule_of_task(other) is None


def test_what_neither_can_say_is_refused() -> None:
    """A schedule that a backend cannot express is refused in one line."""
    with pytest.raises(SettingsError, match="too many times for launchd"):
        agent(Schedule("/notes", "1-59 0-22 * * *"))
    with pytest.raises(SettingsError, match="too many times for Windows"):
        task(Schedule("/notes", "0,7,30 * * * *"))
    with pytest.raises(SettingsError, match="which Windows cannot"):
        task(Schedule("/notes", "0 0 * 1 1"))
