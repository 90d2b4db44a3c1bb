"""The rows of the record that belong to one generation, committed or still to come."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from semsearch.coverage import Coverage, LeftOut
from semsearch.documents.walk import FileStat
from semsearch.embedders.embedder import Vectors
from semsearch.errors import IndexDamaged
from semsearch.passages import Location
from semsearch.store.ann import Ids
from semsearch.store.database import Connection

STORED_DTYPE: Final = np.dtype("<f2")  # mistral-embed's numbers are exact in it
CANARY_DTYPE: Final = np.dtype("<f4")

ANN_FILE: Final = re.compile(r"ann-\d{6,}\.faiss")  # no way out of the directory

_VISIBLE: Final = "(born <= :generation and (died is null or died > :generation))"
_VISIBLE_PASSAGES: Final = f"passage join document on document.id = document and {_VISIBLE}"


@dataclass(frozen=True, slots=True)
class StoredEmbedder:
    """Who made a set of vectors; ``dimension`` is None until there is one."""

    id: int
    uri: str
    dimension: int | None


@dataclass(frozen=True, slots=True)
class Generation:
    """One committed, consistent state of the index."""

    number: int
    created: datetime
    corpus: bytes  # relative to the index
    embedder: StoredEmbedder
    chunking: str
    ann_file: str | None
    ann_digest: bytes | None
    ann_texts: bytes | None


@dataclass(frozen=True, slots=True)
class StoredDocument:
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


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """One place where a text stands."""

    text: int
    document: int
    location: Location
    body: str
    digest: bytes


def last_generation(connection: Connection) -> Generation | None:
    """The newest committed generation, None in an index whose first run has not ended."""
    row = connection.execute(
        "select number, created, corpus, embedder.id, uri, dimension, chunking, ann_file,"
        " ann_digest, ann_texts from generation join embedder on embedder.id = embedder"
        " order by number desc limit 1"
    ).fetchone()
    if row is None:
        return None
    number, created, corpus, *embedder, chunking, ann_file, ann_digest, ann_texts = row
    if ann_file is not None and not ANN_FILE.fullmatch(str(ann_file)):
        raise IndexDamaged("the index names a file that is none of its own; it was tampered with")
    return Generation(
        number,
        datetime.fromisoformat(created),
        corpus,
        StoredEmbedder(*embedder),
        chunking,
        ann_file,
        ann_digest,
        ann_texts,
    )


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
        LeftOut(document.path, document.coverage, document.reason or "")
        for document in documents
        if document.coverage is not Coverage.INDEXED or document.reason
    )


class View:
    """What one generation holds, read through the writer's or a reader's connection."""

    def __init__(self, connection: Connection, generation: int) -> None:
        self._connection = connection
        self._generation = {"generation": generation}

    def documents(self) -> list[StoredDocument]:
        """Every file of the corpus, in the order of the paths' bytes."""
        return self._documents("true")

    def documents_with(self, text: int) -> list[StoredDocument]:
        """The documents that have a passage of this text."""
        return self._documents("id in (select document from passage where text = :text)", text=text)

    def _documents(self, condition: str, **values: int) -> list[StoredDocument]:
        rows = self._connection.execute(
            "select id, path, size, mtime_ns, ctime_ns, inode, digest, coverage, reason, pages,"
            f" blank_pages, born from document where {_VISIBLE} and {condition} order by path",
            {**self._generation, **values},
        )
        return [
            StoredDocument(
                id=document,
                path=os.fsdecode(path),
                stat=FileStat(size=size, mtime_ns=mtime_ns, ctime_ns=ctime_ns, inode=inode),
                digest=digest,
                coverage=Coverage(coverage),
                reason=reason,
                pages=pages,
                blank_pages=tuple(json.loads(blank_pages)),
                born=born,
            )
            for (
                document,
                path,
                size,
                mtime_ns,
                ctime_ns,
                inode,
                digest,
                coverage,
                reason,
                pages,
                blank_pages,
                born,
            ) in rows
        ]

    def passage_count(self) -> int:
        """How many passages there are; a text that stands in two places counts twice."""
        row = self._connection.execute(
            f"select count(*) from {_VISIBLE_PASSAGES}", self._generation
        ).fetchone()
        return int(row[0])

    def text_ids(self) -> Ids:
        """The texts of all passages, each once, ascending."""
        rows = self._connection.execute(
            f"select distinct text from {_VISIBLE_PASSAGES} order by text", self._generation
        )
        return np.fromiter((text for (text,) in rows), dtype=np.int64)

    def text_ids_in(self, documents: Iterable[int]) -> list[int]:
        """The texts of the passages of some documents, each once."""
        rows = self._connection.execute(
            f"select distinct text from {_VISIBLE_PASSAGES}"
            " where document in (select value from json_each(:documents))",
            {"documents": json.dumps(list(documents)), **self._generation},
        )
        return [text for (text,) in rows]

    def texts_without_vector(self, embedder: StoredEmbedder) -> list[tuple[int, str]]:
        """(text id, text) of every passage that the embedder has still to see, each text once."""
        return self._connection.execute(
            f"select distinct text.id, body from {_VISIBLE_PASSAGES} join text on text.id = text"
            " where not exists (select 1 from vector where embedder = :embedder and text = text.id)"
            " order by text.id",
            {"embedder": embedder.id, **self._generation},
        ).fetchall()

    def bodies(self, texts: Iterable[int]) -> Iterator[tuple[int, str]]:
        """(text id, text) of some texts."""
        yield from self._connection.execute(
            "select id, body from text where id in (select value from json_each(?))",
            (json.dumps([int(text) for text in texts]),),
        )

    def vectors(self, embedder: StoredEmbedder, texts: Sequence[int] | Ids) -> tuple[Ids, Vectors]:
        """Text ids, ascending, and their unit vectors (n, dimension); none for a text without."""
        if embedder.dimension is None:
            return np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float32)
        rows = self._connection.execute(
            "select text, vector from vector where embedder = ?"
            " and text in (select value from json_each(?)) order by text",
            (embedder.id, json.dumps([int(text) for text in texts])),
        ).fetchall()
        ids = np.fromiter((text for text, _ in rows), dtype=np.int64, count=len(rows))
        length = embedder.dimension * STORED_DTYPE.itemsize
        if any(len(vector) != length for _, vector in rows):
            raise IndexDamaged(
                "the index holds vectors of a wrong length; run: semsearch rebuild --fresh"
            )
        stored = np.frombuffer(b"".join(vector for _, vector in rows), dtype=STORED_DTYPE)
        vectors = stored.reshape(len(rows), embedder.dimension).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)  # float16 shortens by up to 1e-3
        return ids, vectors

    def split_texts(self, embedder: StoredEmbedder) -> dict[int, int]:
        """How many parts each text was split into to embed it, of those that were split at all."""
        rows = self._connection.execute(
            "select distinct text, parts from vector join passage using (text)"
            f" join document on document.id = document and {_VISIBLE}"
            " where parts > 1 and vector.embedder = :embedder",
            {"embedder": embedder.id, **self._generation},
        )
        return dict(rows.fetchall())

    def canaries(self, embedder: StoredEmbedder) -> Vectors | None:
        """The vectors (n, dimension) that the canaries had at first; None before there are any."""
        rows = self._connection.execute(
            "select vector from canary where embedder = ? order by ordinal", (embedder.id,)
        ).fetchall()
        if not rows:
            return None
        return np.stack([np.frombuffer(row, CANARY_DTYPE) for (row,) in rows]).astype(np.float32)

    def note(self, name: str) -> str | None:
        """A small fact that a run has kept; None when there is none of that name."""
        row = self._connection.execute("select value from note where name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def passages(self, texts: Iterable[int]) -> list[StoredPassage]:
        """Every place where one of the texts stands, by path and order in the document."""
        rows = self._connection.execute(
            "select text.id, document.id, path, first_line, last_line, first_page,"
            " last_page, headings, body, text.digest"
            f" from {_VISIBLE_PASSAGES} join text on text.id = text"
            " where text in (select value from json_each(:texts)) order by path, ordinal",
            {"texts": json.dumps(list(texts)), **self._generation},
        )
        return [
            StoredPassage(
                text=text,
                document=document,
                location=Location(
                    path=os.fsdecode(path),
                    lines=None if first_line is None else (first_line, last_line),
                    pages=None if first_page is None else (first_page, last_page),
                    headings=tuple(json.loads(headings)),
                ),
                body=body,
                digest=digest,
            )
            for (
                text,
                document,
                path,
                first_line,
                last_line,
                first_page,
                last_page,
                headings,
                body,
                digest,
            ) in rows
        ]
