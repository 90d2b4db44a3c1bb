"""An index published by its path, from Python."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.milvus_lite import lite_uri
from semsearch.errors import IndexMissing

BEES = "In winter the bees form a cluster and shiver to keep warm."


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder with an index."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bees.md").write_text(BEES)
    semsearch.index(folder, embedder=WordEmbedder())
    return folder


@pytest.fixture
def uri(tmp_path: Path) -> Iterator[str]:
    """A collection that is not there yet."""
    yield lite_uri(tmp_path)


def test_an_index_is_published_asked_and_withdrawn(notes: Path, uri: str) -> None:
    """The source has the folder's name, or that of the URI; a published one is current."""
    steps: list[tuple[int, int]] = []
    done = semsearch.publish(uri, index=notes, on_progress=lambda *step: steps.append(step))
    assert (done.source, done.texts_written, done.was_current) == ("notes", 1, False)
    assert steps[-1] == (1, 1)
    assert semsearch.publish(uri, index=notes).was_current
    with semsearch.Searcher(index=uri, embedder=WordEmbedder()) as ask:
        (hit,) = ask("how do bees keep warm?").hits
    assert (hit.text, hit.source.name) == (BEES, "notes")

    assert semsearch.publish(f"{uri}#semsearch/copy", index=notes, anew=True).source == "copy"
    assert semsearch.withdraw(f"{uri}#semsearch/notes").generation == done.generation
    with pytest.raises(IndexMissing, match="notes has published nothing"):
        semsearch.withdraw(f"{uri}#semsearch/notes")
    assert [
        hit.source.name for hit in semsearch.search("bees", index=uri, mode="keyword").hits
    ] == ["copy"]


def test_the_setting_names_the_collection(
    notes: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, and without a URI, nothing is published."""
    with pytest.raises(semsearch.SettingsError, match="name where to publish"):
        semsearch.publish(index=notes)
    monkeypatch.setenv("SEMSEARCH_PUBLISH", uri)
    assert semsearch.publish(index=notes).source == "notes"
