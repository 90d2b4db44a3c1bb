"""The rows of the record that belong to one generation, committed or still to come."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from semsearch.documents.coverage import Coverage, LeftOut
from semsearch.documents.passage import Location, text_digest
from semsearch.documents.walk.walker import FileStat
from semsearch.embedders.embedder import Vectors
from semsearch.errors import IndexDamaged
from semsearch.store.disk.ids import Ids, ascending
from semsearch.store.record.schema import (
    CANARY_HASH,
    DOCUMENT_HASH,
    GENERATION_HASH,
    LAST_GENERATION,
    NOTE_HASH,
    PASSAGE_HASH,
    VECTOR_HASH,
)
from semsearch.store.record.sqlite import Connection

StoredVectors = npt.NDArray[np.float16]  # (n, dimension), nearly unit rows
STORED_DTYPE: Final = np.dtype("<f2")  # mistral-embed's numbers are exact in it
_AT_ONCE: Final = 500  # values of one statement
CANARY_DTYPE: Final = np.dtype("<f4")

# No way out of the directory; `keywords` alone is that of an index of format 1.
_ANN_FILE: Final = re.compile(r"ann-\d{6,}\.faiss")
_KEYWORDS: Final = re.compile(r"keywords(-\d{6,})?")

_VISIBLE: Final = "(born <= :generation and (died is null or died > :generation))"
_DOCUMENT: Final = (
    "id, path, size, mtime_ns, ctime_ns, inode, digest, coverage, reason, pages, blank_pages, born,"
    " encoding, since"
)
# Of what is as it should be, no text but the path: that takes half of the time.
_DOCUMENT_IN_SHORT: Final = (
    "id, path, size, mtime_ns, ctime_ns, inode, digest, nullif(coverage, 'indexed'), reason, pages,"
    " iif(reason is null, null, blank_pages), born, null, iif(reason is null, null, since)"
)
_COVERAGES: Final[Mapping[str | None, Coverage]] = {
    None: Coverage.INDEXED,
    **{coverage.value: coverage for coverage in Coverage},
}
_SIDES: Final = ("left", "right")  # of equal numbers, for ``numpy.searchsorted``
_VISIBLE_PASSAGES: Final = f"passage join document on document.id = document and {_VISIBLE}"


@dataclass(frozen=True, slots=True)
class StoredEmbedder:
    """Who made a set of vectors; ``dimension`` is None until there is one."""

    id: int
    uri: str
    dimension: int | None


@dataclass(frozen=True, slots=True)
class DerivedFiles:
    """The files that were made for a generation, all None when no document has any text."""

    ann_file: str | None = None
    ann_digest: bytes | None = None  # SHA-256
    ann_texts: bytes | None = None  # SHA-256 of the text ids, int64 and sorted, that it holds
    keywords: str | None = None  # the folder
    keywords_digest: bytes | None = None  # SHA-256 of its manifest


@dataclass(frozen=True, slots=True)
class Generation:
    """One committed, consistent state of the index."""

    number: int
    created: datetime
    corpus: bytes  # relative to the index
    embedder: StoredEmbedder
    chunking: str
    derived: DerivedFiles
    documents: int  # whatever became of them
    passages: int
    repeats: Mapping[int, int]  # how often a text stands, for those that stand more than once


class StoredDocument(NamedTuple):
    """One file of the corpus as the record has it; ``path`` is relative to the corpus."""

    id: int
    path: str
    stat: FileStat
    digest: bytes | None
    coverage: Coverage
    reason: str | None
    pages: int | None
    blank_pages: tuple[int, ...]
    born: int
    encoding: str | None = None
    since: datetime | None = None


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


def last_generation(connection: Connection) -> Generation | None:
    """The newest committed generation, None in an index whose first run has not ended.

    Raises ``IndexDamaged`` when its row is not as it was written, or is missing.
    """
    kept = kept_generations(connection)
    last = note(connection, LAST_GENERATION)
    if last != (str(kept[-1].number) if kept else None):
        raise IndexDamaged("the row of the newest generation is damaged; run: semsearch repair")
    return kept[-1] if kept else None


def kept_generations(connection: Connection) -> list[Generation]:
    """The committed generations that can still be shown, the newest last; raises as above."""
    rows = connection.execute(
        "select number, created, corpus, embedder.id, uri, dimension, chunking, ann_file,"
        " ann_digest, ann_texts, keywords, keywords_digest, documents, passages, repeats,"
        f" hash = {GENERATION_HASH} from generation join embedder on embedder.id = embedder"
        " order by number"
    )
    return [_generation(row) for row in rows]


def _generation(row: tuple[Any, ...]) -> Generation:
    number, created, corpus, *embedder, chunking = row[:7]
    derived = DerivedFiles(*row[7:12])
    documents, passages, repeats, is_whole = row[12:]
    if not is_whole:
        raise IndexDamaged("the row of a generation is damaged; run: semsearch repair")
    names = ((derived.ann_file, _ANN_FILE), (derived.keywords, _KEYWORDS))
    if any(name is not None and not form.fullmatch(name) for name, form in names):
        raise IndexDamaged("the index names a file that is none of its own; it was tampered with")
    return Generation(
        number=number,
        created=datetime.fromisoformat(created),
        corpus=corpus,
        embedder=StoredEmbedder(*embedder),
        chunking=chunking,
        derived=derived,
        documents=documents,
        passages=passages,
        repeats=dict(json.loads(repeats)),
    )


def note(connection: Connection, name: str) -> str | None:
    """A small fact that a run has kept; None when there is none of that name.

    Raises ``IndexDamaged`` when it is not what was kept.
    """
    row = connection.execute(
        f"select value, hash = {NOTE_HASH} from note where name = ?", (name,)
    ).fetchone()
    if row is not None and not row[1]:
        raise IndexDamaged(f"the note {name} of the index is damaged; run: semsearch repair")
    return None if row is None else str(row[0])


def embedder_row(
    connection: Connection, uri: str, first: int | None, last: int | None
) -> StoredEmbedder | None:
    """The row of an embedder: ``first`` if it is one, else the latest, ``last`` only if need be."""
    row = connection.execute(
        "select id, uri, dimension from embedder where uri = ?"
        " order by id is ? desc, id is ?, id desc limit 1",
        (uri, first, last),
    ).fetchone()
    return None if row is None else StoredEmbedder(*row)


def relative_corpus(corpus: Path, directory: Path) -> bytes:
    """The folder that is searched as it is kept: relative to the index, so that both can move."""
    try:
        return os.fsencode(os.path.relpath(corpus.resolve(), directory.resolve()))
    except ValueError:  # on another drive, from which no relative path leads
        return os.fsencode(corpus.resolve())


def absolute_corpus(relative: bytes, directory: Path) -> Path:
    """The folder that ``relative_corpus`` was given."""
    return (directory.resolve() / os.fsdecode(relative)).resolve()


def pending_corpus(connection: Connection, directory: Path) -> Path | None:
    """The folder of a run that has not ended; None when none was begun."""
    row = connection.execute("select corpus from pending").fetchone()
    return absolute_corpus(row[0], directory) if row else None


def left_out(documents: Iterable[StoredDocument]) -> tuple[LeftOut, ...]:
    """The files and pages that no query can find, with their reasons."""
    return tuple(
        LeftOut(
            document.path,
            document.coverage,
            document.reason or "",
            document.blank_pages,
            document.since,
        )
        for document in documents
        if is_left_out(document)
    )


def is_left_out(document: StoredDocument) -> bool:
    """Whether no query can find a file, or pages of it."""
    return document.coverage is not Coverage.INDEXED or bool(document.reason)


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


def unit_rows(stored: StoredVectors | Vectors) -> Vectors:
    """Stored vectors (n, dimension) as float32, brought back to unit length."""
    vectors: Vectors = stored.astype(np.float32)
    squares = np.einsum("ij,ij->i", vectors, vectors)  # a fifth of the time of numpy's norm
    vectors /= np.sqrt(squares)[:, None]  # float16 shortens by up to 1e-3
    return vectors


def is_text(body: str | bytes | None, digest: bytes) -> bool:
    """Whether the words of a text are those that its digest was made of."""
    return isinstance(body, str) and text_digest(body) == digest


def _checked_bodies(rows: Iterable[tuple[int, str, bytes]]) -> Iterator[tuple[int, str]]:
    for text, body, digest in rows:
        if not is_text(body, digest):
            raise IndexDamaged(f"text {text} of the index is damaged; run: semsearch repair")
        yield text, body


def _document(row: tuple[Any, ...]) -> StoredDocument:
    document, path, size, mtime_ns, ctime_ns, inode, digest, coverage, reason, pages = row[:10]
    blank_pages, born, encoding, since = row[10:14]
    return StoredDocument(
        document,
        os.fsdecode(path),
        FileStat(size, mtime_ns, ctime_ns, inode),
        digest,
        _COVERAGES[coverage],
        reason,
        pages,
        () if blank_pages in (None, "[]") else tuple(json.loads(blank_pages)),
        born,
        encoding,
        None if since is None else datetime.fromisoformat(since),
    )


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
