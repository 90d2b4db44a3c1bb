"""Schedules as text."""

from collections.abc import Sequence
from typing import Any

from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.schedule.backends import Backend
from semsearch.schedule.history import Run, last
from semsearch.schedule.schedule import Schedule
from semsearch.schedule.schedules import State, minute


def schedule_line(kept: tuple[Backend, Schedule]) -> str:
    """A schedule: its times, its folder, the system that runs it."""
    backend, schedule = kept
    return f"{schedule.when}  {printable_path(schedule.folder)}  ({backend.name}, {schedule.name})"


def schedule_values(kept: tuple[Backend, Schedule]) -> dict[str, Any]:
    """A schedule as JSON names and values."""
    backend, schedule = kept
    return schedule.to_dict(backend.name)


def states_text(found: Sequence[State]) -> str:
    """For each schedule the end of its last run."""
    return "\n".join(
        f"{printable_path(state.schedule.folder)}: {_runs_text(state)}; next: {_next_text(state)}"
        for state in found
    )


def _next_text(state: State) -> str:
    if not state.schedule.when:
        return "when another scheduler starts it (semsearch schedule remove forgets these runs)"
    return "never" if state.next is None else minute(state.next)


def _runs_text(state: State) -> str:
    told = [_run_text(last(state.runs))]
    if state.could_not_begin:
        name = f"{state.schedule.name}.service"
        told.append(f"a run FAILED to begin, see: systemctl --user status {name}")
    elif state.missed is not None:
        told.append(f"NONE HAS BEGUN at {minute(state.missed)}, when it should have")
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
