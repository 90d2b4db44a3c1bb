"""Index runs without a model: bring an index up to date, query it, list its files."""

from pathlib import Path

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.indexer.report import IndexReport
from semsearch.settings.schema import Settings


def index(corpus: Path, embedder: WordEmbedder, **values: int) -> IndexReport:
    """Bring the index up to date."""
    return semsearch.index(corpus, embedder=embedder, settings=Settings(**values))  # type: ignore[arg-type]


def found(corpus: Path, question: str, embedder: WordEmbedder) -> list[str]:
    """The paths of the best hits."""
    answer = semsearch.search(question, index=corpus, embedder=embedder)
    return [place.path for hit in answer.hits for place in (hit.location, *hit.copies)]


def files_of(corpus: Path) -> dict[str, tuple[int, int]]:
    """The index files that a commit writes, with inode and time."""
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in (corpus / ".semsearch").glob("ann-*")
    }
