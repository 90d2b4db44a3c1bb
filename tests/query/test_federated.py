"""Several indexes asked as one."""

from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import IndexMissing, SettingsError
from semsearch.query.federated import JointSearcher, search_all
from semsearch.query.options import SearchOptions
from semsearch.settings.schema import Settings


@pytest.fixture
def folders(tmp_path: Path, words: WordEmbedder) -> Settings:
    """Two folders with an index, each of one subject, and one that is not there."""
    texts = {
        "bees": ["Honey bees keep warm in a cluster.", "The queen lays eggs all summer."],
        "sea": ["The moon pulls the water of the sea.", "A bowline neither slips nor jams."],
    }
    for name, documents in texts.items():
        (tmp_path / name).mkdir()
        for number, text in enumerate(documents):
            (tmp_path / name / f"{number}.md").write_text(text)
        semsearch.index(tmp_path / name, embedder=words)
    return Settings(indexes={name: str(tmp_path / name) for name in ("bees", "gone", "sea")})


def test_hits_of_several_indexes_are_in_the_order_of_their_relevance(
    folders: Settings, words: WordEmbedder
) -> None:
    """Each is what its own index says of it, and tells which that is."""
    wanted = SearchOptions(limit=4, min_relevance=0)
    question = "what pulls the sea away from the bees?"
    joint = search_all(question, wanted, names=["bees", "sea"], embedder=words, settings=folders)
    assert [hit.rank for hit in joint.hits] == [1, 2, 3, 4]
    relevances = [hit.relevance for hit in joint.hits]
    assert relevances == sorted(relevances, reverse=True)
    assert {hit.index for hit in joint.hits} == {"bees", "sea"}
    for name in ("bees", "sea"):
        alone = semsearch.search(
            question, index=name, embedder=words, settings=folders, min_relevance=0
        )
        own = [hit for hit in joint.hits if hit.index == name]
        assert {(hit.relevance, hit.score, hit.text) for hit in own} == {
            (hit.relevance, hit.score, hit.text) for hit in alone.hits
        }
        assert {joint.index_of(hit) for hit in own} == {alone.index}
        assert {joint.corpus_of(hit) for hit in own} == {alone.corpus}


def test_the_best_of_all_are_kept(folders: Settings, words: WordEmbedder) -> None:
    """The limit is of the answer, not of each index."""
    joint = search_all(
        "bowline", SearchOptions(limit=1), names=["bees", "sea"], embedder=words, settings=folders
    )
    assert [(hit.index, hit.location.path) for hit in joint.hits] == [("sea", "1.md")]


def test_relevance_is_one_scale_for_different_embedders(tmp_path: Path) -> None:
    """The same words have the same relevance wherever they are, so that merging is fair."""
    texts = ["Honey bees keep warm.", "A bowline neither slips nor jams.", "Bread dough rises."]
    kinds = {"wide": WordEmbedder("test:wide", dimension=256), "usual": WordEmbedder()}
    relevance = {}
    for name, embedder in kinds.items():
        (tmp_path / name).mkdir()
        for number, text in enumerate(texts):
            (tmp_path / name / f"{number}.md").write_text(text)
        semsearch.index(tmp_path / name, embedder=embedder)
        answer = semsearch.search("bowline", index=tmp_path / name, embedder=embedder)
        relevance[name] = answer.hits[0].relevance
    assert relevance["wide"] == pytest.approx(relevance["usual"], abs=0.1)


def test_a_broken_index_costs_its_hits_only(folders: Settings, words: WordEmbedder) -> None:
    """It is named, with its error."""
    joint = search_all("honey", embedder=words, settings=folders)
    assert joint.hits[0].index == "bees"
    (failure,) = joint.failures
    assert (failure.name, type(failure.error)) == ("gone", IndexMissing)


def test_when_all_are_broken_that_is_an_error(folders: Settings, words: WordEmbedder) -> None:
    """The first one's; a name of nothing is another."""
    with pytest.raises(IndexMissing, match="--index gone"):
        search_all("honey", names=["gone"], embedder=words, settings=folders)
    with pytest.raises(SettingsError, match="nothing is named 'other'"):
        search_all("honey", names=["other"], embedder=words, settings=folders)


def test_a_question_is_embedded_once(folders: Settings, words: WordEmbedder) -> None:
    """However many indexes it goes to; several questions are, too."""
    words.seen.clear()
    with JointSearcher(["bees", "sea"], embedder=words, settings=folders) as searcher:
        answers = list(searcher.answers(["honey", "moon", "honey"], SearchOptions()))
    assert words.seen == ["honey", "moon"]
    assert [answer.hits[0].index for answer in answers] == ["bees", "sea", "bees"]


def test_a_folder_within_another_gives_no_hit_twice(
    folders: Settings, words: WordEmbedder, tmp_path: Path
) -> None:
    """The same passage of the same file; the same words in another file are another hit."""
    (tmp_path / "sea" / "copy").mkdir()
    (tmp_path / "sea" / "copy" / "a.md").write_text("A bowline neither slips nor jams, they say.")
    semsearch.index(tmp_path / "sea", embedder=words)
    semsearch.index(tmp_path / "sea" / "copy", embedder=words)
    settings = Settings(
        indexes={"sea": folders.indexes["sea"], "copy": str(tmp_path / "sea" / "copy")}
    )
    joint = search_all(
        "bowline they say", SearchOptions(limit=9), embedder=words, settings=settings
    )
    found = [(hit.index, hit.location.path) for hit in joint.hits]
    assert len(found) == len(set(found))
    assert [path for _, path in found].count("a.md") + [path for _, path in found].count(
        "copy/a.md"
    ) == 1


def test_what_came_nearest_is_told_when_nothing_is_relevant(
    folders: Settings, words: WordEmbedder
) -> None:
    """Of all indexes the best, with its index."""
    joint = search_all(
        "zebra",
        SearchOptions(min_relevance=1),
        names=["bees", "sea"],
        embedder=words,
        settings=folders,
    )
    assert joint.hits == ()
    assert joint.closest is not None
    assert joint.closest.index in ("bees", "sea")


def test_the_former_name_of_the_options_is_deprecated(
    folders: Settings, words: WordEmbedder
) -> None:
    """``wanted=`` still takes the options, and says what it is called now."""
    with pytest.warns(DeprecationWarning, match="options="):
        joint = search_all(
            "the sea", wanted=SearchOptions(limit=1), embedder=words, settings=folders
        )
    assert len(joint.hits) == 1
