"""Hits in a reranker's order, and what becomes of a question when it fails."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import Run

import semsearch
from fakes.cross_encoder_folder import CrossEncoderFolder
from fakes.embedder import WordEmbedder
from fakes.rerank_server import rerank_server
from semsearch.errors import EmbedderUnavailable, SettingsError
from semsearch.query.hits import Answer
from semsearch.query.options import SearchOptions
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings
from semsearch.settings.sources import load_settings

QUESTION = "honey bees keep bread hot in winter"


class Shortest:
    """Likes short passages; ``seen`` is what it was asked, and it ``fails`` when told to."""

    uri = "test:shortest"

    def __init__(self, *, fails: bool = False) -> None:
        self.seen: list[tuple[str, list[str]]] = []
        self.fails = fails

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        self.seen.append((question, list(texts)))
        if self.fails:
            raise EmbedderUnavailable("it is out of reach; try again later")
        return [-len(text) for text in texts]


def asked(corpus: Path, reranker: semsearch.Reranker | str | None, **options: object) -> Answer:
    """The answer to the question, whatever its relevance."""
    settings = Settings(**{"embedder": None, **options})  # type: ignore[arg-type]
    return semsearch.search(
        QUESTION,
        index=corpus,
        embedder=WordEmbedder(),
        reranker=reranker,
        settings=settings,
        min_relevance=0,
        limit=9,
    )


def test_hits_come_in_the_rerankers_order(indexed: Path) -> None:
    """With its score and rank; relevance and score stay what they are without it."""
    plain, reranked = asked(indexed, None), asked(indexed, Shortest())
    lengths = [len(hit.text) for hit in reranked.hits]
    assert lengths == sorted(lengths)
    assert lengths != [len(hit.text) for hit in plain.hits]
    assert [hit.signals.rerank for hit in reranked.hits] == [-length for length in lengths]
    assert [hit.signals.rerank_rank for hit in reranked.hits] == list(range(1, len(lengths) + 1))
    known = {hit.digest: (hit.relevance, hit.score) for hit in plain.hits}
    assert {hit.digest: (hit.relevance, hit.score) for hit in reranked.hits} == known
    assert (plain.reranker, reranked.reranker) == (None, "test:shortest")


def test_only_the_first_candidates_are_read_again(indexed: Path) -> None:
    """The others follow in their own order."""
    plain, reranker = asked(indexed, None), Shortest()
    reranked = asked(indexed, reranker, rerank_candidates=2)
    assert [len(texts) for _, texts in reranker.seen] == [2]
    assert reranker.seen[0][0] == QUESTION
    assert {hit.digest for hit in reranked.hits[:2]} == {hit.digest for hit in plain.hits[:2]}
    assert [hit.digest for hit in reranked.hits[2:]] == [hit.digest for hit in plain.hits[2:]]
    assert {hit.signals.rerank_rank for hit in reranked.hits[2:]} == {None}


def test_near_copies_are_put_under_the_hit_that_the_reranker_likes_better(
    tmp_path: Path, words: WordEmbedder
) -> None:
    """It comes before the page is arranged; the same text is read once."""
    text = "Honey bees keep warm in winter, and eat the honey of the summer before. "
    for name, end in (("a", "Indeed so."), ("b", "So."), ("c", "So.")):
        (tmp_path / f"{name}.txt").write_text(text * 3 + end)
    semsearch.index(tmp_path, embedder=words, settings=Settings())
    reranker = Shortest()
    (hit,) = asked(tmp_path, reranker).hits
    assert hit.location.path == "b.txt"
    assert [copy.path for copy in hit.copies] == ["c.txt", "a.txt"]
    assert len(reranker.seen[0][1]) == 2


def test_a_reranker_that_fails_costs_a_notice(indexed: Path) -> None:
    """The answer is the one without it; the other questions of the call do without, too."""
    plain, reranker = asked(indexed, None), Shortest(fails=True)
    failed = asked(indexed, reranker)
    assert failed.hits == plain.hits
    assert failed.reranker is None
    assert failed.notices == ("ranked without test:shortest: it is out of reach; try again later",)
    wanted = SearchOptions(min_relevance=0)
    with Searcher(index=indexed, embedder=WordEmbedder(), reranker=reranker) as searcher:
        first, second = searcher.answers(["bees", "bread"], wanted)
        assert (len(first.notices), len(second.notices)) == (1, 0)
        reranker.fails = False
        (third,) = searcher.answers(["bees"], wanted)
    assert third.reranker == "test:shortest"
    assert [question for question, _ in reranker.seen] == [QUESTION, "bees", "bees"]


@pytest.mark.parametrize("scores", [[1.0], [float("nan")] * 5])
def test_what_are_no_scores_counts_as_a_failure(indexed: Path, scores: list[float]) -> None:
    """Of whoever's reranker."""
    reranker = Shortest()
    reranker.scores = lambda question, texts: scores  # type: ignore[method-assign]
    answer = asked(indexed, reranker)
    assert answer.hits == asked(indexed, None).hits
    assert "finite number for each passage" in answer.notices[0]


def test_what_is_no_question_is_not_reranked(indexed: Path) -> None:
    """A passage that others should be like, and what hits should be unlike."""
    reranker = Shortest()
    with Searcher(index=indexed, embedder=WordEmbedder(), reranker=reranker) as searcher:
        searcher.like("bees.md:1-3", SearchOptions())
        list(searcher.answers(["bees -- not winter"], SearchOptions()))
    assert reranker.seen == []


def test_the_setting_names_one_and_none_takes_it_away(
    corpus: Path, tmp_path: Path, run: Run
) -> None:
    """--rerank over SEMSEARCH_RERANKER; what was ranked by is told and in the JSON."""
    folder = CrossEncoderFolder(tmp_path / "model", length=64)
    uri = f"local:{folder.path}"
    semsearch.index(corpus, embedder="local:minilm")
    ask = ("query", "honey bees keep", "--index", corpus, "--min-relevance", 0, "--mode", "keyword")
    shown = run(*ask, "--json", SEMSEARCH_RERANKER=uri)
    answer = json.loads(shown.stdout)
    assert (shown.stderr, answer["reranker"]) == ("", uri)
    (hit,) = (hit for hit in answer["hits"] if hit["path"] == "bees.md" and hit["lines"][0] == 1)
    assert hit["signals"]["rerank"] == folder.logit("honey bees keep", hit["text"])
    assert "   reranker: score " in run(*ask, "--explain", SEMSEARCH_RERANKER=uri).stdout
    without = json.loads(run(*ask, "--json", "--rerank", "none", SEMSEARCH_RERANKER=uri).stdout)
    assert without["reranker"] is None
    assert {hit["signals"]["rerank"] for hit in without["hits"]} == {None}


def test_the_command_goes_on_without_a_server_that_is_not_there(corpus: Path, run: Run) -> None:
    """One line on stderr, the hits, and exit code 0."""
    semsearch.index(corpus, embedder="local:minilm")
    with rerank_server() as server:
        url = server.url
    ask = ("query", "honey bees", "--index", corpus, "--mode", "keyword", "--rerank")
    done = run(*ask, f"rerank:m@{url}", SEMSEARCH_BACKOFF_SECONDS="0.001")
    assert done.returncode == 0
    assert done.stdout.startswith("1. ")
    assert done.stderr.startswith(f"semsearch: ranked without rerank:m@{url}: cannot reach")
    assert done.stderr.count("\n") == 1
    wrong = run(*ask, "rerank:m")
    assert (wrong.returncode, wrong.stdout) == (2, "")


def test_the_key_is_of_its_own_variable() -> None:
    """And the number of candidates has bounds."""
    settings = load_settings(environment={"RERANK_API_KEY": "k", "SEMSEARCH_CONFIG": "/dev/null"})
    assert settings.rerank_api_key is not None
    assert settings.rerank_api_key.reveal() == "k"
    for number in (0, 101):
        with pytest.raises(SettingsError, match="from 1 to 100"):
            Settings(rerank_candidates=number)
