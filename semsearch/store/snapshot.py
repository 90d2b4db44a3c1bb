"""One generation opened for reading; what it shows does not change while it is open."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from semsearch.errors import IndexDamaged, IndexMissing
from semsearch.opening import open_regular
from semsearch.store.ann import AnnIndex
from semsearch.store.directory import IndexDirectory
from semsearch.store.keywords import KeywordIndex
from semsearch.store.record import open_to_read
from semsearch.store.view import (
    Generation,
    View,
    absolute_corpus,
    last_generation,
    pending_corpus,
)


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

    ``ann`` is None when no document has any text, ``keywords`` when it cannot be used.
    """

    generation: Generation
    ann: AnnIndex | None
    keywords: KeywordIndex | None
    notices: tuple[str, ...]


def load_derived(snapshot: Snapshot) -> Derived:
    """Read a generation's indexes; they stay usable when the snapshot is closed.

    A FAISS file that is missing or is not the one that was written is not used: the index is built
    in memory from the vectors, and a notice says so.
    """
    notices = []
    ann = keywords = None
    try:
        if snapshot.generation.ann_file is not None:
            ann = load_ann(snapshot.directory, snapshot.generation)
    except IndexDamaged as error:
        notices.append(f"{error}; searching without it (semsearch index makes it anew)")
        texts = snapshot.view.text_ids()
        ann = AnnIndex.build(*snapshot.view.vectors(snapshot.generation.embedder, texts))
    try:
        try:
            keywords = _readable_keywords(snapshot.directory)
        except IndexDamaged:
            keywords = _readable_keywords(snapshot.directory)  # a writer may have put another there
    except IndexDamaged as error:
        notices.append(without_keywords(error))
    return Derived(snapshot.generation, ann, keywords, tuple(notices))


def without_keywords(error: IndexDamaged) -> str:
    """What to say when the keyword index cannot be used."""
    return f"{error}; searching by meaning only (semsearch index makes it anew)"


def _readable_keywords(directory: IndexDirectory) -> KeywordIndex:
    keywords = KeywordIndex.open(directory.keywords)
    if keywords.generation is None:
        raise IndexDamaged(f"the keyword index in {directory.keywords} is of another version")
    return keywords


@contextmanager
def open_snapshot(directory: IndexDirectory) -> Iterator[Snapshot]:
    """Open the newest generation; raises ``IndexMissing`` when there is none."""
    with open_to_read(directory.record) as connection:
        generation = last_generation(connection)
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


def load_ann(directory: IndexDirectory, generation: Generation) -> AnnIndex:
    """Read a generation's FAISS file; raises ``IndexDamaged`` when it is not what was written."""
    name = str(generation.ann_file)
    try:
        with open_regular(directory.path / name) as file:
            content = file.read()
    except OSError as error:
        raise IndexDamaged(f"the ANN file {name} cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).digest() != generation.ann_digest:
        raise IndexDamaged(f"the ANN file {name} is not what was written")
    return AnnIndex.load(content)
