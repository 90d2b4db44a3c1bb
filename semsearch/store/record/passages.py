"""Rows of passages and their texts, read from the record."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from semsearch.documents.passage import Location, text_digest
from semsearch.errors import IndexDamaged


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """One place where a text stands; ``body`` is what is shown of it, without its context.

    ``ordinal`` is which passage of its document it is, from 0.
    """

    text: int
    document: int
    ordinal: int
    location: Location
    body: str
    digest: bytes


def is_text(body: str | bytes | None, digest: bytes) -> bool:
    """Whether the words of a text are those that its digest was made of."""
    return isinstance(body, str) and text_digest(body) == digest


def _checked_bodies(rows: Iterable[tuple[int, str, bytes]]) -> Iterator[tuple[int, str]]:
    for text, body, digest in rows:
        if not is_text(body, digest):
            raise IndexDamaged(f"text {text} of the index is damaged; run: semsearch repair")
        yield text, body


def _passage(row: tuple[Any, ...]) -> StoredPassage:
    text, document, ordinal, path, first_line, last_line, first_page, last_page = row[:8]
    headings, place, context, body, digest, _, _ = row[8:]
    return StoredPassage(
        text=text,
        document=document,
        ordinal=ordinal,
        location=Location(
            path=os.fsdecode(path),
            lines=None if first_line is None else (first_line, last_line),
            pages=None if first_page is None else (first_page, last_page),
            headings=tuple(json.loads(headings)),
            place=place,
        ),
        body=body[context:],
        digest=digest,
    )
