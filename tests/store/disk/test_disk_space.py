"""Disk space is checked and reserved."""

from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import DiskFull
from semsearch.indexer.report import IndexReport
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.disk_space import require_space
from semsearch.store.writer import open_writer


def index(corpus: Path, words: WordEmbedder, **options: object) -> IndexReport:
    """Bring the index up to date."""
    return semsearch.index(corpus, embedder=words, settings=Settings(), **options)  # type: ignore[arg-type]


def test_the_space_is_asked_for_before_anything_is_paid(tmp_path: Path) -> None:
    """Too little space raises DiskFull with the missing space, before embedding."""
    require_space(tmp_path, 10, 10_000, 1024)
    with pytest.raises(DiskFull, match=r"free \d+ MB or name another place.*nothing was embedded"):
        require_space(tmp_path, 10**12, 10**15, 1024)


def test_the_reserve_is_there_only_while_a_run_is(corpus: Path, words: WordEmbedder) -> None:
    """The reserve file is removed at the end of a run."""
    index(corpus, words)
    directory = IndexDirectory(corpus / ".semsearch")
    with open_writer(directory) as writer:
        writer.begin(corpus, words.uri, "{}", fresh=False)
        assert directory.bytes_on_disk > 4 << 20
    assert directory.bytes_on_disk < 1 << 20
