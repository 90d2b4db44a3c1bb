"""Generations of an index without a model, for tests: make the next, and list its hits."""

from pathlib import Path

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.settings.schema import Settings


def index(corpus: Path, words: WordEmbedder) -> int:
    """Bring the index up to date; returns the generation."""
    return semsearch.index(corpus, embedder=words, settings=Settings()).generation


def hits(corpus: Path, question: str, words: WordEmbedder) -> list[tuple[str, str]]:
    """(path, text) of each hit; there are no notices."""
    answer = semsearch.search(question, limit=50, index=corpus, embedder=words, settings=Settings())
    assert answer.notices == ()
    return [(hit.location.path, hit.text) for hit in answer.hits]


def files_of(corpus: Path) -> list[Path]:
    """Every file of an index but ``writer.json``."""
    index = corpus / ".semsearch"
    return [p for p in index.rglob("*") if p.is_file() and p.name != "writer.json"]
