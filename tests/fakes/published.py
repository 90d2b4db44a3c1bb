"""A folder whose index is published, and the same questions put to both."""

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import semsearch
from fakes.embedder import WordEmbedder
from fakes.memory_engine import MemoryEngine
from semsearch.query.candidates import CandidateQuery, Candidates
from semsearch.query.filter import allowed
from semsearch.query.parser import parse_question
from semsearch.query.question_encoder import EncodedQuestion
from semsearch.query.scoring import Mode, Weights
from semsearch.settings.schema import Settings
from semsearch.store.collection.engine import Engine
from semsearch.store.collection.engines.registry import Connect
from semsearch.store.collection.publisher import Publication, publish
from semsearch.store.collection.reader import CollectionReader
from semsearch.store.collection.uri import CollectionUri, collection_uri
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.loaded_indexes import load_derived
from semsearch.store.policy import CollectionPolicy, StorePolicy
from semsearch.store.protocol import Indexes, Records
from semsearch.store.snapshot import open_snapshot

WORDS = WordEmbedder()
SUBJECTS = ("bees", "bread", "locks", "tides", "wolves", "glaciers", "printing", "violins")
Found = tuple[str, int, float, float]  # path, order in the document, score, relevance


def in_memory(engine: MemoryEngine) -> Connect:
    """Open one engine again and again."""

    def connect(uri: CollectionUri, settings: Settings) -> Engine:
        return engine

    return connect


@dataclass
class PublishedFolder:
    """A folder with an index, published under the folder's name."""

    folder: Path
    connect: Connect
    uri: CollectionUri = field(default_factory=lambda: collection_uri("milvus:memory"))
    settings: Settings = field(default_factory=Settings)

    def write(self, name: str, text: str) -> Path:
        """Write a document."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def index(self) -> None:
        """Bring the index up to date."""
        semsearch.index(self.folder, embedder=WORDS, allow_mass_delete=True)

    @property
    def directory(self) -> IndexDirectory:
        """The index; few texts are published like many."""
        few = StorePolicy(collection=CollectionPolicy(small_segment=2, segments=8))
        return IndexDirectory(self.folder / ".semsearch", few)

    def publish(self, *, anew: bool = False, take_over: bool = False) -> Publication:
        """Publish the index as it is."""
        return publish(
            self.directory,
            self.uri,
            self.settings,
            anew=anew,
            take_over=take_over,
            connect=self.connect,
        )

    def both(self) -> Publication:
        """Bring the index up to date, and publish it."""
        self.index()
        return self.publish()

    @contextmanager
    def reader(self, source: str | None = None) -> Iterator[CollectionReader]:
        """An open collection."""
        uri = CollectionUri(self.uri.kind, self.uri.address, self.uri.name, source)
        reader = CollectionReader(uri, self.settings, self.connect)
        try:
            yield reader
        finally:
            reader.close()

    def locally(self, question: str, mode: Mode = Mode.HYBRID) -> list[Found]:
        """What the index finds."""
        with open_snapshot(self.directory) as snapshot:
            return ranked(snapshot, load_derived(snapshot), question, mode)

    def published(
        self, question: str, mode: Mode = Mode.HYBRID, source: str | None = None
    ) -> list[Found]:
        """What the collection finds."""
        with self.reader(source) as reader, reader.opened() as (snapshot, indexes):
            return ranked(snapshot, indexes, question, mode)

    def texts(self) -> set[str]:
        """The bodies of all published texts; no text is there twice."""
        with self.reader() as reader, reader.opened() as (snapshot, _):
            found = list(snapshot.view.texts.bodies(snapshot.view.texts.ids().tolist()))
            assert len({body for _, body in found}) == len(found)
            return {body for _, body in found}


def sentences(subject: str, seed: int) -> str:
    """Some paragraphs about a subject."""
    draw = random.Random(f"{subject}{seed}")
    words = "keep warm winter cold the in of old house river stone small open slow night".split()
    return "\n\n".join(
        f"The {subject} keep warm. " + " ".join(draw.choices([*words, subject], k=90)) + "."
        for _ in range(4)
    )


def folder_of_subjects(
    place: Path, connect: Connect, endings: Sequence[str] = ("md",)
) -> PublishedFolder:
    """A new folder ``notes`` with some documents on several subjects; their endings by turns."""
    (place / "notes").mkdir()
    made = PublishedFolder(place / "notes", connect)
    for at, subject in enumerate(SUBJECTS * 3):
        where = "sea/" if subject in ("tides", "locks") else ""
        ending = endings[at % len(endings)]
        made.write(f"{where}{subject}-{at}.{ending}", sentences(subject, at))
    return made


def assert_same_answers(notes: PublishedFolder, questions: Iterable[str]) -> None:
    """The collection answers questions as the index does, in each mode."""
    for question in questions:
        for mode in Mode:
            assert_alike(notes.locally(question, mode), notes.published(question, mode))


def ranked(records: Records, indexes: Indexes, question: str, mode: Mode) -> list[Found]:
    """All candidates for a question, best first."""
    asked = parse_question(question)
    query = CandidateQuery(
        EncodedQuestion(asked, WORDS.vector(asked.embedded)),
        mode,
        Weights(),
        limit=5,
        within=allowed(records, asked.filter, indexes.keywords),
        encode=WORDS.vector,
    )
    return [
        (
            one.location.path,
            one.passage.ordinal,
            round(one.score, 4),
            round(one.relevance, 4),
        )
        for one in Candidates(records, indexes, query).ranked()
    ]


def assert_alike(some: Sequence[Found], others: Sequence[Found]) -> None:
    """The same passages with the same scores, in the same order but for equal scores."""
    first, second = ({one[:2]: one[2:] for one in found} for found in (some, others))
    assert first.keys() == second.keys()
    assert np.allclose([first[one] for one in first], [second[one] for one in first], atol=2e-3)
    differing = [(a, b) for a, b in zip(some, others, strict=True) if a[:2] != b[:2]]
    # Sums of the same numbers in another order differ in their last digit.
    assert all(abs(a[2] - b[2]) < 2e-4 for a, b in differing), differing[:3]
