"""Shards of a folder: which files each has."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.walk.companions import Companions
from semsearch.documents.walk.listing import Listing
from semsearch.documents.walk.shard import Shard
from semsearch.documents.walk.walker import Found, Unlistable, walk
from semsearch.errors import SettingsError

NAMES = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=12
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@given(PATHS, st.integers(2, 40))
def test_each_path_is_in_exactly_one_shard(path: str, count: int) -> None:
    """Whatever its letters are."""
    assert sum(Shard(number, count).has(path) for number in range(1, count + 1)) == 1


@pytest.mark.parametrize(
    ("path", "shard"),
    [
        ("bees.md", "10/16"),
        ("sub/knots.txt", "12/16"),
        ("Köln/straße.pdf", "15/16"),
        (os.fsdecode(b"caf\xe9.txt"), "5/16"),
    ],
)
def test_the_shard_of_a_path_never_changes(path: str, shard: str) -> None:
    """It is a number of the SHA-256 of its bytes, which other machines and years come to, too."""
    wanted = Shard.parse(shard)
    assert wanted is not None
    assert wanted.has(path)


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/10000", "٣/١٦", ""])
def test_what_is_no_shard_is_refused(text: str) -> None:
    """With what to give."""
    with pytest.raises(SettingsError, match="is no shard; give its number"):
        Shard.parse(text)


def test_one_of_one_is_the_whole_folder() -> None:
    """And no shard."""
    assert Shard.parse("1/1") is None
    assert str(Shard.parse("3/16")) == "3/16"


COMPANIONS = [
    ("docs/_sources/guide/install.rst.txt", "docs/guide/install.html"),
    ("docs/_sources/guide.md.txt", "docs/guide/index.html"),
    ("_sources/index.txt", "index.htm"),
    ("docs/_static/js/clock.js", "docs/_static/documentation_options.js"),
    ("docs/_static/clock.js", "docs/_static/documentation_options.js"),
    ("api/search/all_1.js", "api/doxygen.css"),
    ("api/jquery/external/jszip.js", "api/member-search-index.js"),
    ("book/theme/book.js", "book/searchindex.js"),
    ("docs/assets/javascripts/lunr/tinyseg.js", "docs/search/search_index.json"),
]


@pytest.mark.parametrize(("companion", "anchor"), COMPANIONS)
@given(count=st.integers(2, 40))
def test_a_companion_is_in_the_shard_of_its_page(companion: str, anchor: str, count: int) -> None:
    """So a shard leaves out what the whole index leaves out."""
    for number in range(1, count + 1):
        shard = Shard(number, count)
        assert shard.has(companion) == shard.has(anchor)


@pytest.mark.parametrize(("companion", "anchor"), COMPANIONS)
def test_the_table_has_companions(companion: str, anchor: str, tmp_path: Path) -> None:
    """As those of an index are told."""
    marks = (
        'id="documentation_options" DOCUMENTATION_OPTIONS oxygen memberSearchIndex "doc_urls"'
        ' "docs":'
    )
    for path in (companion, anchor):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(marks)
    assert Companions(tmp_path, list(walk(tmp_path))).why_left_out(companion) is not None


def test_a_listing_of_a_shard_has_its_files_alone(tmp_path: Path) -> None:
    """In the order of a walk; the shards together have each file once."""
    for number in range(60):
        path = tmp_path / f"{number % 5}" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(str(number))
    shards = [Shard(number, 3) for number in (1, 2, 3)]
    parts = [Listing(tmp_path, part=shard).items() for shard in shards]
    assert parts == [list(walk(tmp_path, shard)) for shard in shards]
    assert all(len(part) > 10 for part in parts)
    every = sorted(item for part in parts for item in part if isinstance(item, Found))
    assert every == sorted(item for item in walk(tmp_path) if not isinstance(item, Unlistable))
    digests = {Listing(tmp_path, part=shard).digest for shard in (None, *shards)}
    assert len(digests) == 4


def test_a_change_in_another_shard_leaves_the_digest_of_a_listing(tmp_path: Path) -> None:
    """A run of the one has nothing to do then."""
    one, other = Shard(1, 2), Shard(2, 2)
    names = [f"{number}.txt" for number in range(20)]
    for name in names:
        (tmp_path / name).write_text("a")
    before = [Listing(tmp_path, part=shard).digest for shard in (one, other)]
    changed = next(name for name in names if one.has(name))
    (tmp_path / changed).write_text("another text")
    after = [Listing(tmp_path, part=shard).digest for shard in (one, other)]
    assert (before[0] == after[0], before[1] == after[1]) == (False, True)
