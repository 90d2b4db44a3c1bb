"""A batch job: its lines and their outcomes."""

import json
import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Status = Literal[
    "QUEUED", "RUNNING", "SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLATION_REQUESTED",
    "CANCELLED",
]  # fmt: skip
Ending = Literal["SUCCESS", "FAILED", "TIMEOUT_EXCEEDED"]
OPEN: Final = ("QUEUED", "RUNNING", "CANCELLATION_REQUESTED")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a line; ``line`` is its row in the output or error file."""

    line: dict[str, Any]
    succeeded: bool


Work = Callable[[dict[str, Any]], Outcome]  # a line's JSON → its outcome


@dataclass(slots=True)
class BatchJob:
    """A job and its times; the clock is the server's."""

    endpoint: str
    model: str | None
    metadata: dict[str, str] | None
    input_files: Sequence[str]
    lines: Sequence[dict[str, Any]]
    ending: Ending
    created: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Status = "QUEUED"
    polls: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    output_file: str | None = None
    error_file: str | None = None
    started_at: int | None = None
    completed_at: int | None = None

    def work(self, do: Work, share: float) -> None:
        """Process a share of the lines, and end or continue."""
        self.started_at = self.started_at or int(time.time())
        for line in self.lines[len(self.outcomes) : int(len(self.lines) * share)]:
            self.outcomes.append(do(line))

    def results(self, *, succeeded: bool, seed: int) -> bytes:
        """The lines of the output or error file, in random order."""
        chosen = [outcome.line for outcome in self.outcomes if outcome.succeeded == succeeded]
        random.Random(seed).shuffle(chosen)
        return b"".join(json.dumps(line).encode() + b"\n" for line in chosen)

    def card(self, *, inline: bool = False) -> dict[str, Any]:
        """The job as the API describes it."""
        succeeded = sum(outcome.succeeded for outcome in self.outcomes)
        outputs = [outcome.line for outcome in self.outcomes] if inline else None
        return {
            "id": self.id,
            "object": "batch",
            "input_files": list(self.input_files),
            "metadata": self.metadata,
            "endpoint": self.endpoint,
            "model": self.model,
            "agent_id": None,
            "output_file": self.output_file,
            "error_file": self.error_file,
            "errors": self.errors,
            "outputs": outputs if self.status not in OPEN else None,
            "status": self.status,
            "created_at": int(self.created),
            "total_requests": len(self.lines),
            "completed_requests": len(self.outcomes),
            "succeeded_requests": succeeded,
            "failed_requests": len(self.outcomes) - succeeded,
            "started_at": self.started_at,
            "completed_at": self.completed_at,
        }
