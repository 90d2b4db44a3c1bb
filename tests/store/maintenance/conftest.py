"""An index with two generations."""

from pathlib import Path

import pytest

from fakes.embedder import WordEmbedder
from fakes.generations import hits, index


@pytest.fixture
def changed(corpus: Path, words: WordEmbedder) -> list[tuple[str, str]]:
    """Two generations that differ by three documents; returns the hits of the first."""
    index(corpus, words)
    first = hits(corpus, "honey bread moon bowline", words)
    (corpus / "bread.txt").write_text("Rolls, not bread.")
    (corpus / "bees.md").unlink()
    (corpus / "new.txt").write_text("A new honey.")
    index(corpus, words)
    return first
