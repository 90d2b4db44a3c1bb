from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fakes.embedder import WordEmbedder
from semsearch.api import index
from semsearch.store.maintenance.status import status

if TYPE_CHECKING:
    from conftest import Run


def test_an_index_is_stale_when_it_is_old_and_its_folder_another(
    corpus: Path, words: WordEmbedder
) -> None:
    """An index is stale only if it is old and its folder has changed."""
    index(corpus, embedder=words)
    day = timedelta(days=1)
    before = status(corpus)
    assert not before.is_stale(day, before.created + 2 * day)
    (corpus / "new.txt").write_text("A new one.\n")
    changed = status(corpus)
    assert changed.is_stale(day, changed.created + 2 * day)
    assert not changed.is_stale(day, changed.created + day)


def test_a_folder_that_is_gone_cannot_be_fresh(corpus: Path, words: WordEmbedder) -> None:
    """An index whose folder is missing is stale."""
    index(corpus, embedder=words)
    found = status(corpus)
    assert found.changes is not None
    assert not found.is_stale(timedelta(0))
    assert replace(found, changes=None).is_stale(timedelta(0))


def test_the_exit_code_says_that_it_is_stale(run: "Run", corpus: Path) -> None:
    """``status`` exits with 1 for a stale index, and prints the status."""
    run("index", corpus)
    assert run("status", "--max-age", "0m", "--index", corpus).returncode == 0
    (corpus / "new.txt").write_text("A new one.\n")
    stale = run("status", "--max-age", "0m", "--index", corpus)
    assert (stale.returncode, stale.stderr.count("\n")) == (1, 1)
    assert "1 added" in stale.stdout
    assert run("status", "--max-age", "1h", "--index", corpus).returncode == 0
    assert run("status", "--max-age", "soon", "--index", corpus).returncode == 2
