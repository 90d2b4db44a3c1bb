"""Every engine answers as the local index does: filters, updates, deletions, kills, readers."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fakes.published import (
    SUBJECTS,
    WORDS,
    PublishedFolder,
    assert_alike,
    assert_same_answers,
    folder_of_subjects,
    sentences,
)
from semsearch.query.parser import parse_question
from semsearch.query.scoring import Mode
from semsearch.settings.schema import Settings
from semsearch.store.collection.engine import Engine
from semsearch.store.collection.reader import GenerationGone
from semsearch.store.collection.uri import CollectionUri

QUESTIONS = (
    "bees in winter",
    "where is bread kept warm",
    "tides file:sea/*",
    "warm file:sea/locks-2.md",
    "warm -bread",
    '"keep warm" glaciers',
    "locks lang:en",
    "house -lang:en",
    "viol*",
    "warm type:txt",
)
ROUNDS = 12


@pytest.fixture
def notes(tmp_path: Path, open_collection: Callable[[], Engine]) -> PublishedFolder:
    """A folder with some documents on several subjects, and an engine to publish it."""

    def connect(uri: CollectionUri, settings: Settings) -> Engine:
        return open_collection()

    return folder_of_subjects(tmp_path, connect, ("txt", "md", "md", "md", "md"))


def test_answers_are_those_of_the_index_after_every_change(notes: PublishedFolder) -> None:
    """First all, then changed, new, removed and renamed files: in every mode, with filters."""
    notes.both()
    assert_same_answers(notes, QUESTIONS)
    notes.write("bees-0.txt", sentences("bees", 100))
    notes.write("new.md", sentences("whales", 1))
    (notes.folder / "bread-1.md").unlink()
    (notes.folder / "wolves-4.md").rename(notes.folder / "wolves-renamed.md")
    made = notes.both()
    assert made.texts_written < made.texts / 2
    assert_same_answers(notes, QUESTIONS)
    notes.publish(anew=True)
    assert_same_answers(notes, QUESTIONS)


def test_a_publisher_killed_at_any_moment_leaves_one_generation(notes: PublishedFolder) -> None:
    """Killed a dozen times: readers have the generation before or the new one, whole."""
    notes.both()
    draw = random.Random(5)
    before = notes.texts()
    for at in range(ROUNDS):
        notes.write(f"bees-{at}.md", sentences("bees", 300 + at))
        (notes.folder / f"{SUBJECTS[at % 8]}-{at}.md").unlink(missing_ok=True)
        notes.index()
        child = os.fork()
        if not child:
            notes.publish()
            os._exit(0)
        time.sleep(draw.uniform(0, 0.4))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen = notes.texts()
        notes.publish()
        after = notes.texts()
        assert seen in (before, after)
        before = after
    assert_same_answers(notes, QUESTIONS)


def test_filters_are_exact_however_few_pass(
    tmp_path: Path, open_collection: Callable[[], Engine]
) -> None:
    """Three of some thousand texts that a filter lets through are all found, and in order."""
    engine = open_collection()
    folder = tmp_path / "many"
    folder.mkdir()
    many = PublishedFolder(folder, lambda uri, settings: open_collection())
    engine.close()
    draw = random.Random(1)
    words = [f"word{number}" for number in range(300)]
    for number in range(60):
        paragraphs = [" ".join(draw.choices(words, k=60)) + "." for _ in range(50)]
        many.write(f"common/{number}.md", "\n\n".join(paragraphs))
    many.write("rare.md", "\n\n".join(f"{' '.join(words[at : at + 30])}." for at in range(3)))
    many.index()
    assert many.publish().texts > 1_000
    question = f"{' '.join(words[150:160])} file:rare.md"
    for mode in (Mode.SEMANTIC, Mode.HYBRID):
        found = many.published(question, mode)
        assert_alike(many.locally(question, mode), found)
        assert {path for path, *_ in found} == {"rare.md"}
    asked = parse_question("word1 word2 file:common/1*")
    with many.reader() as reader, reader.opened() as (snapshot, indexes):
        assert indexes.ann is not None
        allowed = snapshot.view.texts.ids_in(
            [
                int(number)
                for number, path in zip(
                    snapshot.view.documents.columns().ids.tolist(),
                    snapshot.view.documents.columns().paths,
                    strict=True,
                )
                if path.startswith("common/1")
            ]
        )
        own = snapshot.generation.embedder
        ids, rows = snapshot.view.vectors.of_texts(own, allowed)
        vector = WORDS.vector(asked.embedded)
        truth = np.sort(rows @ vector)[::-1][:100]
        assert len(ids) == len(allowed) > 200
    found = many.published("word1 word2 file:common/1*", Mode.SEMANTIC)
    assert all(path.startswith("common/1") for path, *_ in found)
    assert np.allclose([score for _, _, score, _ in found][:20], truth[:20], atol=2e-3)


def test_readers_see_one_generation_while_a_publisher_works(
    notes: PublishedFolder, request: pytest.FixtureRequest
) -> None:
    """Four readers ask while all documents are replaced again and again: no answer is mixed."""
    if "milvus lite" in request.node.name:
        pytest.skip("Milvus Lite lets one process at a time open a folder")
    edition = 0

    def next_edition() -> None:
        for number in range(10):
            notes.write(f"n{number}.md", f"Edition{edition} bees keep warm {number} in the house.")
        notes.both()

    for path in list(notes.folder.rglob("*.*")):
        if ".semsearch" not in path.parts:
            path.unlink()
    next_edition()
    mixed: list[set[str]] = []
    reads = [0]
    ends = threading.Event()

    def read() -> None:
        with notes.reader() as reader:
            while not ends.is_set():
                try:
                    with reader.opened() as (snapshot, indexes):
                        best = indexes.keywords.best("bees", 100)
                        bodies = dict(snapshot.view.texts.bodies(key for key, _ in best))
                except GenerationGone:
                    continue
                reads[0] += 1
                editions = {body.split()[0] for body in bodies.values()}
                if len(editions) != 1 or len(bodies) != 10:
                    mixed.append(editions)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for one in readers:
        one.start()
    for edition in range(1, ROUNDS):  # noqa: B007  # what ``next_edition`` writes
        next_edition()
    ends.set()
    for one in readers:
        one.join()
    assert mixed == []
    assert reads[0] > ROUNDS
