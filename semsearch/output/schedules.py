"""Schedules, as text for a person and as JSON."""

from collections.abc import Sequence
from typing import Any

from semsearch.output.terminal import printable_path
from semsearch.scheduling.keepers import Keeper
from semsearch.scheduling.schedule import Schedule


def schedule_line(keeper: Keeper, schedule: Schedule) -> str:
    """One schedule: when, which folder, by whom."""
    return f"{schedule.when}  {printable_path(schedule.folder)}  ({keeper.name}, {schedule.name})"


def schedules_record(schedules: Sequence[tuple[Keeper, Schedule]]) -> dict[str, Any]:
    """All of them, each with the command that is run."""
    return {
        "schedules": [
            {
                "folder": schedule.folder,
                "when": schedule.when,
                "with": keeper.name,
                "name": schedule.name,
                "command": list(schedule.command),
            }
            for keeper, schedule in schedules
        ]
    }
