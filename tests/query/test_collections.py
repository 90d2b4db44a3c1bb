"""A collection answers as the index does that was published into it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.published_index import FOLDER, HOST, Engine, engines_for
from semsearch.errors import EmbedderMismatch, EngineUnreachable, FilesElsewhere, IndexMissing
from semsearch.query.federated import JointSearcher
from semsearch.query.options import SearchOptions
from semsearch.query.parser import Filter
from semsearch.query.scoring import Mode
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings

URI: Final = "postgresql://ann:hunter2@db.example/team"
SHOWN: Final = "postgresql://ann:***@db.example/team"
OF_COLLECTIONS: Final = ("index", "sources")


@pytest.fixture
def engine(many: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A collection with the notes as its source."""
    running = Engine(many)
    engines_for(monkeypatch, {URI: running})
    yield running


def told(answer: semsearch.Answer) -> dict[str, Any]:
    """What an answer says, without where it is from."""
    record = answer.to_dict()
    for name in OF_COLLECTIONS:
        record.pop(name, None)
    for hit in [*record["hits"], *([record["closest"]] if record["closest"] else [])]:
        hit.pop("source", None)
        hit.pop("now")
    return record


EVERY: Final = SearchOptions(min_relevance=0)
OPTIONS: Final = [
    SearchOptions(),
    SearchOptions(mode=Mode.SEMANTIC, limit=12),
    SearchOptions(mode=Mode.KEYWORD, merge=True),
    SearchOptions(filter=Filter(types=("txt",)), min_relevance=0),
    SearchOptions(filter=Filter(languages=("de",)), mark=True),
    SearchOptions(per_document=1, exact=True),
]


@pytest.mark.parametrize("options", OPTIONS)
def test_hits_are_those_of_the_index(
    engine: Engine, words: WordEmbedder, options: SearchOptions
) -> None:
    """In each mode, with filters, scores, relevance and places."""
    questions = ["the rent is due on day 7", "Miete", '"fixed term" lease', "volcano"]
    with Searcher(index=engine.index, embedder=words, settings=Settings()) as local:
        expected = [told(local(question, options)) for question in questions]
    with Searcher(index=URI, embedder=words, settings=Settings()) as remote:
        found = [remote(question, options) for question in questions]
    assert [told(answer) for answer in found] == expected
    assert {answer.index for answer in found} == {SHOWN}
    hits = [hit for answer in found for hit in answer.hits]
    assert {hit.checked for hit in hits} == {None}
    assert {hit.to_dict()["source"] for hit in hits} == {"papers"}
    assert engine.closed == 1


def test_a_filter_is_asked_once_while_nothing_is_published(
    engine: Engine, words: WordEmbedder
) -> None:
    """The state of a publication tells whether it still holds."""
    wanted = Filter(types=("txt",))
    with Searcher(index=URI, embedder=words, settings=Settings()) as searcher:
        first, second = (
            searcher.open_index.read(
                lambda opened: searcher.open_index.filters.allowed(
                    opened.records, wanted, opened.indexes.keywords
                )
            )
            for _ in range(2)
        )
        (engine.index / "new.txt").write_text("Another rent.\n")
        semsearch.index(engine.index, embedder=words, settings=Settings())
        found = searcher("rent", SearchOptions(filter=wanted, min_relevance=0))
    assert first is second
    assert "new.txt" in found.paths


@pytest.mark.parametrize("replaced", [1, 2])
def test_a_generation_that_goes_while_it_is_read_is_asked_again(
    engine: Engine, words: WordEmbedder, replaced: int
) -> None:
    """At most twice."""
    with Searcher(index=URI, embedder=words, settings=Settings()) as searcher:
        searcher("rent")
        engine.replaced = replaced
        assert searcher("rent").hits
        engine.replaced = replaced
        assert searcher.like("draft.txt", SearchOptions(min_relevance=0)).hits
    assert engine.replaced == 0


def test_a_generation_that_always_goes_is_an_error(engine: Engine, words: WordEmbedder) -> None:
    """It says to ask again, and not the password."""
    with Searcher(index=URI, embedder=words, settings=Settings()) as searcher:
        searcher("rent")
        engine.replaced = 3
        with pytest.raises(EngineUnreachable, match="3 times while it was read") as raised:
            searcher("rent")
    assert SHOWN in str(raised.value)
    assert raised.value.exit_code == 75


def test_an_engine_that_is_down_is_an_error_at_each_question(
    engine: Engine, words: WordEmbedder
) -> None:
    """And answers when it is there again."""
    engine.is_down = True
    with pytest.raises(EngineUnreachable):
        Searcher(index=URI, embedder=words)
    assert engine.closed == 1
    engine.is_down = False
    with Searcher(index=URI, embedder=words) as searcher:
        engine.is_down = True
        with pytest.raises(EngineUnreachable):
            searcher("rent")
        engine.is_down = False
        assert searcher("rent").hits


def test_passages_like_one_are_found(engine: Engine, words: WordEmbedder) -> None:
    """By a citation, or by a digest."""
    with Searcher(index=engine.index, embedder=words) as local:
        expected = [told(local.like(one, EVERY)) for one in ("draft.txt", "note07.md:1")]
        digest = local("fixed term lease").hits[0].digest
    with Searcher(index=URI, embedder=words) as remote:
        assert [told(remote.like(one, EVERY)) for one in ("draft.txt", "note07.md:1")] == expected
        assert told(remote.like(digest[:12], EVERY))["hits"] == expected[0]["hits"]


def test_the_source_stands_before_a_citation_where_several_are_asked(
    corpus: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the folder of a hit is that of its source."""
    semsearch.index(corpus, embedder=words, settings=Settings())
    engines_for(monkeypatch, {URI: Engine(corpus, ("own", "sub"))})
    with Searcher(index=URI, embedder=words) as searcher:
        answer = searcher("bowline", limit=1)
        ((hit,), sources) = answer.hits, answer.sources
        assert [one.name for one in sources] == ["own", "sub"]
        assert (hit.location.path, hit.origin) == ("sub/knots.txt", "sub")
        assert answer.corpus_of(hit) == Path(FOLDER, "sub")
    with Searcher(index=f"{URI}#semsearch/sub", embedder=words) as searcher:
        (hit,) = searcher("bowline", limit=1).hits
    assert (hit.origin, hit.source and hit.source.name) == (None, "sub")


def test_an_unknown_source_is_an_error(engine: Engine, words: WordEmbedder) -> None:
    """When the collection is opened."""
    with pytest.raises(IndexMissing, match="no such source"):
        Searcher(index=f"{URI}#semsearch/other", embedder=words)


def test_another_embedder_is_refused(engine: Engine) -> None:
    """With what can be done about it, and no password."""
    with pytest.raises(EmbedderMismatch) as raised:
        Searcher(index=URI, embedder="local:minilm")
    message = str(raised.value)
    assert message.startswith(f"the collection {SHOWN} was built by ")
    assert message.endswith(
        "run where the folder is: semsearch rebuild --embedder local:minilm@4,"
        " then semsearch publish"
    )


def test_a_collection_and_an_index_are_asked_as_one(
    engine: Engine, corpus: Path, words: WordEmbedder
) -> None:
    """One that does not answer is a failure beside the hits of the others."""
    semsearch.index(corpus, embedder=words, settings=Settings())
    settings = Settings(indexes={"team": URI, "here": str(corpus)})
    with JointSearcher(embedder=words, settings=settings) as joint:
        answer = joint("the rent and the bees keep warm", min_relevance=0, limit=60)
        engine.is_down = True
        rest = joint("bees", min_relevance=0)
    assert {hit.index for hit in answer.hits} == {"team", "here"}
    by_index = {hit.index: hit for hit in answer.hits}
    assert (by_index["here"].source, by_index["here"].checked is None) == (None, False)
    assert answer.index_of(by_index["team"]) == SHOWN
    assert answer.corpus_of(by_index["team"]) == Path(FOLDER, "papers")
    assert [one.name for one in answer.sources] == ["papers"]
    assert {hit.index for hit in rest.hits} == {"here"}
    assert [failure.name for failure in rest.failures] == ["team"]


def test_a_file_of_a_collection_is_elsewhere(engine: Engine) -> None:
    """The error says on which machine."""
    with pytest.raises(FilesElsewhere) as raised:
        semsearch.show("draft.txt:1", index=URI)
    assert f"draft.txt is on {HOST}:{FOLDER}/papers" in str(raised.value)
    with pytest.raises(semsearch.SettingsError, match="names no document"):
        semsearch.show("nothing.txt", index=URI)


def test_the_place_shows_no_password(engine: Engine, words: WordEmbedder) -> None:
    """Neither in the repr of an index, of settings and of an answer."""
    settings = Settings(index=URI, indexes={"team": URI})
    with Searcher(embedder=words, settings=settings) as searcher:
        answer = searcher("rent")
    for shown in (repr(semsearch.Index(URI)), repr(settings), repr(answer), str(answer.to_dict())):
        assert "hunter2" not in shown
    assert repr(semsearch.Index(URI)) == f"Index({SHOWN!r})"
