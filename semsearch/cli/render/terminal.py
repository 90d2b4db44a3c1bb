"""Safe output to a terminal: document text and file names are untrusted."""

import json
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from typing import Any, Final, TextIO
from urllib.parse import quote

from semsearch.documents.text.printable import printable, printable_line
from semsearch.settings.environment import colour_wanted, links_wanted

# Of the 256 colours of xterm, dark blue by way of green to yellow: told apart by brightness alone.
_HEAT: Final = (17, 18, 24, 30, 36, 35, 71, 107, 143, 185, 227)
_BRIGHT: Final = 0.5  # from here on letters are black


def beginning(text: str, width: int, indent: str = "   ") -> str:
    """The beginning of a text that fits on one indented line of ``width`` columns."""
    line = printable(" ".join(text.split()))
    room = max(20, width - len(indent))
    return indent + (line if len(line) <= room else f"{line[: room - 1].rstrip()}…")


@dataclass(frozen=True, slots=True)
class Style:
    """Colours for a terminal; without them every method returns the text unchanged."""

    is_on: bool
    has_links: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> "Style":
        """Colours on a terminal or by force, links on a terminal that is known to take them."""
        is_terminal = stream.isatty()
        return cls(colour_wanted(is_terminal=is_terminal), is_terminal and links_wanted())

    def link(self, text: str, file: Path) -> str:
        """Text that opens a file when it is clicked, in terminals that know how.

        https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
        """
        if not self.has_links:
            return text
        # The name of the machine tells a terminal that shows another one that it is not its own.
        address = f"file://{quote(gethostname())}{quote(os.fsencode(file.absolute()))}"
        return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"

    def bold(self, text: str) -> str:
        """Text that stands out."""
        return self._wrapped(text, "1")

    def dim(self, text: str) -> str:
        """Text that stands back."""
        return self._wrapped(text, "2")

    def path(self, text: str) -> str:
        """The path of a file."""
        return self._wrapped(text, "36")

    def heat(self, text: str, share: float) -> str:
        """Text on a background from dark (0) to bright (1)."""
        ground = _HEAT[min(len(_HEAT) - 1, max(0, int(share * len(_HEAT))))]
        return self._wrapped(text, f"{30 if share > _BRIGHT else 97};48;5;{ground}")

    @property
    def mark(self) -> tuple[str, str]:
        """The codes before and after the best sentence; asterisks where there are no colours."""
        return ("\x1b[1;33m", "\x1b[0m") if self.is_on else ("**", "**")

    def _wrapped(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_on else text


def to_json(record: dict[str, Any] | list[dict[str, Any]], *, indent: int | None = 2) -> str:
    """JSON in ASCII: safe on a terminal, and the bytes of a path that is not UTF-8 stay (\\udcXX).

    With ``indent=None`` it is a single line.
    """
    return json.dumps(record, indent=indent)


def say(message: str) -> None:
    """Print a line on stderr: a notice, a question or an error, never a result."""
    try:
        print(printable_line(message), file=sys.stderr, flush=True)
    except OSError:
        drop(sys.stderr)  # the exit code still tells of the failure


class _Saying(logging.Handler):
    """Prints each record of the log on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record on stderr, safe for a terminal."""
        say(f"semsearch: {record.getMessage()}")


def show_log(verbosity: int) -> None:
    """Log to stderr: warnings, requests of embedders (verbosity 1), connections of urllib3 (2)."""
    for name, level in (("semsearch", 1), ("urllib3", 2)):
        if verbosity >= level or name == "semsearch":
            logger = logging.getLogger(name)
            logger.handlers = [_Saying()]
            logger.propagate = False
            logger.setLevel(logging.DEBUG if verbosity >= level else logging.WARNING)


def drop(stream: TextIO) -> None:
    """Redirect a stream that cannot be written to /dev/null, so that flushing it does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
