"""The rows of the record that belong to one generation, committed or still to come."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.documents.coverage import Coverage
from semsearch.documents.walk.walker import FileStat
from semsearch.embedders.embedder import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import Ids, ascending
from semsearch.store.notes.note import note
from semsearch.store.record.documents import (
    _DOCUMENT,
    _DOCUMENT_IN_SHORT,
    StoredDocument,
    _document,
)
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.passages import StoredPassage, _checked_bodies, _passage, is_text
from semsearch.store.record.schema import (
    CANARY_HASH,
    DOCUMENT_HASH,
    PASSAGE_HASH,
    VECTOR_HASH,
)
from semsearch.store.record.sqlite import Connection
from semsearch.store.record.vectors import CANARY_DTYPE, STORED_DTYPE, StoredVectors, unit_rows

_AT_ONCE: Final = 500  # values of one statement

_VISIBLE: Final = "(born <= :generation and (died is null or died > :generation))"
_SIDES: Final = ("left", "right")  # of equal numbers, for ``numpy.searchsorted``
_VISIBLE_PASSAGES: Final = f"passage join document on document.id = document and {_VISIBLE}"


class View:
    """What one generation holds, read through the writer's or a reader's connection.

    A row that is not as it was written is not shown; ``withheld`` names each that was met.
    """

    def __init__(self, connection: Connection, generation: int) -> None:
        self._connection = connection
        self._generation = {"generation": generation}
        self.withheld: set[str] = set()

    def documents(self) -> list[StoredDocument]:
        """Every file of the corpus, in the order of the paths' bytes."""
        return self._documents("true")

    def documents_unchecked(self, ids: Iterable[int] | None = None) -> list[StoredDocument]:
        """The same, or some by their ids, but whether each row is whole is left to others.

        A run over a folder needs no more: what a file is not any more is read again. Nor has a
        document that can be found whole its encoding, blank pages and date.
        """
        if ids is None:
            return self._unchecked(f"{_VISIBLE} order by path")
        wanted = "id in (select value from json_each(:ids))"
        return self._unchecked(f"{wanted} and {_VISIBLE} order by path", ids=json.dumps(list(ids)))

    def documents_after(self, before: Sequence[StoredDocument]) -> list[StoredDocument]:
        """The same, at the cost of what differs from the documents of the generation ``before``.

        A document of both has the stat that it had then.
        """
        came = self._unchecked("born = :generation and died is null")
        went = self._connection.execute(
            "select id from document where died = :generation", self._generation
        )
        gone = {document for (document,) in went}
        documents = [document for document in before if document.id not in gone]
        return sorted([*documents, *came], key=lambda document: os.fsencode(document.path))

    def _unchecked(self, condition: str, **values: str) -> list[StoredDocument]:
        rows = self._connection.execute(
            f"select {_DOCUMENT_IN_SHORT} from document where {condition}",
            {**self._generation, **values},
        )
        documents = []
        for row in rows:
            try:
                documents.append(_document(row))
            except (LookupError, TypeError, ValueError):
                self.withheld.add(f"document {row[0]}")
        return documents

    def stats(self) -> Iterator[tuple[str, FileStat]]:
        """The path and stat of each file of a type that is read, the last to be indexed first."""
        for path, *stat in self._connection.execute(
            "select path, size, mtime_ns, ctime_ns, inode from document"
            f" where {_VISIBLE} and coverage != '{Coverage.SKIPPED.value}' order by id desc",
            self._generation,
        ):
            yield os.fsdecode(path), FileStat(*stat)

    def documents_of(self, ids: Iterable[int]) -> dict[int, StoredDocument]:
        """Some documents by their ids."""
        condition = "id in (select value from json_each(:ids))"
        found = self._documents(condition, ids=json.dumps(list(ids)))
        return {document.id: document for document in found}

    def document_at(self, path: str) -> StoredDocument | None:
        """The document of a path; None when there is none."""
        found = self._documents("path = :path", path=os.fsencode(path))
        return found[0] if found else None

    def texts_of_digest(self, start: str) -> list[int]:
        """The texts whose SHA-256 begins with some hexadecimal digits, at most two of them."""
        rows = self._connection.execute(
            f"select distinct text.id from {_VISIBLE_PASSAGES} join text on text.id = text"
            " where hex(text.digest) glob :start || '*' limit 2",
            {"start": start.upper(), **self._generation},
        )
        return [text for (text,) in rows]

    def texts_of_digests(self, digests: Sequence[bytes]) -> dict[bytes, list[int]]:
        """The texts of passages by their SHA-256, of those that there are."""
        found: dict[bytes, list[int]] = {}
        for start in range(0, len(digests), _AT_ONCE):
            some = {f"d{at}": one for at, one in enumerate(digests[start : start + _AT_ONCE])}
            rows = self._connection.execute(
                f"select distinct text.id, text.digest from {_VISIBLE_PASSAGES}"
                " join text on text.id = text"
                f" where text.digest in ({', '.join(f':{name}' for name in some)})",
                {**some, **self._generation},
            )
            for text, digest in rows:
                found.setdefault(digest, []).append(text)
        return found

    def documents_with(self, text: int) -> list[StoredDocument]:
        """The documents that have a passage of this text."""
        return self._documents("id in (select document from passage where text = :text)", text=text)

    def _documents(self, condition: str, **values: int | str | bytes) -> list[StoredDocument]:
        rows = self._connection.execute(
            f"select {_DOCUMENT}, hash = {DOCUMENT_HASH} from document"
            f" where {_VISIBLE} and {condition} order by path",
            {**self._generation, **values},
        )
        return [_document(row) for row in rows if self._is_whole(row[-1], f"document {row[0]}")]

    def _is_whole(self, is_whole: int | None, name: str) -> bool:
        if not is_whole:
            self.withheld.add(name)
        return bool(is_whole)

    def document_count(self) -> int:
        """How many files there are, whatever became of them."""
        row = self._connection.execute(
            f"select count(*) from document where {_VISIBLE}", self._generation
        ).fetchone()
        return int(row[0])

    def passage_count(self) -> int:
        """How many passages there are; a text that stands in two places counts twice."""
        row = self._connection.execute(
            f"select count(*) from {_VISIBLE_PASSAGES}", self._generation
        ).fetchone()
        return int(row[0])

    def passage_counts(self) -> dict[int, int]:
        """How many passages each document has, by its id."""
        return dict(
            self._connection.execute(
                f"select document, count(*) from {_VISIBLE_PASSAGES} group by document",
                self._generation,
            ).fetchall()
        )

    def repeats(self) -> dict[int, int]:
        """How often a text stands, for those that stand more than once."""
        rows = self._connection.execute(
            f"select text, count(*) from {_VISIBLE_PASSAGES} group by text having count(*) > 1",
            self._generation,
        )
        return dict(rows.fetchall())

    def text_ids(self) -> Ids:
        """The texts of all passages, each once, ascending."""
        query = f"select distinct text from {_VISIBLE_PASSAGES} order by text"
        return self._numbers(query, self._generation, 1)[:, 0]

    def text_ids_in(self, documents: Iterable[int]) -> Ids:
        """The texts of the passages of some documents, each once, ascending."""
        wanted: dict[str, int | str] = {
            "documents": json.dumps(list(documents)),
            **self._generation,
        }
        visible = f"{_VISIBLE} and id in (select value from json_each(:documents))"
        known = self._numbers(
            f"select id, passages, text_sum from document where {visible} order by id", wanted, 3
        )
        places = self._numbers(
            "select document, text from passage where document in"
            f" (select id from document where {visible}) order by document",
            wanted,
            2,
        )
        begins, ends = (np.searchsorted(places[:, 0], known[:, 0], side) for side in _SIDES)
        sums = np.concatenate([[0], np.cumsum(places[:, 1])])
        is_whole = (ends - begins == known[:, 1]) & (sums[ends] - sums[begins] == known[:, 2])
        for document in known[~is_whole, 0].tolist():
            self.withheld.add(f"a passage of document {document}")
        return ascending(places[:, 1])

    def _numbers(
        self, query: str, values: Mapping[str, int | str], columns: int
    ) -> npt.NDArray[np.int64]:
        """The rows of a query that gives whole numbers only, shape (n, columns)."""
        rows = chain.from_iterable(self._connection.execute(query, values))
        return np.fromiter(rows, dtype=np.int64).reshape(-1, columns)

    def texts_without_vector(
        self, embedder: StoredEmbedder, *, since: int = 0
    ) -> list[tuple[int, str]]:
        """(text id, text) of every passage that the embedder has still to see, each text once.

        Only documents that have come since generation ``since`` are looked at. Raises
        ``IndexDamaged`` when a text is not what was cut.
        """
        rows = self._connection.execute(
            f"select distinct text.id, body, text.digest from {_VISIBLE_PASSAGES} join text"
            " on text.id = text"
            " where born >= :since and not exists"
            " (select 1 from vector where embedder = :embedder and text = text.id)"
            " order by text.id",
            {"embedder": embedder.id, "since": since, **self._generation},
        )
        return list(_checked_bodies(rows))

    def places(self) -> list[tuple[int, int, int]]:
        """(passage id, document id, text id) of every passage, by document and order in it.

        Whether each row is as it was written is told when the passage itself is read; a document
        that has other passages than it had is withheld here.
        """
        rows = self._connection.execute(
            "select passage.id, document.id, text, document.passages, text_sum"
            f" from {_VISIBLE_PASSAGES} order by document.id, ordinal",
            self._generation,
        )
        found: list[tuple[int, int, int]] = []
        for document, group in groupby(rows, key=itemgetter(1)):
            places = list(group)
            if (len(places), sum(text for _, _, text, _, _ in places)) != places[0][3:]:
                self.withheld.add(f"a passage of document {document}")
            found += [place[:3] for place in places]
        return found

    def passages_at(self, ids: Iterable[int]) -> dict[int, StoredPassage]:
        """Some passages by their ids."""
        rows = self._passages("passage.id in (select value from json_each(:ids))", ids=list(ids))
        return dict(rows)

    def count_of(self, texts: Iterable[int]) -> int:
        """How many of some texts stand in a passage."""
        row = self._connection.execute(
            f"select count(distinct text) from {_VISIBLE_PASSAGES}"
            " where text in (select value from json_each(:texts))",
            {"texts": json.dumps(list(texts)), **self._generation},
        ).fetchone()
        return int(row[0])

    def texts_lacking_vector(self, embedder: StoredEmbedder) -> int:
        """How many texts of the passages have no vector."""
        row = self._connection.execute(
            f"select count(distinct text) from {_VISIBLE_PASSAGES} where not exists"
            " (select 1 from vector where embedder = :embedder and vector.text = passage.text)",
            {"embedder": embedder.id, **self._generation},
        ).fetchone()
        return int(row[0])

    def bodies(self, texts: Iterable[int]) -> Iterator[tuple[int, str]]:
        """(text id, text) of some texts; raises as above."""
        return _checked_bodies(
            self._connection.execute(
                "select id, body, digest from text where id in (select value from json_each(?))",
                (json.dumps([int(text) for text in texts]),),
            )
        )

    def vectors(self, embedder: StoredEmbedder, texts: Sequence[int] | Ids) -> tuple[Ids, Vectors]:
        """Text ids, ascending, and their unit vectors (n, dimension); none for a text without."""
        ids, stored = self.stored_vectors(embedder, texts)
        return ids, unit_rows(stored)

    def stored_vectors(
        self, embedder: StoredEmbedder, texts: Sequence[int] | Ids
    ) -> tuple[Ids, StoredVectors]:
        """The same as they are stored: float16, from which ``unit_rows`` makes unit vectors."""
        if embedder.dimension is None:
            return np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=STORED_DTYPE)
        wanted = sorted({int(text) for text in texts})
        rows = self._connection.execute(
            f"select text, vector, hash = {VECTOR_HASH} from vector where embedder = ?"
            " and text in (select value from json_each(?)) order by text",
            (embedder.id, json.dumps(wanted)),
        ).fetchall()
        length = embedder.dimension * STORED_DTYPE.itemsize
        rows = [(text, row) for text, row, is_whole in rows if is_whole and len(row) == length]
        ids = np.fromiter((text for text, _ in rows), dtype=np.int64, count=len(rows))
        self.withheld |= {f"vector of text {text}" for text in set(wanted).difference(ids.tolist())}
        stored = np.frombuffer(b"".join(vector for _, vector in rows), dtype=STORED_DTYPE)
        return ids, stored.reshape(len(rows), embedder.dimension)

    def vectors_of_digests(
        self, embedder: StoredEmbedder, digests: Sequence[bytes]
    ) -> dict[bytes, Vectors]:
        """The unit vectors (dimension,) of texts by their digests, of those that have one.

        A text need stand in no document any more.
        """
        found: dict[int, bytes] = {}
        for start in range(0, len(digests), _AT_ONCE):
            some = digests[start : start + _AT_ONCE]
            rows = self._connection.execute(
                "select text.id, digest from text join vector on vector.text = text.id"
                f" where embedder = ? and digest in ({', '.join('?' * len(some))})",
                (embedder.id, *some),
            )
            found |= dict(rows.fetchall())
        ids, vectors = self.vectors(embedder, list(found))
        return {found[text]: row for text, row in zip(ids.tolist(), vectors, strict=True)}

    def split_texts(self, embedder: StoredEmbedder) -> dict[int, int]:
        """How many parts each text was split into to embed it, of those that were split at all."""
        rows = self._connection.execute(
            "select distinct vector.text, parts from vector join passage using (text)"
            f" join document on document.id = document and {_VISIBLE}"
            " where parts > 1 and vector.embedder = :embedder",
            {"embedder": embedder.id, **self._generation},
        )
        return dict(rows.fetchall())

    def canaries(self, embedder: StoredEmbedder) -> Vectors | None:
        """The vectors (n, dimension) that the canaries had at first; None before there are any.

        Raises ``IndexDamaged`` when they are not what was kept.
        """
        rows = self._connection.execute(
            f"select vector, hash = {CANARY_HASH} from canary where embedder = ? order by ordinal",
            (embedder.id,),
        ).fetchall()
        if not all(is_whole for _, is_whole in rows):
            raise IndexDamaged("the canaries of the index are damaged; run: semsearch repair")
        if not rows:
            return None
        return np.stack([np.frombuffer(row, CANARY_DTYPE) for row, _ in rows]).astype(np.float32)

    def note(self, name: str) -> str | None:
        """A small fact that a run has kept; None when there is none of that name."""
        return note(self._connection, name)

    def passages(self, texts: Iterable[int], repeats: Mapping[int, int]) -> list[StoredPassage]:
        """Every place where one of the texts stands, by path and order in the document.

        ``repeats`` is how often a text must stand, if not once; where it does not, something was
        lost, and what is there is shown.
        """
        wanted = [int(text) for text in texts]
        rows = self._passages("text in (select value from json_each(:ids))", ids=wanted)
        places = [passage for _, passage in rows]
        counted = Counter(place.text for place in places)
        for text in wanted:
            if counted[text] != repeats.get(text, 1):
                self.withheld.add(f"a place of text {text}")
        return places

    def _passages(self, condition: str, ids: list[int]) -> Iterator[tuple[int, StoredPassage]]:
        """(passage id, passage) by path and order in the document."""
        rows = self._connection.execute(
            "select text.id, document.id, ordinal, path, first_line, last_line, first_page,"
            " last_page, headings, place, context, body, text.digest, passage.id,"
            f" passage.hash = {PASSAGE_HASH} and document.hash = {DOCUMENT_HASH}"
            f" from {_VISIBLE_PASSAGES} join text on text.id = text"
            f" where {condition} order by path, ordinal",
            {"ids": json.dumps(ids), **self._generation},
        )
        for row in rows:
            if self._is_whole(row[-1] and is_text(row[11], row[12]), f"passage {row[13]}"):
                yield row[13], _passage(row)
