"""Cold starts: whole processes measured in turn, beside baselines that no query can undercut."""

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

QUESTION: Final = "when do bees swarm?"
LOCAL: Final = "local:minilm"
IMPORTS: Final = "import faiss, typer"
BASELINE: Final = f"""
{IMPORTS}
from semsearch.embedders.registry import open_embedder
from semsearch.settings.sources import load_settings
next(open_embedder({LOCAL!r}, load_settings({{}})).embed([{QUESTION!r}]))
"""


class Cold(NamedTuple):
    """Median seconds of a process from start to end, and of processor time."""

    seconds: float
    processor: float


def in_turn(
    commands: Mapping[str, Sequence[str]], runs: int, **variables: str
) -> Mapping[str, Cold]:
    """Run each command once to warm the caches, then all in turn; each must find something."""
    taken: dict[str, list[Cold]] = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, command in commands.items():
            once = _once(command, variables)
            if number:
                taken[name].append(once)
    return {
        name: Cold(*map(statistics.median, zip(*of, strict=True))) for name, of in taken.items()
    }


def _once(command: Sequence[str], variables: Mapping[str, str]) -> Cold:
    before, begun = _processor(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **variables})
    return Cold(time.perf_counter() - begun, _processor() - before)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
