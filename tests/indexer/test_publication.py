"""A folder answers while it is indexed: partial generations, and the whole one at the end."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from fakes.publications import OFTEN, Interrupted, publish_often
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.errors import EmbedderUnavailable, GenerationRefused, IndexMissing
from semsearch.indexer.options import RunHooks, RunOptions
from semsearch.indexer.progress import Progress
from semsearch.indexer.publication import Publication
from semsearch.indexer.questions.watchlist import watch_question
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.query.freshness import FreshnessCheck, SeenChanges
from semsearch.query.hits import Answer
from semsearch.settings.schema import Settings
from semsearch.store.completeness import Completeness
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.ids import IdSet
from semsearch.store.notes.questions import as_note
from semsearch.store.notes.regression_questions import SAVED_QUESTIONS, SavedQuestion
from semsearch.store.policy import PublicationPolicy, StorePolicy
from semsearch.store.record.connection import open_to_read, open_to_write
from semsearch.store.record.generations import kept_generations
from semsearch.store.record.note_rows import Notes, read_note
from semsearch.store.record.partial_generation import PARTIAL, partial_generation
from semsearch.store.writer import open_writer

TITLES = ("Bees", "Sea", "bread", "knots")  # of the documents of ``corpus``


def asked(corpus: Path, question: str, mode: str = "hybrid") -> Answer:
    """The answer with every hit, however weak."""
    return semsearch.search(
        question,
        index=corpus,
        embedder=WordEmbedder(),
        settings=Settings(),
        mode=mode,
        min_relevance=0.0,
    )


def stopped(corpus: Path, batches: int) -> WordEmbedder:
    """Index a folder by a run that publishes often and fails after some batches of one text."""
    embedder = WordEmbedder(batch=1, fails_after=batches)
    with pytest.raises(EmbedderUnavailable):
        publish_often(corpus, embedder)
    return embedder


def generations(corpus: Path) -> list[int]:
    """The whole generations that the index keeps."""
    with open_to_write(IndexDirectory(corpus / ".semsearch").record) as connection:
        return [one.number for one in kept_generations(connection)]


def stopped_update(corpus: Path) -> None:
    """Two new documents, of which a run has embedded and published one when it stops."""
    (corpus / "goats.txt").write_text("Goats climb trees.\n")
    (corpus / "sheep.txt").write_text("Sheep graze.\n")
    stopped(corpus, 1)


def test_a_first_run_answers_by_words_before_anything_is_embedded(corpus: Path) -> None:
    """Every document is found by its words, and the answer says that no passage has a vector."""
    answers: list[Answer] = []
    publish_often(corpus, Interrupted(lambda done: answers.append(asked(corpus, "bowline"))))
    first = answers[0]
    assert (first.hits[0].location.path, first.hits[0].signals.cosine) == ("sub/knots.txt", None)
    assert first.completeness == Completeness(5, 0, True, None)
    assert first.notices == (
        "passages without a vector are found by words alone: 0 % of the passages have a vector; a"
        " run goes on",
    )


def test_the_share_of_passages_with_a_vector_grows(corpus: Path) -> None:
    """Each answer during a run has at least the vectors of the one before; the last one has all."""
    answers: list[Answer] = []
    publish_often(corpus, Interrupted(lambda done: answers.append(asked(corpus, "bees"))))
    answers.append(asked(corpus, "bees"))
    shares = [1.0 if one.completeness is None else one.completeness.share for one in answers]
    assert (shares, len(set(shares))) == (sorted(shares), 6)
    assert [one.notices for one in answers[-1:]] == [()]
    assert {one.generation for one in answers} == {1}


@pytest.mark.parametrize("is_local", [True, False])
def test_what_is_published_in_the_end_is_what_a_run_publishes_at_once(
    corpus: Path, tmp_path: Path, is_local: bool
) -> None:
    """Generation, hits and scores are those of ``--whole``, and no row is damaged."""
    if not is_local:
        for number in range(100):  # not all are read before the first is sent
            (corpus / f"more{number}.txt").write_text(f"More of text {number}.")
    embedder = WordEmbedder(batch=1)
    embedder.is_local = is_local
    publish_often(corpus, embedder)
    there = asked(corpus, "the moon and the water")
    other = tmp_path / "other"
    corpus.rename(other)
    semsearch.status(other)
    (other / ".semsearch").rename(tmp_path / "first")
    publish_often(other, embedder, RunOptions(whole=True))
    whole = asked(other, "the moon and the water")
    assert [(hit.location, hit.score, hit.relevance) for hit in there.hits] == [
        (hit.location, hit.score, hit.relevance) for hit in whole.hits
    ]
    assert (there.generation, whole.generation) == (1, 1)
    assert semsearch.verify(other, full=True).damages == ()
    assert semsearch.verify(tmp_path / "first", full=True).damages == ()


def test_what_is_read_so_far_answers_while_a_first_run_reads(corpus: Path) -> None:
    """The answers say that a run goes on, though it has not embedded anything."""
    answers: list[Answer] = []
    for number in range(200):  # more than are recorded in one transaction
        (corpus / f"more{number}.txt").write_text(f"More of text {number}.")

    def ask(progress: Progress) -> None:
        if not answers and progress.files_done > 1 and not progress.texts_waiting:
            answers.append(asked(corpus, "bees"))

    target = Target(corpus, None, WordEmbedder(), Settings(), OFTEN)
    run_index(target, RunOptions(), RunHooks(on_progress=ask))
    first = answers[0].completeness
    assert first is not None
    assert (first.texts < 205, first.vectors, first.is_running) == (True, 0, True)


class Remote(WordEmbedder):
    """Says that its texts go to a server; notes how many texts were read when each batch came."""

    def __init__(self, read: list[int], corpus: Path, fails_after: int | None = None) -> None:
        super().__init__(batch=4, fails_after=fails_after)
        self.is_local = False
        self._read, self._corpus = read, corpus

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield batches as texts come."""
        for batch in super().embed(texts):
            with open_to_read(IndexDirectory(self._corpus / ".semsearch").record) as connection:
                rows = connection.execute("select count(*) from text where body is not null")
                self._read.append(int(rows.fetchone()[0]))
            yield batch


@pytest.fixture
def many(corpus: Path) -> Path:
    """A folder of 204 documents with 205 texts."""
    for number in range(200):
        (corpus / f"more{number:03}.txt").write_text(f"More of text {number}.")
    return corpus


def test_texts_go_to_a_server_while_the_folder_is_read(many: Path) -> None:
    """A first run that publishes sends texts before it has read all; all are published after it."""
    read: list[int] = []
    report = run_index(Target(many, None, Remote(read, many), Settings(), OFTEN))
    assert (read[0] < 205, read[-1], report.embedded) == (True, 205, 205)
    assert asked(many, "bees").completeness is None


def test_everything_is_read_before_a_local_embedder_begins(many: Path) -> None:
    """A local embedder gets its first text when everything is read: both need the processors."""
    read: list[int] = []
    local = Remote(read, many)
    local.is_local = True
    run_index(Target(many, None, local, Settings(), OFTEN))
    assert read[0] == 205


@pytest.mark.parametrize("batches", [0, 1, 30])
def test_the_words_are_published_though_a_server_fails_while_the_folder_is_read(
    many: Path, batches: int
) -> None:
    """Everything is read and found by words; each vector that came is kept."""
    embedder = Remote([], many, fails_after=batches)
    with pytest.raises(EmbedderUnavailable):
        run_index(Target(many, None, embedder, Settings(), OFTEN))
    answer = asked(many, "text 199", "keyword")
    assert answer.completeness is not None
    assert answer.completeness.texts == 205
    assert answer.hits[0].location.path == "more199.txt"
    again = WordEmbedder()
    index(many, again)
    assert sorted(again.seen + embedder.seen) == sorted(set(again.seen + embedder.seen))


def test_changes_are_not_told_while_a_run_goes_on(corpus: Path) -> None:
    """It has not read all files yet; those that came since are told after it."""

    def seen() -> SeenChanges:
        check = FreshnessCheck(IndexDirectory(corpus / ".semsearch"), seconds=60)
        check.join()
        return check.seen

    told: list[SeenChanges] = []

    def ask(_done: int) -> None:
        (corpus / "goats.txt").write_text("Goats climb trees.\n")
        told.append(seen())

    publish_often(corpus, Interrupted(ask))
    assert (set(told), seen()) == ({SeenChanges()}, SeenChanges(new=1, is_all=True))


def test_a_run_with_whole_publishes_nothing_before_its_end(corpus: Path) -> None:
    """During a first run with ``--whole`` there is no index to ask."""
    said: list[str] = []

    def ask(_done: int) -> None:
        with pytest.raises(IndexMissing) as error:
            asked(corpus, "bees")
        said.append(str(error.value))

    publish_often(corpus, Interrupted(ask, batch=2), RunOptions(whole=True))
    assert {"not finished yet" in one for one in said} == {True}


def test_a_run_that_embeds_little_commits_once(corpus: Path) -> None:
    """By default a run publishes a partial generation from 500 texts on only."""
    said: list[bool] = []

    def look(_done: int) -> None:
        said.append(any((corpus / ".semsearch").glob("keywords*")))

    semsearch.index(corpus, embedder=Interrupted(look), settings=Settings())
    assert set(said) == {False}


def test_new_documents_join_by_words_first(corpus: Path, words: WordEmbedder) -> None:
    """A later run shows new documents by words while the others keep their vectors."""
    index(corpus, words)
    (corpus / "goats.txt").write_text("Goats climb trees.\n")
    answers: list[Answer] = []
    publish_often(corpus, Interrupted(lambda done: answers.append(asked(corpus, "goats climb"))))
    hits = {hit.location.path: hit.signals.cosine for hit in answers[0].hits}
    assert hits.pop("goats.txt") is None
    assert (None in hits.values(), answers[0].generation, generations(corpus)) == (False, 2, [1, 2])


def test_a_stopped_run_keeps_what_it_has_published(corpus: Path) -> None:
    """Its answers stay, and say how to go on; the next run embeds the other texts only."""
    first = stopped(corpus, 2)
    answer = asked(corpus, "bowline")
    assert (answer.completeness, answer.hits[0].location.path) == (
        Completeness(5, 2, False, None),
        "sub/knots.txt",
    )
    assert answer.notices[0].endswith("40 % of the passages have a vector; run semsearch index to"
                                      " go on")  # fmt: skip
    second = WordEmbedder()
    report = publish_often(corpus, second)
    paid = first.seen + second.seen
    assert len(set(paid)) == len(paid) == 5 + len(TITLES)
    assert (report.generation, report.added, asked(corpus, "bowline").completeness) == (1, 4, None)


def test_a_run_that_its_embedder_stops_publishes_the_vectors_so_far(corpus: Path) -> None:
    """Those that came since the last publication are searched, though the next was not due."""
    seldom = StorePolicy(publication=PublicationPolicy(1, 1e9, 1e9, 1e9))
    target = Target(corpus, None, WordEmbedder(batch=1, fails_after=3), Settings(), seldom)
    with pytest.raises(EmbedderUnavailable):
        run_index(target)
    assert asked(corpus, "bees").completeness == Completeness(5, 3, False, None)


def test_meaning_alone_searches_the_passages_that_have_a_vector(corpus: Path) -> None:
    """The semantic mode finds those that have one, and says so."""
    first = stopped(corpus, 2)
    answer = asked(corpus, "bowline", mode="semantic")
    assert len(answer.hits) == len(first.seen) == 2
    assert answer.notices[0].startswith("only passages with a vector are searched by meaning: 40 %")


def test_an_index_that_is_not_whole_refuses_what_needs_every_vector(
    corpus: Path, tmp_path: Path
) -> None:
    """Insights, export and rollback say how many passages have a vector, and what to do."""
    stopped(corpus, 2)
    for command in (
        lambda: semsearch.duplicates(corpus),
        lambda: semsearch.export(tmp_path / "carried", index=corpus),
    ):
        with pytest.raises(IndexMissing, match=r"2 of 5 passages have a vector.*run: semsearch"):
            command()
    refuses_to_lose(corpus)


def refuses_to_lose(corpus: Path) -> None:
    """Neither rollback nor forget takes away what a stopped run has published."""
    with pytest.raises(IndexMissing, match="run semsearch index first"):
        semsearch.rollback(corpus)
    with pytest.raises(IndexMissing, match="run semsearch index first"):
        semsearch.forget(["bees.md"], index=corpus)
    assert asked(corpus, "bees").completeness is not None


def test_a_repair_leaves_a_partial_generation_that_is_sound(corpus: Path) -> None:
    """Where nothing is damaged, what a stopped run has published goes on answering."""
    stopped(corpus, 2)
    assert semsearch.repair(corpus).found == ()
    assert asked(corpus, "bees").completeness == Completeness(5, 2, False, None)


def test_what_a_later_run_has_published_is_not_lost_either(
    corpus: Path, words: WordEmbedder
) -> None:
    """Its texts are embedded once: when the index is whole, both commands work."""
    index(corpus, words)
    stopped_update(corpus)
    refuses_to_lose(corpus)
    index(corpus, words)
    assert semsearch.forget(["bees.md"], index=corpus).forgotten == ("bees.md",)
    assert semsearch.verify(corpus, full=True).damages == ()


def test_damaged_files_of_a_partial_generation_are_named_and_mended(
    corpus: Path, words: WordEmbedder
) -> None:
    """Verify names them, repair shows the last whole generation, and no vector is lost."""
    index(corpus, words)
    stopped_update(corpus)
    folder = max((corpus / ".semsearch").glob("keywords-*"), key=lambda path: path.name)
    (folder / "manifest.json").unlink()
    found = semsearch.verify(corpus, full=True).damages
    assert len(found) == 1
    assert folder.name in found[0]
    assert semsearch.repair(corpus).found == found
    assert asked(corpus, "bees").completeness is None
    words.seen.clear()
    index(corpus, words)
    # The other one was embedded before the run was stopped; titles come last.
    assert words.seen[1:] == ["goats", "sheep"]


def test_the_quality_gate_keeps_a_worse_generation_from_being_shown(
    corpus: Path, words: WordEmbedder
) -> None:
    """While a saved question has lost its document readers see the last whole generation."""
    index(corpus, words)
    with open_writer(IndexDirectory(corpus / ".semsearch")) as writer:
        saved = SavedQuestion("bowline slips jams", "sub/knots.txt", 1)
        writer.notes.put(SAVED_QUESTIONS, as_note([saved]))
    (corpus / "sub" / "knots.txt").unlink()
    (corpus / "goats.txt").write_text("Goats climb trees.\n")
    seen: list[int] = []
    with pytest.raises(GenerationRefused):
        publish_often(corpus, Interrupted(lambda done: seen.append(asked(corpus, "x").generation)))
    assert (set(seen), asked(corpus, "bowline").generation) == ({1}, 1)


def test_watched_questions_get_news_of_whole_generations_once(
    corpus: Path, words: WordEmbedder
) -> None:
    """Partial generations record no news; the whole one has each passage once."""
    index(corpus, words)
    watch_question("goats climb trees", index=corpus, embedder=words, settings=Settings())
    stopped_update(corpus)
    report = publish_often(corpus, WordEmbedder(batch=1))
    assert [one.location.path for one in report.news] == ["goats.txt"]


def test_a_rebuild_shows_the_last_generation_until_its_end(
    corpus: Path, words: WordEmbedder
) -> None:
    """A rebuild with fresh vectors publishes no partial generation."""
    index(corpus, words)
    seen: list[Completeness | None] = []
    options = RunOptions(everything=True, fresh=True)
    publish_often(
        corpus, Interrupted(lambda done: seen.append(asked(corpus, "x").completeness)), options
    )
    assert set(seen) == {None}


@pytest.mark.parametrize("note", ["{", '{"number": 1}', "[]"])
def test_a_damaged_note_of_a_partial_generation_is_passed_over(
    corpus: Path, words: WordEmbedder, note: str
) -> None:
    """Readers see the last whole generation, and the next run publishes again."""
    index(corpus, words)
    stopped_update(corpus)
    with open_to_write(IndexDirectory(corpus / ".semsearch").record) as connection:
        Notes(connection).put(PARTIAL, note)
    assert asked(corpus, "goats").generation == 1
    assert publish_often(corpus, words).generation == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"texts": float("inf")},
        {"texts": -1},
        {"texts": "5"},
        {"vectors": 10**400},
        {"embedder": 10**30},
        {"created": "soon"},
        {"corpus": 7},
        {"files": ["../ann-000001.faiss", None, None, None, None]},
    ],
)
def test_odd_values_of_a_foreign_index_are_passed_over(
    corpus: Path, changed: dict[str, object]
) -> None:
    """Such an index has a hash that fits them; status and questions say that it is not whole."""
    stopped(corpus, 2)
    with open_to_write(IndexDirectory(corpus / ".semsearch").record) as connection:
        note = json.loads(read_note(connection, PARTIAL) or "")
        Notes(connection).put(PARTIAL, json.dumps({**note, **changed}))
    with pytest.raises(IndexMissing, match="not finished yet"):
        asked(corpus, "bees")
    with pytest.raises(IndexMissing, match="not finished yet"):
        semsearch.status(corpus)


def test_lost_files_of_a_partial_generation_cost_no_vector(corpus: Path) -> None:
    """Without its ANN file the stored vectors answer, with a notice; the next run writes it."""
    stopped(corpus, 3)
    next((corpus / ".semsearch").glob("ann-*")).unlink()
    answer = asked(corpus, "honey bees", mode="semantic")
    assert (len(answer.hits), "searching without it" in answer.notices[1]) == (3, True)
    assert publish_often(corpus, WordEmbedder()).embedded == 2


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from fakes.publications import OFTEN, Interrupted, publish_often
    def die(done):
        if done == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
    publish_often(Path(sys.argv[1]), Interrupted(die))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on this system")
def test_a_run_killed_between_publications_keeps_the_last_one(corpus: Path) -> None:
    """After each of several kills the index answers as far as it had come, and ends whole."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    seen = []
    for done in (0, 2, 2, 9):  # texts of this process before it is killed; then none is left
        command = [sys.executable, "-c", textwrap.dedent(KILLED), str(corpus), str(done)]
        ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=False)
        answer = asked(corpus, "bowline")
        assert answer.hits[0].location.path == "sub/knots.txt"
        seen.append((ended.returncode, answer.completeness))
    killed = [(-signal.SIGKILL, Completeness(5, count, False, None)) for count in (0, 2, 4)]
    assert seen == [*killed, (0, None)]
    assert semsearch.verify(corpus, full=True).damages == ()


def test_a_run_that_finds_nothing_new_withdraws_what_is_not_whole(
    corpus: Path, words: WordEmbedder
) -> None:
    """When the new documents of a stopped run are gone, the last whole generation answers."""
    index(corpus, words)
    new = [corpus / "goats.txt", corpus / "sheep.txt"]
    for path in new:
        path.write_text(f"{path.stem} climb trees.\n")
    stopped(corpus, 1)
    for path in new:
        path.unlink()
    record = IndexDirectory(corpus / ".semsearch").record
    with open_to_write(record) as connection:
        note = read_note(connection, PARTIAL)
    for _ in range(2):  # the second run knows by the listing that nothing has changed
        with open_to_write(record) as connection:
            Notes(connection).put(PARTIAL, note)
        report = publish_often(corpus, words)
        answer = asked(corpus, "goats climb trees")
        assert (report.is_new_generation, answer.generation, answer.notices) == (False, 1, ())
        assert len(list((corpus / ".semsearch").glob("keywords*"))) == 1


def test_a_second_round_of_batch_jobs_is_counted_from_its_own_texts(
    corpus: Path, words: WordEmbedder
) -> None:
    """What an earlier round has embedded is not left out of the texts that are left."""
    stopped(corpus, 2)
    with open_writer(IndexDirectory(corpus / ".semsearch")) as writer:
        (chunking,) = writer.connection.execute("select chunking from pending").fetchone()
        writer.begin(corpus, words.uri, chunking, fresh=False)
        publication = Publication(writer, OFTEN.publication, lambda _: None)
        published = []
        for embedded in (40, 41, 42, 43):
            publication.after_batch(embedded)
            if embedded == 40:
                publication.after_reading(IdSet())  # three texts are left
            partial = partial_generation(writer.connection)
            published.append(partial.serial if partial else 0)
    first = published[0]
    assert published == [first, first + 1, first + 2, first + 2]  # the run's end has the last
