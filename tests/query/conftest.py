"""What the tests of queries share."""

import os
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.settings.schema import Settings


@pytest.fixture
def indexed(corpus: Path, words: WordEmbedder) -> Path:
    """The corpus with its index."""
    semsearch.index(corpus, embedder=words, settings=Settings())
    return corpus


@pytest.fixture
def many(tmp_path: Path, words: WordEmbedder) -> Path:
    """Notes about rents and others, in two formats and languages, of two years."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(40):
        (folder / f"note{number:02}.md").write_text(f"The rent is due on day {number} of it.\n")
    (folder / "draft.txt").write_text("The rent is due, says the draft of the fixed term lease.\n")
    (folder / "miete.txt").write_text("Die Miete ist am Ersten fällig, und das gilt für alle.\n")
    (folder / "old.md").write_text("The rent was due long ago in the old house.\n")
    os.utime(folder / "old.md", (1_000_000_000, 1_000_000_000))  # 2001
    semsearch.index(folder, embedder=words, settings=Settings())
    return folder
