"""The state file of a campaign: what is done, and what was found."""

import hashlib
import json
import os
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from faults.campaign import Outcome

_FORMAT: Final = 1


@dataclass(frozen=True)
class Progress:
    """How far a part is. ``sources`` is the digest of the product that it was done with."""

    part: str
    sources: str
    count: int = 0  # as asked for; 0 is all
    thresholds: str = "{}"
    scenes: list[str] = field(default_factory=list)
    units: int = 0
    units_done: int = 0
    items: int = 0
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list)
    tally: dict[str, int] = field(default_factory=dict)
    enumerated: Any = None
    lacks: str = ""

    @property
    def is_done(self) -> bool:
        """Whether no unit is left."""
        return self.units_done >= self.units > 0

    @property
    def items_done(self) -> int:
        """The kills, flips and so on of the units that are done."""
        return self.items * self.units_done // self.units if self.units else 0

    def after(self, outcomes: list[Outcome], seconds: float) -> "Progress":
        """The progress with some more units done."""
        tally = Counter(self.tally)
        for outcome in outcomes:
            tally += outcome.tally
        found = [violation for outcome in outcomes for violation in outcome.violations]
        return replace(
            self,
            units_done=self.units_done + len(outcomes),
            seconds=round(self.seconds + seconds, 1),
            violations=[*self.violations, *found],
            tally=dict(sorted(tally.items())),
        )

    def line(self, sources: str) -> str:
        """The progress as a line of the table."""
        if self.lacks:
            return f"{self.part:10} skipped: {self.lacks}"
        share = f"{self.items_done:,} of {self.items:,}"
        tally = ", ".join(f"{count:,} {name}" for name, count in self.tally.items())
        old = "" if self.sources == sources else "  (of other sources: begins anew)"
        return (
            f"{self.part:10} {share:>20}  {len(self.violations):>3} violations"
            f"  {self.seconds:>7,.0f} s  {tally}{old}"
        )

    def row(self, title: str) -> str:
        """The progress as a row of the manual's table."""
        if not self.is_done:
            done = f"{self.items_done:,} of {self.items:,}, taken at random"
        else:
            done = f"{self.items:,}" if self.count else f"all {self.items:,}"
        command = f"scripts/soak {self.part}" + (f"={self.count}" if self.count else "")
        return f"| {title} | {done} | {len(self.violations)} | `{command}` |"


class StateFile:
    """A JSON file with the progress of each part, replaced at once; None keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self) -> dict[str, Progress]:
        """The progress by part."""
        if self._path is None or not self._path.exists():
            return {}
        state = json.loads(self._path.read_text(encoding="utf-8"))
        if state["format"] != _FORMAT:
            raise SystemExit(f"{self._path} is of another version of scripts/soak; remove it")
        return {name: Progress(**values) for name, values in state["parts"].items()}

    def put(self, progress: Progress) -> None:
        """Write the progress of a part beside the others."""
        if self._path is None:
            return
        parts = {**self.read(), progress.part: progress}
        state = {"format": _FORMAT, "parts": {name: asdict(one) for name, one in parts.items()}}
        beside = self._path.with_name(f"{self._path.name}.tmp")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(state, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)


def digest_of_sources(package: Path) -> str:
    """A digest of the product's modules, by which results of other versions are told apart."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
