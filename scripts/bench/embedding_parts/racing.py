"""Race of a client against a server, with a time limit."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from embedding_parts.packing import fill
from embedding_parts.stand_in import StandIn

_PARTS: Final = Path(__file__).parent
_READY: Final = "ready"


@dataclass(frozen=True, slots=True)
class Client:
    """A program that embeds the texts of a file; ``variables`` are added to its environment."""

    name: str
    script: str
    arguments: Sequence[str] = ()
    python: str = sys.executable
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Race:
    """Result of a race; ``seconds`` are from the first text to the end or the limit.

    ``cpu_seconds`` are those of the client, its start included.
    """

    client: str
    seconds: float
    cpu_seconds: float
    output: tuple[str, ...]
    ended: str  # "done", "stopped" at the time allowed, or "failed"
    ledger: Mapping[str, Any]
    requests: Sequence[Mapping[str, Any]]

    @property
    def texts_a_second(self) -> float:
        """Embedded texts per second, each counted once."""
        return float(self.ledger["distinct_texts_paid"]) / self.seconds

    @property
    def mean_fill(self) -> float:
        """Mean fill of the answered requests."""
        fills = [fill(r["texts"], r["tokens"]) for r in self.requests if r["outcome"] == "200"]
        return sum(fills) / max(1, len(fills))


def race(client: Client, server: StandIn, most_seconds: float, *arguments: str) -> Race:
    """Run a client; it is stopped after so many seconds."""
    environment = {
        **os.environ,
        "SEMSEARCH_CONFIG": os.devnull,
        "MISTRAL_BASE_URL": server.url,
        "MISTRAL_API_KEY": server.key,
        "PYTHONPATH": str(_PARTS.parent),
        **client.variables,
    }
    command = [client.python, str(_PARTS / client.script), *arguments, *client.arguments]
    cpu = _cpu_seconds()
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
    ):
        assert process.stdout is not None  # as it is a pipe
        first = process.stdout.readline().strip()
        begun = time.monotonic()
        try:
            output, _ = process.communicate(timeout=most_seconds)
            ended = "done" if first == _READY and process.returncode == 0 else "failed"
        except subprocess.TimeoutExpired:
            process.kill()
            output, ended = "", "stopped"
        seconds = time.monotonic() - begun
        if ended == "failed":
            said.seek(0)
            print(f"{client.name}: {said.read().strip()[-500:]}", file=sys.stderr)
    return Race(
        client.name,
        seconds,
        _cpu_seconds() - cpu,
        tuple(output.split("\n")),
        ended,
        server.ledger(),
        server.requests(),
    )


def _cpu_seconds() -> float:
    """Processor time of all finished children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
