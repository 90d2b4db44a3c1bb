"""Words → texts."""

from pathlib import Path

import pytest

from semsearch.errors import IndexDamaged
from semsearch.store.keywords import KeywordIndex, make_keywords


def ids(keywords: KeywordIndex, question: str, allowed: list[int] | None = None) -> set[int]:
    """The texts that are found."""
    return {text for text, _ in keywords.best(question, 10, allowed)}


@pytest.fixture
def keywords(tmp_path: Path) -> KeywordIndex:
    """Three texts, at generation 1."""
    texts = [(1, "a red bee"), (2, "a red boat"), (3, "Größe und Maß")]
    make_keywords(tmp_path / "keywords", 1, texts)
    return KeywordIndex.open(tmp_path / "keywords")


def test_any_word_of_the_question_is_enough(keywords: KeywordIndex) -> None:
    """Case and accents make no difference; words that nobody has do no harm."""
    assert ids(keywords, "RED zebra?") == {1, 2}
    assert ids(keywords, "grösse") == {3}
    assert ids(keywords, "zebra") == set()
    assert ids(keywords, "…") == set()


def test_the_rarer_word_counts_more(keywords: KeywordIndex) -> None:
    """The share is at most one, and is what the text has of the question's words."""
    (first, most), (second, less) = keywords.best("red bee", 10)
    assert (first, second) == (1, 2)
    assert 1 >= most > 2 * less > 0


def test_any_number_may_be_asked_for(keywords: KeywordIndex) -> None:
    """Tantivy would take memory for all of them."""
    assert len(keywords.best("red bee", 10**18)) == 2


def test_only_what_is_allowed_is_found(keywords: KeywordIndex) -> None:
    """Before ranking, and at the same scores."""
    assert ids(keywords, "red", [2, 3]) == {2}
    assert ids(keywords, "red", []) == set()
    assert dict(keywords.best("red", 10, [2]))[2] == dict(keywords.best("red", 10))[2]


def test_an_update_takes_out_what_it_takes_out(keywords: KeywordIndex, tmp_path: Path) -> None:
    """Also after it is opened again, and the generation is the last one."""
    keywords.update(2, [(4, "a green bee")], [1])
    keywords.update(3, [], [2])
    for index in (keywords, KeywordIndex.open(tmp_path / "keywords")):
        assert (ids(index, "red bee größe"), index.generation) == ({3, 4}, 3)


def test_damage_is_found_and_never_a_crash(keywords: KeywordIndex, tmp_path: Path) -> None:
    """Whichever file it is in, and whatever tantivy makes of it."""
    files = [path for path in (tmp_path / "keywords").iterdir() if path.suffix != ".lock"]
    assert keywords.is_intact
    for path in files:
        content = path.read_bytes()
        for damaged in (b"", content[: len(content) // 2], b"\xff" * len(content), None):
            path.unlink()  # another file takes its place: what is mapped must not shrink
            if damaged is not None:
                path.write_bytes(damaged)
            try:
                index = KeywordIndex.open(tmp_path / "keywords")
                assert not index.is_intact or path.name.startswith(".")
                assert index.generation in (1, None)
                index.best("red bee", 10)
            except IndexDamaged as error:
                assert "keyword index" in str(error)
            path.unlink(missing_ok=True)
            path.write_bytes(content)
    assert KeywordIndex.open(tmp_path / "keywords").is_intact


def test_shares_stay_shares_when_most_texts_have_gone(tmp_path: Path) -> None:
    """What is deleted still counts in the frequencies until it is merged away."""
    texts = [(n, "cat" if n < 18 else "mouse") for n in range(1, 20)]
    make_keywords(tmp_path / "keywords", 1, texts)
    index = KeywordIndex.open(tmp_path / "keywords")
    index.update(2, [], range(2, 20))
    ((text, share),) = index.best("cat", 10)
    assert text == 1
    assert 0 < share <= 1


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    """The caller makes it anew."""
    with pytest.raises(IndexDamaged, match="no keyword index"):
        KeywordIndex.open(tmp_path)
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(IndexDamaged, match="cannot be used"):
        KeywordIndex.open(tmp_path)
