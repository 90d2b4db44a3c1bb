"""Filters let through exactly what matches."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pathspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import IndexDamaged, SettingsError
from semsearch.query.filter import any_match
from semsearch.query.parser import Filter
from semsearch.settings.schema import Settings


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


@pytest.mark.parametrize(
    "microseconds",
    # The quotients of the first three differ by the order in which they are rounded.
    [1716592554177596, 1797929558361510, 1783194499049777, 1_700_000_000_000_000],
)
def test_dates_are_exact(indexed: Path, words: WordEmbedder, microseconds: int) -> None:
    """A file that was modified at a time is among those since then, not those before it."""
    for path in indexed.rglob("*.*"):
        if path.is_file() and ".semsearch" not in path.parts:
            os.utime(path, ns=(0, (microseconds - 1) * 1_000))
    os.utime(indexed / "bees.md", ns=(0, microseconds * 1_000))
    semsearch.index(indexed, embedder=words, settings=Settings())
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    since = semsearch.search("bees", index=indexed, embedder=words, filter=Filter(since=time))
    before = semsearch.search("bees", index=indexed, embedder=words, filter=Filter(before=time))
    assert {hit.location.path for hit in since.hits} == {"bees.md"}
    assert {hit.location.path for hit in before.hits} == {
        "bread.txt",
        "sub/knots.txt",
        "sub/tides.html",
    }


NAMES = st.text("ab.", min_size=1, max_size=3).filter(lambda name: name.strip("."))
GLOB = st.lists(st.sampled_from(["a", "b", "*", "**", "/", "?", ".", "[ab]", "[!a]"]), min_size=1)


@given(
    st.lists(GLOB.map("".join), min_size=1, max_size=4),
    st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), max_size=8),
)
def test_globs_of_which_none_negates_match_as_pathspec_says(
    globs: list[str], paths: list[str]
) -> None:
    """One expression of all of them lets through the paths that any of them does."""
    spec = pathspec.GitIgnoreSpec.from_lines(globs)
    matches = any_match([one.regex for one in spec.patterns if one.regex is not None])
    if matches is not None:
        assert [bool(matches(path)) for path in paths] == [spec.match_file(one) for one in paths]


def test_usual_globs_are_asked_as_one_expression() -> None:
    """Names, folders and stars are usual."""
    spec = pathspec.GitIgnoreSpec.from_lines(["*.md", "/a/", "b/c*", "x/**/y", "n[0-9].txt"])
    matches = any_match([one.regex for one in spec.patterns if one.regex is not None])
    assert matches is not None
    paths = ["q/w.md", "a/b", "q/a/b", "b/cd/e", "x/1/2/y", "n7.txt", "n77.txt"]
    assert [path for path in paths if not matches(path)] == ["q/a/b", "n77.txt"]


def test_a_filter_finds_the_one_passage_among_many(tmp_path: Path, words: WordEmbedder) -> None:
    """It is applied before ranking, not to the best few."""
    for number in range(300):
        (tmp_path / f"n{number}.txt").write_text(f"Bees and honey, number {number}.")
    (tmp_path / "last.md").write_text("Nothing of the kind.")
    semsearch.index(tmp_path, embedder=words, settings=Settings())
    answer = semsearch.search("bees honey", index=tmp_path, embedder=words, paths=["*.md"])
    assert [hit.location.path for hit in answer.hits] == ["last.md"]


def test_a_path_filter_holds_for_texts_that_stand_elsewhere_too(
    indexed: Path, words: WordEmbedder
) -> None:
    """The copy that does not match is not shown."""
    (indexed / "sub" / "copy.txt").write_text((indexed / "bread.txt").read_text())
    semsearch.index(indexed, embedder=words, settings=Settings())
    answer = semsearch.search("bread", index=indexed, embedder=words, paths=["sub/"], limit=9)
    assert "bread.txt" not in {hit.location.path for hit in answer.hits}
    assert answer.hits[0].location.path == "sub/copy.txt"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("rent type:txt", {"draft.txt", "miete.txt"}),
        ("rent type:txt -draft", {"miete.txt"}),
        ("rent before:2002-01-01", {"old.md"}),
        ('rent "fixed  TERM"', {"draft.txt"}),
        ('rent "fix* TERM"', {"draft.txt"}),
        ("rent type:txt -dra*", {"miete.txt"}),
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


@pytest.mark.parametrize(
    ("text", "question", "is_found"),
    [
        ("这是一篇关于猫的文章。猫喜欢睡觉。", '"猫"', True),
        ("这是一篇关于猫的文章。猫喜欢睡觉。", '"喜欢"', True),
        ("これは検索の話です。", '"検索"', True),
        ("แมวชอบนอนหลับ", '"ชอบ"', True),
        ("这是一篇关于猫的文章。猫喜欢睡觉。", "睡觉 -猫", False),
        ("The catalogue is long.", '"cat"', False),
    ],
)
def test_exact_words_need_no_blanks_where_a_script_has_none(
    tmp_path: Path, words: WordEmbedder, text: str, question: str, is_found: bool
) -> None:
    """In other scripts they are whole words."""
    (tmp_path / "a.txt").write_text(f"{text}\n", "utf-8")
    semsearch.index(tmp_path, embedder=words)
    answer = semsearch.search(question, index=tmp_path, embedder=words, min_relevance=0)
    assert bool(answer.hits) is is_found


MISSING = "no document is of type pdf; types are txt (2), md (1), html (1)"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("bees type:pdf", [MISSING]),
        ("bees type:pdf,txt -file:*.txt", [MISSING]),
        ("bees type:.TXT,pdf", []),
        ("bees type:txt after:2100-01-01", []),
        ("bees -type:pdf", []),
    ],
)
def test_a_type_that_no_document_has_is_told(
    indexed: Path, words: WordEmbedder, question: str, expected: list[str]
) -> None:
    """Where nothing passes, the types that are missing are named, with those that there are."""
    answer = semsearch.search(question, index=indexed, embedder=words)
    assert list(answer.notices) == expected
    assert bool(answer.hits) == (question in ("bees type:.TXT,pdf", "bees -type:pdf"))
