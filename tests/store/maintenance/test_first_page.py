"""A damaged first page of the record (header and schema) costs no row."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from faults.flips import make_corpus

import semsearch
from semsearch.errors import IndexDamaged
from semsearch.store.record import migrations, schema
from semsearch.store.record.expected_schema import format_of_tables
from semsearch.store.record.page_rows import free_pages, rows_on_pages
from semsearch.store.record.sqlite import connected

FORMATS = Path(__file__).parents[1] / "record" / "formats"
ROWS = (
    "select embedder, text, vector, parts from vector order by 1, 2",
    "select id, digest, body from text order by 1",
    "select path, digest, coverage from document where died is null order by 1",
)


def rows(corpus: Path) -> list[list[tuple[object, ...]]]:
    """The vectors, texts and documents of a record."""
    with closing(sqlite3.connect(corpus / ".semsearch" / "index.sqlite")) as connection:
        return [connection.execute(query).fetchall() for query in ROWS]


@pytest.fixture(params=["now", "format-1", "format-2", "format-3", "format-4"])
def corpus(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with an index of the current format, or of an earlier one."""
    if request.param == "now":
        make_corpus(tmp_path / "corpus")
    else:
        shutil.unpack_archive(FORMATS / f"{request.param}.zip", tmp_path)
    return tmp_path / "corpus"


def damaged(corpus: Path, clean: Path, offset: int, change: bytes) -> None:
    """Bring back the clean index with some bytes of its record changed (by exclusive or)."""
    shutil.rmtree(corpus / ".semsearch")
    shutil.copytree(clean, corpus / ".semsearch")
    record = corpus / ".semsearch" / "index.sqlite"
    content = bytearray(record.read_bytes())
    for at, bits in enumerate(change, offset):
        content[at] ^= bits
    record.write_bytes(content)


def test_a_flipped_bit_in_the_first_page_costs_no_row(corpus: Path, tmp_path: Path) -> None:
    """Repair keeps every vector, text and document, whichever bit of the page is flipped."""
    clean = tmp_path / "clean"
    shutil.copytree(corpus / ".semsearch", clean)
    semsearch.repair(corpus)
    expected = rows(corpus)
    first = (clean / "index.sqlite").read_bytes()[:4096]
    chance = random.Random(9)
    places = [
        *range(96, 160, 8),
        *chance.choices([at for at, byte in enumerate(first) if byte], k=8),
    ]
    for offset in places:
        damaged(corpus, clean, offset, bytes([1 << chance.randrange(8)]))
        semsearch.repair(corpus)
        assert (offset, rows(corpus)) == (offset, expected)
        assert semsearch.verify(corpus, full=True).damages == ()


def test_a_lost_first_page_costs_no_row(corpus: Path, tmp_path: Path) -> None:
    """Repair needs nothing of the first page's schema."""
    shutil.copytree(corpus / ".semsearch", tmp_path / "clean")
    semsearch.repair(corpus)
    expected = rows(corpus)
    damaged(corpus, tmp_path / "clean", 100, b"\xaa" * 3996)
    assert "record: its schema" in semsearch.repair(corpus).found
    assert rows(corpus) == expected


@pytest.mark.parametrize("corpus", ["now"], indirect=True)
def test_rows_in_the_log_are_kept(corpus: Path, tmp_path: Path) -> None:
    """A damaged first page does not cost the rows that are still in SQLite's log."""
    record = corpus / ".semsearch" / "index.sqlite"
    with closing(sqlite3.connect(record, isolation_level=None)) as writer:
        writer.execute("insert into text (digest) values (zeroblob(32))")
        shutil.copytree(corpus / ".semsearch", tmp_path / "clean")
        expected = rows(corpus)
    assert (tmp_path / "clean" / "index.sqlite-wal").stat().st_size
    damaged(corpus, tmp_path / "clean", 100, b"\xff" * 2000)
    semsearch.repair(corpus)
    assert rows(corpus) == expected


@pytest.mark.parametrize("corpus", ["now"], indirect=True)
def test_a_file_of_another_program_is_not_changed(corpus: Path) -> None:
    """Repair changes no byte of a file that has neither semsearch's id nor one of its rows."""
    record = corpus / ".semsearch" / "index.sqlite"
    record.unlink()
    with closing(sqlite3.connect(record)) as other:
        other.execute("create table vector (a, b)")
        other.execute("insert into vector values ('a letter', 1)")
        other.commit()
    before = record.read_bytes()
    with pytest.raises(IndexDamaged, match="no semsearch index"):
        semsearch.repair(corpus)
    assert record.read_bytes() == before


@pytest.mark.parametrize("version", range(1, schema.FORMAT_VERSION + 1))
def test_the_tables_of_each_format_are_known(version: int, tmp_path: Path) -> None:
    """Tables that are made for a format are told as that format's, also after a migration."""
    with connected(tmp_path / "record", "rwc") as connection:
        migrations.make(connection, version)
        assert format_of_tables(connection) == version
        migrations.migrate(connection)
        assert format_of_tables(connection) == schema.FORMAT_VERSION
        connection.execute("create table other (a)")
        assert format_of_tables(connection) is None


def database_of_one_value(path: Path, pages: int) -> tuple[bytearray, int]:
    """The bytes of a database whose only row fills some pages, and the offset of its leaf."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table t (b)")
        connection.execute("insert into t values (?)", (b"x" * 4092 * pages,))
        connection.commit()
    return bytearray(path.read_bytes()), 4096


def test_rows_that_share_pages_are_not_read_without_end(tmp_path: Path) -> None:
    """Five hundred cells that lead to one long value are not read five hundred times."""
    content, leaf = database_of_one_value(tmp_path / "file", 20)
    content[leaf + 3 : leaf + 5] = (500).to_bytes(2)
    content[leaf + 8 : leaf + 1008] = content[leaf + 8 : leaf + 10] * 500
    found = [row.values for row in rows_on_pages(content, 4096, frozenset())]
    large = [value for row in found for value in row if isinstance(value, bytes)]
    assert large
    assert set(large) == {b"x" * 4092 * 20}
    assert sum(map(len, large)) <= 8 * len(content)


def test_a_value_that_comes_back_to_its_page_is_left_out(tmp_path: Path) -> None:
    """A chain of overflow pages visits a page once."""
    content, leaf = database_of_one_value(tmp_path / "file", 20)
    assert len(list(rows_on_pages(content, 4096, frozenset()))) == 2
    content[leaf + 4096 : leaf + 4100] = (3).to_bytes(4)
    (schema_row,) = rows_on_pages(content, 4096, frozenset())
    assert schema_row.values[0] == "table"


def test_rows_are_read_from_pages_as_sqlite_reads_them(tmp_path: Path) -> None:
    """Numbers of every size, long values on overflow pages and deleted rows are read right."""
    numbers = [0, 1, -1, 127, -129, 40_000, -(1 << 22), 1 << 30, 1 << 46, -(1 << 62)]
    with closing(sqlite3.connect(tmp_path / "file")) as connection:
        connection.execute("create table t (n, b, s)")
        for number in numbers * 20:
            size = abs(number) % 9_000
            connection.execute("insert into t values (?, ?, ?)", (number, bytes(size), "é" * size))
        connection.execute("delete from t where rowid > 150")
        connection.commit()
        expected = connection.execute("select rowid, n, b, s from t").fetchall()
        page = connection.execute("pragma page_size").fetchone()[0]
        free = connection.execute("pragma freelist_count").fetchone()[0]
    content = (tmp_path / "file").read_bytes()
    known = free_pages(content, page)
    assert known is not None
    assert len(known) == free > 0
    found = [(rowid, *row) for rowid, row in rows_on_pages(content, page, known) if len(row) == 3]
    assert sorted(found) == expected
    assert free_pages(content[:36] + bytes(4) + content[40:], page) is None
