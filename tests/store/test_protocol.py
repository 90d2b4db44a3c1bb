"""The store protocols: FAISS and Tantivy implement them, and so can another engine."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from fakes.embedder import WordEmbedder
from semsearch.documents.coverage import Coverage
from semsearch.documents.passage import Location, text_digest
from semsearch.documents.walk.walker import FileStat
from semsearch.errors import EngineUnreachable
from semsearch.query.candidates import CandidateQuery, Candidates
from semsearch.query.filter import allowed
from semsearch.query.parser import parse_question
from semsearch.query.question_encoder import EncodedQuestion
from semsearch.query.ranked import Ranked
from semsearch.query.scoring import Mode, Weights
from semsearch.store.derived.faiss.index import AnnIndex
from semsearch.store.derived.tantivy.index import KeywordIndex, make_keywords
from semsearch.store.disk.ids import Ids
from semsearch.store.protocol import (
    DocumentName,
    NamesTold,
    TextSet,
    VectorIndex,
    VectorsOf,
    WordIndex,
    WordsPresent,
)
from semsearch.store.record.documents import DocumentColumns, StoredDocument
from semsearch.store.record.generations import DerivedFiles, Generation, StoredEmbedder
from semsearch.store.record.passages import StoredPassage

WORDS = WordEmbedder()
EMBEDDER = StoredEmbedder(1, WORDS.uri, len(WORDS.vector("a")))
BODIES = {
    1: "Honey bees keep warm in winter.",
    2: "Bread dough rises in a warm kitchen.",
    3: "The keeper opens the gate of the lock.",
    4: "Tides follow the moon.",
}


class MemoryVectors:
    """Vectors in a dictionary: an index of vectors, and the reader of the record's."""

    dimension = EMBEDDER.dimension or 0
    is_elsewhere = False

    def nearest(
        self,
        vector: np.ndarray,
        count: int,
        vectors_of: VectorsOf,
        allowed: TextSet | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[int, float]]:
        """Compare with every vector."""
        texts = np.array(sorted(BODIES), dtype=np.int64) if allowed is None else allowed.ids
        ids, rows = vectors_of(texts)
        best = sorted(zip(ids.tolist(), (rows @ vector).tolist(), strict=True), key=lambda f: -f[1])
        return best[:count]

    def by_digest(
        self, embedder: StoredEmbedder, digests: Sequence[bytes]
    ) -> dict[bytes, np.ndarray]:
        """No document has a title, nor a name in words."""
        assert not digests
        return {}

    def of_texts(
        self, embedder: StoredEmbedder, texts: Sequence[int] | Ids
    ) -> tuple[Ids, np.ndarray]:
        """The vectors of some texts."""
        ids = sorted({int(text) for text in texts} & BODIES.keys())
        rows = [WORDS.vector(BODIES[text]) for text in ids]
        return np.array(ids, dtype=np.int64), np.array(rows).reshape(len(ids), self.dimension)

    def probes(self, embedder: StoredEmbedder) -> None:
        """There are no probe texts."""


class MemorySentences:
    """Vectors of sentences in a dictionary, of one text."""

    def of_texts(
        self, embedder: StoredEmbedder, texts: Sequence[int] | Ids
    ) -> tuple[Ids, np.ndarray]:
        """The text about bread has a sentence about the moon."""
        rows = [WORDS.vector("the moon"), WORDS.vector("bread dough")] if 2 in texts else []
        owners = np.full(len(rows), 2, dtype=np.int64)
        return owners, np.array(rows).reshape(len(rows), EMBEDDER.dimension)


class MemoryWords:
    """Words in a dictionary; a text's score is how often it has the words of the question."""

    def best(
        self, question: str, count: int, allowed: TextSet | None = None
    ) -> list[tuple[int, float]]:
        """Count the words of every text."""
        asked = set(question.lower().split())
        scores = Counter(
            {
                text: float(sum(word.strip(".").lower() in asked for word in body.split()))
                for text, body in BODIES.items()
                if allowed is None or text in allowed.ids
            }
        )
        return [(text, score) for text, score in scores.most_common(count) if score]

    def most(self, question: str) -> float:
        """Each word may stand once."""
        return float(len(question.split()))

    def told_by_names(
        self, question: str, names: Mapping[int, Sequence[DocumentName]]
    ) -> NamesTold:
        """Names are numbers, which tell nothing."""
        assert question and names
        return NamesTold()

    def present(self, question: str, texts: Ids) -> WordsPresent:
        """Look into every text."""
        words = question.lower().split()
        bodies = {text: body.replace(".", "").lower().split() for text, body in BODIES.items()}
        return WordsPresent(
            tuple((word,) for word in words),
            np.array([sum(word in body for body in bodies.values()) for word in words]),
            np.array([[word in bodies[text] for word in words] for text in texts.tolist()]),
            len(BODIES),
        )

    def texts_in(self, languages: Iterable[str]) -> Ids:
        """Every text is English."""
        return np.array(sorted(BODIES) if "en" in languages else [], dtype=np.int64)

    def texts_with_all(self, phrase: str) -> Ids:
        """Look into every text."""
        words = phrase.lower().split()
        found = [t for t, body in BODIES.items() if all(word in body.lower() for word in words)]
        return np.array(found, dtype=np.int64)


@dataclass(frozen=True)
class MemoryIndexes:
    """Both indexes of the generation."""

    ann: MemoryVectors
    keywords: MemoryWords | None
    has_texts: bool = True


class MemoryRows:
    """A generation in which each text is a passage of a document of its own."""

    def __init__(self) -> None:
        self.withheld: set[str] = set()
        self.is_partial = False
        self.documents = self.passages = self.texts = self
        self.vectors = MemoryVectors()
        self.sentences = MemorySentences()

    def names_of(
        self, texts: Iterable[int], repeats: Mapping[int, int]
    ) -> list[tuple[int, str, str | None, int]]:
        """The name of each text's document, which has no title and one passage."""
        return [(text, f"{text}.txt", None, 1) for text in texts]

    def note(self, name: str) -> str | None:
        """There are no notes."""

    def unchecked(self, ids: Iterable[int] | None = None) -> list[StoredDocument]:
        """A document for each text."""
        wanted = BODIES if ids is None else ids
        return [
            StoredDocument(
                text, f"{text}.md", FileStat(1, 2, 3, 4), None, Coverage.INDEXED, None, None, (), 1
            )
            for text in wanted
        ]

    def columns(self) -> DocumentColumns:
        """The same documents, each with a passage."""
        documents = self.unchecked()
        return DocumentColumns(
            np.array([document.id for document in documents], dtype=np.int64),
            [document.path for document in documents],
            np.array([document.stat.mtime_ns for document in documents], dtype=np.int64),
            np.ones(len(documents), dtype=np.int64),
        )

    def by_id(self, ids: Iterable[int]) -> dict[int, StoredDocument]:
        """Some documents."""
        return {document.id: document for document in self.unchecked(ids)}

    def at_path(self, path: str) -> StoredDocument | None:
        """The document with a path."""
        return next((one for one in self.unchecked() if one.path == path), None)

    def stats(self) -> Iterator[tuple[str, FileStat]]:
        """Every document has the same stat."""
        return ((document.path, document.stat) for document in self.unchecked())

    def of_texts(self, texts: Iterable[int], repeats: Mapping[int, int]) -> list[StoredPassage]:
        """The passage of each text."""
        return [
            StoredPassage(
                text,
                text,
                0,
                Location(f"{text}.md", (1, 1), None, ()),
                BODIES[text],
                text_digest(BODIES[text]),
            )
            for text in texts
        ]

    def ids(self) -> Ids:
        """All texts."""
        return np.array(sorted(BODIES), dtype=np.int64)

    def ids_in(self, documents: Iterable[int]) -> Ids:
        """A document has the text with its id."""
        return np.array(sorted(documents), dtype=np.int64)

    def are_in(self, texts: Ids, documents: Ids) -> np.ndarray:
        """A text's document has its id."""
        return np.isin(texts, documents)

    def bodies(self, texts: Iterable[int]) -> Iterator[tuple[int, str]]:
        """The bodies of some texts."""
        return ((int(text), BODIES[int(text)]) for text in texts)

    def sample(self, among: Ids, count: int) -> Ids:
        """The first of them."""
        return among[:count]

    def with_digest_prefix(self, prefix: str) -> list[int]:
        """The texts whose digest begins so."""
        return [t for t, body in BODIES.items() if text_digest(body).hex().startswith(prefix)][:2]


@dataclass(frozen=True)
class MemoryRecords:
    """The generation, opened."""

    view: MemoryRows
    generation: Generation


def generation() -> Generation:
    """Four documents with a passage each."""
    now = datetime.now(UTC)
    return Generation(1, now, b"", EMBEDDER, "{}", DerivedFiles(), 4, 4, {})


def ranked(
    question: str, mode: Mode, keywords: MemoryWords | None, rows: MemoryRows | None = None
) -> list[Ranked]:
    """What the query finds in memory."""
    records = MemoryRecords(rows or MemoryRows(), generation())
    asked = parse_question(question)
    query = CandidateQuery(
        EncodedQuestion(asked, WORDS.vector(asked.text)),
        mode,
        Weights(),
        limit=4,
        within=allowed(records, asked.filter, keywords),
    )
    candidates = Candidates(records, MemoryIndexes(records.view.vectors, keywords), query)
    return list(candidates.ranked())


def test_faiss_and_tantivy_implement_the_protocols(tmp_path: Path) -> None:
    """The indexes of both engines have every method of their protocol."""
    empty = np.empty(0, dtype=np.int64)
    rows = np.empty((0, 4), dtype=np.float32)
    assert isinstance(AnnIndex.build(empty, lambda texts: (texts, rows), 4), VectorIndex)
    digest = make_keywords(tmp_path / "keywords", BODIES.items())
    assert isinstance(KeywordIndex.open(tmp_path / "keywords", digest), WordIndex)


def test_another_engine_answers_a_query() -> None:
    """A query over in-memory rows, vectors and words ranks the passage about bees first."""
    for mode in Mode:
        found = ranked("bees in winter", mode, MemoryWords())
        assert found[0].passage.text == 1, mode
        assert found[0].relevance > found[-1].relevance or len(found) == 1
    assert [one.location.path for one in ranked("warm", Mode.KEYWORD, MemoryWords())] == [
        "1.md",
        "2.md",
    ]


class ElsewhereVectors(MemoryVectors):
    """Vectors that another process searches, which takes a while."""

    is_elsewhere = True

    def __init__(self) -> None:
        self.searches: list[str] = []

    def nearest(self, *args: object, **kwargs: object) -> list[tuple[int, float]]:
        """Note the beginning and the end of the search."""
        self.searches.append("begun")
        time.sleep(0.2)
        found = super().nearest(*args, **kwargs)  # type: ignore[arg-type]
        self.searches.append("ended")
        return found


class DamagedWords(MemoryWords):
    """A keyword index that cannot be read."""

    def best(
        self, question: str, count: int, allowed: TextSet | None = None
    ) -> list[tuple[int, float]]:
        """Raise what an engine does."""
        raise EngineUnreachable("no answer")


def test_an_engine_searches_vectors_while_words_are_scored() -> None:
    """It has ended when an error of the words goes on."""
    rows, vectors = MemoryRows(), ElsewhereVectors()
    rows.vectors = vectors
    assert ranked("bees in winter", Mode.HYBRID, MemoryWords(), rows)[0].passage.text == 1
    assert vectors.searches == ["begun", "ended"]
    with pytest.raises(EngineUnreachable):
        ranked("bees in winter", Mode.HYBRID, DamagedWords(), rows)
    assert vectors.searches == ["begun", "ended"] * 2


def test_another_engine_answers_a_filtered_query() -> None:
    """Filters by path, language and phrase hold with other engines, too."""
    words = MemoryWords()
    assert {one.passage.text for one in ranked("warm file:2.md", Mode.HYBRID, words)} == {2}
    assert ranked("warm lang:de", Mode.HYBRID, words) == []
    assert {one.passage.text for one in ranked('warm "the moon"', Mode.SEMANTIC, words)} == {4}
    assert {one.passage.text for one in ranked('warm "the moon"', Mode.SEMANTIC, None)} == {4}
