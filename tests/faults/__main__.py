"""Entry point of scripts/soak: all parts, or the named parts, with figures."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from faults import soaking
from faults.documents import documents

os.environ["OMP_NUM_THREADS"] = "1"  # an index this small is searched faster by one

PARTS: Final[dict[str, Callable[[Path, int], list[str]]]] = {
    "flips": soaking.flips,
    "kills": soaking.kills,
    "errors": soaking.errors,
    "power": soaking.power,
    "rounds": soaking.rounds,
    "cuts": soaking.cuts,
    "crowd": soaking.crowd,
    "week": soaking.week,
    "mutants": soaking.mutants,
    "documents": documents,
}


def main(arguments: list[str]) -> int:
    """Run the named parts (``part`` or ``part=count``) or all; returns 1 after any failure."""
    wanted = arguments or list(PARTS)
    failed = 0
    for argument in wanted:
        name, _, count = argument.partition("=")
        started = time.monotonic()
        with TemporaryDirectory(prefix="semsearch-soak-") as place:
            failures = PARTS[name](Path(place), int(count or 0))
        for failure in failures:
            print(f"  failed: {failure}")
        print(f"{name}: {len(failures)} failures, {time.monotonic() - started:.0f} s", flush=True)
        failed += len(failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
