"""Captions (SubRip, WebVTT) to blocks that know their time.

Captions that roll up show a row again, below and then above the next; each is read once, where it
appears first.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple

from semsearch.documents.document import Block, BlockKind, Document

_TIME: Final = r"((?:\d{1,3}:)?\d{1,2}:\d{2})(?:[.,](\d{1,3}))?"
_TIMES: Final = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}.*")
_VOICE: Final = re.compile(r"<v(?:\.[^\s<>]{1,100})?[ \t]+([^<>\n]{1,100})>")
_READING: Final = re.compile(r"<rt>[^<>]{0,100}(?:</rt>|(?=</ruby>|$))")  # above a word
_TAG: Final = re.compile(r"</?[a-zA-Z0-9][^<>]{0,100}>|</>|\{\\[^{}]{0,100}\}")
_NOTE: Final = re.compile(r"(?:NOTE|STYLE|REGION)(?=\s|$)")
_PAUSE: Final = 4  # seconds of silence that end a paragraph
_AT_ONCE: Final = 0.1  # seconds within which a cue follows the cue that it repeats
_LONGEST: Final = 60  # rows


class _Cue(NamedTuple):
    """What is shown at a time: its rows, each with its line."""

    begin: str
    starts: float
    ends: float
    rows: list[tuple[int, str]]


class _Spoken(NamedTuple):
    """A row of a paragraph, with its line, and the time at which it is said first."""

    line: int
    time: str
    words: str


def read_subtitles(text: str) -> Document:
    """Read the spoken words and who says them, without numbers and marks.

    A pause begins a paragraph.
    """
    blocks = []
    spoken: list[_Spoken] = []
    above: list[str] = []  # rows that were shown last
    last = 0.0
    for cue in _cues(text.split("\n")):
        if spoken and (cue.starts - last >= _PAUSE or len(spoken) >= _LONGEST):
            blocks.append(_block(spoken))
            spoken = []
        if cue.starts - last > _AT_ONCE:
            above = []
        words = [row for _, row in cue.rows]
        repeated = _repeated(above, words)
        new = cue.rows[repeated:]
        if new and spoken and above and not repeated and _goes_on(above[-1], new[0][1]):
            # The row grows by a word at a time.
            spoken[-1] = _Spoken(new[0][0], spoken[-1].time, new[0][1])
            new = new[1:]
        spoken += [_Spoken(line, cue.begin, row) for line, row in new]
        if words:
            above = words
            last = cue.ends
    if spoken:
        blocks.append(_block(spoken))
    return Document(tuple(blocks))


def _repeated(above: list[str], words: list[str]) -> int:
    """How many rows at the top of a cue are those that were shown at the bottom before it."""
    for count in range(min(len(above), len(words)), 0, -1):
        if above[-count:] == words[:count]:
            return count
    return 0


def _goes_on(before: str, row: str) -> bool:
    return len(row) > len(before) and row.startswith(before) and not row[len(before)].isalnum()


def _cues(rows: list[str]) -> Iterator[_Cue]:
    """Each cue. A row of blanks only is a row of it, as the row that rolls up is empty."""
    cue: _Cue | None = None
    speaker = ""
    for number, row in enumerate(rows, start=1):
        if times := _TIMES.fullmatch(row):
            if cue is not None:
                yield cue
            starts = _seconds(times[1], times[2])
            cue = _Cue(times[1], starts, _seconds(times[3], times[4]), [])
        elif cue is None or _is_identifier(rows, number) or (not cue.rows and _NOTE.match(row)):
            continue
        elif not row:
            yield cue
            cue = None
        else:
            voice = _VOICE.search(row)
            words = " ".join(_words(row).split())
            if voice and words and voice[1].strip() != speaker:
                speaker = voice[1].strip()
                words = f"{unescape(speaker)}: {words}"
            if words:
                cue.rows.append((number, words))
    if cue is not None:
        yield cue


def _is_identifier(rows: list[str], number: int) -> bool:
    """Whether a row is the name of the cue below it: behind a blank row, before a time."""
    is_above = number < len(rows) and _TIMES.fullmatch(rows[number]) is not None
    return is_above and not rows[number - 2].strip()


def _words(row: str) -> str:
    return unescape(_TAG.sub("", _READING.sub("", row)))


def _seconds(time: str, fraction: str | None) -> float:
    """Return the seconds of ``[hours:]minutes:seconds``."""
    total = 0
    for part in time.split(":"):
        total = 60 * total + int(part)
    return total + float(f"0.{fraction or 0}")


def _block(spoken: list[_Spoken]) -> Block:
    return Block(
        BlockKind.PARAGRAPH,
        "\n".join(row.words for row in spoken),
        [row.line for row in spoken],
        places=[row.time for row in spoken],
    )
