"""One generation opened for reading; what it shows does not change while it is open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.errors import IndexDamaged, IndexMissing
from semsearch.store.derived.file_stamps import Stamps, stamps_of
from semsearch.store.derived.maker import (
    build_ann,
    load_ann,
    load_keywords,
    recall_of,
    text_set_digest,
)
from semsearch.store.derived.tantivy.index import KeywordIndex
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.connection import RecordReader, open_to_read
from semsearch.store.record.generations import (
    Generation,
    absolute_corpus,
    kept_generations,
    last_generation,
    pending_corpus,
)
from semsearch.store.record.view import View

if TYPE_CHECKING:
    from semsearch.store.derived.faiss.index import AnnIndex

_SHOWN: Final = 3  # damaged rows that a notice names


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A generation and its rows."""

    directory: IndexDirectory
    corpus: Path
    generation: Generation
    view: View


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """The two indexes that are derived from a generation, and what is to be said of them.

    ``ann`` is None when no document has any text, and where questions go by words alone;
    ``keywords`` when it cannot be used.
    """

    generation: Generation
    ann: "AnnIndex | None"
    keywords: KeywordIndex | None
    notices: tuple[str, ...]

    @property
    def has_texts(self) -> bool:
        """Whether any document has a text."""
        return self.generation.derived.ann_file is not None


def load_derived(
    snapshot: Snapshot, before: Derived | None = None, *, by_words_alone: bool = False
) -> Derived:
    """Read a generation's indexes; they stay usable when the snapshot is closed.

    What it has in common with a generation ``before`` is not read again. An ANN index that is
    missing or is not the one that was written is not used: it is built in memory from the vectors,
    and a notice says so. ``by_words_alone`` reads the keyword index only, and does not wait for
    faiss.
    """
    notices: list[str] = []
    ann = keywords = None
    if snapshot.generation.derived.ann_file is None:
        return Derived(snapshot.generation, None, None, ())
    stamps = stamps_of(snapshot.view)
    if not by_words_alone:
        ann = _usable_ann(snapshot, stamps, before, notices)
    try:
        keywords = load_keywords(snapshot.directory, snapshot.generation, stamps)
    except IndexDamaged as error:
        notices.append(without_keywords(error))
    notices += withheld_notices(snapshot)
    return Derived(snapshot.generation, ann, keywords, tuple(notices))


def _usable_ann(
    snapshot: Snapshot, stamps: Stamps, before: Derived | None, notices: list[str]
) -> "AnnIndex":
    there = before.ann if before else None
    try:
        ann = load_ann(snapshot.directory, snapshot.generation, stamps, there)
        if (recall := recall_of(snapshot.view)) is not None:
            ann.fewest = recall.codes
        return ann
    except IndexDamaged as error:
        notices.append(f"{error}; searching without it (semsearch index makes it anew)")
        texts = snapshot.view.text_ids()
        if text_set_digest(texts) != snapshot.generation.derived.ann_texts:
            snapshot.view.withheld.add("some texts")
        return build_ann(snapshot.view, snapshot.generation.embedder, texts)


def load_newest_derived(
    directory: IndexDirectory, before: Derived | None = None, *, by_words_alone: bool = False
) -> Derived:
    """The indexes of the newest generation, as above.

    The files of one may go while they are read, but only when a newer one is there: it is tried
    again for that reason alone.
    """
    derived: Derived | None = None
    while True:
        with open_snapshot(directory) as snapshot:
            if derived and derived.generation.number == snapshot.generation.number:
                return derived
            derived = load_derived(snapshot, before, by_words_alone=by_words_alone)
        if not derived.notices:
            return derived


def withheld_notices(snapshot: Snapshot) -> tuple[str, ...]:
    """What to say of rows that were met and are not as they were written."""
    names = sorted(snapshot.view.withheld)
    if not names:
        return ()
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return (f"{len(names)} damaged rows are left out ({shown}); run: semsearch repair",)


def without_keywords(error: IndexDamaged) -> str:
    """What to say when the keyword index cannot be used."""
    return f"{error}; searching by meaning only (semsearch index makes it anew)"


@contextmanager
def open_snapshot(
    directory: IndexDirectory,
    wanted: Generation | None = None,
    record: RecordReader | None = None,
) -> Iterator[Snapshot]:
    """Open the newest generation, or the one that is ``wanted``, as long as it is kept.

    ``record`` is for who opens one after the other. Raises ``IndexMissing`` when there is none, or
    not that one any more.
    """
    with record.opened() if record else open_to_read(directory.record) as connection:
        generation = last_generation(connection)
        if wanted is not None and generation != wanted:
            generation = next(
                (kept for kept in kept_generations(connection) if kept == wanted), None
            )
        if generation is None:
            raise IndexMissing(
                f"the index in {directory.path} is not finished yet; run: semsearch index"
            )
        corpus = absolute_corpus(generation.corpus, directory.path)
        yield Snapshot(directory, corpus, generation, View(connection, generation.number))


def corpus_of(directory: IndexDirectory) -> Path:
    """The folder that an index is of, also before its first run has ended.

    Raises ``IndexMissing`` when it is of none.
    """
    try:
        with open_snapshot(directory) as snapshot:
            return snapshot.corpus
    except IndexMissing:
        with open_to_read(directory.record) as connection:
            corpus = pending_corpus(connection, directory.path)
        if corpus is None:
            raise
        return corpus
