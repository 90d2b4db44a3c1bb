"""Temporary index of documents chunked with one setting, for a trial."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from semsearch.documents.chunker import Budget, passages_of
from semsearch.documents.context import kept_title
from semsearch.documents.coverage import Coverage
from semsearch.documents.document import Document
from semsearch.documents.names import title_in_words
from semsearch.documents.passage import Passage, text_digest
from semsearch.documents.walk.walker import FileStat
from semsearch.embedders.embedder import (
    EmbeddedBatch,
    Embedder,
    embedded,
    embedder_of_questions,
    fluency_in,
)
from semsearch.embedders.vectors import Vectors
from semsearch.evaluation.question_generation import GeneratedQuestion
from semsearch.store.disk.directory import DIRECTORY_NAME, IndexDirectory
from semsearch.store.writer import open_writer

_NO_STAT: Final = FileStat(size=0, mtime_ns=0, ctime_ns=0, inode=0)  # the documents are no files
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class ChunkedDocuments:
    """Passages of some documents by path, in order, all chunked to one length.

    ``titles`` are those that documents have beside the names of their files.
    """

    characters: int
    passages: Mapping[str, Sequence[Passage]]
    titles: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """The distinct texts to embed."""
        every = (passage.embedded for some in self.passages.values() for passage in some)
        return list(dict.fromkeys(every))

    @property
    def called(self) -> list[str]:
        """What the documents are called, each once; a local embedder embeds these, too."""
        titles = (title_in_words(path, self.titles.get(path)) for path in self.passages)
        return [title for title in dict.fromkeys(titles) if title is not None]


def chunk_documents(documents: Mapping[str, Document], budget: Budget) -> ChunkedDocuments:
    """Chunk all documents."""
    return ChunkedDocuments(
        budget.characters,
        {path: list(passages_of(doc, budget, path)) for path, doc in documents.items()},
        {path: kept_title(doc) for path, doc in documents.items()},
    )


def answers_of(
    questions: Iterable[GeneratedQuestion], documents: Mapping[str, Document], cut: ChunkedDocuments
) -> list[frozenset[str]]:
    """Return for each question the digests of the texts that answer it.

    A passage answers when the overlap with the answer's place covers at least half of the passage
    or half of the place.
    """
    spans: dict[str, list[tuple[int, int, str]]] = {}
    found = []
    for question in questions:
        path, (start, stop) = question.path, question.place
        if path not in spans:
            spans[path] = list(_spans(documents[path], cut.passages[path]))
        found.append(
            frozenset(
                digest
                for first, last, digest in spans[path]
                if (both := min(last, stop) - max(first, start)) > 0
                and both >= _HALF * min(stop - start, last - first)
            )
        )
    return found


def _spans(document: Document, passages: Sequence[Passage]) -> Iterator[tuple[int, int, str]]:
    """The [start, stop) of each passage, white space not counted, and its text digest."""
    solid = "".join("".join(block.text.split()) for block in document.blocks)
    start = 0
    for passage in passages:
        letters = "".join(passage.text.split())
        start = max(start, solid.find(letters, start))
        yield start, start + len(letters), text_digest(passage.embedded).hex()


class PrecomputedEmbedder:
    """An ``Embedder`` that looks up precomputed vectors instead of computing them.

    A text that has none is embedded as a question.
    """

    def __init__(self, embedder: Embedder, vectors: Mapping[str, Vectors]) -> None:
        self._embedder = embedder
        self._vectors = dict(vectors)
        self.uri = embedder.uri
        self.is_local = embedder.is_local
        self.max_tokens = embedder.max_tokens

    def count_tokens(self, text: str) -> int:
        return self._embedder.count_tokens(text)

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        rows = []
        for text in texts:
            if text not in self._vectors:  # each setting that is tried asks for it again
                self._vectors[text] = self._asked(text)
            rows.append(self._vectors[text])
        yield EmbeddedBatch(tuple(range(len(rows))), np.stack(rows), 0)

    def _asked(self, text: str) -> Vectors:
        row: Vectors = embedded(embedder_of_questions(self._embedder), [text])[0]
        return row

    def fluency(self, text: str) -> float:
        """Return the fluency of the real embedder; 1 where it cannot tell."""
        return fluency_in(self._embedder, text)


@contextmanager
def trial_index(
    cut: ChunkedDocuments,
    vectors: Mapping[str, Vectors],
    sentences: Mapping[str, Vectors],
    uri: str,
    canaries: Vectors | None,
) -> Iterator[Path]:
    """Create an index of the passages in a temporary folder, deleted with the context.

    ``vectors`` has the vector (dimension,) of each text, and of titles, ``sentences`` the rows
    (n, dimension) of those that have vectors of sentences.
    """
    with TemporaryDirectory(prefix="semsearch-") as folder:
        directory = IndexDirectory(Path(folder) / DIRECTORY_NAME)
        with open_writer(directory) as writer:
            writer.begin(Path(folder), uri, str(cut.characters), fresh=False)
            if canaries is not None:
                writer.vectors.put_probes(canaries)
            missing: dict[int, str] = {}
            for path, passages in cut.passages.items():
                missing |= writer.documents.put(
                    path,
                    _NO_STAT,
                    Coverage.INDEXED,
                    title=cut.titles.get(path),
                    passages=passages,
                )
            if missing:
                rows = np.stack([vectors[text] for text in missing.values()])
                told = [sentences.get(text, rows[:0]) for text in missing.values()]
                writer.vectors.put(list(missing), rows, sentences=told)
            called = [title for title in cut.called if title in vectors]
            if called:
                writer.vectors.put_titles(called, np.stack([vectors[title] for title in called]))
            writer.commit()
        yield directory.path
