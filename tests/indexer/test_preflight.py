"""Checks of a run before it changes or pays for anything."""

from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import CorpusError
from semsearch.indexer.report import IndexReport
from semsearch.settings.schema import Settings


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of twelve documents."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.txt").write_text(f"Text {number}.")
    return folder


def index(corpus: Path, words: WordEmbedder, **options: object) -> IndexReport:
    """Bring the index up to date."""
    return semsearch.index(corpus, embedder=words, settings=Settings(), **options)  # type: ignore[arg-type]


def test_a_folder_that_lost_most_of_its_documents_changes_nothing(
    many: Path, words: WordEmbedder
) -> None:
    """A run is refused when most documents are gone, unless ``allow_mass_delete``."""
    index(many, words)
    for number in range(7):
        (many / f"{number}.txt").unlink()
    with pytest.raises(CorpusError, match=r"5 of the 12 documents.*--allow-mass-delete"):
        index(many, words)
    assert semsearch.status(many).documents == 12
    assert index(many, words, allow_mass_delete=True).removed == 7


def test_documents_that_were_moved_are_not_lost(many: Path, words: WordEmbedder) -> None:
    """Moved documents do not count as deleted."""
    index(many, words)
    (many / "sub").mkdir()
    for path in many.glob("*.txt"):
        path.rename(many / "sub" / path.name)
    assert (index(many, words).removed, len(words.seen)) == (12, 12)


def test_a_file_of_a_program_needs_no_room(many: Path, words: WordEmbedder) -> None:
    """However large a file with an unknown ending is, it is told by its beginning, once."""
    with (many / "machine.unknown").open("wb") as file:
        file.truncate(10**12)
    assert index(many, words).added == 12
    assert not semsearch.missing(many).left_out
    assert index(many, words).generation == semsearch.status(many).generation == 1
