"""The texts of documents are those of their passages."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.snapshot import Snapshot, open_snapshot
from semsearch.store.text_sets import TextsOfDocuments


@pytest.fixture
def folder(tmp_path: Path, words: WordEmbedder) -> Path:
    """Three texts in five files, one of them empty, and two generations."""
    for name, content in [("a", "Bees."), ("b", "Bees."), ("c", "Tides."), ("d", "")]:
        (tmp_path / f"{name}.txt").write_text(content)
    semsearch.index(tmp_path, embedder=words, settings=Settings())
    (tmp_path / "a.txt").write_text("Bread.")
    (tmp_path / "e.txt").write_text("Tides.")
    semsearch.index(tmp_path, embedder=words, settings=Settings())
    return tmp_path


@pytest.fixture
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """Its newest generation."""
    with open_snapshot(IndexDirectory(folder / ".semsearch")) as opened:
        yield opened


@pytest.mark.parametrize("names", ["", "a", "b", "d", "ab", "ce", "abcde"])
def test_texts_of_documents_are_those_of_each(snapshot: Snapshot, names: str) -> None:
    """Each once, ascending, whatever other documents have them."""
    documents = snapshot.view.documents.unchecked()
    chosen = [one.id for one in documents if one.path.removesuffix(".txt") in set(names)]
    texts = {passage.text for one in chosen for passage in snapshot.view.passages.of_document(one)}
    assert snapshot.view.texts.ids_in(chosen).tolist() == sorted(texts)
    assert not snapshot.view.withheld


@pytest.mark.parametrize("names", ["", "a", "b", "d", "ab", "ce", "abcde"])
def test_a_set_of_texts_is_told_by_its_documents(snapshot: Snapshot, names: str) -> None:
    """It has the texts that are listed for the documents, and no others."""
    columns = snapshot.view.documents.columns()
    assert columns.passages is not None
    chosen = np.array([path.removesuffix(".txt") in set(names) for path in columns.paths])
    documents, passages = np.sort(columns.ids[chosen]), int(columns.passages[chosen].sum())
    found = TextsOfDocuments(documents, passages, snapshot.view.texts)
    every = np.arange(10, dtype=np.int64)
    assert every[found.has(every)].tolist() == found.ids.tolist()
    assert len(found) >= len(found.ids)


def test_a_document_that_is_gone_has_no_texts(snapshot: Snapshot) -> None:
    """Its rows are kept for the generation before."""
    every = range(1, 100)
    assert snapshot.view.texts.ids_in(every).tolist() == snapshot.view.texts.ids().tolist()


def test_a_filter_may_be_asked_when_no_document_is_left(folder: Path, words: WordEmbedder) -> None:
    """A damaged record may have none; the answer says so."""
    with sqlite3.connect(folder / ".semsearch" / "index.sqlite") as connection:
        connection.execute("delete from document")
    connection.close()
    with open_snapshot(IndexDirectory(folder / ".semsearch")) as opened:
        columns = opened.view.documents.columns()
    assert (len(columns.ids), columns.paths, len(columns.mtimes_ns)) == (0, [], 0)
    answer = semsearch.search(
        "bees", paths=("*.txt",), index=folder, embedder=words, settings=Settings()
    )
    assert answer.hits == ()
    assert any("damaged" in notice for notice in answer.notices)


@pytest.mark.parametrize("text", ["text + 1", "'x'", "0.5", "x'00'"])
def test_a_passage_with_another_text_is_named(folder: Path, text: str) -> None:
    """Also where it is no number."""
    record = folder / ".semsearch" / "index.sqlite"
    with sqlite3.connect(record) as connection:
        ((document,),) = connection.execute("select id from document where path = x'622e747874'")
        connection.execute(f"update passage set text = {text} where document = {document}")
    connection.close()
    with open_snapshot(IndexDirectory(record.parent)) as opened:
        opened.view.texts.ids_in([document])
        assert opened.view.withheld == {f"a passage of document {document}"}
