"""Schedules, as text for a person and as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from semsearch.cli.render.terminal import printable_line, printable_path
from semsearch.schedule.backends import Keeper
from semsearch.schedule.cron import next_run
from semsearch.schedule.history import Run, last
from semsearch.schedule.schedule import Schedule
from semsearch.schedule.schedules import State


def schedule_line(keeper: Keeper, schedule: Schedule) -> str:
    """One schedule: when, which folder, by whom."""
    return f"{schedule.when}  {printable_path(schedule.folder)}  ({keeper.name}, {schedule.name})"


def schedules_record(schedules: Sequence[tuple[Keeper, Schedule]]) -> dict[str, Any]:
    """All of them, each with the command that is run."""
    return {
        "schedules": [
            {
                "folder": schedule.folder,
                "index": schedule.index,
                "when": schedule.when,
                "timeout": schedule.timeout,
                "with": keeper.name,
                "name": schedule.name,
                "command": list(schedule.command),
            }
            for keeper, schedule in schedules
        ]
    }


def states_text(found: Sequence[State]) -> str:
    """Of each schedule how its last run ended."""
    return "\n".join(
        f"{printable_path(state.schedule.folder)}: {_runs_text(state)};"
        f" next: {_next(state.schedule) or 'never'}"
        for state in found
    )


def _runs_text(state: State) -> str:
    told = [_run_text(last(state.runs))]
    if state.could_not_begin:
        name = f"{state.schedule.name}.service"
        told.append(f"a run FAILED to begin, see: systemctl --user status {name}")
    elif state.missed is not None:
        told.append(f"NONE HAS BEGUN at {_minute(state.missed)}, when it should have")
    if len(state.runs) > 1 and state.runs[-1].is_under_way:
        told.append(f"{state.runs[-1].started} is under way")
    return "; ".join(told)


def _run_text(run: Run | None) -> str:
    if run is None:
        return "has not run yet"
    if run.exit_code is None:
        return f"{run.started} {'is under way' if run.is_under_way else 'WAS CUT SHORT'}"
    result = "well" if run.is_well else "FAILED"
    said = f": {printable_line(run.said)}" if run.said else ""
    return f"{run.started} {result}, exit code {run.exit_code}, {run.seconds} s{said}"


def _next(schedule: Schedule) -> str | None:
    found = next_run(schedule.when, datetime.now())
    return None if found is None else _minute(found)


def _minute(when: datetime) -> str:
    return when.isoformat(sep=" ", timespec="minutes")


def states_record(found: Sequence[State]) -> dict[str, Any]:
    """Of each schedule all runs that are known, the oldest first."""
    return {
        "schedules": [
            {
                "folder": state.schedule.folder,
                "when": state.schedule.when,
                "next": _next(state.schedule),
                "missed": None if state.missed is None else _minute(state.missed),
                "well": state.is_well,
                "runs": [_one_record(run) for run in state.runs],
            }
            for state in found
        ]
    }


def _one_record(run: Run) -> dict[str, Any]:
    return {
        "started": run.started,
        "seconds": run.seconds,
        "exit_code": run.exit_code,
        "said": run.said,
        "under_way": run.is_under_way,
    }


def run_record(folder: str, exit_code: int, printed: str) -> dict[str, Any]:
    """How one run ended, and what it has printed."""
    return {"folder": folder, "exit_code": exit_code, "printed": printed}
