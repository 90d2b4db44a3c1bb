"""The baseline of an index is decided by its texts."""

import sqlite3
from pathlib import Path

import semsearch
from fakes.embedder import WordEmbedder

WORDS = "sea moon tide wind boat rope hill stone house garden bee hive".split()


def write(folder: Path, numbers: range) -> None:
    """A file for each number, of words that follow from it."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        words = [WORDS[(number * step) % len(WORDS)] for step in range(1, 2 + number % 7)]
        (folder / f"{number}.txt").write_text(f"{' '.join(words)} {number}")


def baseline(folder: Path) -> str:
    """The note in the record of an index."""
    with sqlite3.connect(folder / ".semsearch/index.sqlite") as record:
        (found,) = record.execute("select value from note where name = 'background'").fetchone()
    return str(found)


def test_an_index_with_a_history_has_the_baseline_of_a_new_one(
    tmp_path: Path, words: WordEmbedder
) -> None:
    """The 512 texts that are measured are not those that came at some time."""
    grown, new = tmp_path / "grown", tmp_path / "new"
    for numbers in (range(900, 1200), range(400, 1000), range(700)):
        write(grown, numbers)
        semsearch.index(grown, embedder=words)
    for number in range(300):
        (grown / f"{number}.txt").unlink()
    semsearch.index(grown, embedder=words)
    write(new, range(300, 1200))
    semsearch.index(new, embedder=words)
    assert baseline(grown) == baseline(new)
