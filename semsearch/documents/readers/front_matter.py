"""Front matter: what stands about a note before its text, in YAML, TOML or JSON.

Jekyll, Hugo, Obsidian and their kin keep a title, tags and other names of a note there, which a
person may ask for, and dates, ids and switches of programs, which are no text.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, NamedTuple

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.readers.headings import LONGEST_TITLE, title_named

# The keys that say in a person's words what a note is about, in the order of an excerpt.
TELLING_KEYS: Final = tuple(
    "title subtitle description summary abstract excerpt aliases alias tags tag keywords categories"
    " category topics topic subject series author authors".split()
)
_ENDS: Final = {"---": ("---", "..."), "+++": ("+++",)}
_MOST_ROWS: Final = 1_000  # rows among which the end of front matter is looked for
_KEY: Final = re.compile(r"([\w][\w .-]{0,60}?|\"[^\"]{1,60}\"|'[^']{1,60}'):(?:[ \t]+(.*))?$")
_TOML_NAME: Final = re.compile(r"[ \t]*[\"']?([\w.-]+)[\"']?[ \t]*=")
_TOML_KEY: Final = re.compile(r"[ \t]*[\w\"'.-]+[ \t]*=|[ \t]*\[[\w\"'. -]+\]|[ \t]*#|[ \t]*$")
_COMMENT: Final = re.compile(r"[ \t]#.*$")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The telling rows of front matter, between its marks, and where the text begins.

    ``rows`` are (row from 0, its words) and empty where nothing is telling; ``end`` is the first
    row behind the front matter.
    """

    rows: tuple[tuple[int, str], ...]
    title: str | None
    end: int

    def block(self, headings: tuple[str, ...] = ()) -> Block | None:
        """Return the telling rows as a block; None where there are none."""
        if not self.rows:
            return None
        text = "\n".join(row for _, row in self.rows)
        lines = [at + 1 for at, _ in self.rows]
        return Block(BlockKind.PARAGRAPH, text, lines, headings=headings)


def front_matter(rows: Sequence[str]) -> FrontMatter | None:
    """Return the front matter of a text in rows; None where it has none.

    >>> front_matter(["---", "title: Ice", "uuid: 77aa", "---", "It melts."])
    FrontMatter(rows=((0, '---'), (1, 'title: Ice'), (3, '---')), title='Ice', end=4)
    """
    mark = rows[0].rstrip() if rows else ""
    if mark[:1] == "{":
        return _json(rows)
    last = next(
        (at for at in range(1, min(len(rows), _MOST_ROWS)) if rows[at].rstrip() in _ENDS[mark])
        if mark in _ENDS
        else iter(()),
        None,
    )
    entries = None
    if last is not None:
        entries = _yaml(rows[1:last]) if mark == "---" else _toml(rows[1:last])
    return None if last is None or entries is None else _of_entries(entries, rows, last)


def without_front_matter(text: str) -> tuple[str, FrontMatter | None]:
    """Return a text with blank rows in place of its front matter, and the front matter."""
    if text[:3] not in ("---", "+++"):
        return text, None
    rows = text.split("\n")
    found = front_matter(rows)
    if found is None:
        return text, None
    return "\n".join([*[""] * found.end, *rows[found.end :]]), found


def under_front_matter(document: Document, found: FrontMatter | None) -> Document:
    """Return a document that was read without its front matter, with the telling rows of it."""
    if found is None:
        return document
    block = found.block()
    blocks = document.blocks if block is None else (block, *document.blocks)
    return replace(document, blocks=blocks, title=found.title or document.title)


def _of_entries(entries: Sequence["_Entry"], rows: Sequence[str], last: int) -> FrontMatter:
    telling = [entry for entry in entries if entry.key.lower() in TELLING_KEYS and entry.value]
    kept = [at + 1 for entry in telling for at in entry.rows]
    title = next((entry.value for entry in telling if entry.key.lower() == "title"), "")
    return FrontMatter(
        tuple([(at, rows[at].rstrip()) for at in (0, *kept, last)]) if kept else (),
        title_named(title[:LONGEST_TITLE]),
        last + 1,
    )


class _Entry(NamedTuple):
    """An entry: the words of its value where they stand beside the key, and its rows, from 0."""

    key: str
    value: str
    rows: range


def _yaml(rows: Sequence[str]) -> list[_Entry] | None:
    """Each outer key with its rows; None for rows that are no mapping of YAML."""
    found: list[_Entry] = []
    for at, row in enumerate(rows):
        if key := _KEY.match(row):
            found.append(_Entry(key[1].strip("\"'"), _unquoted(key[2] or ""), range(at, at + 1)))
        elif not row.strip() or row.startswith("#"):
            continue
        elif row[0] in " \t-" and found:
            before = found[-1]
            value = before.value or row.strip(" \t-")
            found[-1] = before._replace(value=value, rows=range(before.rows.start, at + 1))
        else:
            return None
    return found or None


def _toml(rows: Sequence[str]) -> list[_Entry] | None:
    try:
        leaves = list(_leaves(tomllib.loads("\n".join(rows))))
    except (ValueError, RecursionError):  # no TOML, or a number of too many digits
        return None
    starts = [at for at, row in enumerate(rows) if _TOML_KEY.match(row)]
    places: dict[str, range] = {}
    for at, end in pairwise([*starts, len(rows)]):
        if named := _TOML_NAME.match(rows[at]):
            places.setdefault(named[1], range(at, end))
    # A row is told once, though tables in it may have equal keys.
    return [_Entry(key, value, places.pop(key)) for key, value in leaves if key in places]


def _json(rows: Sequence[str]) -> FrontMatter | None:
    """Front matter of Hugo in JSON: an object before the text; its entries, a row each.

    An empty object names nothing, and is text.
    """
    text = "\n".join(rows[:_MOST_ROWS])
    try:
        value, behind = json.JSONDecoder().raw_decode(text)
        found = list(_leaves(value)) if isinstance(value, dict) else None
    except (ValueError, RecursionError):
        return None
    if not found or text[behind:].split("\n", 1)[0].strip():
        return None
    last = text.count("\n", 0, behind)
    leaves = [(key.lower(), words) for key, words in found if words]
    told = [f"{key}: {words}" for key, words in leaves if key in TELLING_KEYS]
    title = title_named(dict(leaves).get("title", "")[:LONGEST_TITLE])
    kept = [(0, "---"), *((0, row) for row in told), (last, "---")] if told else []
    return FrontMatter(tuple(kept), title, last + 1)


def _leaves(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The keys of a table, and of the tables in it, with the words of their values."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield key, _words(value)


def _unquoted(value: str) -> str:
    value = value.strip()
    if value[:1] in "\"'" and value[:1]:
        return value.strip(value[0])
    return _COMMENT.sub("", value).strip()


def _words(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return ", ".join(filter(None, map(_words, value)))
    return ""
