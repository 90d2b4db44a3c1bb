"""A question → an answer with hits."""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.passage import Location, text_digest
from semsearch.embedders.local.minilm import MiniLM
from semsearch.errors import IndexMissing, SettingsError
from semsearch.query.options import SearchOptions
from semsearch.query.parser import Filter
from semsearch.query.scoring import Mode
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings

if TYPE_CHECKING:
    from conftest import WithoutRoot


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
    hits = semsearch.search(
        "hot bread dough", index=indexed, embedder=words, limit=3, min_relevance=0
    ).hits
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].location.path == "bread.txt"


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


def test_an_exact_word_is_found_below_passages_that_are_nearer(tmp_path: Path) -> None:
    """In the hybrid mode a page without a relevant passage is filled from further down."""

    class Astray(WordEmbedder):
        def vector(self, text: str):  # type: ignore[no-untyped-def]
            return super().vector(
                "apples" if "grommet" not in text or text == "grommet" else "zinc"
            )

    embedder = Astray()
    for number in range(150):
        (tmp_path / f"n{number:03}.txt").write_text(f"Row {number} has apples and pears.")
    (tmp_path / "part.txt").write_text("Press the grommet in.")
    semsearch.index(tmp_path, embedder=embedder, settings=Settings())
    answer = semsearch.search("grommet", index=tmp_path, embedder=embedder, limit=2)
    assert [hit.location.path for hit in answer.hits] == ["part.txt"]


def test_any_number_of_hits_may_be_asked_for(indexed: Path, words: WordEmbedder) -> None:
    """All of them, then; and one glob is as good as a list."""
    answer = semsearch.search("bees", index=indexed, embedder=words, limit=10**9, paths="*.md")
    assert len(answer.hits) == 2


def test_an_index_that_is_read_only_answers(
    corpus: Path, words: WordEmbedder, without_root: "WithoutRoot"
) -> None:
    """By meaning and by words, as any other: no lock is needed."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(shutil.copytree(corpus, Path(name, "corpus")))
        folder.chmod(0o755)
        semsearch.index(folder, embedder=words, settings=Settings())
        for path in (folder / ".semsearch").rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (folder / ".semsearch").chmod(0o755)
        with without_root():
            if not os.access(gettempdir(), os.W_OK, effective_ids=True):
                pytest.skip("only root may write to the folder of temporary files")
            answer = semsearch.search("bees", index=folder, embedder=words, settings=Settings())
        assert answer.hits[0].location.path == "bees.md"
        assert answer.notices == ()
        assert answer.hits[0].signals.bm25 > 0


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


def test_copies_are_one_hit(indexed: Path, words: WordEmbedder) -> None:
    """With all their places."""
    for name in ("a.txt", "b.txt"):
        (indexed / name).write_text((indexed / "bread.txt").read_text())
    semsearch.index(indexed, embedder=words, settings=Settings())
    answer = semsearch.search("hot bread dough", index=indexed, embedder=words)
    places = [answer.hits[0].location, *answer.hits[0].copies]
    assert [place.path for place in places] == ["a.txt", "b.txt", "bread.txt"]
    assert len({hit.digest for hit in answer.hits}) == len(answer.hits)


def test_a_searcher_is_called_with_a_question(indexed: Path, words: WordEmbedder) -> None:
    """Keyword arguments change single options of those that are given."""
    options = SearchOptions(limit=3, min_relevance=0)
    with Searcher(index=indexed, embedder=words) as ask:
        assert len(ask("bees bread water", options).hits) == 3
        answer = ask("bees bread water", options, limit=2, filter=Filter(types=("md",)))
        assert [hit.location.path for hit in answer.hits] == ["bees.md", "bees.md"]
        by_words = ask("honey", mode="keyword", paths="*.md")
    assert (by_words.mode, by_words.hits[0].signals.cosine) == (Mode.KEYWORD, None)
    expected = semsearch.search(
        "bees bread water",
        index=indexed,
        embedder=words,
        limit=2,
        min_relevance=0,
        filter=Filter(types=("md",)),
    )
    assert answer == expected


def test_a_question_is_repeated_as_it_was_typed(indexed: Path, words: WordEmbedder) -> None:
    """With its filters, and so is a citation."""
    with Searcher(index=indexed, embedder=words) as ask:
        assert ask(" bees  type:md").query == " bees  type:md"
        assert ask.like("bees.md:5-7").query == "bees.md:5-7"


@pytest.mark.skipif(os.name != "posix", reason="names of files are Unicode on this system")
@pytest.mark.parametrize("mode", list(Mode))
def test_a_file_whose_name_is_no_text_is_found(
    corpus: Path, words: WordEmbedder, mode: Mode
) -> None:
    """Its name may have bytes that are not UTF-8."""
    path = os.fsdecode(b"caf\xe9 goats.txt")
    (corpus / path).write_text("Goats climb trees.\n")
    semsearch.index(corpus, embedder=words, settings=Settings())
    answer = semsearch.search("goats climb", index=corpus, embedder=words, mode=mode)
    assert (answer.hits[0].location.path, answer.notices) == (path, ())


def test_names_of_documents_tell_nothing_of_a_text_that_many_have(
    tmp_path: Path, words: WordEmbedder
) -> None:
    """A footer of each report is no better an answer for the reports' names."""

    def bm25(copies: int) -> float:
        folder = tmp_path / str(copies)
        folder.mkdir()
        (folder / "other.txt").write_text("Nothing of the kind.")
        for number in range(copies):
            (folder / f"reports {number}.txt").write_text("All rights are with the authors.")
        semsearch.index(folder, embedder=words, settings=Settings())
        answer = semsearch.search(
            "rights reports", index=folder, embedder=words, mode="keyword", min_relevance=0
        )
        return answer.hits[0].signals.bm25

    assert bm25(20) > 1.5 * bm25(21) > 0
