"""The straight line from a question to hits."""

import os
import shutil
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.passage import Location, text_digest
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.local.minilm import MiniLM
from semsearch.errors import EmbedderMismatch, IndexDamaged, IndexMissing, SettingsError
from semsearch.query.hits import Answer
from semsearch.query.options import SearchOptions
from semsearch.query.scoring import Mode
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.snapshot import LoadedIndexes, load_newest_derived

if TYPE_CHECKING:
    from conftest import WithoutRoot


@pytest.fixture
def indexed(corpus: Path, words: WordEmbedder) -> Path:
    """The corpus with its index."""
    semsearch.index(corpus, embedder=words, settings=Settings())
    return corpus


def test_a_hit_has_its_exact_place(indexed: Path, words: WordEmbedder) -> None:
    """Path, lines, headings, the text that was embedded and its digest."""
    hit = semsearch.search("cluster in winter", index=indexed, embedder=words).hits[0]
    text = "## Winter\n\nThey form a cluster. It is dense."
    assert hit.rank == 1
    assert hit.location == Location("bees.md", (5, 7), None, ("Bees", "Winter"))
    assert hit.text == text
    assert hit.digest == text_digest(text).hex()


def test_hits_come_best_first_up_to_the_limit(indexed: Path, words: WordEmbedder) -> None:
    """Ranks count from one and scores fall."""
    hits = semsearch.search("hot bread dough", index=indexed, embedder=words, limit=3).hits
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].location.path == "bread.txt"


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        (["*.txt"], {"bread.txt", "sub/knots.txt"}),
        (["sub/"], {"sub/knots.txt", "sub/tides.html"}),
        (["/*.md"], {"bees.md"}),
        (["*.txt", "!sub/*"], {"bread.txt"}),
        (["*.pdf"], set()),
    ],
)
def test_path_filters_are_exact(
    indexed: Path, words: WordEmbedder, globs: list[str], expected: set[str]
) -> None:
    """Every document that matches is searched and no other, whatever would rank above."""
    answer = semsearch.search("bees", index=indexed, embedder=words, paths=globs)
    assert {hit.location.path for hit in answer.hits} == expected


def test_a_filter_finds_the_one_passage_among_many(tmp_path: Path, words: WordEmbedder) -> None:
    """It is applied before ranking, not to the best few."""
    for number in range(300):
        (tmp_path / f"n{number}.txt").write_text(f"Bees and honey, number {number}.")
    (tmp_path / "last.md").write_text("Nothing of the kind.")
    semsearch.index(tmp_path, embedder=words, settings=Settings())
    answer = semsearch.search("bees honey", index=tmp_path, embedder=words, paths=["*.md"])
    assert [hit.location.path for hit in answer.hits] == ["last.md"]


def test_words_find_what_meaning_misses(tmp_path: Path) -> None:
    """A rare word decides when the vectors say nothing."""

    class Blind(WordEmbedder):
        def vector(self, text: str):  # type: ignore[no-untyped-def]
            return super().vector("same")

    embedder = Blind()
    for number in range(150):
        (tmp_path / f"n{number:03}.txt").write_text(f"Part number QX-{number:04} is in stock.")
    semsearch.index(tmp_path, embedder=embedder, settings=Settings())
    answer = semsearch.search("where is 0137?", index=tmp_path, embedder=embedder, min_relevance=0)
    assert answer.hits[0].location.path == "n137.txt"


def test_the_best_sentence_is_marked(indexed: Path, words: WordEmbedder) -> None:
    """Where it stands in the text, when asked for."""
    hit = semsearch.search("dense", index=indexed, embedder=words, mark=True).hits[0]
    assert hit.marked is not None
    assert hit.text[slice(*hit.marked)] == "It is dense."
    assert semsearch.search("dense", index=indexed, embedder=words).hits[0].marked is None


def test_a_heading_is_not_the_best_sentence(indexed: Path, words: WordEmbedder) -> None:
    """It is printed above the passage already."""
    hit = semsearch.search("winter", index=indexed, embedder=words, mark=True).hits[0]
    assert hit.text.startswith("## Winter")
    assert hit.marked is not None
    assert hit.text[slice(*hit.marked)] in ("They form a cluster.", "It is dense.")


def test_marking_costs_nothing_with_an_embedder_that_bills(indexed: Path) -> None:
    """The words decide then, and only the question is sent."""
    paid = WordEmbedder()
    paid.is_local = False
    hit = semsearch.search("they form it densely", index=indexed, embedder=paid, mark=True).hits[0]
    assert paid.seen == ["they form it densely"]
    assert hit.marked is not None
    assert hit.text[slice(*hit.marked)] == "They form a cluster."
    assert hit.location.headings == ("Bees", "Winter")


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


def test_a_question_of_another_dimension_is_told(indexed: Path) -> None:
    """The embedder has changed under its name."""
    with pytest.raises(EmbedderMismatch, match="32 numbers, the index has 64"):
        semsearch.search("bees", index=indexed, embedder=WordEmbedder(dimension=32))


def test_any_number_of_hits_may_be_asked_for(indexed: Path, words: WordEmbedder) -> None:
    """All of them, then; and one glob is as good as a list."""
    answer = semsearch.search("bees", index=indexed, embedder=words, limit=10**9, paths="*.md")
    assert len(answer.hits) == 2


def test_a_change_of_embedder_during_a_question_is_told(indexed: Path, words: WordEmbedder) -> None:
    """A vector of the one means nothing among those of the other."""

    class Slow(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            semsearch.rebuild(indexed, embedder=WordEmbedder("test:b"), settings=Settings())
            yield from super().embed(texts)

    with pytest.raises(EmbedderMismatch, match="was built by test:b"):
        semsearch.search("bees", index=indexed, embedder=Slow())


def test_a_path_filter_holds_for_texts_that_stand_elsewhere_too(
    indexed: Path, words: WordEmbedder
) -> None:
    """The copy that does not match is not shown."""
    (indexed / "sub" / "copy.txt").write_text((indexed / "bread.txt").read_text())
    semsearch.index(indexed, embedder=words, settings=Settings())
    answer = semsearch.search("bread", index=indexed, embedder=words, paths=["sub/"], limit=9)
    assert "bread.txt" not in {hit.location.path for hit in answer.hits}
    assert answer.hits[0].location.path == "sub/copy.txt"


def test_an_index_that_is_read_only_answers(
    corpus: Path, words: WordEmbedder, without_root: "WithoutRoot"
) -> None:
    """By meaning: tantivy alone would write a lock, and the notice says so."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(shutil.copytree(corpus, Path(name, "corpus")))
        folder.chmod(0o755)
        semsearch.index(folder, embedder=words, settings=Settings())
        for path in (folder / ".semsearch").rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (folder / ".semsearch").chmod(0o755)
        with without_root():
            answer = semsearch.search("bees", index=folder, embedder=words, settings=Settings())
        assert answer.hits[0].location.path == "bees.md"
        assert "by meaning only" in answer.notices[0]


def test_an_index_is_found_from_inside_the_folder(
    indexed: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Upward from the current directory, as git does it."""
    monkeypatch.chdir(indexed / "sub")
    assert semsearch.search("bees", embedder=words).index == indexed / ".semsearch"


def test_an_index_can_be_kept_elsewhere(corpus: Path, words: WordEmbedder, tmp_path: Path) -> None:
    """It is named by its directory or by the folder that holds it, and knows its corpus."""
    (tmp_path / "kept").mkdir()
    semsearch.index(corpus, index=tmp_path / "kept", embedder=words)
    assert not (corpus / ".semsearch").exists()
    for name in (tmp_path / "kept", tmp_path / "kept" / ".semsearch"):
        assert semsearch.status(name).corpus == corpus
        assert semsearch.index(index=name, embedder=words).corpus == corpus


def test_without_an_index_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    """It names where one was looked for."""
    with pytest.raises(IndexMissing, match=r"no index in .*semsearch index FOLDER"):
        semsearch.search("bees", index=tmp_path)


@pytest.mark.parametrize("question", ["", "  \n", "x" * 10_001])
def test_a_question_that_cannot_be_asked_is_refused(
    indexed: Path, words: WordEmbedder, question: str
) -> None:
    """Empty, or longer than the embedder takes."""
    with pytest.raises(SettingsError, match="question"):
        semsearch.search(question, index=indexed, embedder=words)


def test_status_counts_what_has_changed_since(indexed: Path) -> None:
    """By looking at the files' stats alone."""
    assert not semsearch.status(indexed).changes
    (indexed / "new.md").write_text("x")
    (indexed / "bread.txt").write_text("y")
    (indexed / "bees.md").unlink()
    changes = semsearch.status(indexed).changes
    assert changes is not None
    assert (changes.added, changes.changed, changes.removed) == (1, 1, 1)


def test_similarity_is_the_dot_product_of_unit_vectors(words: WordEmbedder) -> None:
    """One on the diagonal, symmetric, more for texts that share words."""
    found = semsearch.similarity(["bees fly", "bees sting", "bread"], embedder=words)
    assert found.dimension == 64
    assert found.matrix[0, 0] == pytest.approx(1)
    assert found.notices == ()
    assert found.matrix[0, 1] == found.matrix[1, 0] > found.matrix[0, 2]


@pytest.mark.parametrize("texts", ["two", ["one"], ["one", " "], ["one", "x" * 10_001]])
def test_texts_that_cannot_be_compared_are_refused(words: WordEmbedder, texts: list[str]) -> None:
    """Fewer than two, blank, or too long."""
    with pytest.raises(SettingsError):
        semsearch.similarity(texts, embedder=words)


def test_a_file_is_compared_by_the_mean_of_its_passages(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """After the texts, of whatever format; a link that a person names is followed."""
    (tmp_path / "link.html").symlink_to(corpus / "sub" / "tides.html")
    files = [corpus / "bees.md", tmp_path / "link.html"]
    found = semsearch.similarity(["the moon"], files=files, embedder=words)
    assert found.texts == ("the moon", *map(str, files))
    sections = ["# Bees\n\nHoney bees keep warm.", "## Winter\n\nThey form a cluster. It is dense."]
    mean = np.mean([words.vector(text) for text in sections], axis=0)
    expected = words.vector("the moon") @ mean / np.linalg.norm(mean)
    assert found.matrix[0, 1] == pytest.approx(expected, abs=1e-6)
    assert found.matrix[0, 2] > found.matrix[0, 1]
    assert found.matrix.diagonal() == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone.txt", r"there is no file .*gone\.txt"),
        ("blank.txt", r"blank\.txt has no text; there is nothing to compare in it"),
        ("sub", "sub cannot be read: cannot be opened: it is no regular file"),
    ],
)
def test_a_file_that_cannot_be_compared_is_one_line(
    corpus: Path, words: WordEmbedder, name: str, said: str
) -> None:
    """Whatever is wrong with it."""
    (corpus / "blank.txt").write_text(" \n")
    with pytest.raises(SettingsError, match=said):
        semsearch.similarity(["x"], files=[corpus / name], embedder=words)


def test_embedded_batches_may_come_in_any_order() -> None:
    """Positions decide which text a vector belongs to."""

    class Backwards(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            for batch in reversed(list(super().embed(texts))):
                yield EmbeddedBatch(batch.positions, batch.vectors, batch.tokens)

    embedder = Backwards(batch=1)
    found = semsearch.similarity(["a", "b", "a"], embedder=embedder)
    assert found.matrix[0, 2] == pytest.approx(1)
    assert found.matrix[0, 1] < 0.9


@pytest.fixture
def many(tmp_path: Path, words: WordEmbedder) -> Path:
    """Notes about rents and others, in two formats and languages, of two years."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(40):
        (folder / f"note{number:02}.md").write_text(f"The rent is due on day {number} of it.\n")
    (folder / "draft.txt").write_text("The rent is due, says the draft of the fixed term lease.\n")
    (folder / "miete.txt").write_text("Die Miete ist am Ersten fällig, und das gilt für alle.\n")
    (folder / "old.md").write_text("The rent was due long ago in the old house.\n")
    os.utime(folder / "old.md", (1_000_000_000, 1_000_000_000))  # 2001
    semsearch.index(folder, embedder=words, settings=Settings())
    return folder


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("rent type:txt", {"draft.txt", "miete.txt"}),
        ("rent type:txt -draft", {"miete.txt"}),
        ("rent before:2002-01-01", {"old.md"}),
        ('rent "fixed  TERM"', {"draft.txt"}),
        ('rent "term fixed"', set()),
        ("rent lang:de", {"miete.txt"}),
        ("rent -lang:en", {"miete.txt"}),
        ("rent file:note07.md", {"note07.md"}),
        ("rent file:note0[12].md after:2020-01-01", {"note01.md", "note02.md"}),
        ("rent -file:note* type:md", {"old.md"}),
    ],
)
@pytest.mark.parametrize("mode", ["hybrid", "semantic"])
def test_filters_in_a_question_are_exact(
    many: Path, words: WordEmbedder, question: str, expected: set[str], mode: str
) -> None:
    """Whatever else would rank higher."""
    answer = semsearch.search(question, index=many, embedder=words, mode=mode, limit=50)
    assert {hit.location.path for hit in answer.hits} == expected


def test_filters_hold_without_the_keyword_index_too(many: Path, words: WordEmbedder) -> None:
    """But for languages, which it alone knows."""
    shutil.rmtree(next((many / ".semsearch").glob("keywords-*")))
    answer = semsearch.search('rent "fixed term"', index=many, embedder=words)
    assert [hit.location.path for hit in answer.hits] == ["draft.txt"]
    with pytest.raises(SettingsError, match="keyword index"):
        semsearch.search("rent lang:de", index=many, embedder=words)
    with pytest.raises(IndexDamaged, match="keyword index"):
        semsearch.search("rent", index=many, embedder=words, mode="keyword")


def test_words_alone_need_no_embedder(many: Path) -> None:
    """Not even its key."""
    never = WordEmbedder(fails_after=0)
    answer = semsearch.search("old house", index=many, embedder=never, mode="keyword", limit=1)
    assert answer.hits[0].location.path == "old.md"
    assert answer.hits[0].signals.cosine is None


def test_nothing_relevant_names_the_closest_miss(many: Path, minilm: MiniLM) -> None:
    """Which a lower threshold shows."""
    semsearch.rebuild(many, embedder=minilm, settings=Settings())
    answer = semsearch.search("How do volcanoes erupt?", index=many, embedder=minilm)
    assert answer.hits == ()
    assert answer.closest is not None
    assert answer.closest.relevance < 0.25
    shown = semsearch.search(
        "How do volcanoes erupt?", index=many, embedder=minilm, min_relevance=0
    )
    assert shown.hits[0] == answer.closest
    sure = semsearch.search("When is the rent due?", index=many, embedder=minilm, min_relevance=0.2)
    assert sure.hits


def test_more_like_a_passage_leaves_it_out(indexed: Path, words: WordEmbedder) -> None:
    """Named by its lines or its digest."""
    (indexed / "more.md").write_text("They form a dense cluster in a tree. It is warm.")
    semsearch.index(indexed, embedder=words, settings=Settings())
    with Searcher(index=indexed, embedder=words) as searcher:
        for citation in ("bees.md:5-7", "bees.md:6"):
            answer = searcher.like(citation, SearchOptions())
            assert answer.hits[0].location.path == "more.md"
            assert all(hit.location.lines != (5, 7) for hit in answer.hits)
        with pytest.raises(SettingsError):
            searcher.like("bees.md:900", SearchOptions())


def test_many_questions_are_embedded_at_once(indexed: Path) -> None:
    """And answered in their order, the same twice."""
    words = WordEmbedder(batch=100)
    questions = ["bees in winter", "hot bread", "bees in winter", "the moon -- not water"]
    with Searcher(index=indexed, embedder=words) as searcher:
        answers = list(searcher.answers(questions, SearchOptions(min_relevance=0)))
    assert [answer.query for answer in answers] == questions
    assert words.seen == ["bees in winter", "hot bread", "the moon", "water"]
    assert answers[0].hits == answers[2].hits
    alone = semsearch.search("hot bread", index=indexed, embedder=words, min_relevance=0)
    assert answers[1].hits == alone.hits


def test_a_searcher_sees_what_is_committed_meanwhile(indexed: Path, words: WordEmbedder) -> None:
    """Without being opened again."""
    with Searcher(index=indexed, embedder=words) as searcher:
        assert next(searcher.answers(["zebra"], SearchOptions(min_relevance=0))).generation == 1
        (indexed / "zebra.txt").write_text("A zebra.")
        semsearch.index(indexed, embedder=words, settings=Settings())
        answer = next(searcher.answers(["zebra"], SearchOptions(min_relevance=0)))
    assert (answer.generation, answer.hits[0].location.path) == (2, "zebra.txt")


def test_a_searcher_does_not_wait_for_a_new_generation(
    indexed: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is read, the one before answers, as long as it is kept; then it is swapped in."""
    may_load = threading.Event()

    def slow(
        directory: IndexDirectory, before: LoadedIndexes | None, *, by_words_alone: bool
    ) -> LoadedIndexes:
        may_load.wait(30)
        return load_newest_derived(directory, before, by_words_alone=by_words_alone)

    with Searcher(index=indexed, embedder=words) as searcher:

        def ask() -> Answer:
            return next(searcher.answers(["zebra"], SearchOptions(min_relevance=0)))

        assert ask().generation == 1
        monkeypatch.setattr("semsearch.query.searcher.load_newest_derived", slow)
        searcher.swap_seconds = 0.01
        (indexed / "zebra.txt").write_text("A zebra.")
        semsearch.index(indexed, embedder=words, settings=Settings())
        assert ask().generation == 1
        may_load.set()
        searcher.swap_seconds = 30
        assert ask().generation == 2
        may_load.clear()
        searcher.swap_seconds = 0.01
        for name in ("horse", "mule"):  # what was shown is kept no longer
            (indexed / f"{name}.txt").write_text(f"A {name}.")
            semsearch.index(indexed, embedder=words, settings=Settings())
        assert ask().generation == 4
        may_load.set()


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


def test_what_hits_should_be_unlike_pushes_them_down(tmp_path: Path, words: WordEmbedder) -> None:
    """A -- not B."""
    (tmp_path / "snake.txt").write_text("python snake in the jungle")
    (tmp_path / "code.txt").write_text("python program in the shell")
    semsearch.index(tmp_path, embedder=words, settings=Settings())
    for unlike, first in (("jungle snake", "code.txt"), ("shell program", "snake.txt")):
        answer = semsearch.search(f"python -- not {unlike}", index=tmp_path, embedder=words)
        assert answer.hits[0].location.path == first


def test_copies_are_one_hit(indexed: Path, words: WordEmbedder) -> None:
    """With all their places."""
    for name in ("a.txt", "b.txt"):
        (indexed / name).write_text((indexed / "bread.txt").read_text())
    semsearch.index(indexed, embedder=words, settings=Settings())
    answer = semsearch.search("hot bread dough", index=indexed, embedder=words)
    places = [answer.hits[0].location, *answer.hits[0].copies]
    assert [place.path for place in places] == ["a.txt", "b.txt", "bread.txt"]
    assert len({hit.digest for hit in answer.hits}) == len(answer.hits)


def test_words_alone_want_no_key(indexed: Path) -> None:
    """Of the server that made the index's vectors: it is not asked."""
    paid = WordEmbedder("mistral:mistral-embed")
    semsearch.rebuild(indexed, embedder=paid, settings=Settings())
    answer = semsearch.search("bread", index=indexed, settings=Settings(), mode="keyword")
    assert answer.hits[0].location.path == "bread.txt"
    with Searcher(index=indexed, settings=Settings()) as searcher:
        assert searcher.like("bees.md:5-7", SearchOptions(min_relevance=0)).hits
