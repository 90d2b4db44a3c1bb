"""Choice of the folder and the index of a run."""

import os
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import found, index
from semsearch.errors import (
    CorpusError,
    EmbedderUnavailable,
    IndexDamaged,
    IndexMissing,
    SettingsError,
)
from semsearch.settings.schema import Settings
from semsearch.store.record.connection import open_to_write
from semsearch.store.record.schema import GENERATION_HASH


def test_the_folder_and_its_index_can_be_moved(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """An index contains no absolute path and can be moved with its folder."""
    index(corpus, words)
    words.seen.clear()
    moved = corpus.rename(tmp_path / "elsewhere")
    report = index(moved, words)
    assert (report.corpus, report.embedded) == (moved, 0)
    assert semsearch.status(moved).corpus == moved


def test_an_index_is_not_taken_over_by_another_folder(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """An index is taken over by another folder only in a rebuild, unless it was moved."""
    index(corpus, words)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("other text")
    with pytest.raises(CorpusError, match=r"is that of .*corpus; to make it .* rebuild"):
        semsearch.index(tmp_path / "other", index=corpus, embedder=words, settings=Settings())
    assert semsearch.status(corpus).documents == 4
    report = semsearch.rebuild(
        tmp_path / "other", index=corpus, embedder=words, settings=Settings()
    )
    assert (report.added, report.removed, report.corpus) == (1, 4, tmp_path / "other")


def test_an_index_kept_elsewhere_follows_its_folder(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """A separate index is found for its folder through links and moves."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "er")
    semsearch.index(corpus, index=tmp_path / "link", embedder=words, settings=Settings())
    assert semsearch.status(tmp_path / "deep" / "er").corpus == corpus
    moved = corpus.rename(tmp_path / "moved")
    semsearch.index(moved, index=tmp_path / "link", embedder=words, settings=Settings())
    assert semsearch.status(tmp_path / "link").corpus == moved


def test_without_a_folder_the_index_that_was_found_is_updated(
    corpus: Path, words: WordEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a folder the nearest index is updated, also separate or interrupted ones."""
    (tmp_path / "kept").mkdir()
    with pytest.raises(EmbedderUnavailable):
        semsearch.index(
            corpus,
            index=tmp_path / "kept",
            embedder=WordEmbedder(fails_after=0),
            settings=Settings(),
        )
    monkeypatch.chdir(tmp_path / "kept")
    report = semsearch.index(embedder=words, settings=Settings())
    assert (report.corpus, report.index) == (corpus, tmp_path / "kept" / ".semsearch")
    assert not (corpus / ".semsearch").exists()


def test_an_index_cannot_name_a_file_outside(corpus: Path, words: WordEmbedder) -> None:
    """An index that names a file outside is neither read nor written."""
    index(corpus, words)
    victim = corpus.parent / "victim.txt"
    victim.write_text("precious")
    with open_to_write(corpus / ".semsearch" / "index.sqlite") as connection:
        connection.execute("update generation set ann_file = '../../victim.txt'")
        connection.execute(
            f"update generation set hash = {GENERATION_HASH} from embedder"
            " where embedder.id = embedder"
        )
    for act in (lambda: index(corpus, words), lambda: found(corpus, "bees", words)):
        with pytest.raises(IndexDamaged, match="tampered"):
            act()
    assert victim.read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give")
def test_an_index_of_another_user_does_not_choose_the_folder(
    corpus: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index of another user is not found, and where it is named, does not choose the folder."""
    index(corpus, words)
    os.chown(corpus / ".semsearch", 65534, 65534)
    monkeypatch.chdir(corpus)
    with pytest.raises(SettingsError, match=r"belongs to another user.*--index"):
        semsearch.index(embedder=words, settings=Settings())
    with pytest.raises(CorpusError, match="name the folder yourself"):
        semsearch.index(index=corpus, embedder=words, settings=Settings())


def test_a_named_index_without_a_folder_needs_one(
    corpus: Path, words: WordEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A named new index needs a folder; the current one is not assumed."""
    (tmp_path / "kept").mkdir()
    monkeypatch.chdir(corpus)
    with pytest.raises(IndexMissing, match="semsearch index FOLDER"):
        semsearch.index(index=tmp_path / "kept", embedder=words, settings=Settings())


def test_an_index_whose_folder_is_away_is_not_taken_over(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """An index whose folder is missing is not reused for another folder."""
    (tmp_path / "kept").mkdir()
    semsearch.index(corpus, index=tmp_path / "kept", embedder=words, settings=Settings())
    corpus.rename(tmp_path / "away")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("other text")
    with pytest.raises(CorpusError, match="rebuild"):
        semsearch.index(
            tmp_path / "other", index=tmp_path / "kept", embedder=words, settings=Settings()
        )


@pytest.mark.parametrize("content", [{}, {"photo.png": b"x"}])
def test_a_folder_without_documents_changes_nothing(
    tmp_path: Path, words: WordEmbedder, content: dict[str, bytes]
) -> None:
    """An empty folder makes no index and empties none."""
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(CorpusError, match="holds no document that semsearch reads"):
        index(tmp_path, words)
    assert not (tmp_path / ".semsearch").exists()
