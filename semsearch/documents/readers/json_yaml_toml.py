"""JSON, JSON Lines, YAML and TOML to blocks: the source as it is, under its outer keys."""

import re
from collections.abc import Sequence
from typing import Final

from semsearch.documents.document import BlockKind, Document
from semsearch.documents.readers.encoding import without_surrogates
from semsearch.documents.readers.line_blocks import Piece, end_of_paragraph, read_lines
from semsearch.documents.readers.text_cleanup import without_invisible

_TABLE: Final = re.compile(r"\s*+\[{1,2}\s*+([^\[\]]{1,200}+)\]{1,2}\s*+(?:#.*)?")
_KEY: Final = re.compile(r"([\w.-]{1,100}|\"[^\"]{1,100}\"|'[^']{1,100}'):(?:\s|$)")
_ESCAPE: Final = re.compile(r"(?<!\\)((?:\\\\)*)((?:\\u[0-9a-fA-F]{4})+)")


def read_json(text: str) -> Document:
    """Read JSON; letters that are escaped as ``\\uXXXX`` are written out."""
    return read_lines(_ESCAPE.sub(_letters, text), _rows_at)


def read_yaml(text: str) -> Document:
    """Read YAML; each outer key is a heading."""
    return read_lines(text, _yaml_at)


def read_toml(text: str) -> Document:
    """Read TOML or INI under the names of its tables."""
    return read_lines(text, _toml_at)


def _letters(match: re.Match[str]) -> str:
    units = bytes.fromhex(match[2].replace("\\u", ""))
    letters = units.decode("utf-16-be", "surrogatepass").encode("utf-16", "surrogatepass")
    text = without_invisible(without_surrogates(letters.decode("utf-16", "replace")))
    return match[1] + (text if text.isprintable() and not set(text) & {'"', "\\"} else match[2])


def _rows_at(rows: Sequence[str], at: int) -> Piece:
    return Piece(BlockKind.CODE, end_of_paragraph(rows, at))


def _yaml_at(rows: Sequence[str], at: int) -> Piece:
    if key := _KEY.match(rows[at]):
        return Piece(BlockKind.HEADING, at + 1, 1, key[1].strip("\"'"))
    return Piece(BlockKind.CODE, end_of_paragraph(rows, at, _KEY.match))


def _toml_at(rows: Sequence[str], at: int) -> Piece:
    if table := _TABLE.fullmatch(rows[at]):
        return Piece(BlockKind.HEADING, at + 1, 1, table[1])
    return Piece(BlockKind.CODE, end_of_paragraph(rows, at, _TABLE.fullmatch))
