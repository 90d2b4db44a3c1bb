"""Generations of the record, with their embedder rows and derived files."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from semsearch.errors import IndexDamaged
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import read_note
from semsearch.store.record.schema import GENERATION_HASH, LAST_GENERATION
from semsearch.store.record.sqlite import Connection

# Names cannot point out of the directory; `keywords` is the folder of an index in format 1.
ANN_FILE: Final = re.compile(r"ann-\d{6,}\.faiss")
KEYWORDS: Final = re.compile(r"keywords(-\d{6,})?")


MOST_NUMBERS: Final = 1 << 16  # of a vector
_NOTHING: Final = type(None)
_TYPES: Final = (  # in the order in which the columns are selected
    (int,), (str,), (bytes,), (int,), (str,), (int, _NOTHING), (str,),
    (str, _NOTHING), (bytes, _NOTHING), (bytes, _NOTHING), (str, _NOTHING), (bytes, _NOTHING),
    (int,), (int,), (str,),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredEmbedder:
    """An embedder row, which vectors are stored under; ``dimension`` is None before the first."""

    id: int
    uri: str
    dimension: int | None


@dataclass(frozen=True, slots=True)
class DerivedFiles:
    """The derived files of a generation; all None when no document has any text."""

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
    documents: int  # whatever their coverage
    passages: int
    repeats: Mapping[int, int]  # passages of each text that has more than one, by text id


def last_generation(connection: Connection) -> Generation | None:
    """The newest committed generation; None in an index whose first run has not ended.

    Raises ``IndexDamaged`` when its row is missing, or a row's hash does not fit.
    """
    kept = kept_generations(connection)
    last = read_note(connection, LAST_GENERATION)
    if last != (str(kept[-1].number) if kept else None):
        raise IndexDamaged("the row of the newest generation is damaged; run: semsearch repair")
    return kept[-1] if kept else None


def kept_generations(connection: Connection) -> list[Generation]:
    """The committed generations that are kept, the newest last; raises ``IndexDamaged``."""
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
    if not is_whole or not _has_types(row):
        raise IndexDamaged(f"the row of generation {number} is damaged; run: semsearch repair")
    if not are_own_names(derived):
        raise IndexDamaged("the index names a file that is none of its own; it was tampered with")
    try:
        return Generation(
            number=number,
            created=datetime.fromisoformat(created),
            corpus=corpus,
            embedder=StoredEmbedder(*embedder),
            chunking=chunking,
            derived=derived,
            documents=documents,
            passages=passages,
            repeats={int(text): int(count) for text, count in parsed(repeats)},
        )
    except (TypeError, ValueError) as error:
        raise IndexDamaged(
            f"the row of generation {number} is damaged; run: semsearch repair"
        ) from error


def are_own_names(files: DerivedFiles) -> bool:
    """Whether the names of derived files are those that semsearch gives."""
    names = ((files.ann_file, ANN_FILE), (files.keywords, KEYWORDS))
    return all(name is None or form.fullmatch(name) for name, form in names)


def _has_types(row: tuple[Any, ...]) -> bool:
    """Whether the values of a generation's row, and its embedder's, have their columns' types."""
    return (
        all(type(value) in kinds for value, kinds in zip(row, _TYPES, strict=False))
        and _is_dimension(row[5])
        and b"\0" not in row[2]
    )


def _is_dimension(value: object) -> bool:
    return value is None or (isinstance(value, int) and 1 <= value <= MOST_NUMBERS)


def embedder_row(
    connection: Connection, uri: str, first: int | None, last: int | None
) -> StoredEmbedder | None:
    """The embedder row with a URI: ``first`` if it has it, else the latest, but ``last`` last."""
    row = connection.execute(
        "select id, uri, dimension from embedder where uri = ?"
        " order by id is ? desc, id is ?, id desc limit 1",
        (uri, first, last),
    ).fetchone()
    if row is None:
        return None
    if not _is_dimension(row[2]):
        raise IndexDamaged(f"the row of embedder {row[0]} is damaged; run: semsearch repair")
    return StoredEmbedder(*row)


def relative_corpus(corpus: Path, directory: Path) -> bytes:
    """The corpus path as it is stored: relative to the index, so that both can be moved."""
    try:
        return os.fsencode(os.path.relpath(corpus.resolve(), directory.resolve()))
    except ValueError:  # on another Windows drive
        return os.fsencode(corpus.resolve())


def absolute_corpus(relative: bytes, directory: Path) -> Path:
    """The corpus path of a stored one, the inverse of ``relative_corpus``."""
    return (directory.resolve() / os.fsdecode(relative)).resolve()


def pending_chunking(connection: Connection) -> str | None:
    """How an unfinished run cuts documents; None if no run was begun."""
    row = connection.execute("select chunking from pending").fetchone()
    return str(row[0]) if row else None


def pending_corpus(connection: Connection, directory: Path) -> Path | None:
    """The corpus of an unfinished run; None if no run was begun. Raises ``IndexDamaged``."""
    row = connection.execute("select corpus from pending").fetchone()
    if row and (not isinstance(row[0], bytes) or b"\0" in row[0]):
        raise IndexDamaged("the row of the pending run is damaged; run: semsearch repair")
    return absolute_corpus(row[0], directory) if row else None
