"""The parts of a message's text: what its writer says, what is quoted, the signature.

Each part stands under a heading of its own, so that it is cut into passages of its own: a reply
that is quoted in ten others is then one text in ten places, and no answer of ten.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from semsearch.documents.passage import QUOTED

SIGNATURE: Final = "signature"  # heading of a signature, or of what a mailing list adds

_MARKS: Final = re.compile(r" {0,2}(?:>[ \t]?)+")
_LONG: Final = 300  # characters of a quotation that is a part though an answer follows
_MOST_SIGNATURE: Final = 15  # rows of a signature
_DEEPEST: Final = 10  # quotations within quotations that are told apart
_RULE: Final = re.compile(r"[_-]{20,}\s*")  # above what a mailing list adds
_WROTE: Final = re.compile(
    r".{0,200}\b(?:wrote|writes|schrieb|geschrieben|a écrit|escribió|escreveu|ha scritto|schreef"
    r"|skrev|kirjoitti|napisał\(?a?\)?|napsal\(?a?\)?|пишет|написал\(?а?\)?)\b.{0,80}:\s*",
    re.IGNORECASE,
)
_LEAST_INTRODUCTION: Final = 4  # words of a row that needs none above it: "Ann <a@x.org> wrote:"
_ORIGINAL: Final = re.compile(
    r"\s*-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|originalnachricht"
    r"|weitergeleitete nachricht|message d'origine|message transféré|mensaje original"
    r"|messaggio originale|mensagem original|oorspronkelijk bericht|begin forwarded message"
    r"|forwarded by\b[^\n-]{0,100})\s*-{2,}\s*",
    re.IGNORECASE,
)
_COPIED_HEADER: Final = re.compile(  # as Outlook puts it above the text
    r"\*?(?:from|von|de|da|van|från|od|от):\*? .*\n\*?"
    r"(?:sent|date|gesendet|datum|envoyé|enviado|inviato|data|verzonden|skickat|отправлено):",
    re.IGNORECASE,
)


class TextPart(NamedTuple):
    """Rows of a message's text, and the headings that tell what they are."""

    trail: tuple[str, ...]
    rows: list[str]


def text_parts(rows: Sequence[str]) -> Iterator[TextPart]:
    """Yield the parts of a text, each row in one of them.

    >>> [part.trail for part in text_parts(["Yes.", "", "Ann wrote:", "> Tea?", "-- ", "Bob"])]
    [(), ('quoted',), ('signature',)]
    """
    end = _start_of_signature(rows)
    runs = _with_introductions(_runs(rows[:end]))
    for level, (_, run) in zip(_levels(runs), runs, strict=True):
        yield TextPart((QUOTED,) * min(level, _DEEPEST), run)
    if end < len(rows):
        yield TextPart((SIGNATURE,), [*rows[end:]])


def begins_quotation(text: str) -> bool:
    """Whether a paragraph of a page stands above a message that is quoted whole."""
    return (
        _ORIGINAL.fullmatch(text) is not None
        or _COPIED_HEADER.match(text) is not None
        or (len(text) <= _LONG and _WROTE.fullmatch(" ".join(text.split())) is not None)
    )


def _start_of_signature(rows: Sequence[str]) -> int:
    """The row that begins what stands below the text, up to its end; else the number of rows."""
    last = len(rows)
    for at in range(len(rows) - 1, max(-1, len(rows) - 2 * _MOST_SIGNATURE - 1), -1):
        is_mark = rows[at].rstrip() == "--" or _RULE.fullmatch(rows[at]) is not None
        if is_mark and last - at <= _MOST_SIGNATURE and any(map(str.strip, rows[:at])):
            last = at
    return last


def _runs(rows: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Runs of rows that are quoted equally often; blank rows belong to the run before them."""
    runs: list[tuple[int, list[str]]] = []
    copied = 0  # messages below a mark, whose rows have none of their own
    for at, row in enumerate(rows):
        marks = _MARKS.match(row)
        is_copied = _ORIGINAL.fullmatch(row) or _COPIED_HEADER.match("\n".join(rows[at : at + 2]))
        if is_copied and not marks:
            copied += 1
        depth = copied + (marks[0].count(">") if marks else 0)
        if runs and (runs[-1][0] == depth or not row.strip()):
            runs[-1][1].append(row)
        else:
            runs.append((depth, [row]))
    return runs


def _with_introductions(runs: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The runs, with "Ann wrote:" at the beginning of what it introduces."""
    for (depth, rows), (inner, quoted) in pairwise(runs):
        size = _introduction(rows) if inner > depth else 0
        if size:
            quoted[:0] = rows[-size:]
            del rows[-size:]
    return [(depth, rows) for depth, rows in runs if rows]


def _introduction(rows: Sequence[str]) -> int:
    """How many of the last rows say who wrote what follows, with the blank rows below them."""
    end = len(rows)
    while end and not rows[end - 1].strip("> \t"):
        end -= 1
    above, last = (["", "", *(row.strip("> \t") for row in rows[max(0, end - 2) : end])])[-2:]
    is_begun_above = len(last.split()) < _LEAST_INTRODUCTION and bool(above)
    if is_begun_above and _WROTE.fullmatch(f"{above} {last}"):
        return len(rows) - end + 2
    return len(rows) - end + 1 if _WROTE.fullmatch(last) else 0


def _levels(runs: Sequence[tuple[int, list[str]]]) -> list[int]:
    """The level of each run; a short quotation belongs to the answer that follows it."""
    levels: list[int] = []
    answer: int | None = None  # least level of the runs that follow
    for depth, rows in reversed(runs):
        is_short = sum(map(len, rows)) < _LONG
        levels.append(depth if answer is None or not is_short else min(depth, answer))
        if any(map(str.strip, rows)):
            answer = depth if answer is None else min(depth, answer)
    return levels[::-1]
