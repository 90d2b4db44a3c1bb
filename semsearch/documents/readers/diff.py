"""Patches (diff, git format-patch) to blocks: each change under the file that it changes."""

import re
from collections.abc import Sequence
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.line_blocks import Piece, end_of_paragraph, read_lines

_FILE: Final = re.compile(r"(?:diff |Index: |--- )\S")
_NEW: Final = re.compile(r"\+\+\+ (?:b/)?([^\t\n]+)")
_OLD: Final = re.compile(r"--- (?:a/)?([^\t\n]+)")
_GIT: Final = re.compile(r"diff --git a/.* b/(.+)")
_HUNK: Final = re.compile(r"@@ |\*{15}|\d+(?:,\d+)?[acd]\d")


def read_diff(text: str) -> Document:
    """Read what stands above a patch, and its changes, each with its lines."""
    return read_lines(text, _piece_at)


def _piece_at(rows: Sequence[str], at: int) -> Piece:
    if _FILE.match(rows[at]):
        end = at + 1
        while end < len(rows) and not _HUNK.match(rows[end]) and not _FILE.match(rows[end]):
            end += 1
        if end < len(rows) and rows[end].startswith("--- ") and not rows[at].startswith("--- "):
            end = min(len(rows), end + 2)
        return Piece(BlockKind.HEADING, end, 1, _name(rows[at:end]))
    if _HUNK.match(rows[at]):
        end = at + 1
        while end < len(rows) and not _HUNK.match(rows[end]) and not _begins_file(rows, end):
            end += 1
        return Piece(BlockKind.CODE, end)
    end = end_of_paragraph(rows, at, lambda row: _FILE.match(row) or _HUNK.match(row))
    return Piece(BlockKind.PARAGRAPH, end)


def _begins_file(rows: Sequence[str], at: int) -> bool:
    """Whether a row begins the next file; a removed row may begin with "-- ", too."""
    if rows[at].startswith("--- "):
        return at + 1 < len(rows) and rows[at + 1].startswith("+++ ")
    return rows[at].startswith(("diff ", "Index: "))


def _name(rows: Sequence[str]) -> str:
    """The name of the changed file; of one that is deleted its old name."""
    for rule in (_NEW, _OLD, _GIT):
        for row in rows:
            if (found := rule.match(row)) and found[1] != "/dev/null":
                return found[1].strip()
    return rows[0].partition(" ")[2].strip()
