"""An index that is written to while it is open."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import IndexMissing
from semsearch.query.hits import Answer
from semsearch.query.open_index import OpenIndex
from semsearch.query.options import SearchOptions
from semsearch.query.scoring import Mode
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.loaded_indexes import LoadedIndexes, load_newest_derived
from semsearch.store.snapshot import Snapshot, open_snapshot


def test_a_commit_during_a_question_is_seen_whole(indexed: Path, words: WordEmbedder) -> None:
    """The answer is of one generation, and the writer is not held up."""

    class Slow(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            texts = list(texts)
            if texts == ["zebra"]:
                (indexed / "bees.md").unlink()
                (indexed / "zebra.txt").write_text("A zebra.")
                semsearch.index(indexed, embedder=words, settings=Settings())
            yield from super().embed(texts)

    answer = semsearch.search("zebra", index=indexed, embedder=Slow())
    assert (answer.generation, answer.hits[0].location.path) == (2, "zebra.txt")
    assert "bees.md" not in {hit.location.path for hit in answer.hits}


def test_a_generation_without_text_during_a_question_has_no_hits(
    indexed: Path, words: WordEmbedder
) -> None:
    """And is no fault."""

    class Slow(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            for path in indexed.rglob("*.*"):
                if ".semsearch" not in path.parts and path.is_file():
                    path.write_text("")
            semsearch.index(indexed, embedder=words, settings=Settings())
            yield from super().embed(texts)

    assert semsearch.search("bees", index=indexed, embedder=Slow()).hits == ()


def test_the_first_text_during_a_question_is_found(tmp_path: Path, words: WordEmbedder) -> None:
    """The answer is of the generation that it names."""

    class Slow(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            (tmp_path / "a.txt").write_text("hello river")
            semsearch.index(tmp_path, embedder=words, settings=Settings())
            yield from super().embed(texts)

    (tmp_path / "a.txt").write_text("")
    semsearch.index(tmp_path, embedder=words, settings=Settings())
    answer = semsearch.search("river", index=tmp_path, embedder=Slow())
    assert (answer.generation, len(answer.hits)) == (2, 1)


def test_a_searcher_sees_what_is_committed_meanwhile(indexed: Path, words: WordEmbedder) -> None:
    """Without being opened again."""
    with Searcher(index=indexed, embedder=words) as searcher:
        assert next(searcher.answers(["zebra"], SearchOptions(min_relevance=0))).generation == 1
        (indexed / "zebra.txt").write_text("A zebra.")
        semsearch.index(indexed, embedder=words, settings=Settings())
        answer = next(searcher.answers(["zebra"], SearchOptions(min_relevance=0)))
    assert (answer.generation, answer.hits[0].location.path) == (2, "zebra.txt")


def test_a_searcher_does_not_wait_for_a_new_generation(indexed: Path, words: WordEmbedder) -> None:
    """While it is read, the one before answers, as long as it is kept; then it is swapped in."""
    may_load = threading.Event()
    may_load.set()

    def slow(
        directory: IndexDirectory, before: LoadedIndexes | None, *, by_words_alone: bool
    ) -> LoadedIndexes:
        may_load.wait(30)
        return load_newest_derived(directory, before, by_words_alone=by_words_alone)

    with Searcher(index=indexed, embedder=words, load=slow) as searcher:

        def ask() -> Answer:
            return next(searcher.answers(["zebra"], SearchOptions(min_relevance=0)))

        assert ask().generation == 1
        may_load.clear()
        searcher.open_index.swap_seconds = 0.01
        (indexed / "zebra.txt").write_text("A zebra.")
        semsearch.index(indexed, embedder=words, settings=Settings())
        assert ask().generation == 1
        may_load.set()
        searcher.open_index.swap_seconds = 30
        assert ask().generation == 2
        may_load.clear()
        searcher.open_index.swap_seconds = 0.01
        for name in ("horse", "mule"):  # what was shown is kept no longer
            (indexed / f"{name}.txt").write_text(f"A {name}.")
            semsearch.index(indexed, embedder=words, settings=Settings())
        assert ask().generation == 4
        may_load.set()


def test_a_load_that_has_failed_is_tried_again(indexed: Path, words: WordEmbedder) -> None:
    """By the next question; an index may be taken away and come back while it is read."""
    is_broken = False

    def load(
        directory: IndexDirectory, before: LoadedIndexes | None, *, by_words_alone: bool
    ) -> LoadedIndexes:
        if is_broken:
            raise IndexMissing("taken away")
        return load_newest_derived(directory, before, by_words_alone=by_words_alone)

    with Searcher(index=indexed, embedder=words, load=load) as searcher:
        assert searcher("zebra", min_relevance=0.0).generation == 1
        (indexed / "zebra.txt").write_text("A zebra.")
        semsearch.index(indexed, embedder=words, settings=Settings())
        is_broken = True
        with pytest.raises(IndexMissing):
            searcher("zebra")
        is_broken = False
        assert searcher("zebra", min_relevance=0.0).generation == 2


def test_vectors_that_are_needed_while_words_load_are_read(indexed: Path) -> None:
    """A question by words and one by meaning may come at once."""
    has_begun, may_load = threading.Event(), threading.Event()

    def slow(
        directory: IndexDirectory, before: LoadedIndexes | None, *, by_words_alone: bool
    ) -> LoadedIndexes:
        has_begun.set()
        may_load.wait(30)
        return load_newest_derived(directory, before, by_words_alone=by_words_alone)

    directory = IndexDirectory(indexed / ".semsearch")
    opened = OpenIndex(directory, by_words_alone=True, load=slow)
    with closing(opened):
        with opened.preloading():  # by words
            assert has_begun.wait(30)
            opened.need_vectors()
            may_load.set()
        with opened.opened() as (_, derived):
            assert derived.ann is not None


def test_questions_of_many_threads_are_of_one_generation_each(
    indexed: Path, words: WordEmbedder
) -> None:
    """While others are committed."""
    has_ended = threading.Event()
    wrong: list[object] = []
    opened = OpenIndex(IndexDirectory(indexed / ".semsearch"))

    def ask() -> None:
        while not has_ended.is_set():
            try:
                with opened.opened() as (snapshot, derived):
                    if snapshot.generation != derived.generation:
                        wrong.append((snapshot.generation.number, derived.generation.number))
            except Exception as error:  # of whatever kind, it is wrong
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    with closing(opened):
        for thread in threads:
            thread.start()
        for number in range(6):
            (indexed / f"new{number}.txt").write_text(f"A zebra, number {number}.")
            semsearch.index(indexed, embedder=words, settings=Settings())
        has_ended.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_by_words_alone_the_vectors_are_not_read(indexed: Path, words: WordEmbedder) -> None:
    """Nor missed; they are when something is asked by its meaning after all."""
    (ann,) = (indexed / ".semsearch").glob("ann-*.faiss")
    ann.write_bytes(b"damaged")
    for is_like in (False, True):
        with Searcher(index=indexed, embedder=words, by_words_alone=True) as searcher:
            answer = next(searcher.answers(["honey"], SearchOptions(mode=Mode.KEYWORD)))
            assert (answer.hits[0].location.path, answer.notices) == ("bees.md", ())
            wanted = SearchOptions(mode=Mode.SEMANTIC, min_relevance=0)
            answer = (
                searcher.like("bees.md:1-3", wanted)
                if is_like
                else next(searcher.answers(["honey"], wanted))
            )
            assert answer.hits[0].signals.cosine is not None
            assert "is not what was written; searching without it" in answer.notices[0]


def test_files_that_go_while_they_are_read_are_no_damage(
    indexed: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a generation that is not the newest any more; the newest is read then."""

    @contextmanager
    def late(directory: IndexDirectory) -> Iterator[Snapshot]:
        with open_snapshot(directory) as opened:
            for name in ("horse", "mule") if opened.generation.number == 1 else ():
                (indexed / f"{name}.txt").write_text(f"A {name}.")
                semsearch.index(indexed, embedder=words, settings=Settings())
            yield opened

    monkeypatch.setattr("semsearch.insights.related.open_snapshot", late)
    found = semsearch.related("bees.md", index=indexed)
    assert (found.generation, found.notices) == (3, ())


def test_an_index_that_is_opened_for_one_question_reads_the_newest(
    indexed: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when a commit comes between its rows and its files."""
    with closing(OpenIndex(IndexDirectory(indexed / ".semsearch"))) as index:
        snapshot = index.snapshot

        @contextmanager
        def late(*given: Any) -> Iterator[Snapshot]:
            with snapshot(*given) as opened:
                for name in ("horse", "mule") if opened.generation.number == 1 else ():
                    (indexed / f"{name}.txt").write_text(f"A {name}.")
                    semsearch.index(indexed, embedder=words, settings=Settings())
                yield opened

        monkeypatch.setattr(index, "snapshot", late)
        with index.opened() as (seen, derived):
            assert (seen.generation.number, derived.generation.number) == (3, 3)
            assert derived.notices == ()
