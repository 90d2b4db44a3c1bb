"""Subtitles (SubRip, WebVTT) to blocks that know their time."""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.documents.document import Block, BlockKind, Document

_TIMES: Final = re.compile(
    r"\s*((?:\d{1,3}:)?\d{1,2}:\d{2})[.,]\d{1,3}\s*-->\s*((?:\d{1,3}:)?\d{1,2}:\d{2})[.,]\d{1,3}.*"
)
_TAG: Final = re.compile(r"</?[a-zA-Z0-9][^<>]{0,100}>|\{\\[^{}]{0,100}\}")
_PAUSE: Final = 4  # seconds of silence that end a paragraph
_LONGEST: Final = 60  # rows


def read_subtitles(text: str) -> Document:
    """Read the spoken words, without numbers, times and marks; a pause begins a paragraph."""
    blocks = []
    spoken: list[tuple[int, str, str]] = []  # line, time, words
    last = 0
    for line, begin, end, words in _cues(text.split("\n")):
        if spoken and (_seconds(begin) - last >= _PAUSE or len(spoken) >= _LONGEST):
            blocks.append(_block(spoken))
            spoken = []
        spoken.append((line, begin, words))
        last = _seconds(end)
    if spoken:
        blocks.append(_block(spoken))
    return Document(tuple(blocks))


def _cues(rows: list[str]) -> Iterator[tuple[int, str, str, str]]:
    """(line, begin, end, words) of each spoken row."""
    times: tuple[str, str] | None = None
    for number, row in enumerate(rows, start=1):
        if match := _TIMES.fullmatch(row):
            times = (match[1], match[2])
        elif not row.strip():
            times = None
        elif times is not None and (words := _TAG.sub("", row).strip()):
            yield number, *times, words


def _seconds(time: str) -> int:
    """Return whole seconds of ``[hours:]minutes:seconds``."""
    total = 0
    for part in time.split(":"):
        total = 60 * total + int(part)
    return total


def _block(spoken: list[tuple[int, str, str]]) -> Block:
    return Block(
        BlockKind.PARAGRAPH,
        "\n".join(words for _, _, words in spoken),
        [line for line, _, _ in spoken],
        places=[time for _, time, _ in spoken],
    )
