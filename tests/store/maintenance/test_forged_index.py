"""An index from somebody else: its words are compared with the files before they are cited."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.generations import hits, index
from semsearch.documents.passage import text_digest
from semsearch.query.citation import Standing
from semsearch.settings.schema import Settings
from semsearch.store.record.row_hash import row_hash
from semsearch.store.record.schema import HASH_OF_PASSAGE

TRUE, FALSE = "Bread dough rises.\n\nBake it hot.", "Bread dough sinks.\n\nBake it cold."


def forge(record: Path) -> None:
    """Put other words into a passage, with every hash that belongs to them."""
    with closing(sqlite3.connect(record, isolation_level=None)) as connection:
        connection.create_function("row_hash", -1, row_hash)
        (text, body) = connection.execute(
            "select id, body from text where body like '%dough%'"
        ).fetchone()
        false = body.replace(TRUE, FALSE)
        assert false != body
        connection.execute(
            "update text set body = ?, digest = ? where id = ?", (false, text_digest(false), text)
        )
        connection.execute(f"update passage set hash = {HASH_OF_PASSAGE}")


@pytest.fixture(params=["imported", "copied"])
def forged(
    request: pytest.FixtureRequest, corpus: Path, words: WordEmbedder, tmp_path: Path
) -> Path:
    """The folder with an index that has false words, imported or copied with its folder."""
    index(corpus, words)
    if request.param == "imported":
        semsearch.export(tmp_path / "carried", index=corpus)
        forge(tmp_path / "carried")
        shutil.rmtree(corpus / ".semsearch")
        semsearch.import_(tmp_path / "carried", corpus)
        return corpus
    forge(corpus / ".semsearch" / "index.sqlite")
    return Path(shutil.copytree(corpus, tmp_path / "copy"))


def bread(corpus: Path, words: WordEmbedder) -> tuple[str, Standing | None]:
    """The text of the hit about bread, and whether its citation holds."""
    answer = semsearch.search("bread dough", index=corpus, embedder=words, settings=Settings())
    hit = next(hit for hit in answer.hits if hit.location.path == "bread.txt")
    return hit.text, hit.checked.standing if hit.checked else None


def test_forged_words_are_not_cited_as_exact(forged: Path, words: WordEmbedder) -> None:
    """A hit whose words the file does not have is shown as changed, though the digests fit."""
    assert bread(forged, words) == (FALSE, Standing.CHANGED)
    assert semsearch.show("bread.txt:1-3", index=forged).standing is Standing.CHANGED


def test_the_next_run_puts_the_words_of_the_files_in_place(
    forged: Path, words: WordEmbedder
) -> None:
    """Index reads every file of an index from elsewhere, and embeds only words that it lacks."""
    words.seen.clear()
    index(forged, words)
    assert bread(forged, words) == (TRUE, Standing.EXACT)
    assert sum("Bake it" in text for text in words.seen) == 1
    assert semsearch.verify(forged, full=True).damages == ()


def test_a_touched_file_stays_as_it_is(corpus: Path, words: WordEmbedder) -> None:
    """A file with new times and the recorded passages makes no new generation."""
    index(corpus, words)
    os.utime(corpus / "bread.txt", (1, 1))
    before = hits(corpus, "bread", words)
    report = semsearch.index(corpus, embedder=words, settings=Settings())
    assert (report.generation, report.unchanged) == (1, 4)
    assert hits(corpus, "bread", words) == before


def test_a_true_import_costs_nothing(corpus: Path, words: WordEmbedder, tmp_path: Path) -> None:
    """After an import every file is read, and none is found changed or paid for."""
    index(corpus, words)
    semsearch.export(tmp_path / "carried", index=corpus)
    shutil.rmtree(corpus / ".semsearch")
    semsearch.import_(tmp_path / "carried", corpus)
    with closing(sqlite3.connect(corpus / ".semsearch" / "index.sqlite")) as connection:
        assert connection.execute("select distinct size from document").fetchall() == [(-1,)]
    words.seen.clear()
    assert semsearch.index(corpus, embedder=words, settings=Settings()).unchanged == 4
    assert words.seen == []
