"""One generation opened for reading; what it shows does not change while it is open."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from semsearch.errors import IndexDamaged, IndexMissing
from semsearch.store.ann import AnnIndex
from semsearch.store.database import open_to_read
from semsearch.store.directory import IndexDirectory
from semsearch.store.keywords import KeywordIndex
from semsearch.store.view import (
    Generation,
    View,
    absolute_corpus,
    last_generation,
    pending_corpus,
)


class Snapshot:
    """A generation, its rows, and the two indexes that are derived from them."""

    def __init__(
        self, directory: IndexDirectory, corpus: Path, generation: Generation, view: View
    ) -> None:
        self.directory = directory
        self.corpus = corpus
        self.generation = generation
        self.view = view
        self.notices: list[str] = []

    @cached_property
    def ann(self) -> AnnIndex | None:
        """The ANN index, None when no document has any text.

        A file that is missing or is not the one that was written is not used: the index is built in
        memory from the vectors, and a notice says so.
        """
        if self.generation.ann_file is None:
            return None
        try:
            return load_ann(self.directory, self.generation)
        except IndexDamaged as error:
            self.notices.append(f"{error}; searching without it (semsearch index makes it anew)")
            ids, vectors = self.view.vectors(self.generation.embedder, self.view.text_ids())
            return AnnIndex.build(ids, vectors)

    @cached_property
    def keywords(self) -> KeywordIndex | None:
        """The keyword index, None (with a notice) when it cannot be used."""
        try:
            return KeywordIndex.open(self.directory.keywords)
        except IndexDamaged as error:
            self.notices.append(
                f"{error}; searching by meaning only (semsearch index makes it anew)"
            )
            return None


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
        content = (directory.path / name).read_bytes()
    except OSError as error:
        raise IndexDamaged(f"the ANN file {name} cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).digest() != generation.ann_digest:
        raise IndexDamaged(f"the ANN file {name} is not what was written")
    return AnnIndex.load(content)
