"""The tests' stand-in for the API, in a process of its own."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SCRIPT: Final = Path(__file__).resolve().parents[2] / "fake_mistral"


@dataclass(frozen=True, slots=True)
class StandIn:
    """A running server; ``key`` is the key that it accepts."""

    url: str
    key: str

    def ledger(self) -> dict[str, Any]:
        """The ledger: received requests, and what they would have cost."""
        return dict(self._read("ledger"))

    def requests(self) -> list[dict[str, Any]]:
        """Each finished request: ``at``, ``texts``, ``tokens``, ``outcome``."""
        return list(self._read("requests"))

    def _read(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/stand-in/{what}") as answer:  # noqa: S310 - ours
            return json.load(answer)


@contextmanager
def stand_in(**options: object) -> Iterator[StandIn]:
    """Run the server with options of ``scripts/fake_mistral``; options of None are left out."""
    given = {"vectors": "pool", "counter": "bytes", **options}
    flags = [f"--{n.replace('_', '-')}={v}" for n, v in given.items() if v is not None]
    with subprocess.Popen(
        [sys.executable, str(_SCRIPT), *flags], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # as it is a pipe
        url, key = (process.stdout.readline().strip().partition("=")[2] for _ in range(2))
        try:
            yield StandIn(url, key)
        finally:
            if (code := process.poll()) is not None:
                print(f"the stand-in ended by itself, with {code}", file=sys.stderr)
            process.terminate()
            process.communicate()  # it says what it received
