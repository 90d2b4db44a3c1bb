"""Lines of a user's crontab (crontab(5)); pure."""

import shlex

from semsearch.schedule.schedule import PREFIX, Schedule, schedule_in


def crontab_line(schedule: Schedule) -> str:
    """Return the crontab line of a schedule, with its name in a shell comment at the end.

    Percent signs are escaped, because an unescaped ``%`` ends the command.
    """
    command = shlex.join(("nice", "-n", "10", *schedule.command)).replace("%", r"\%")
    return f"{schedule.when} {command} # {schedule.name}"


def with_line(crontab: str, schedule: Schedule) -> str:
    """Return the crontab with this schedule; other lines are unchanged."""
    kept = without_line(crontab, schedule.name)
    return (
        f"{kept}{'' if kept.endswith(chr(10)) or not kept else chr(10)}{crontab_line(schedule)}\n"
    )


def without_line(crontab: str, name: str) -> str:
    """Return the crontab without the schedule of that name; other lines are unchanged."""
    return "".join(
        line
        for line in crontab.splitlines(keepends=True)
        if not line.rstrip().endswith(f"# {name}")
    )


def schedules_in(crontab: str) -> list[Schedule]:
    """Return the schedules that ``with_line`` wrote, from any installation of semsearch."""
    found = []
    for line in crontab.splitlines():
        fields = line.split(maxsplit=5)
        if f"# {PREFIX}" not in line or len(fields) < 6 or line.startswith("#"):
            continue
        schedule = _read(fields)
        if schedule is not None and line.rstrip().endswith(f"# {schedule.name}"):
            found.append(schedule)
    return found


def _read(fields: list[str]) -> Schedule | None:
    try:
        words = shlex.split(fields[5].replace(r"\%", "%"), comments=True)
    except ValueError:
        return None
    return schedule_in(words, " ".join(fields[:5]))
