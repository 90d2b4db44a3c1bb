"""Entry point of scripts/soak: all parts, or the named parts, in units that are resumed.

    scripts/soak [--status | --table] [--state FILE] [--thresholds JSON] [PART | PART=COUNT]...

The state file tells which units are done; the next call with the same sources goes on there. Ctrl-C
ends after the units that are under way, and a kill costs those since the last writing of the file.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import semsearch
from faults.campaign import Asked, Outcome, Part, Workers
from faults.parts import PARTS
from faults.policies import from_json
from faults.progress import Progress, StateFile, digest_of_sources

_STATE: Final = Path("soak.json")
_PRODUCT: Final = Path(semsearch.__file__).parent


def main(arguments: list[str]) -> int:
    """Run the named parts (``part`` or ``part=count``) or all; returns 1 after any violation."""
    asked = _arguments().parse_args(arguments)
    from_json(asked.thresholds)  # raises for one that does not exist
    state = StateFile(None if asked.no_state else asked.state)
    sources = digest_of_sources(_PRODUCT)
    if asked.status:
        _show(state.read(), sources)
        return 0
    if asked.table:
        print(table(state))
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leaves no folder behind
    os.environ["OMP_NUM_THREADS"] = "1"  # an index this small is searched faster by one
    with TemporaryDirectory(prefix="semsearch-soak-sqlite-") as folder:
        # SQLite unlinks a temporary file when it has opened it: where that fails, the file is left.
        os.environ["SQLITE_TMPDIR"] = folder
        return _run_all(asked, state, sources)


def _run_all(asked: argparse.Namespace, state: StateFile, sources: str) -> int:
    violated = 0
    for word in asked.parts or list(PARTS):
        name, _, count = word.partition("=")
        wanted = Progress(name, sources, int(count or 0), asked.thresholds, asked.scenes)
        try:
            done = _run(PARTS[name], wanted, state)
        except KeyboardInterrupt:
            print("stopped; the same command goes on from here", flush=True)
            return 130
        print(done.line(sources), flush=True)
        violated += len(done.violations)
    return 1 if violated else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("scripts/soak", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART[=COUNT]", help=", ".join(PARTS))
    parser.add_argument("--status", action="store_true", help="say what is done, and what is left")
    parser.add_argument("--table", action="store_true", help="print the rows of the manual")
    parser.add_argument("--state", type=Path, default=_STATE, help="the file of what is done")
    parser.add_argument("--no-state", action="store_true", help="begin anew, and note nothing")
    parser.add_argument(
        "--thresholds", default="{}", help='of all scenes: \'{"ann": {"segment": 20}}\''
    )
    parser.add_argument("--scenes", nargs="*", default=[], help="those of kills, errors and power")
    return parser


def _run(part: Part, wanted: Progress, state: StateFile) -> Progress:
    """Do the units of a part that are left; returns its progress."""
    if lacks := part.lacks():
        return _noted(state, replace(wanted, lacks=lacks))
    before = state.read().get(wanted.part)
    progress = before if before and _goes_on(before, wanted) else wanted
    if progress.is_done:
        return progress
    began = time.monotonic()
    with TemporaryDirectory(prefix="semsearch-soak-") as folder:
        place = Path(folder)
        (place / "made").mkdir()
        work = part.prepare(
            Asked(
                place / "made",
                wanted.count,
                progress.enumerated,
                wanted.thresholds,
                tuple(wanted.scenes),
            )
        )
        progress = replace(
            progress, units=work.units, items=work.items, enumerated=work.enumerated, lacks=""
        )
        workers = Workers(work, part.workers, place / "units")
        try:
            for first in range(progress.units_done, work.units, part.chunk):
                units = range(first, min(work.units, first + part.chunk))
                outcomes = list(_told(workers.done(units)))
                now = time.monotonic()
                progress = _noted(state, progress.after(outcomes, now - began))
                began = now
        finally:
            workers.end()
    return progress


def _goes_on(before: Progress, wanted: Progress) -> bool:
    """Whether what was done before is a beginning of what is wanted."""
    same = ("sources", "count", "thresholds", "scenes", "lacks")
    return all(getattr(before, name) == getattr(wanted, name) for name in same)


def _told(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Print each violation when it is found."""
    for outcome in outcomes:
        for violation in outcome.violations:
            print(f"  {violation}", flush=True)
        yield outcome


def _noted(state: StateFile, progress: Progress) -> Progress:
    state.put(progress)
    return progress


def table(state: StateFile) -> str:
    """The rows of the manual's table: the parts that a state file has results of."""
    parts = state.read()
    return "\n".join(parts[name].row(part.title) for name, part in PARTS.items() if name in parts)


def _show(parts: dict[str, Progress], sources: str) -> None:
    for name, part in PARTS.items():
        progress = parts.get(name, Progress(name, sources))
        print(progress.line(sources) if name in parts else f"{name:10} not begun: {part.title}")
        for violation in progress.violations:
            print(f"  {violation}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
