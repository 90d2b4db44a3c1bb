"""Vectors and passages are exported to files."""

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import SettingsError
from semsearch.insights.tables import COLUMNS
from semsearch.store.record.connection import open_to_write


@pytest.fixture
def indexed(corpus: Path, words: WordEmbedder) -> Path:
    """An index; one passage looks like a formula."""
    (corpus / "sub" / "knots.txt").write_text("=1+1 is no knot.\n")
    semsearch.index(corpus, embedder=words)
    return corpus


def test_what_is_loaded_has_a_row_for_each_passage(indexed: Path, words: WordEmbedder) -> None:
    """Loaded rows are ordered by path bytes, with the vector of each text."""
    loaded = semsearch.load_vectors(indexed)
    assert loaded.paths == [
        "bees.md", "bees.md", "bread.txt", "sub/knots.txt", "sub/tides.html",
    ]  # fmt: skip
    assert loaded.folders == ["", "", "", "sub", "sub"]
    assert [place.path for place in loaded.locations] == loaded.paths
    assert loaded.texts[2] == "Bread dough rises.\n\nBake it hot."
    assert loaded.vectors.dtype == np.float32
    expected = np.stack([words.vector(text) for text in loaded.texts])
    np.testing.assert_allclose(loaded.vectors, expected, atol=1e-3)


def test_an_array_of_numpys_is_what_is_loaded(indexed: Path, tmp_path: Path) -> None:
    """The array file equals the loaded vectors, and has mode 0600."""
    done = semsearch.export_vectors(tmp_path / "out.npy", index=indexed)
    assert (done.passages, done.dimension, done.table) == (5, 64, None)
    loaded = semsearch.load_vectors(indexed)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), loaded.vectors)
    assert oct((tmp_path / "out.npy").stat().st_mode & 0o777) == "0o600"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "out.npy"]


def test_a_table_has_the_same_rows_in_each_format(indexed: Path, tmp_path: Path) -> None:
    """Every format has equal rows; CSV joins headings and defuses formulas."""
    for ending in ("jsonl", "parquet", "csv"):
        semsearch.export_vectors(table=tmp_path / f"out.{ending}", index=indexed)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["row"] for row in rows] == [0, 1, 2, 3, 4]
    assert rows[1] == {
        "row": 1, "path": "bees.md", "folder": "", "first_line": 5, "last_line": 7,
        "first_page": None, "last_page": None, "place": None, "headings": ["Bees", "Winter"],
        "text": "## Winter\n\nThey form a cluster. It is dense.",
        "digest": semsearch.load_vectors(indexed).digests[1],
    }  # fmt: skip
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist() == rows
    with (tmp_path / "out.csv").open(newline="") as file:
        cells = list(csv.DictReader(file))
    assert tuple(cells[0]) == COLUMNS
    assert (cells[1]["headings"], cells[1]["last_page"]) == ("Bees > Winter", "")
    assert cells[3]["text"] == "'=1+1 is no knot."


def test_a_damaged_passage_is_in_neither_file(indexed: Path, tmp_path: Path) -> None:
    """A damaged passage is in no file, so that rows fit, with a notice."""
    with open_to_write(indexed / ".semsearch" / "index.sqlite") as connection:
        connection.execute("update passage set first_line = 9 where id = 2")
    done = semsearch.export_vectors(tmp_path / "o.npy", tmp_path / "o.jsonl", index=indexed)
    assert "passage 2" in done.notices[0]
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    loaded = semsearch.load_vectors(indexed)
    assert [row["digest"] for row in rows] == loaded.digests
    np.testing.assert_array_equal(np.load(tmp_path / "o.npy"), loaded.vectors)
    assert len(rows) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="names there are text")
def test_a_path_that_is_no_text_can_be_exported(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """Bytes of a path that are not UTF-8 are escaped."""
    (corpus / os.fsdecode(b"caf\xe9.txt")).write_text("Coffee and cake.")
    semsearch.index(corpus, embedder=words)
    for ending in ("jsonl", "parquet", "csv"):
        semsearch.export_vectors(table=tmp_path / f"out.{ending}", index=corpus)
    paths = pyarrow.parquet.read_table(tmp_path / "out.parquet")["path"].to_pylist()
    assert "caf\\udce9.txt" in paths
    assert "caf\\udce9.txt" in (tmp_path / "out.csv").read_text()
    assert "caf\\udce9.txt" in (tmp_path / "out.jsonl").read_text()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"vectors": "out.txt"}, r"out\.txt must end with \.npy"),
        ({"table": "out.xlsx"}, r"out\.xlsx must end with \.parquet, \.csv or \.jsonl"),
        ({"vectors": "there.npy"}, r"there\.npy is there already; name a new file"),
        ({"vectors": "no/out.npy"}, r"there is no folder .*no; make it first"),
    ],
)
def test_a_name_that_cannot_be_written_is_one_line(
    indexed: Path, tmp_path: Path, names: dict[str, str], said: str
) -> None:
    """A wrong file name is refused before anything is read."""
    (tmp_path / "there.npy").touch()
    with pytest.raises(SettingsError, match=said):
        semsearch.export_vectors(
            index=indexed, **{what: tmp_path / name for what, name in names.items()}
        )


def test_parquet_without_its_extra_is_one_line(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pyarrow the message names the extra and other formats."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SettingsError, match=r"pip install 'semsearch\[insights\]'.*\.csv or"):
        semsearch.export_vectors(table=tmp_path / "out.parquet", index=indexed)
