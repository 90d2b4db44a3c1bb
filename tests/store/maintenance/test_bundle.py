"""Export and import of an index in one file."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.generations import hits, index
from semsearch.errors import IndexDamaged, IndexMissing, SettingsError
from semsearch.store.record.sqlite import Connection, copy_to


def test_an_index_is_carried_in_one_file(
    corpus: Path, words: WordEmbedder, changed: list[tuple[str, str]], tmp_path: Path
) -> None:
    """An imported index gives equal answers, and the next run embeds nothing."""
    found = hits(corpus, "honey bread moon", words)
    file = tmp_path / "carried"
    semsearch.export(file, index=corpus)
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    there = tmp_path / "there"
    shutil.copytree(corpus, there, ignore=shutil.ignore_patterns(".semsearch"))
    carried = semsearch.import_(file, there)
    assert (carried.generation, carried.corpus) == (2, there)
    assert hits(there, "honey bread moon", words) == found
    words.seen.clear()
    index(there, words)
    assert words.seen == []
    assert semsearch.verify(there, full=True).damages == ()
    assert changed


@pytest.mark.parametrize(
    "damage",
    ["update text set body = 'x'", "drop table vector", "delete from generation", "vacuum"],
)
def test_a_damaged_file_makes_no_index(
    corpus: Path, words: WordEmbedder, tmp_path: Path, damage: str
) -> None:
    """A damaged file is refused, and no index is made."""
    index(corpus, words)
    semsearch.export(tmp_path / "carried", index=corpus)
    with closing(sqlite3.connect(tmp_path / "carried")) as connection:
        connection.execute(damage)
        connection.commit()
    if damage == "vacuum":
        (tmp_path / "carried").write_bytes(b"no SQLite file")
    (tmp_path / "there").mkdir()
    with pytest.raises((IndexDamaged, IndexMissing)):
        semsearch.import_(tmp_path / "carried", tmp_path / "there")
    assert not (tmp_path / "there" / ".semsearch" / "index.sqlite").exists()
    assert list((tmp_path / "there" / ".semsearch").glob(".tmp-*")) == []


def test_nothing_is_written_over(corpus: Path, words: WordEmbedder, tmp_path: Path) -> None:
    """An export overwrites no file, an import no index."""
    index(corpus, words)
    semsearch.export(tmp_path / "carried", index=corpus)
    with pytest.raises(SettingsError, match="is there already"):
        semsearch.export(tmp_path / "carried", index=corpus)
    with pytest.raises(SettingsError, match="already; move it away"):
        semsearch.import_(tmp_path / "carried", corpus)


def test_a_failed_import_does_not_hide_the_index_above(
    corpus: Path, words: WordEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left of an import that fails, and a directory without a record is no index."""
    index(corpus, words)
    (tmp_path / "damaged").write_bytes(b"no export")
    with pytest.raises(IndexDamaged):
        semsearch.import_(tmp_path / "damaged", corpus / "sub")
    assert not (corpus / "sub" / ".semsearch").exists()
    (corpus / "sub" / ".semsearch").mkdir()  # as an earlier version left it
    monkeypatch.chdir(corpus / "sub")
    assert semsearch.search("honey bees", embedder=words).hits[0].location.path == "bees.md"


def test_an_export_tells_of_the_generation_that_it_holds(
    corpus: Path, words: WordEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when a writer commits while it is copied."""

    def late(connection: Connection, path: Path) -> None:
        copy_to(connection, path)
        (corpus / "zebra.txt").write_text("A zebra.")
        index(corpus, words)

    index(corpus, words)
    monkeypatch.setattr("semsearch.store.maintenance.bundle.copy_to", late)
    carried = semsearch.export(tmp_path / "carried", index=corpus)
    assert (carried.generation, semsearch.status(corpus).generation) == (1, 2)
