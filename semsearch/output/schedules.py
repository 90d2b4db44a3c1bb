"""Schedules, as text for a person and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from semsearch.output.terminal import printable_line, printable_path
from semsearch.scheduling.history import WELL, Run, last
from semsearch.scheduling.keepers import Keeper
from semsearch.scheduling.moments import next_run
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


def runs_text(found: Sequence[tuple[Schedule, Sequence[Run]]]) -> str:
    """Of each schedule how its last run ended."""
    return "\n".join(
        f"{printable_path(kept.folder)}: {_run_text(last(runs))}; next: {_next(kept) or 'never'}"
        for kept, runs in found
    )


def _run_text(run: Run | None) -> str:
    if run is None:
        return "has not run yet"
    if run.exit_code is None:
        return f"{run.started} is under way, or was cut short"
    result = "well" if run.exit_code in WELL else "FAILED"
    said = f": {printable_line(run.said)}" if run.said else ""
    return f"{run.started} {result}, exit code {run.exit_code}, {run.seconds} s{said}"


def _next(schedule: Schedule) -> str | None:
    found = next_run(schedule.when, datetime.now())
    return None if found is None else found.isoformat(sep=" ", timespec="minutes")


def runs_record(found: Sequence[tuple[Schedule, Sequence[Run]]]) -> dict[str, Any]:
    """Of each schedule all runs that are known, the oldest first."""
    return {
        "schedules": [
            {
                "folder": kept.folder,
                "when": kept.when,
                "next": _next(kept),
                "runs": [asdict(run) for run in runs],
            }
            for kept, runs in found
        ]
    }


def run_record(folder: str, exit_code: int) -> dict[str, Any]:
    """How one run ended."""
    return {"folder": folder, "exit_code": exit_code}
