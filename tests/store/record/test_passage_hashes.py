"""Hashes of passages that are made outside of SQL are those of SQL."""

from pathlib import Path

import pytest
from faults.flips import make_corpus

from semsearch.store.record.connection import open_to_read, open_to_write
from semsearch.store.record.passage_hashes import damaged_passages
from semsearch.store.record.row_shapes import faulty_rows
from semsearch.store.record.schema import HASH_OF_PASSAGE, PASSAGE_HASH

BY_SQL = (
    f"select passage.id from passage left join document on document.id = document"
    f" left join text on text.id = text where not passage.hash = {PASSAGE_HASH} order by passage.id"
)
CHANGES = {
    "nothing": "ordinal = ordinal",
    "headings": """headings = '["It''s", "Bees"]'""",
    "headings as bytes": "headings = cast(headings as blob)",
    "headings with a NUL": "headings = headings || char(0) || 'x'",
    "headings that are no UTF-8": "headings = cast(x'ff' || headings as text)",
    "a place": "place = 'sheet It''s row 2'",
    "a place with a NUL": "place = 'a' || char(0) || 'b'",
    "a place as bytes": "place = x'61'",
    "a place that is a number": "place = 5",
    "lines": "first_line = first_line + 1",
    "lines as text": "first_line = 'two'",
    "lines as a fraction": "first_line = 1.5",
    "no lines": "first_line = null, last_line = null",
    "an ordinal as bytes": "ordinal = cast(ordinal as blob)",
    "another document": "document = document + 1, ordinal = ordinal + 100",
    "no document": "document = 10000 + id",
    "no text": "text = 10000",
    "context": "context = 3",
}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """The record of a folder of twelve documents."""
    make_corpus(tmp_path / "corpus")
    return tmp_path / "corpus" / ".semsearch" / "index.sqlite"


def changed(record: Path, change: str, *, is_hashed: bool) -> tuple[list[int], list[int]]:
    """The damaged passages, here and by SQL, after a change to passages 2, 5 and 14."""
    with open_to_write(record) as connection:
        connection.execute("pragma foreign_keys = off")
        connection.execute(f"update passage set {change} where id in (2, 5, 14)")
        if is_hashed:
            connection.execute(f"update passage set hash = {HASH_OF_PASSAGE}")
    with open_to_read(record) as connection:
        by_sql = [row for (row,) in connection.execute(BY_SQL)]
        return sorted(damaged_passages(connection)), by_sql


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "nothing"])
def test_a_changed_passage_is_damaged(record: Path, change: str) -> None:
    """Whatever the value is that took the place of another."""
    here, by_sql = changed(record, CHANGES[change], is_hashed=False)
    assert here == by_sql
    # SQLite's literal of a text ends at a NUL; the shape of a row tells it.
    assert here == ([] if change == "headings with a NUL" else [2, 5, 14])


@pytest.mark.parametrize("change", [name for name in CHANGES if not name.startswith("no ")])
def test_a_passage_whose_hash_fits_is_whole(record: Path, change: str) -> None:
    """Also with values that semsearch does not write: a hash says nothing of them."""
    here, by_sql = changed(record, CHANGES[change], is_hashed=True)
    assert here == by_sql == []


def test_a_place_is_compared_by_its_bytes(record: Path) -> None:
    """Bytes that are no UTF-8 are decoded to U+FFFD, which may stand in a place."""
    changed(record, "place = char(65533)", is_hashed=True)
    here, by_sql = changed(record, "place = cast(x'f1bfbd' as text)", is_hashed=False)
    assert here == by_sql == [2, 5, 14]


def test_shapes_are_told_of_rows_whose_hash_fits(record: Path) -> None:
    """A value that semsearch does not write is found by its type and its rule."""
    told = {}
    for change in ("headings as bytes", "a place as bytes", "lines as a fraction"):
        changed(record, CHANGES[change], is_hashed=True)
        with open_to_read(record) as connection:
            told[change] = {(row.rowid, row.fault) for row in faulty_rows(connection)}
    assert {(2, "headings"), (5, "headings"), (14, "headings")} == told["headings as bytes"]
    assert told["a place as bytes"] == told["headings as bytes"]  # the first fault of each row
    assert told["lines as a fraction"] != set()
