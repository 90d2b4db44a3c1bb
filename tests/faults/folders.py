"""The folders of scenes, each with the index that a command is to change."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import semsearch
from faults.child import CARRIED, FORGOTTEN, act
from faults.flips import make_corpus
from faults.policies import LISTS, PARTIAL, SEGMENTS
from semsearch.store.policy import DEFAULT_POLICY, StorePolicy

FORGOTTEN_WORDS = "Bread dough rises"  # in the document that is forgotten
FORMATS = Path(__file__).parent.parent / "store" / "record" / "formats"


def _first(corpus: Path, policy: StorePolicy) -> None:
    _two_generations(corpus, policy)
    shutil.rmtree(corpus / ".semsearch")


def _update(corpus: Path, policy: StorePolicy) -> None:
    _two_generations(corpus, policy)
    (corpus / "3.md").unlink()
    (corpus / "bread.txt").write_text("Bread dough rises slowly.\n\n" + "Bake it. " * 300)
    (corpus / "new.txt").write_text("Something else.\n")


def _deletion(corpus: Path, policy: StorePolicy) -> None:
    _two_generations(corpus, policy)
    for path in [*corpus.glob("*.md"), *corpus.glob("sub/*.md")]:
        path.unlink()


def _repair(corpus: Path, policy: StorePolicy) -> None:
    _two_generations(corpus, policy)
    _damage(corpus)


def _migration(corpus: Path, _policy: StorePolicy) -> None:
    shutil.unpack_archive(FORMATS / "format-1.zip", corpus.parent)


def _two_generations(corpus: Path, policy: StorePolicy) -> None:
    make_corpus(corpus, documents=4, policy=policy)


def _unwanted(corpus: Path, policy: StorePolicy) -> None:
    _two_generations(corpus, policy)
    (corpus / FORGOTTEN).unlink()


def _import(corpus: Path, policy: StorePolicy) -> None:
    _two_generations(corpus, policy)
    _carry(corpus)


def _damage(corpus: Path) -> None:
    """Lose a vector, and the end of each ANN file."""
    with closing(sqlite3.connect(corpus / ".semsearch" / "index.sqlite")) as connection:
        connection.execute("update vector set vector = zeroblob(32) where id = 4")
        connection.commit()
    for path in (corpus / ".semsearch").glob("ann-*"):
        path.write_bytes(path.read_bytes()[:-1])


def _carry(corpus: Path) -> None:
    semsearch.export(corpus.parent / CARRIED, index=corpus)
    shutil.rmtree(corpus / ".semsearch")


_FILES: Final = 18  # of eight texts each


def _many(corpus: Path, policy: StorePolicy, generations: int = 2) -> None:
    """A folder whose index has three segments at first, one more with each later generation."""
    corpus.mkdir(parents=True)
    for number in range(_FILES):
        _put_paragraphs(corpus / f"{number:02d}.md")
    for number in range(generations):
        act("index", corpus, corpus.parent / "before", policy)
        _put_paragraphs(corpus / f"more{number}.md", 14)
    (corpus / f"more{generations - 1}.md").unlink()


def _segments(corpus: Path, policy: StorePolicy) -> None:
    _many(corpus, policy)
    _put_paragraphs(corpus / "new.md", 14)
    (corpus / "17.md").unlink()


def _worn_segments(corpus: Path, policy: StorePolicy) -> None:
    _many(corpus, policy)
    for number in range(3):  # of the six documents of the first segment
        (corpus / f"{number:02d}.md").unlink()
    _put_paragraphs(corpus / "new.md", 3)


def _first_segments(corpus: Path, policy: StorePolicy) -> None:
    _many(corpus, policy, generations=1)
    shutil.rmtree(corpus / ".semsearch")


def _damaged_segments(corpus: Path, policy: StorePolicy) -> None:
    _many(corpus, policy)
    _damage(corpus)


def _unwanted_segments(corpus: Path, policy: StorePolicy) -> None:
    _many(corpus, policy, generations=1)
    (corpus / FORGOTTEN).write_text(f"{FORGOTTEN_WORDS}.\n")
    act("index", corpus, corpus.parent / "before", policy)
    (corpus / FORGOTTEN).unlink()


def _carried_segments(corpus: Path, policy: StorePolicy) -> None:
    _many(corpus, policy)
    _carry(corpus)


def _put_paragraphs(path: Path, count: int = 8) -> None:
    headings = (f"# Part {path.stem} {at}\n\nAbout w{path.stem}x{at}.\n" for at in range(count))
    path.write_text("\n".join(headings))


SCENES: Final[dict[str, tuple[str, Callable[[Path, StorePolicy], None], StorePolicy]]] = {
    "first": ("index", _first, DEFAULT_POLICY),
    "update": ("index", _update, DEFAULT_POLICY),
    "deletion": ("index", _deletion, DEFAULT_POLICY),
    "rebuild": ("rebuild", _update, DEFAULT_POLICY),
    "repair": ("repair", _repair, DEFAULT_POLICY),
    "migration": ("index", _migration, DEFAULT_POLICY),
    "rollback": ("rollback", _two_generations, DEFAULT_POLICY),
    "forget": ("forget", _unwanted, DEFAULT_POLICY),
    "import": ("import", _import, DEFAULT_POLICY),
    "partial first": ("index", _first, PARTIAL),
    "partial update": ("index", _update, PARTIAL),
    "segments": ("index", _segments, SEGMENTS),
    "worn segments": ("index", _worn_segments, SEGMENTS),
    "segments first": ("index", _first_segments, SEGMENTS),
    "segments rebuild": ("rebuild", _segments, SEGMENTS),
    "segments repair": ("repair", _damaged_segments, SEGMENTS),
    "segments rollback": ("rollback", _segments, SEGMENTS),
    "segments forget": ("forget", _unwanted_segments, SEGMENTS),
    "segments import": ("import", _carried_segments, SEGMENTS),
    "lists": ("index", _segments, LISTS),
}
