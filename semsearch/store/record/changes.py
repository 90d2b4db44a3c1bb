"""The difference between the generation to come and the last one, at a cost that grows with it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from semsearch.embedders.lazy_numpy import np
from semsearch.store.disk.ids import Ids
from semsearch.store.record.generations import Generation
from semsearch.store.record.sqlite import Connection
from semsearch.store.record.view import View


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of documents and passages of a generation, as stored in its row."""

    documents: int
    passages: int
    repeats: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of the texts that a generation adds and removes, ascending, and its new counts."""

    added: Ids
    removed: Ids
    counts: Counts


def counted(view: View) -> Counts:
    """Count the rows of a generation."""
    return Counts(view.documents.count(), view.passages.count(), view.passages.repeats())


def changes_since(connection: Connection, before: Generation) -> Changes:
    """The changes that a run has made since the last committed generation ``before``.

    Reads only rows of documents that were added or ended, and other passages of their texts.
    """
    new = before.number + 1
    came, went = connection.execute(
        "select count(*) filter (where born = :new and died is null),"
        " count(*) filter (where died = :new) from document where born = :new or died = :new",
        {"new": new},
    ).fetchone()
    touched = connection.execute(
        "select distinct text from passage where document in"
        " (select id from document where born = :new union all"
        " select id from document where died = :new)",
        {"new": new},
    ).fetchall()
    places = connection.execute(
        "select text, count(*) filter (where born < :new and (died is null or died >= :new)),"
        " count(*) filter (where born <= :new and (died is null or died > :new))"
        " from passage join document on document.id = document"
        " where text in (select value from json_each(:touched)) group by text order by text",
        {"new": new, "touched": json.dumps([text for (text,) in touched])},
    ).fetchall()
    repeats = dict(before.repeats)
    for text, _, after in places:
        repeats.pop(text, None)
        if after > 1:
            repeats[text] = after
    return Changes(
        added=_ids(text for text, old, after in places if after and not old),
        removed=_ids(text for text, old, after in places if old and not after),
        counts=Counts(
            before.documents + came - went,
            before.passages + sum(after - old for _, old, after in places),
            repeats,
        ),
    )


def _ids(texts: Iterable[int]) -> Ids:
    return np.fromiter(texts, dtype=np.int64)
