"""A filter that is asked again lets through what it would let through anew."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.query.filter import allowed
from semsearch.query.open_index import OpenIndex
from semsearch.query.options import SearchOptions
from semsearch.query.parser import Filter
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.notes.tags import TAGS, as_note
from semsearch.store.policy import KeywordPolicy
from semsearch.store.record.connection import open_to_write
from semsearch.store.record.note_rows import Notes

FILTERS = [
    Filter(),
    Filter(paths=("note0*", "/draft.txt")),
    Filter(paths=("note*", "!note1*")),
    Filter(paths=("!*.txt",)),
    Filter(types=("txt",)),
    Filter(not_types=("txt",), phrases=("day 7",)),
    Filter(languages=("en",), without=("draft",)),
    Filter(not_languages=("en",)),
    Filter(types=("pdf",)),
]


@pytest.mark.parametrize("wanted", FILTERS)
def test_a_filter_lets_through_the_same_again(many: Path, wanted: Filter) -> None:
    """Its documents and texts are those of a filter that is asked for the first time."""
    opened = OpenIndex(IndexDirectory(many / ".semsearch"))
    for _ in range(3):
        with opened.opened() as (snapshot, derived):
            kept = opened.filters.allowed(snapshot, wanted, derived.keywords)
            anew = allowed(snapshot, wanted, derived.keywords)
        assert kept.documents == anew.documents
        assert (kept.texts is None) == (anew.texts is None)
        assert kept.texts is None or np.array_equal(kept.texts.ids, (anew.texts or kept.texts).ids)
    opened.close()


@pytest.mark.parametrize("wanted", FILTERS)
def test_a_large_share_of_the_texts_is_not_listed(many: Path, wanted: Filter) -> None:
    """A filter that tells its texts by their documents lets through those of a list."""
    opened = OpenIndex(IndexDirectory(many / ".semsearch"))
    policy = KeywordPolicy(listed=0, listed_share=10**9)
    with opened.opened() as (snapshot, derived):
        listed = allowed(snapshot, wanted, derived.keywords)
        told = allowed(snapshot, wanted, derived.keywords, policy)
        every = snapshot.view.texts.ids()
        assert told.documents == listed.documents
        assert (told.texts is None) == (listed.texts is None)
        if told.texts is not None and listed.texts is not None:
            assert every[told.texts.has(every)].tolist() == listed.texts.ids.tolist()
            assert told.texts.ids.tolist() == listed.texts.ids.tolist()
    opened.close()


def test_it_is_asked_once_while_nothing_is_written(many: Path) -> None:
    """The answer is kept as it is."""
    opened = OpenIndex(IndexDirectory(many / ".semsearch"))
    found = []
    for _ in range(2):
        with opened.opened() as (snapshot, derived):
            found.append(opened.filters.allowed(snapshot, Filter(types=("txt",)), derived.keywords))
    opened.close()
    assert found[0] is found[1]


def test_a_commit_between_two_questions_counts(many: Path, words: WordEmbedder) -> None:
    """A filter lets through files that came, and those no more that went."""
    options = SearchOptions(filter=Filter(paths=("*.txt",)), min_relevance=0)
    with Searcher(index=many, embedder=words) as searcher:
        before = searcher("rent", options)
        (many / "new.txt").write_text("The rent is due in the new house, too.\n")
        (many / "draft.txt").unlink()
        semsearch.index(many, embedder=words, settings=Settings())
        after = searcher("rent", options)
    assert {hit.location.path for hit in before.hits} == {"draft.txt", "miete.txt"}
    assert {hit.location.path for hit in after.hits} == {"new.txt", "miete.txt"}


def test_tags_given_between_two_questions_count(many: Path, words: WordEmbedder) -> None:
    """They belong to no generation."""
    record = many / ".semsearch" / "index.sqlite"
    options = SearchOptions(filter=Filter(tags=("lease",)), min_relevance=0)
    found = []
    with Searcher(index=many, embedder=words) as searcher:
        for name in ("draft.txt", "miete.txt"):
            with open_to_write(record) as connection:
                ((digest,),) = connection.execute(
                    "select digest from document where path = ?", (name.encode(),)
                ).fetchall()
                Notes(connection).put(TAGS, as_note({"lease": [digest]}))
            found.append([hit.location.path for hit in searcher("rent", options).hits])
    assert found == [["draft.txt"], ["miete.txt"]]


def test_a_damaged_row_is_named_at_each_question(many: Path, words: WordEmbedder) -> None:
    """Not only by the question that asked the filter first."""
    with sqlite3.connect(many / ".semsearch" / "index.sqlite") as connection:
        connection.execute(
            "update document set passages = passages + 1 where path = ?", (b"note05.md",)
        )
    connection.close()
    options = SearchOptions(filter=Filter(paths=("note0*",)), limit=1)
    with Searcher(index=many, embedder=words) as searcher:
        notices = [searcher(f"day {day}", options).notices for day in (1, 2, 3)]
    assert all("a passage of document" in told[-1] for told in notices)
