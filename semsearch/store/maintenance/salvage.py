"""Remove all damaged rows from a record, and leave a whole generation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from semsearch.documents.passage import text_digest
from semsearch.errors import IndexDamaged
from semsearch.store.derived.named_files import remove_unnamed
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.history import History
from semsearch.store.maintenance.first_page import rebuilt, repair_first_page
from semsearch.store.maintenance.integrity import damages, partial_damages, row_damages
from semsearch.store.notes.folder_digest import LISTING
from semsearch.store.notes.titles import EMBEDDED
from semsearch.store.record import schema
from semsearch.store.record.connection import open_to_write
from semsearch.store.record.generations import Generation, kept_generations, last_generation
from semsearch.store.record.partial_generation import (
    PARTIAL,
    drop_partial,
    partial_generation,
)
from semsearch.store.record.rescue import rescue_rows
from semsearch.store.record.row_shapes import faulty_rows, has_types
from semsearch.store.record.schema import (
    BATCH_LINE_HASH,
    CANARY_HASH,
    DOCUMENT_HASH,
    GENERATION_HASH,
    LAST_GENERATION,
    NOTE_HASH,
    ORPHANED_SENTENCES,
    PASSAGE_HASH,
    SENTENCES_HASH,
    VECTOR_HASH,
)
from semsearch.store.record.sentences import are_rows
from semsearch.store.record.sqlite import (
    RECORD,
    Connection,
    copy_rows,
    transaction,
    without_log,
)
from semsearch.store.record.sqlite import header as database_header
from semsearch.store.record.texts import is_text
from semsearch.store.record.vectors import STORED_DTYPE, are_unit
from semsearch.store.record.view import View
from semsearch.store.writer import IndexWriter

_NO_DIGEST: Final = "select id from text where typeof(digest) != 'blob' or length(digest) != 32"
_ROWS: Final = 4096  # vectors that are checked at once
# Deletions, in this order: later statements depend on earlier ones.
_OF_EMBEDDER: Final = (
    "vector",
    "sentences",
    "canary",
    "batch_job",
    "generation",
)  # rows that refer to one
_DELETIONS: Final = (
    "update text set body = null where typeof(body) not in ('text', 'null')",  # kept vectors
    f"delete from document where id in (select document from passage where text in ({_NO_DIGEST}))",
    f"delete from vector where text in ({_NO_DIGEST})",
    f"delete from sentences where text in ({_NO_DIGEST})",
    f"delete from text where id in ({_NO_DIGEST})",
    "update pending set fresh = null where fresh not in (select id from embedder)",
    f"delete from vector where hash != {VECTOR_HASH}",
    "delete from vector where typeof(vector) != 'blob' or typeof(parts) != 'integer'",
    "delete from vector where embedder not in (select id from embedder)",
    "delete from vector where length(vector) !="
    " 2 * (select coalesce(dimension, 0) from embedder where id = embedder)",
    f"delete from sentences where hash != {SENTENCES_HASH} or typeof(vectors) != 'blob'",
    "delete from canary where embedder in"
    f" (select embedder from canary where hash != {CANARY_HASH})",
    "delete from batch_job where id in"
    f" (select job from batch_line where hash != {BATCH_LINE_HASH})",
    f"delete from note where hash != {NOTE_HASH} and name != '{LAST_GENERATION}'",
    f"delete from note where name glob '{EMBEDDED}'",  # vectors may be deleted
    f"delete from note where name = '{LISTING}'",  # documents may be deleted below
    f"delete from note where name = '{PARTIAL}'",  # likewise
    f"delete from document where hash != {DOCUMENT_HASH}",
    "delete from passage where not exists (select 1 from document where document.id = document)"
    " or not exists (select 1 from text where text.id = text)",
    "delete from document where id in (select document.id from passage"
    " join document on document.id = document join text on text.id = text"
    f" where passage.hash != {PASSAGE_HASH})",
    "delete from document where passages !="
    " (select count(*) from passage where document = document.id)",
    "update text set body = null"
    " where body is not null and not exists (select 1 from passage where text = text.id)",
    "delete from generation where not exists (select 1 from embedder where id = embedder)",
    "delete from generation where number in (select number from generation join embedder"
    f" on embedder.id = embedder where generation.hash != {GENERATION_HASH})",
)


@dataclass(frozen=True, slots=True)
class Repair:
    """Damages that were found, and the work that is left for the next index run."""

    found: tuple[str, ...]
    generation: int | None  # None when the next run rebuilds the index from its vectors
    documents_left_out: int  # until the next run reads them again
    texts_to_embed: int  # with damaged or lost vectors; no other text is embedded again
    characters_to_embed: int
    embedder: str | None  # of the generation


def repair_record(directory: IndexDirectory) -> Repair:
    """Remove damaged rows, rebuild the derived indexes, and leave a whole generation.

    The caller holds the writer's lock. Calls no embedder. Raises ``IndexDamaged`` when the record
    is a file of another program.
    """
    first = repair_first_page(directory.record)
    with open_to_write(directory.record) as connection:
        found = (*first, *damages(connection, directory, full=True, is_writer=True))
        if _is_only_partial(connection, directory, found):
            return _without_damaged_partial(connection, directory, found)
        if any(damage.startswith(RECORD) for damage in found):
            _salvage(connection, directory.record)
        with transaction(connection):
            _delete_faulty(connection)
            _repair_texts(connection)
            for deletion in _DELETIONS:
                connection.execute(deletion)
            _delete_odd_vectors(connection)
            _delete_odd_sentences(connection)
            documents, texts, characters = _drop_what_lacks_vectors(connection)
            _note_last_generation(connection)
        writer = IndexWriter(connection, directory)
        if writer.committed is not None:
            _make_whole(connection, writer, writer.committed)
        whole = writer.committed
        number, embedder = (whole.number, whole.embedder.uri) if whole else (None, None)
        return Repair(found, number, documents, texts, characters, embedder)


def _is_only_partial(
    connection: Connection, directory: IndexDirectory, found: Sequence[str]
) -> bool:
    """Whether the rows of a run that goes on, or was stopped, are there and whole."""
    try:
        last = last_generation(connection)
        broken = list(partial_damages(connection, directory)) if found else []
        is_under_way = last is None or partial_generation(connection) is not None
        return is_under_way and set(found) <= set(broken)
    except IndexDamaged:
        return False


def _without_damaged_partial(
    connection: Connection, directory: IndexDirectory, found: tuple[str, ...]
) -> Repair:
    """Keep all rows; withdraw the partial generation if its derived files are damaged."""
    if found:
        with transaction(connection):
            drop_partial(connection)
        remove_unnamed(directory, kept_generations(connection))
    last = last_generation(connection)
    number, embedder = (last.number, last.embedder.uri) if last else (None, None)
    return Repair(found, number, 0, 0, 0, embedder)


def _delete_faulty(connection: Connection) -> None:
    """Delete rows with values that semsearch does not write; find the dimension of an embedder."""
    connection.execute(
        "update embedder set dimension = coalesce((select length(vector) / 2 from vector"
        f" where embedder = embedder.id and hash = {VECTOR_HASH}"
        " group by length(vector) order by count(*) desc limit 1), dimension)"
    )
    for row in list(faulty_rows(connection)):
        if row.table == "embedder":
            for table in _OF_EMBEDDER:
                connection.execute(f"delete from {table} where embedder = ?", (row.rowid,))
            connection.execute("delete from pending where fresh = ?", (row.rowid,))
        if row.table != "text":  # its digest may be found again
            connection.execute(f"delete from {row.table} where rowid = ?", (row.rowid,))


def _delete_odd_vectors(connection: Connection) -> None:
    """Delete vectors that are not of unit length; those that are left have their dimension."""
    odd: list[tuple[int]] = []
    for (embedder,) in connection.execute("select id from embedder").fetchall():
        rows = connection.execute("select id, vector from vector where embedder = ?", (embedder,))
        while batch := rows.fetchmany(_ROWS):
            stored = np.frombuffer(b"".join(vector for _, vector in batch), STORED_DTYPE)
            is_unit = are_unit(stored.reshape(len(batch), len(batch[0][1]) // 2))
            odd += [(row,) for (row, _), whole in zip(batch, is_unit, strict=True) if not whole]
    connection.executemany("delete from vector where id = ?", odd)


def _delete_odd_sentences(connection: Connection) -> None:
    """Delete rows of sentences that are no unit rows, and those of deleted vectors."""
    connection.execute(f"delete from sentences where {ORPHANED_SENTENCES}")
    rows = connection.execute(
        "select sentences.id, vectors, dimension from sentences"
        " join embedder on embedder.id = sentences.embedder"
    )
    odd = [(row,) for row, vectors, dimension in rows if not are_rows([vectors], dimension)]
    connection.executemany("delete from sentences where id = ?", odd)


def _repair_texts(connection: Connection) -> None:
    """Recompute a damaged digest where passage hashes confirm the body; else delete documents."""
    rows = connection.execute("select id, body, digest from text where body is not null").fetchall()
    for text, body, digest in rows:
        if is_text(body, digest):
            continue
        made = text_digest(body) if isinstance(body, str) else b""
        fits = connection.execute(
            f"select min(passage.hash = {PASSAGE_HASH.replace('text.digest', '?1')}) from passage"
            " join document on document.id = document where text = ?2",
            (made, text),
        ).fetchone()[0]
        if fits:
            connection.execute("update text set digest = ? where id = ?", (made, text))
        else:
            connection.execute(
                "delete from document where id in (select document from passage where text = ?)",
                (text,),
            )


def _drop_what_lacks_vectors(connection: Connection) -> tuple[int, int, int]:
    """Delete documents that have a text without a vector; the next run reads them again.

    Returns the number of documents that the newest generation has lost in total, and the numbers
    of texts and characters to embed.
    """
    newest = connection.execute(
        "select number, documents, embedder from generation order by number desc limit 1"
    ).fetchone()
    if newest is None:
        lost = connection.execute("select count(*) from document where died is null").fetchone()[0]
        connection.execute("delete from document")
        connection.execute("update text set body = null")
        return lost, 0, 0
    number, documents, embedder = newest
    connection.execute("delete from document where born > ?", (number,))
    wordless = connection.execute(
        "select count(*) from vector where embedder = ? and text not in (select id from text)",
        (embedder,),
    ).fetchone()[0]
    for table in ("vector", "sentences"):
        connection.execute(f"delete from {table} where text not in (select id from text)")
    lacking = (
        "from text where exists (select 1 from passage where text = text.id) and not exists"
        " (select 1 from vector where embedder = ? and vector.text = text.id)"
    )
    texts, characters = connection.execute(
        f"select count(*), coalesce(sum(length(body)), 0) {lacking}", (embedder,)
    ).fetchone()
    connection.execute(
        "delete from document where id in"
        f" (select document from passage where text in (select text.id {lacking}))",
        (embedder,),
    )
    connection.execute(
        "update text set body = null"
        " where body is not null and not exists (select 1 from passage where text = text.id)"
    )
    left = View(connection, number).documents.count()
    return documents - left, texts + wordless, characters


def _note_last_generation(connection: Connection) -> None:
    connection.execute("delete from note where name = ?", (LAST_GENERATION,))
    connection.execute(
        "insert into note select ?, cast(max(number) as text), x'' from generation having count(*)",
        (LAST_GENERATION,),
    )
    connection.execute(f"update note set hash = {NOTE_HASH} where name = ?", (LAST_GENERATION,))


def _make_whole(connection: Connection, writer: IndexWriter, last: Generation) -> None:
    """Commit a generation of the remaining rows if rows were deleted; drop damaged older ones."""
    if any(row_damages(connection, last)):
        writer.begin_again(last)
        writer.commit_rebuilt()
        History(writer).drop_older()
    elif any(any(row_damages(connection, old)) for old in kept_generations(connection)):
        History(writer).drop_older()
    writer.rebuild_all_derived()


def _salvage(connection: Connection, record: Path) -> None:
    """Rebuild the record's B-trees from the rows that can still be read."""
    is_settled = without_log(connection)
    page = database_header(connection, "page_size")
    with rebuilt(connection, record, schema.FORMAT_VERSION) as new:
        copy_rows(connection, new, schema.TABLES, has_types)
        _drop_doubtful(new, rescue_rows(record, page, new, is_settled=is_settled))


def _drop_doubtful(connection: Connection, texts: Iterable[int]) -> None:
    """Delete those of some texts that no passage's hash confirms.

    A vector's hash has the id of its text, so that it would be that of another text. The vectors
    are deleted with those of other lost texts, and counted.
    """
    for text in texts:
        fits = connection.execute(
            f"select max(passage.hash = {PASSAGE_HASH}) from passage join document"
            " on document.id = document join text on text.id = text where text = ?",
            (text,),
        ).fetchone()[0]
        if not fits:
            connection.execute("delete from text where id = ?", (text,))
