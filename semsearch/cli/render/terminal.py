"""Safe output to a terminal: document text and file names are untrusted."""

import json
import logging
import os
import re
import sys
from dataclasses import dataclass
from typing import Any, Final, TextIO

from semsearch.settings.environment import colour_wanted

# Control characters except newline and tab, bidirectional overrides, invisible and tag characters,
# line and paragraph separators, lone surrogates: they can move the cursor, forge a line, hide text
# or break the encoder. The two joiners that Persian, Indic scripts and emoji need stay in text.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSAFE_IN_PATH: Final = re.compile(f'["\\\\\\n\\t\u200c\u200d]|{_UNSAFE.pattern}')
# Of the 256 colours of xterm, dark blue by way of green to yellow: told apart by brightness alone.
_HEAT: Final = (17, 18, 24, 30, 36, 35, 71, 107, 143, 185, 227)
_BRIGHT: Final = 0.5  # from here on letters are black
_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\x1b": "\\033"}


def printable(text: str) -> str:
    """The text with each character that a terminal would act on replaced by U+FFFD."""
    return _UNSAFE.sub("�", text.replace("\r", ""))


def printable_line(text: str) -> str:
    """The text on one line, safe for a terminal; see ``printable``."""
    return printable(" ".join(text.split("\n")))


def beginning(text: str, width: int, indent: str = "   ") -> str:
    """The beginning of a text that fits on one indented line of ``width`` columns."""
    line = printable(" ".join(text.split()))
    room = max(20, width - len(indent))
    return indent + (line if len(line) <= room else f"{line[: room - 1].rstrip()}…")


def printable_path(path: str) -> str:
    """The path as it is, or in quotes with C escapes where a terminal or a script would stumble.

    >>> print(printable_path("notes/a\\nb.md"))
    "notes/a\\nb.md"
    """
    if not _UNSAFE_IN_PATH.search(path):
        return path
    return f'"{_UNSAFE_IN_PATH.sub(_escaped, path)}"'


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if character in _ESCAPES:
        return _ESCAPES[character]
    try:
        encoded = character.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return f"\\u{ord(character):04x}"
    return "".join(f"\\{byte:03o}" for byte in encoded)


@dataclass(frozen=True, slots=True)
class Style:
    """Colours for a terminal; without them every method returns the text unchanged."""

    is_on: bool

    @classmethod
    def of(cls, stream: TextIO) -> "Style":
        """Colours only on a terminal that wants them."""
        return cls(stream.isatty() and colour_wanted())

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
