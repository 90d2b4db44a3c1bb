"""Words of a collection: postings in blobs, and scores as Tantivy's."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from semsearch.errors import IndexDamaged
from semsearch.store.collection.blob_format import packed, unpacked
from semsearch.store.collection.words.bm25 import (
    LENGTHS,
    inverse_frequency,
    norms_of,
    term_scores,
)
from semsearch.store.collection.words.posting_pages import (
    PAGE,
    WordBlock,
    WordList,
    block_name,
    list_name,
    page_name,
    page_postings,
    pages_of,
    word_blobs,
)
from semsearch.store.collection.words.posting_runs import PostingRuns
from semsearch.store.derived.tantivy.analyzer import words_of
from semsearch.store.derived.tantivy.index import KeywordIndex, make_keywords

Texts = Sequence[Sequence[str]]


def drawn(texts: int, words: int, seed: int) -> list[list[str]]:
    """Texts whose words are as unevenly spread as in prose; one in twenty has none."""
    draw = random.Random(seed)
    vocabulary = [f"w{number:05d}é" for number in range(words)]
    weights = [1 / (number + 1) for number in range(words)]
    sizes = [0 if draw.random() < 0.05 else draw.randint(1, 90) for _ in range(texts)]
    return [draw.choices(vocabulary, weights, k=size) for size in sizes]


def blobs_of(texts: Texts, folder: Path, most: int, merged: int) -> dict[str, bytes]:
    """The blobs of the words of some texts."""
    runs = PostingRuns(folder, most, merged)
    for words in texts:
        runs.add(words)
    assert runs.lengths().tolist() == list(map(len, texts))
    return dict(word_blobs("s/", runs.merged()))


def found(blobs: dict[str, bytes], word: str) -> list[tuple[int, int, int]]:
    """(text, how often, byte of the length) of a word."""
    number = WordList(blobs[list_name("s/")], "list").block_of(word)
    if number is None:
        return []
    place = WordBlock(blobs[block_name("s/", number)], "block").places.get(word)
    if place is None:
        return []
    rows: list[tuple[int, int, int]] = []
    for page in pages_of(place):
        own = page_postings(blobs[page_name("s/", page)], "page")
        start = max(0, place.start - page * PAGE)
        end = place.start + place.texts_with - page * PAGE
        columns = (own.ordinals, own.frequencies, own.norms)
        rows += zip(*(column[start:end].tolist() for column in columns), strict=True)
    return rows


@pytest.mark.parametrize(("most", "merged"), [(10**6, 10**6), (700, 10**6), (700, 500), (90, 20)])
def test_every_posting_of_every_word_is_found(tmp_path: Path, most: int, merged: int) -> None:
    """However many runs and parts, a word has the texts that have it, in their order."""
    texts = drawn(900, 3_000, most + merged)
    blobs = blobs_of(texts, tmp_path, most, merged)
    expected: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    norms = norms_of(np.array(list(map(len, texts)), dtype=np.int64)).tolist()
    for text, words in enumerate(texts):
        for word, often in Counter(words).items():
            expected[word].append((text, often, norms[text]))
    for word, rows in expected.items():
        assert found(blobs, word) == rows
    assert found(blobs, "absent") == found(blobs, "zzz") == found(blobs, "") == []


def test_a_frequent_word_has_pages_of_its_own(tmp_path: Path) -> None:
    """A word of 30,000 texts is in several pages, of a byte for each difference."""
    texts = [["all", *(["odd"] if at % 2 else []), f"one{at}"] for at in range(30_000)]
    blobs = blobs_of(texts, tmp_path, 50_000, 20_000)
    assert [text for text, _, _ in found(blobs, "all")] == list(range(30_000))
    assert [text for text, _, _ in found(blobs, "odd")] == list(range(1, 30_000, 2))
    assert found(blobs, "one29999") == [(29_999, 1, 3)]
    assert len(blobs[page_name("s/", 0)]) < 3.1 * PAGE


def test_words_that_begin_so_are_in_the_blocks_that_are_named(tmp_path: Path) -> None:
    """The blocks for a start hold all words that begin so."""
    texts = drawn(2_000, 3_000, 4)
    blobs = blobs_of(texts, tmp_path, 9_000, 9_000)
    every = {word for words in texts for word in words}
    listed = WordList(blobs[list_name("s/")], "list")
    for start in ("w", "w00", "w0012", "w0012", "x", "a"):
        blocks = [blobs[block_name("s/", number)] for number in listed.blocks_from(start)]
        words = {word for blob in blocks for word in WordBlock(blob, "block").words}
        wanted = {word for word in every if word.startswith(start)}
        assert wanted <= words


def test_a_text_may_have_no_words(tmp_path: Path) -> None:
    """Texts without words make an empty dictionary."""
    blobs = blobs_of([[], []], tmp_path, 10, 10)
    assert found(blobs, "word") == []
    assert list(WordList(blobs[list_name("s/")], "list").blocks_from("w")) == []


def test_bm25_is_that_of_tantivy(tmp_path: Path) -> None:
    """Scores are those of Tantivy, for texts of all lengths."""
    draw = random.Random(1)
    vocabulary = [f"z{chr(97 + at % 26)}{chr(97 + at // 26)}x" for at in range(200)]
    weights = [1 / (at + 1) for at in range(200)]
    lengths = [3, 10, 30, 39, 40, 41, 43, 57, 100, 300, 2_000]
    bodies = {
        text: " ".join(draw.choices(vocabulary, weights, k=draw.choice(lengths)))
        for text in range(1, 400)
    }
    make_keywords(tmp_path / "keywords-000001", bodies.items())
    index = KeywordIndex(tmp_path / "keywords-000001")
    words = {text: words_of(body)[1] for text, body in bodies.items()}
    mean = sum(map(len, words.values())) / len(words)
    for word in (*vocabulary[:4], *vocabulary[50:60]):
        own = {text: some.count(word) for text, some in words.items() if word in some}
        norms = norms_of(np.array([len(words[text]) for text in own], dtype=np.int64))
        often = np.minimum(np.array(list(own.values())), 255).astype(np.uint8)
        scores = term_scores(often, norms, mean, inverse_frequency(len(words), len(own)))
        best = dict(index.best(word, 400))
        assert best.keys() == own.keys()
        for text, score in zip(own, scores.tolist(), strict=True):
            assert score == pytest.approx(best[text], rel=1e-2 if own[text] > 255 else 1e-5)


def test_lengths_of_texts_are_those_of_lucene() -> None:
    """The byte of a length stands for the longest length that is not longer."""
    assert LENGTHS[:41] == tuple(range(41))
    assert LENGTHS[41:50] == (42, 44, 46, 48, 50, 52, 54, 56, 60)
    assert norms_of(np.array([0, 40, 41, 42, 59, 60], dtype=np.int64)).tolist() == [
        0, 40, 40, 41, 48, 49,
    ]  # fmt: skip


def test_what_is_packed_is_unpacked() -> None:
    """Arrays and bytes come back as they were."""
    parts = unpacked(packed({"a": np.arange(5), "b": b"", "c": b"xyz"}), "blob")
    assert parts["a"].tolist() == [0, 1, 2, 3, 4]
    assert (parts["b"].tobytes(), parts["c"].tobytes()) == (b"", b"xyz")


def test_a_damaged_blob_is_told(tmp_path: Path) -> None:
    """Any byte that differs, a cut and a blob that is not there raise ``IndexDamaged``."""
    blob = packed({"a": np.arange(50), "b": b"words"})
    (page,) = (
        blob
        for name, blob in blobs_of([["a"], ["a", "b"]], tmp_path, 10, 10).items()
        if "page" in name
    )
    for at in range(len(blob)):
        with pytest.raises(IndexDamaged, match="collection is damaged"):
            unpacked(blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :], "blob")
    for at in range(len(page)):
        with pytest.raises(IndexDamaged, match="collection is damaged"):
            page_postings(page[:at] + bytes([page[at] ^ 1]) + page[at + 1 :], "page")
    for cut in (None, b"", blob[:-1], blob[:10]):
        with pytest.raises(IndexDamaged, match="collection is damaged"):
            unpacked(cut, "blob")
