"""Questions are embedded by the embedder of the index, and by no other."""

from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import EmbedderMismatch, SettingsError
from semsearch.query.options import SearchOptions
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings


def test_a_question_of_another_dimension_is_told(indexed: Path) -> None:
    """The embedder has changed under its name."""
    with pytest.raises(EmbedderMismatch, match="32 numbers, the index has 64"):
        semsearch.search("bees", index=indexed, embedder=WordEmbedder(dimension=32))


def test_a_change_of_embedder_during_a_question_is_told(indexed: Path, words: WordEmbedder) -> None:
    """A vector of the one means nothing among those of the other."""

    class Slow(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            semsearch.rebuild(indexed, embedder=WordEmbedder("test:b"), settings=Settings())
            yield from super().embed(texts)

    with pytest.raises(EmbedderMismatch, match="was built by test:b"):
        semsearch.search("bees", index=indexed, embedder=Slow())


@pytest.mark.parametrize("question", ["", "  \n", "x" * 10_001])
def test_a_question_that_cannot_be_asked_is_refused(
    indexed: Path, words: WordEmbedder, question: str
) -> None:
    """Empty, or longer than the embedder takes."""
    with pytest.raises(SettingsError, match="question"):
        semsearch.search(question, index=indexed, embedder=words)


def test_words_alone_need_no_embedder(many: Path) -> None:
    """Not even its key."""
    never = WordEmbedder(fails_after=0)
    answer = semsearch.search("old house", index=many, embedder=never, mode="keyword", limit=1)
    assert answer.hits[0].location.path == "old.md"
    assert answer.hits[0].signals.cosine is None


def test_words_alone_want_no_key(indexed: Path) -> None:
    """Of the server that made the index's vectors: it is not asked."""
    paid = WordEmbedder("mistral:mistral-embed")
    semsearch.rebuild(indexed, embedder=paid, settings=Settings())
    answer = semsearch.search("bread", index=indexed, settings=Settings(), mode="keyword")
    assert answer.hits[0].location.path == "bread.txt"
    with Searcher(index=indexed, settings=Settings()) as searcher:
        assert searcher.like("bees.md:5-7", SearchOptions(min_relevance=0)).hits


def test_many_questions_are_embedded_at_once(indexed: Path) -> None:
    """And answered in their order, the same twice."""
    words = WordEmbedder(batch=100)
    words.is_local = False  # else questions that name a document are embedded without the name, too
    questions = ["bees in winter", "hot bread", "bees in winter", "the moon -- not water"]
    with Searcher(index=indexed, embedder=words) as searcher:
        answers = list(searcher.answers(questions, SearchOptions(min_relevance=0)))
    assert [answer.query for answer in answers] == questions
    assert words.seen == ["bees in winter", "hot bread", "the moon", "water"]
    assert answers[0].hits == answers[2].hits
    alone = semsearch.search("hot bread", index=indexed, embedder=words, min_relevance=0)
    assert answers[1].hits == alone.hits


def test_what_hits_should_be_unlike_pushes_them_down(tmp_path: Path, words: WordEmbedder) -> None:
    """A -- not B."""
    (tmp_path / "snake.txt").write_text("python snake in the jungle")
    (tmp_path / "code.txt").write_text("python program in the shell")
    semsearch.index(tmp_path, embedder=words, settings=Settings())
    for unlike, first in (("jungle snake", "code.txt"), ("shell program", "snake.txt")):
        answer = semsearch.search(f"python -- not {unlike}", index=tmp_path, embedder=words)
        assert answer.hits[0].location.path == first
