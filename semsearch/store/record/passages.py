"""Passages of one generation, read from the record."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from semsearch.documents.passage import Location
from semsearch.store.record.documents import is_inner_path
from semsearch.store.record.generation_scope import VISIBLE_PASSAGES, GenerationScope
from semsearch.store.record.json_text import parsed
from semsearch.store.record.schema import DOCUMENT_HASH, PASSAGE_HASH
from semsearch.store.record.texts import is_text


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A place where a text stands in a document; ``body`` is the text without its context.

    ``ordinal`` is the position among the passages of its document, from 0. ``digest`` is the
    SHA-256 of the text with its context.
    """

    text: int
    document: int
    ordinal: int
    location: Location
    body: str
    digest: bytes


class PassageView:
    """Reads the passages of one generation; damaged rows are left out."""

    def __init__(self, scope: GenerationScope) -> None:
        self._scope = scope

    def count(self) -> int:
        """The number of passages; a text in two places counts twice."""
        return self._scope.number(f"select count(*) from {VISIBLE_PASSAGES}")

    def count_by_document(self) -> dict[int, int]:
        """The number of passages of each document that has any, by document id."""
        return dict(
            self._scope.rows(f"select document, count(*) from {VISIBLE_PASSAGES} group by document")
        )

    def repeats(self) -> dict[int, int]:
        """The number of passages of each text that has more than one, by text id."""
        return dict(
            self._scope.rows(
                f"select text, count(*) from {VISIBLE_PASSAGES} group by text having count(*) > 1"
            )
        )

    def of_texts(self, texts: Iterable[int], repeats: Mapping[int, int]) -> list[StoredPassage]:
        """Every passage with one of the texts, by path and order in the document.

        ``repeats`` is how many passages a text must have, if not one. A text with another number
        of passages is named in ``withheld``; the passages that are there are returned.
        """
        wanted = [int(text) for text in texts]
        rows = self._passages("text in (select value from json_each(:ids))", ids=wanted)
        places = [passage for _, passage in rows]
        self._withhold(wanted, Counter(place.text for place in places), repeats)
        return places

    def names_of(
        self, texts: Iterable[int], repeats: Mapping[int, int]
    ) -> list[tuple[int, str, str | None, int]]:
        """(text id, path, title, passages) of the document of every place of some texts.

        Row hashes are not verified; a text with another number of places than ``of_texts`` takes
        is named in ``withheld``.
        """
        wanted = [int(text) for text in texts]
        rows = self._scope.rows(
            f"select text, path, title, passages from {VISIBLE_PASSAGES}"
            " where text in (select value from json_each(:ids))",
            ids=json.dumps(wanted),
        )
        names = [
            (text, os.fsdecode(path), title if isinstance(title, str) else None, passages)
            for text, path, title, passages in rows
            if isinstance(path, bytes) and isinstance(passages, int)
        ]
        self._withhold(wanted, Counter(text for text, *_ in names), repeats)
        return names

    def _withhold(
        self, wanted: Iterable[int], counted: Mapping[int, int], repeats: Mapping[int, int]
    ) -> None:
        """Name the texts that have another number of places than they must have."""
        if not self._scope.is_partial:
            for text in wanted:
                if counted[text] != repeats.get(text, 1):
                    self._scope.withheld.add(f"a place of text {text}")

    def by_id(self, ids: Iterable[int]) -> dict[int, StoredPassage]:
        """Passages by their ids."""
        rows = self._passages("passage.id in (select value from json_each(:ids))", ids=list(ids))
        return dict(rows)

    def of_document(self, document: int) -> list[StoredPassage]:
        """The passages of a document, in their order."""
        rows = self._passages("document.id in (select value from json_each(:ids))", ids=[document])
        return [passage for _, passage in rows]

    def places(self) -> list[tuple[int, int, int]]:
        """(passage id, document id, text id) of every passage, by document and order in it.

        Row hashes are not verified here, but by ``by_id``. A document whose passages are not
        those that were stored is named in ``withheld``.
        """
        rows = self._scope.rows(
            "select passage.id, document.id, text, document.passages, text_sum"
            f" from {VISIBLE_PASSAGES} order by document.id, ordinal"
        )
        found: list[tuple[int, int, int]] = []
        for document, group in groupby(rows, key=itemgetter(1)):
            places = list(group)
            if (len(places), sum(text for _, _, text, _, _ in places)) != places[0][3:]:
                self._scope.withheld.add(f"a passage of document {document}")
            found += [(passage, of, text) for passage, of, text, _, _ in places]
        return found

    def _passages(self, condition: str, ids: list[int]) -> Iterator[tuple[int, StoredPassage]]:
        """(passage id, passage) by path and order in the document."""
        rows = self._scope.rows(
            "select text.id, document.id, ordinal, path, first_line, last_line, first_page,"
            " last_page, headings, place, context, body, text.digest, passage.id,"
            f" passage.hash = {PASSAGE_HASH} and document.hash = {DOCUMENT_HASH}"
            f" from {VISIBLE_PASSAGES} join text on text.id = text"
            f" where {condition} order by path, ordinal",
            ids=json.dumps(ids),
        )
        for row in rows:
            name = f"passage {row[13]}"
            if not self._scope.is_whole(row[-1] and is_text(row[11], row[12]), name):
                continue
            try:
                passage = _passage_of(row)
            except (TypeError, ValueError):
                self._scope.withheld.add(name)
            else:
                yield row[13], passage


def _passage_of(row: tuple[Any, ...]) -> StoredPassage:
    text, document, ordinal, path, first_line, last_line, first_page, last_page = row[:8]
    headings, place, context, body, digest, _, _ = row[8:]
    trail = parsed(headings)
    numbers = (row[2], context, *(number for number in row[4:8] if number is not None))
    if (
        not is_inner_path(path)
        or not all(type(number) is int and number >= 0 for number in numbers)
        or (first_line is None) != (last_line is None)
        or (first_page is None) != (last_page is None)
        or not (isinstance(trail, list) and all(isinstance(one, str) for one in trail))
        or not isinstance(place, str | None)
    ):
        raise ValueError("a value that semsearch does not write")
    return StoredPassage(
        text=text,
        document=document,
        ordinal=ordinal,
        location=Location(
            path=os.fsdecode(path),
            lines=None if first_line is None else (first_line, last_line),
            pages=None if first_page is None else (first_page, last_page),
            headings=tuple(trail),
            place=place,
        ),
        body=body[context:],
        digest=digest,
    )
