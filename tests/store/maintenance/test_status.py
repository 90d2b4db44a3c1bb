"""An index at a glance."""

from pathlib import Path

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.settings.schema import Settings


def test_status_counts_what_has_changed_since(corpus: Path, words: WordEmbedder) -> None:
    """By looking at the files' stats alone."""
    semsearch.index(corpus, embedder=words, settings=Settings())
    assert not semsearch.status(corpus).changes
    (corpus / "new.md").write_text("x")
    (corpus / "bread.txt").write_text("y")
    (corpus / "bees.md").unlink()
    changes = semsearch.status(corpus).changes
    assert changes is not None
    assert (changes.added, changes.changed, changes.removed) == (1, 1, 1)
