"""Compare the rows and files of an index with their hashes; changes nothing."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.settings.amounts import counted
from semsearch.store.derived.maker import check_derived, text_set_digest
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.ids import ascending, is_among
from semsearch.store.record.connection import open_to_read
from semsearch.store.record.expected_schema import format_of_tables
from semsearch.store.record.generations import Generation, kept_generations, last_generation
from semsearch.store.record.migrations import version_of
from semsearch.store.record.partial_generation import partial_generation, shown_generations
from semsearch.store.record.passage_hashes import damaged_passages
from semsearch.store.record.row_hash import sentences_hash, vector_hash
from semsearch.store.record.row_shapes import faulty_rows
from semsearch.store.record.schema import (
    BATCH_LINE_HASH,
    CANARY_HASH,
    DOCUMENT_HASH,
    FORMAT_VERSION,
    NOTE_HASH,
    ORPHANED_SENTENCES,
)
from semsearch.store.record.sentences import are_rows
from semsearch.store.record.sqlite import RECORD, Connection, problems, until_unreadable
from semsearch.store.record.vectors import STORED_BYTES, STORED_DTYPE, are_unit
from semsearch.store.record.view import View

_ROWS: Final = 256  # vectors that are checked at once: what the processor's cache holds

# Rows with a hash, by the name that messages use: SQL for (row, whether its hash fits).
_HASHED: Final = {
    "document": f"select id, hash = {DOCUMENT_HASH} from document",
    "canary": f"select ordinal, hash = {CANARY_HASH} from canary",
    "note": f"select name, hash = {NOTE_HASH} from note",
}
_OF_WRITERS: Final = {  # not visible to readers of an index in an earlier format
    "batch line": f"select custom_id, hash = {BATCH_LINE_HASH} from batch_line",
}


def damages(
    connection: Connection, directory: IndexDirectory, *, full: bool, is_writer: bool = False
) -> Iterator[str]:
    """Damages, a few words each, as far as SQLite can read the record.

    Reads the rows and files of the newest generation; with ``full`` every row of the record, and
    the files of every kept generation.
    """
    yield from until_unreadable(_damages(connection, directory, full, is_writer))


def _damages(
    connection: Connection, directory: IndexDirectory, full: bool, is_writer: bool
) -> Iterator[str]:
    if format_of_tables(connection) is None:
        yield f"{RECORD}its schema"
    yield from (f"{RECORD}{problem}" for problem in problems(connection, full=full))
    generations: list[Generation] = []
    try:
        generations = kept_generations(connection)
        last_generation(connection)
    except IndexDamaged as error:
        yield str(error).partition(";")[0]
    seen = generations if full else generations[-1:]
    for generation in seen:
        yield from row_damages(connection, generation)
    if (partial := partial_generation(connection)) is not None:
        seen = [*seen, partial.generation]
    for generation in seen:
        yield from _file_damages(directory, generation, is_writer=is_writer)
    if full:
        tables = _HASHED | _OF_WRITERS if is_writer else _HASHED
        for name, rows in tables.items():
            yield from (
                f"{name} {row}" for row, is_whole in connection.execute(rows) if not is_whole
            )
        yield from (f"passage {passage}" for passage in damaged_passages(connection))
        yield from _of_values(connection)
        yield from _of_texts(connection)
        yield from _of_vectors(connection)
        yield from _of_sentences(connection)


def partial_damages(connection: Connection, directory: IndexDirectory) -> Iterator[str]:
    """Derived files of the partial generation that are not what was written."""
    partial = partial_generation(connection)
    if partial is not None:
        yield from check_derived(directory, partial.generation)


def _file_damages(
    directory: IndexDirectory, generation: Generation, *, is_writer: bool
) -> list[str]:
    """Damages of a generation's files; of the newest one's, if it is shown no more meanwhile.

    A writer removes the files of generations that readers do not see any more, and takes others
    over into the newest one.
    """
    found = list(check_derived(directory, generation))
    while found and not is_writer and (newer := _shown_instead_of(generation, directory)):
        generation = newer
        found = list(check_derived(directory, generation))
    return found


def _shown_instead_of(generation: Generation, directory: IndexDirectory) -> Generation | None:
    """The newest generation, where readers do not see this one any more; else None."""
    try:
        with open_to_read(directory.record) as connection:
            shown = shown_generations(connection)
    except IndexDamaged:
        return None  # nothing says that it is not seen
    is_shown = any(one.derived == generation.derived for one in shown)
    return None if is_shown or not shown else shown[-1]


def row_damages(connection: Connection, generation: Generation) -> Iterator[str]:
    """Differences between the counts in a generation's row and the rows of the record."""
    view = View(connection, generation.number)
    places = view.texts.of_passages()
    texts, counts = np.unique(places, return_counts=True)
    are_repeated = counts > 1
    repeats = zip(texts[are_repeated].tolist(), counts[are_repeated].tolist(), strict=True)
    counted = (view.documents.count(), len(places), dict(repeats))
    if counted != (generation.documents, generation.passages, generation.repeats):
        yield f"generation {generation.number}: documents or passages are missing"
    if len(texts) and generation.derived.ann_texts != text_set_digest(texts):
        yield f"generation {generation.number}: texts are missing"
    if not is_among(texts, ascending(view.vectors.ids(generation.embedder))).all():
        yield f"generation {generation.number}: vectors are missing"


def _of_values(connection: Connection) -> Iterator[str]:
    """Rows with a value that semsearch does not write; the rows of an older format have no shape.

    Rows that only writers see are not looked at in an older format.
    """
    if version_of(connection) == FORMAT_VERSION:
        yield from (f"{row.name}: {row.fault}" for row in faulty_rows(connection))


def _of_texts(connection: Connection) -> Iterator[str]:
    # As bytes, which need not be decoded to be hashed.
    rows = connection.execute(
        "select id, iif(typeof(body) = 'text', cast(body as blob), null), digest from text"
        " where body is not null"
    )
    for row, body, digest in rows:
        if body is None or sha256(body).digest() != digest or not _is_utf8(body):
            yield f"text {row}"


def _is_utf8(text: bytes) -> bool:
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError:
            return False
    return True


def _of_vectors(connection: Connection) -> Iterator[str]:
    """Vectors whose hash, dimension or unit length is wrong."""
    dimensions = connection.execute("select id, dimension from embedder").fetchall()
    sizes = {
        embedder: dimension * STORED_BYTES
        for embedder, dimension in dimensions
        if isinstance(dimension, int)
    }
    rows = connection.execute("select embedder, text, parts, vector, hash from vector")
    wrong = 0
    while batch := rows.fetchmany(_ROWS):
        whole: dict[int, list[bytes]] = {}
        for embedder, text, parts, vector, stored in batch:
            size = len(vector) if type(vector) is bytes else None
            is_sized = size == sizes.get(embedder) and isinstance(parts, int)
            if size and is_sized and vector_hash(embedder, text, parts, vector) == stored:
                whole.setdefault(embedder, []).append(vector)
            else:
                yield f"vector of text {text}"
        for vectors in whole.values():
            halves = np.frombuffer(b"".join(vectors), STORED_DTYPE).reshape(len(vectors), -1)
            wrong += int((~are_unit(halves)).sum())
    if wrong:
        yield f"not of unit length: {counted(wrong, 'vector')}"


def _of_sentences(connection: Connection) -> Iterator[str]:
    """Rows of sentences whose hash, dimension or unit length is wrong, or without a vector."""
    rows = connection.execute(
        f"select sentences.embedder, text, vectors, hash, dimension, {ORPHANED_SENTENCES}"
        " from sentences left join embedder on embedder.id = sentences.embedder"
    )
    while batch := rows.fetchmany(_ROWS):
        # Together in a fraction of the time; one by one where a row is odd, or another's.
        dimensions = {dimension for *_, dimension, _ in batch}
        are_whole = len(dimensions) == 1 and are_rows([row[2] for row in batch], dimensions.pop())
        for embedder, text, vectors, stored, dimension, is_orphaned in batch:
            is_whole = are_whole or are_rows([vectors], dimension)
            if not is_whole or is_orphaned or stored != sentences_hash(embedder, text, vectors):
                yield f"sentences of text {text}"
