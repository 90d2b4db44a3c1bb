"""The log of runs: a JSON object a line, in a rotating file."""

import logging
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

import platformdirs

from semsearch.cli.render.terminal import say, to_json
from semsearch.errors import SettingsError
from semsearch.indexer.progress import Progress

AUTO: Final = "auto"  # the name that stands for the system's place for logs
_LARGEST: Final = 1_000_000  # bytes of one file
_KEPT: Final = 5  # files beside the one that is written
_EVERY: Final = 60.0  # seconds between two lines on how far a run has come


class RunLog:
    """Writes a JSON object a line: ``time`` (ISO 8601, UTC), ``process``, ``event`` and its values.

    The values are counts, paths and reasons, never the text of a document, a question or a key. A
    failure to write is said once on stderr, and the run goes on.
    """

    def __init__(self, name: str) -> None:
        """``name`` is a file, or ``auto``; raises ``SettingsError`` if it cannot be written."""
        path = _usual_file() if name == AUTO else Path(name).expanduser()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _Lines(path)
        except OSError as error:
            raise SettingsError(f"the log {path} cannot be written: {error.strerror}") from error
        self._shown = time.monotonic()

    def write(self, event: str, **values: Any) -> None:
        """Add a line."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "process": os.getpid(), "event": event, **values}
        self._file.handle(logging.makeLogRecord({"msg": to_json(line, indent=None)}))

    def show(self, now: Progress) -> None:
        """Add a line with the progress of a run, once a minute."""
        if time.monotonic() < self._shown + _EVERY:
            return
        self._shown = time.monotonic()
        self.write(
            "progress",
            files_done=now.files_done,
            files_total=now.files_total,
            texts_embedded=now.texts_embedded,
            tokens=now.tokens,
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _usual_file() -> Path:
    return platformdirs.user_log_path("semsearch", appauthor=False) / "runs.jsonl"


class _Lines(RotatingFileHandler):
    """The rotating file; a failure to write is a line on stderr, not a traceback."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8")
        self._has_failed = False

    def close(self) -> None:
        """Close the file; a failed write was said before."""
        with suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:
        """Say once that the log cannot be written."""
        if not self._has_failed:
            say(f"semsearch: the log {self.baseFilename} cannot be written; the run goes on")
        self._has_failed = True
