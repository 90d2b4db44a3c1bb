"""Texts of one generation, read from the record.

A text is the embedded content of passages. It is stored once under its SHA-256, however many
passages have it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from semsearch.documents.passage import text_digest
from semsearch.embedders.lazy_numpy import np
from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import Ids, ascending, is_among
from semsearch.store.record.generation_scope import (
    BATCH,
    VISIBLE,
    VISIBLE_PASSAGES,
    GenerationScope,
)

if TYPE_CHECKING:
    import numpy.typing as npt

_SAMPLED_AT_ONCE: Final = 1_000  # rows
_MANY: Final = 10_000  # texts from which on all passages are read
_AT_ONCE: Final = 10_000  # texts whose ids are in memory as Python's numbers


def is_text(body: str | bytes | None, digest: bytes) -> bool:
    """Whether a text's body has the digest that was stored with it."""
    return isinstance(body, str) and text_digest(body) == digest


def checked_bodies(rows: Iterable[tuple[int, str, bytes]]) -> Iterator[tuple[int, str]]:
    """(text id, body) of rows (text id, body, digest).

    Raises ``IndexDamaged`` when a body does not have its digest.
    """
    for text, body, digest in rows:
        if not is_text(body, digest):
            raise IndexDamaged(f"text {text} of the index is damaged; run: semsearch repair")
        yield text, body


class TextView:
    """Reads the texts of one generation's passages."""

    def __init__(self, scope: GenerationScope) -> None:
        self._scope = scope

    def ids(self) -> Ids:
        """The text ids of all passages, each once, ascending."""
        return ascending(self.of_passages())

    def of_passages(self) -> Ids:
        """The text id of each passage, in any order."""
        return self._scope.column(f"select text as number from {VISIBLE_PASSAGES}")

    def ids_in(self, documents: Iterable[int]) -> Ids:
        """The text ids of the passages of some documents, each once, ascending.

        A document whose passages are not those that were stored is named in ``withheld``, as one
        that a damaged index of SQLite does not find.
        """
        asked = ascending(np.array(list(documents), dtype=np.int64))
        among = json.dumps(asked.tolist())
        visible = f"{VISIBLE} and id in (select value from json_each(:documents))"
        known = self._scope.numbers(
            f"select id, passages, text_sum from document where {visible} order by id",
            3,
            documents=among,
        )
        counts, texts = self._places(visible, among, known[:, 0])
        ends = np.cumsum(counts)
        sums = np.concatenate([[0], np.cumsum(texts)])
        is_whole = (counts == known[:, 1]) & (sums[ends] - sums[ends - counts] == known[:, 2])
        lost = asked[~is_among(asked, ascending(known[:, 0]))]
        for document in (*known[~is_whole, 0].tolist(), *lost.tolist()):
            self._scope.withheld.add(f"a passage of document {document}")
        return ascending(texts)

    def are_in(self, texts: Ids, documents: Ids) -> "npt.NDArray[np.bool_]":
        """For each of some texts, whether one of the documents, ascending, has it."""
        found = self._scope.numbers(
            "select text, document from passage where text in (select value from json_each(:texts))"
            " and typeof(text) = 'integer' and typeof(document) = 'integer'",
            2,
            texts=json.dumps(texts.tolist()),
        )
        return is_among(texts, ascending(found[is_among(found[:, 1], documents), 0]))

    def _places(self, visible: str, among: str, documents: Ids) -> tuple[Ids, Ids]:
        """The number of passages of each document, ascending, and all their text ids in this order.

        Passages that a damaged index of SQLite gives to other documents are left out. SQLite lists
        the ids of a document as text, which numpy reads four times as fast as rows of two numbers
        become Python's.
        """
        rows = self._scope.rows(
            "select document, count(number), group_concat(number) from (select document,"
            " iif(typeof(text) = 'integer', text, null) as number from passage where document in"
            f" (select id from document where {visible})) group by document order by document",
            documents=among,
        )
        counts, lists = np.zeros(len(documents), dtype=np.int64), []
        place_of = dict(zip(documents.tolist(), range(len(documents)), strict=True))
        for document, count, numbers in rows:
            if count and document in place_of:
                counts[place_of[document]] += count
                lists.append(numbers)
        texts: Ids = np.fromstring(",".join(lists), dtype=np.int64, sep=",")
        return counts, texts

    def shown(self, texts: Ids) -> Ids:
        """Those of some texts, ascending, that a passage has."""
        if len(texts) > _MANY:
            return texts[is_among(texts, self.ids())]
        return ascending(
            self._scope.numbers(
                f"select distinct text from {VISIBLE_PASSAGES}"
                " where text in (select value from json_each(:texts))",
                1,
                texts=json.dumps(texts.tolist()),
            )[:, 0]
        )

    def bodies(self, texts: Iterable[int]) -> Iterator[tuple[int, str]]:
        """(text id, body) of some texts; raises ``IndexDamaged`` for a body without its digest."""
        remaining = iter(texts)
        while some := [int(text) for text in islice(remaining, _AT_ONCE)]:
            rows = self._scope.rows(
                "select id, body, digest from text"
                " where id in (select value from json_each(:texts))",
                texts=json.dumps(some),
            )
            yield from checked_bodies(rows)

    def digests(self, texts: Sequence[int]) -> dict[int, bytes]:
        """The SHA-256 of each of some texts, as the record has it, by text id."""
        rows = self._scope.connection.execute(
            "select id, digest from text where id in (select value from json_each(?))",
            (json.dumps(list(texts)),),
        )
        return dict(rows.fetchall())

    def sample(self, among: Ids, count: int) -> Ids:
        """At most ``count`` of some text ids, ascending: those with the least digests.

        Equal texts give equal samples, in whatever order an index came by them.
        """
        if len(among) <= _MANY:  # of texts that are there few may be shown
            listed = self._scope.connection.execute(
                "select id from text where id in (select value from json_each(?))"
                " order by digest limit ?",
                (json.dumps(among.tolist()), count),
            )
            return ascending(np.array([text for (text,) in listed], dtype=np.int64))
        rows = self._scope.connection.execute(
            "select id from text where body is not null order by digest"
        )
        found: list[int] = []
        while len(found) < count and (some := rows.fetchmany(_SAMPLED_AT_ONCE)):
            ids = np.array([text for (text,) in some], dtype=np.int64)
            found += ids[is_among(ids, among)].tolist()
        return ascending(np.array(found[:count], dtype=np.int64))

    def with_digest_prefix(self, prefix: str) -> list[int]:
        """Ids of at most two texts whose SHA-256 begins with some hexadecimal digits."""
        rows = self._scope.rows(
            f"select distinct text.id from {VISIBLE_PASSAGES} join text on text.id = text"
            " where hex(text.digest) glob :prefix || '*' limit 2",
            prefix=prefix.upper(),
        )
        return [text for (text,) in rows]

    def by_digest(self, digests: Sequence[bytes]) -> dict[bytes, list[int]]:
        """Text ids by SHA-256; a digest without a passage is not in the result."""
        found: dict[bytes, list[int]] = {}
        for start in range(0, len(digests), BATCH):
            some = {f"d{at}": digest for at, digest in enumerate(digests[start : start + BATCH])}
            rows = self._scope.rows(
                f"select distinct text.id, text.digest from {VISIBLE_PASSAGES}"
                " join text on text.id = text"
                f" where text.digest in ({', '.join(f':{name}' for name in some)})",
                **some,
            )
            for text, digest in rows:
                found.setdefault(digest, []).append(text)
        return found

    def count_among(self, texts: Ids) -> int:
        """How many of some text ids, ascending, belong to a passage of the generation."""
        if len(texts) > _MANY:
            return int(is_among(self.ids(), texts).sum())
        return self._scope.number(
            f"select count(distinct text) from {VISIBLE_PASSAGES}"
            " where text in (select value from json_each(:texts))",
            texts=json.dumps(texts.tolist()),
        )
