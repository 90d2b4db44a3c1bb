"""Files of types that are not read, which come and go without a new generation."""

from collections.abc import Callable
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.generations import index


def come(corpus: Path) -> None:
    """A picture more."""
    (corpus / "new.svg.bak").write_bytes(b"a picture")


def change(corpus: Path) -> None:
    """A picture that is another one."""
    (corpus / "old.bak").write_bytes(b"another picture")


def go(corpus: Path) -> None:
    """A picture less."""
    (corpus / "old.bak").unlink()


@pytest.fixture
def twice(corpus: Path, words: WordEmbedder) -> Path:
    """A folder with a picture, in two generations."""
    (corpus / "old.bak").write_bytes(b"a picture")
    index(corpus, words)
    (corpus / "bees.md").write_text("Bees sleep.")
    assert index(corpus, words) == 2
    return corpus


@pytest.mark.parametrize("edits", [(come,), (change,), (go,), (come, go), (change, go), (go, come)])
def test_generations_are_whole_when_skipped_files_change(
    twice: Path, words: WordEmbedder, edits: tuple[Callable[[Path], None], ...]
) -> None:
    """None is made for them, and no kept one is taken for damaged: it can be gone back to."""
    for edit in edits:
        edit(twice)
        assert index(twice, words) == 2
        assert semsearch.verify(twice, full=True).damages == ()
    assert semsearch.rollback(twice).restored == 1
    assert semsearch.verify(twice, full=True).damages == ()


def test_the_next_generation_counts_skipped_files(twice: Path, words: WordEmbedder) -> None:
    """Those, too, that came without one."""
    come(twice)
    index(twice, words)
    (twice / "bees.md").write_text("Bees wake.")
    assert index(twice, words) == 3
    assert semsearch.verify(twice, full=True).damages == ()
