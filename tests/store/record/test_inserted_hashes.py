"""Rows are inserted with the hashes that SQL tells of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.coverage import Coverage
from semsearch.documents.passage import Passage
from semsearch.documents.reason import Reason, ReasonCode
from semsearch.documents.walk.walker import FileStat
from semsearch.errors import DiskFull
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.inserted_hashes import document_hash, passage_hash
from semsearch.store.record.schema import DOCUMENT_HASH, HASH_OF_PASSAGE, PASSAGE_HASH
from semsearch.store.record.sqlite import connection_to
from semsearch.store.writer import IndexWriter, open_writer

STAT = FileStat(size=1, mtime_ns=2, ctime_ns=3, inode=4)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBER = st.integers(0, 2**62)
PAIR = st.tuples(NUMBER, NUMBER) | st.just((None, None))


def told(hash_: str, columns: dict[str, object]) -> bytes:
    """What SQL tells of a row with these columns, each of a table."""
    tables: dict[str, list[str]] = {}
    for name in columns:
        table, _, column = name.partition(".")
        tables.setdefault(table, []).append(f":{table}_{column} as {column}")
    among = ", ".join(f"(select {', '.join(row)}) as {name}" for name, row in tables.items())
    values = {name.replace(".", "_"): value for name, value in columns.items()}
    connection = connection_to(Path(":memory:").absolute(), "memory")
    try:
        return bytes(connection.execute(f"select {hash_} from {among}", values).fetchone()[0])
    finally:
        connection.close()


@given(
    st.fixed_dictionaries(
        {
            "path": st.binary(),
            "digest": st.none() | st.binary(),
            "coverage": TEXT,
            "reason": st.none() | TEXT,
            "pages": st.none() | NUMBER,
            "blank_pages": TEXT,
            "passages": NUMBER,
            "text_sum": NUMBER,
            "born": NUMBER,
            "encoding": st.none() | TEXT,
            "since": st.none() | TEXT,
            "title": st.none() | TEXT,
        }
    )
)
def test_the_hash_of_a_document_is_that_of_sql(row: dict[str, Any]) -> None:
    """The hash of a document's row in Python equals that by SQL, whatever its texts hold."""
    columns = {f"document.{name}": value for name, value in row.items()}
    assert document_hash(**row) == told(DOCUMENT_HASH, {**columns, "document.died": None})


@given(st.binary(), st.binary(), NUMBER, PAIR, PAIR, TEXT, st.none() | TEXT, NUMBER)
def test_the_hash_of_a_passage_is_that_of_sql(
    path: bytes, digest: bytes, ordinal: int, lines: tuple[int, int], pages: tuple[int, int],
    headings: str, place: str | None, context: int,
) -> None:  # fmt: skip
    """The hash of a passage's row in Python equals that by SQL, whatever its texts hold."""
    columns = {
        "document.path": path, "text.digest": digest, "passage.ordinal": ordinal,
        "passage.first_line": lines[0], "passage.last_line": lines[1],
        "passage.first_page": pages[0], "passage.last_page": pages[1],
        "passage.headings": headings, "passage.place": place, "passage.context": context,
    }  # fmt: skip
    made = passage_hash(path, digest, ordinal, lines, pages, headings, place, context)
    assert made == told(PASSAGE_HASH, columns)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[IndexWriter]:
    """A first run that has begun."""
    with open_writer(IndexDirectory(tmp_path / ".semsearch")) as opened:
        opened.begin(tmp_path, "test:words", "{}", fresh=False)
        yield opened


def test_stored_rows_have_the_hashes_of_sql(writer: IndexWriter) -> None:
    """Documents with text, without and with a reason are stored with the hashes of their rows."""
    passages = [
        Passage("it's\0 a bee", (1, 2), None, ("A", "B'"), place="slide 3"),
        Passage("a sea", None, (4, 4), ()),
        Passage("a sea", None, (5, 5), ()),
    ]
    put = writer.documents.put
    put("ä'.md", STAT, Coverage.INDEXED, digest=b"1" * 32, title="a\0b", passages=passages)
    put("b.md", STAT, Coverage.NO_TEXT, digest=b"2" * 32, pages=3, blank_pages=(1, 3))
    put("c.pdf", STAT, Coverage.FAILED, reason=Reason(ReasonCode.CRASHED, "it's gone"))
    for table, told_hash in (("document", DOCUMENT_HASH), ("passage", HASH_OF_PASSAGE)):
        rows = writer.connection.execute(f"select hash = {told_hash} from {table}").fetchall()
        assert rows == [(1,)] * 3, table
    titles = writer.connection.execute("select title from document").fetchall()
    assert titles == [("a\0b",), (None,), (None,)]


def test_documents_of_one_transaction_are_there_together_or_not_at_all(
    writer: IndexWriter,
) -> None:
    """An error undoes every document of its transaction, and no other one."""
    with writer.documents.one_transaction(is_durable=False):
        writer.documents.put("a.md", STAT, Coverage.NO_TEXT)
        writer.documents.put("b.md", STAT, Coverage.NO_TEXT)
    with pytest.raises(DiskFull), writer.documents.one_transaction(is_durable=True):
        writer.documents.put("c.md", STAT, Coverage.NO_TEXT)
        writer.documents.remove(["a.md"])
        raise DiskFull("no space is left")
    writer.documents.put("d.md", STAT, Coverage.NO_TEXT)
    assert writer.documents.paths() == {"a.md", "b.md", "d.md"}
    assert not writer.connection.in_transaction


def test_a_damaged_or_forgotten_body_comes_back_with_its_text(writer: IndexWriter) -> None:
    """A text that is read again gets its body, whatever the record has in its place."""
    passages = [Passage("a bee", (1, 1), None, ())]
    for damaged in (None, "a bse"):
        writer.documents.put("a.md", STAT, Coverage.INDEXED, passages=passages)
        writer.connection.execute("update text set body = ?", (damaged,))
        writer.documents.put("b.md", STAT, Coverage.INDEXED, passages=passages)
        assert writer.connection.execute("select body from text").fetchall() == [("a bee",)]
