"""The keyword index ranks texts by their words."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from semsearch.errors import IndexDamaged
from semsearch.store.derived.tantivy.index import KeywordIndex, make_keywords, update_keywords
from semsearch.store.policy import KeywordPolicy
from semsearch.store.text_sets import ListedTexts


def ids(keywords: KeywordIndex, question: str, allowed: list[int] | None = None) -> set[int]:
    """The ids of the texts found."""
    among = None if allowed is None else ListedTexts(np.array(allowed, dtype=np.int64))
    return {text for text, _ in keywords.best(question, 10, among)}


TEXTS = [(1, "a red bee"), (2, "a red boat"), (3, "Größe und Maß")]


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, bytes]:
    """The folder of an index of three texts, and its digest."""
    return tmp_path / "keywords", make_keywords(tmp_path / "keywords", TEXTS)


@pytest.fixture
def keywords(made: tuple[Path, bytes]) -> KeywordIndex:
    """An open index of three texts."""
    return KeywordIndex.open(*made)


def test_any_word_of_the_question_is_enough(keywords: KeywordIndex) -> None:
    """A text needs one word of the question; case, accents and unknown words do not matter."""
    assert ids(keywords, "RED zebra?") == {1, 2}
    assert ids(keywords, "grösse") == {3}
    assert ids(keywords, "zebra") == set()
    assert ids(keywords, "…") == set()


def test_the_rarer_word_counts_more(keywords: KeywordIndex) -> None:
    """A rarer word scores higher, and no score exceeds ``most``."""
    (first, best), (second, less) = keywords.best("red bee", 10)
    assert (first, second) == (1, 2)
    assert keywords.most("red bee") >= best > 2 * less > 0


def test_the_best_of_many_that_are_allowed_are_those_of_a_list(
    made: tuple[Path, bytes], keywords: KeywordIndex
) -> None:
    """Filtering the hits finds the texts that a list finds, also if the first hits are filtered."""
    asked = [[], [2], [3], [1, 3], [1, 2, 3]]
    sets = [ListedTexts(np.array(some, dtype=np.int64)) for some in asked]
    listed = [keywords.best("red bee maß", 10, some) for some in sets]
    unlisted = KeywordIndex.open(*made, policy=KeywordPolicy(listed=-1, listed_share=10**9))
    for among, found in zip(sets[1:], listed[1:], strict=True):
        for count in (1, 2, 10):
            assert unlisted.best("red bee maß", count, among) == found[:count]


def test_any_number_may_be_asked_for(keywords: KeywordIndex) -> None:
    """A count of 10**18 allocates no memory for as many hits."""
    assert len(keywords.best("red bee", 10**18)) == 2


def test_only_what_is_allowed_is_found(keywords: KeywordIndex) -> None:
    """A filter applies before ranking, and leaves scores unchanged."""
    assert ids(keywords, "red", [2, 3]) == {2}
    assert ids(keywords, "red", []) == set()
    assert (
        dict(keywords.best("red", 10, ListedTexts(np.array([2]))))[2]
        == dict(keywords.best("red", 10))[2]
    )


def test_an_update_takes_out_what_it_takes_out(made: tuple[Path, bytes], tmp_path: Path) -> None:
    """An update writes a new folder, and leaves the old one unchanged."""
    second, third = tmp_path / "second", tmp_path / "third"
    update_keywords(made[0], second, [(4, "a green bee")], [1])
    digest = update_keywords(second, third, [], [2])
    assert ids(KeywordIndex.open(third, digest), "red bee größe") == {3, 4}
    assert ids(KeywordIndex.open(*made), "red bee größe") == {1, 2, 3}


def test_the_next_index_shares_files_with_the_one_before(
    made: tuple[Path, bytes], tmp_path: Path
) -> None:
    """An update shares segment files with the index before by hard links."""
    update_keywords(made[0], tmp_path / "second", [(4, "a green bee")], [])
    segments = {path.stat().st_ino for path in made[0].glob("*.idx")}
    assert segments <= {path.stat().st_ino for path in (tmp_path / "second").glob("*.idx")}


def test_damage_is_found_and_never_a_crash(made: tuple[Path, bytes]) -> None:
    """Damage in any file raises IndexDamaged, except in Tantivy's own lists and locks."""
    for path in list(made[0].iterdir()):
        content = path.read_bytes()
        for damaged in (b"", content[: len(content) // 2], b"\xff" * (len(content) + 1), None):
            if damaged == content:
                continue
            path.unlink()  # another file takes its place: what is mapped must not shrink
            if damaged is not None:
                path.write_bytes(damaged)
            try:
                index = KeywordIndex.open(*made)
                assert path.name.startswith(".")
                assert ids(index, "red bee") == {1, 2}
            except IndexDamaged as error:
                assert "keyword index" in str(error)
            path.unlink(missing_ok=True)
            path.write_bytes(content)
    KeywordIndex.open(*made)


def test_the_index_of_another_generation_is_refused(
    made: tuple[Path, bytes], tmp_path: Path
) -> None:
    """A whole index with another digest is refused."""
    make_keywords(tmp_path / "other", TEXTS[:2])
    shutil.rmtree(made[0])
    (tmp_path / "other").rename(made[0])
    with pytest.raises(IndexDamaged, match="not what was written"):
        KeywordIndex.open(*made)


def test_shares_stay_shares_when_most_texts_have_gone(tmp_path: Path) -> None:
    """Scores stay within their bound while deleted entries still count."""
    texts = [(n, "cat" if n < 18 else "mouse") for n in range(1, 20)]
    make_keywords(tmp_path / "keywords", texts)
    digest = update_keywords(tmp_path / "keywords", tmp_path / "next", [], range(2, 20))
    ((text, share),) = KeywordIndex.open(tmp_path / "next", digest).best("cat", 10)
    assert text == 1
    assert 0 < share <= 1


def test_deleted_texts_do_not_count_in_frequencies(tmp_path: Path) -> None:
    """Scores, bounds and counts are those of an index that never had the texts."""
    texts = [(at, f"a bee of {'moss' if at % 5 else 'heather'} {at}") for at in range(100)]
    gone = [at for at, _ in texts if at >= 30 and at % 5]
    german = [(200 + at, f"die Bienen fliegen über das Moos {at}") for at in range(5)]
    old, new, fresh = tmp_path / "old", tmp_path / "new", tmp_path / "fresh"
    make_keywords(old, [*texts, *german])
    digest = update_keywords(old, new, [], [*gone, *(at for at, _ in german)])
    updated = KeywordIndex.open(new, digest)
    kept = [(at, text) for at, text in texts if at not in gone]
    anew = KeywordIndex.open(fresh, make_keywords(fresh, kept))
    assert (updated.deleted, anew.deleted) == (len(gone) + len(german), 0)
    assert updated.entries == anew.entries == len(kept)
    for asked in ("moss", "heather", "bee", "a bee of moss 7", "moo*", "Bienen"):
        expected = dict(anew.best(asked, 100))
        assert dict(updated.best(asked, 100)) == pytest.approx(expected, rel=0.02)
        assert updated.most(asked) == pytest.approx(anew.most(asked), rel=1e-9)
    there = np.array([at for at, _ in kept], dtype=np.int64)
    present, other = updated.present("a bee of moss", there), anew.present("a bee of moss", there)
    assert present.words == other.words
    assert present.texts_with.tolist() == other.texts_with.tolist()


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    """A folder that is no index raises IndexDamaged."""
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(IndexDamaged, match="cannot be used"):
        KeywordIndex.open(tmp_path, b"")
