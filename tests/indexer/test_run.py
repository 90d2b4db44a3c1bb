"""Index runs over a folder, with an embedder without a model."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import files_of, found, index
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.errors import (
    IndexMissing,
    IndexTooNew,
    ReplyInvalid,
)
from semsearch.indexer.progress import Progress
from semsearch.settings.schema import Settings
from semsearch.store.record.connection import open_to_read


def test_a_first_run_indexes_every_document(corpus: Path, words: WordEmbedder) -> None:
    """A first run embeds each passage once, and its report counts them."""
    report = index(corpus, words)
    assert (report.added, report.passages, report.embedded) == (4, 5, 5)
    assert report.generation == 1
    assert report.is_new_generation
    assert found(corpus, "moon water", words)[0] == "sub/tides.html"


def test_a_second_run_embeds_and_writes_nothing(corpus: Path, words: WordEmbedder) -> None:
    """A run over an unchanged folder embeds nothing and makes no generation."""
    index(corpus, words)
    before = files_of(corpus)
    seen = len(words.seen)
    report = index(corpus, words)
    assert (report.is_new_generation, report.generation, report.unchanged) == (False, 1, 4)
    assert len(words.seen) == seen
    assert files_of(corpus) == before


def test_unchanged_files_are_not_opened(corpus: Path, words: WordEmbedder) -> None:
    """Only changed and recently written files are opened."""
    time.sleep(0.1)
    index(corpus, words)
    (corpus / "bread.txt").write_text("New bread.")
    opened: list[str] = []
    is_watched = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and is_watched:
            opened.append(Path(str(arguments[0])).name)

    sys.addaudithook(watch)  # Python tells it of every file that it opens
    index(corpus, words)
    is_watched = False
    documents = {path.name for path in corpus.rglob("*.*") if ".semsearch" not in path.parts}
    assert documents & set(opened) == {"bread.txt"}


def test_a_changed_file_embeds_only_its_new_text(corpus: Path, words: WordEmbedder) -> None:
    """A changed file embeds only its new sections."""
    index(corpus, words)
    words.seen.clear()
    path = corpus / "bees.md"
    path.write_text("# Swarms\n\nIn May.\n\n" + path.read_text())
    report = index(corpus, words)
    assert words.seen == ["# Swarms\n\nIn May.", "Swarms"]  # and its title
    assert (report.changed, report.embedded, report.reused) == (1, 1, 5)


def test_renamed_and_moved_files_embed_nothing(corpus: Path, words: WordEmbedder) -> None:
    """Moved files embed nothing and leave the vector index unchanged."""
    index(corpus, words)
    before = files_of(corpus)
    words.seen.clear()
    (corpus / "bees.md").rename(corpus / "sub" / "insects.md")
    report = index(corpus, words)
    assert words.seen == []
    assert (report.added, report.removed, report.generation) == (1, 1, 2)
    assert files_of(corpus) == before
    assert found(corpus, "honey bees", words)[0] == "sub/insects.md"


def test_deleted_files_disappear(corpus: Path, words: WordEmbedder) -> None:
    """Deleted files are not found by queries."""
    index(corpus, words)
    (corpus / "bread.txt").unlink()
    assert index(corpus, words).removed == 1
    assert "bread.txt" not in found(corpus, "bread dough hot", words)


def test_a_file_that_was_only_touched_is_not_cut_anew(corpus: Path, words: WordEmbedder) -> None:
    """A file with new times and equal bytes makes no generation."""
    index(corpus, words)
    (corpus / "bread.txt").touch()
    assert not index(corpus, words).is_new_generation


def test_equal_texts_are_embedded_once(corpus: Path, words: WordEmbedder) -> None:
    """Two copies of a document are embedded once, and both are found."""
    (corpus / "copy.txt").write_text((corpus / "bread.txt").read_text())
    report = index(corpus, words)
    assert (report.passages, report.embedded) == (6, 5)
    assert {"copy.txt", "bread.txt"} <= set(found(corpus, "bread dough", words))


@pytest.mark.parametrize(
    "change",
    [
        lambda b: EmbeddedBatch(b.positions, b.vectors * np.nan, b.tokens),
        lambda b: EmbeddedBatch(b.positions, b.vectors * 0, b.tokens),
        lambda b: EmbeddedBatch(b.positions, b.vectors * 7, b.tokens),
        lambda b: EmbeddedBatch(b.positions, b.vectors[0], b.tokens),
        lambda b: EmbeddedBatch(b.positions, b.vectors[1:], b.tokens),
        lambda b: EmbeddedBatch(b.positions, "vectors", b.tokens),
        lambda b: EmbeddedBatch((*b.positions[1:], 99), b.vectors, b.tokens),
        lambda b: EmbeddedBatch((b.positions[0],) * len(b.positions), b.vectors, b.tokens),
        lambda b: EmbeddedBatch(b.positions[1:], b.vectors[1:], b.tokens),
    ],
)
def test_what_an_embedder_gives_is_checked(
    corpus: Path, change: Callable[[EmbeddedBatch], EmbeddedBatch]
) -> None:
    """An invalid batch of any embedder is not stored."""

    class Wrong(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            yield from map(change, super().embed(texts))

    with pytest.raises(ReplyInvalid, match="test:words"):
        index(corpus, Wrong(batch=9))
    with pytest.raises(IndexMissing):
        semsearch.status(corpus)


def test_an_index_of_a_newer_format_is_refused(corpus: Path, words: WordEmbedder) -> None:
    """An index of a newer format is neither read nor written."""
    index(corpus, words)
    record = corpus / ".semsearch" / "index.sqlite"
    data = bytearray(record.read_bytes())
    data[60:64] = (99).to_bytes(4, "big")  # user_version, at its place in SQLite's header
    record.write_bytes(data)
    for act in (lambda: index(corpus, words), lambda: semsearch.status(corpus)):
        with pytest.raises(IndexTooNew, match=r"format 99.*pip install --upgrade"):
            act()


def test_the_index_is_private(corpus: Path, words: WordEmbedder) -> None:
    """Index folders are 0700, files 0600, and git and backups ignore them."""
    index(corpus, words)
    directory = corpus / ".semsearch"
    assert (directory / ".gitignore").read_text() == "*\n"
    assert (directory / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f59")
    if os.name == "posix":
        modes = {oct(p.stat().st_mode & 0o777) for p in directory.rglob("*") if p.is_file()}
        assert modes == {"0o600"}
        assert oct(directory.stat().st_mode & 0o777) == "0o700"


def test_the_text_of_a_deleted_document_leaves_the_index(corpus: Path, words: WordEmbedder) -> None:
    """A deleted document's text leaves the record with its last generation."""
    index(corpus, words)
    (corpus / "bread.txt").unlink()
    index(corpus, words)
    (corpus / "knots.txt").write_text("new")
    index(corpus, words)
    with open_to_read(corpus / ".semsearch" / "index.sqlite") as connection:
        bodies = [body for (body,) in connection.execute("select body from text")]
    assert None in bodies
    assert not any(body and "dough" in body for body in bodies)


def test_progress_ends_with_everything_done(corpus: Path, words: WordEmbedder) -> None:
    """Progress reports each step and ends with all files and texts done."""
    steps: list[Progress] = []
    semsearch.index(corpus, embedder=words, settings=Settings(), on_progress=steps.append)
    last = steps[-1]
    assert (last.files_done, last.files_total) == (4, 4)
    assert (last.texts_embedded, last.texts_waiting) == (5, 0)
