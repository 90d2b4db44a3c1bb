"""The best sentence of a hit."""

from pathlib import Path

import semsearch
from fakes.embedder import WordEmbedder


def test_the_best_sentence_is_marked(indexed: Path, words: WordEmbedder) -> None:
    """Where it stands in the text, when asked for."""
    hit = semsearch.search("dense", index=indexed, embedder=words, mark=True).hits[0]
    assert hit.marked is not None
    assert hit.text[slice(*hit.marked)] == "It is dense."
    assert semsearch.search("dense", index=indexed, embedder=words).hits[0].marked is None


def test_a_heading_is_not_the_best_sentence(indexed: Path, words: WordEmbedder) -> None:
    """It is printed above the passage already."""
    hit = semsearch.search("winter", index=indexed, embedder=words, mark=True).hits[0]
    assert hit.text.startswith("## Winter")
    assert hit.marked is not None
    assert hit.text[slice(*hit.marked)] in ("They form a cluster.", "It is dense.")


def test_no_heading_of_merged_passages_is_the_best_sentence(
    tmp_path: Path, words: WordEmbedder
) -> None:
    """Nor one of a section that the passage only ends with."""
    for name, mark in (("a.md", "#"), ("b.org", "*"), ("c.html", "")):
        rows = ("Starter", "Stir the flour. Wait.", "Holiday", "The fridge keeps it. It sleeps.")
        text = "".join(
            (f"<h2>{row}</h2>" if not mark else f"{mark} {row}\n\n")
            if row in ("Starter", "Holiday")
            else (f"<p>{row}</p>\n" if not mark else f"{row}\n\n")
            for row in rows
        )
        (tmp_path / name).write_text(text)
    semsearch.index(tmp_path, embedder=words)
    asked = semsearch.search(
        "holiday fridge", index=tmp_path, embedder=words, mark=True, merge=True
    )
    for hit in asked.hits:
        assert "Holiday" in hit.text
        assert hit.marked is not None
        assert hit.text[slice(*hit.marked)] == "The fridge keeps it."


def test_marking_costs_nothing_with_an_embedder_that_bills(indexed: Path) -> None:
    """The words decide then, and only the question is sent."""
    paid = WordEmbedder()
    paid.is_local = False
    hit = semsearch.search("they form it densely", index=indexed, embedder=paid, mark=True).hits[0]
    assert paid.seen == ["they form it densely"]
    assert hit.marked is not None
    assert hit.text[slice(*hit.marked)] == "They form a cluster."
    assert hit.location.headings == ("Bees", "Winter")


def test_front_matter_is_not_the_best_sentence(tmp_path: Path, words: WordEmbedder) -> None:
    """A note is found by its tags, and a sentence of its text is marked."""
    note = "---\ntitle: Glacier trip\ntags: [alps, walk]\nuuid: 77aa\n---\n\n"
    (tmp_path / "glacier.md").write_text(f"{note}We roped up. The walk took a day.\n")
    semsearch.index(tmp_path, embedder=words)
    hit = semsearch.search("alps walk", index=tmp_path, embedder=words, mark=True).hits[0]
    assert "77aa" not in hit.text
    assert hit.marked is not None
    assert hit.text[slice(*hit.marked)] == "The walk took a day."
