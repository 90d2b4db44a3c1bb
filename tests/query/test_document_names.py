"""What the names and titles of documents tell beside their passages."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.names import title_in_words
from semsearch.documents.passage import text_digest
from semsearch.embedders.vectors import Vectors
from semsearch.errors import GenerationRefused
from semsearch.query.document_names import above_usual, named_vector, without_names
from semsearch.query.scoring import Signals
from semsearch.settings.schema import Settings


def titled(folder: Path, titles: dict[str, str]) -> None:
    """Pages that are alike but for their titles."""
    folder.mkdir()
    for number, (name, title) in enumerate(titles.items()):
        (folder / name).write_text(f"<title>{title}</title><p>All of them keep warm, {number}.</p>")


def signals(folder: Path, question: str, embedder: WordEmbedder, mode: str) -> dict[str, Signals]:
    """The signals of each document's first hit, best first."""
    answer = semsearch.search(
        question, index=folder, embedder=embedder, mode=mode, min_relevance=0, settings=Settings()
    )
    return {hit.location.path: hit.signals for hit in answer.hits}


def titles_with_vector(folder: Path, titles: list[str]) -> list[str]:
    """Those of some titles that have a vector in the index."""
    with closing(sqlite3.connect(folder / ".semsearch" / "index.sqlite")) as connection:
        query = "select 1 from text join vector on text = text.id where digest = ?"
        return [
            title
            for title in titles
            if connection.execute(query, (text_digest(title),)).fetchone() is not None
        ]


def test_of_documents_that_are_alike_the_title_decides(tmp_path: Path, words: WordEmbedder) -> None:
    """Where the title is not among the words of the text."""
    folder = tmp_path / "pages"
    titled(folder, {"1.html": "Wasps", "2.html": "Bees", "3.html": "Ants"})
    semsearch.index(folder, embedder=words, settings=Settings())
    found = signals(folder, "do bees keep warm", words, "hybrid")
    assert next(iter(found)) == "2.html"
    cosines = {path: one.title_cosine or 0.0 for path, one in found.items()}
    assert cosines["2.html"] > 0.3 > max(cosines["1.html"], cosines["3.html"])
    for mode in ("semantic", "keyword"):
        others = signals(folder, "do bees keep warm", words, mode)
        assert {one.title_cosine for one in others.values()} == {None}


def test_a_server_gets_no_title(tmp_path: Path, words: WordEmbedder) -> None:
    """Nothing that a file is called is sent for it, and what is asked is sent once."""
    folder = tmp_path / "pages"
    titled(folder, {"bees.html": "Bees", "wasps.html": "Wasps"})
    words.is_local = False
    semsearch.index(folder, embedder=words, settings=Settings())
    found = signals(folder, "how do bees keep warm", words, "hybrid")
    assert len(found) == 2
    assert {one.title_cosine for one in found.values()} == {None}
    assert not {"Bees", "Wasps", "bees", "wasps"}.intersection(words.seen)
    assert sum("keep warm" in text for text in words.seen) == 2 + 1


def test_only_a_new_title_is_embedded(tmp_path: Path, words: WordEmbedder) -> None:
    """The same title again, and a file that only moved, cost nothing."""
    folder = tmp_path / "pages"
    titled(folder, {"1.html": "Bees", "2.html": "Bees", "3.html": "Ants"})
    semsearch.index(folder, embedder=words, settings=Settings())
    assert sorted(words.seen[3:]) == ["Ants", "Bees"]
    words.seen.clear()
    (folder / "1.html").rename(folder / "4.html")
    (folder / "5.txt").write_text("Wings.")
    (folder / "my wasps.txt").write_text("Stings.")
    semsearch.index(folder, embedder=words, settings=Settings())
    assert words.seen == ["Wings.", "Stings.", "my wasps"]  # "5" is no name


def test_titles_of_a_refused_generation_are_not_left_out_later(
    tmp_path: Path, words: WordEmbedder
) -> None:
    """The next generation has the number of the one that was refused."""
    folder = tmp_path / "pages"
    titled(folder, {f"{number}.html": "Bees" for number in range(12)})
    semsearch.index(folder, embedder=words, settings=Settings())
    for number in range(9):
        (folder / f"{number}.html").write_text("")
    (folder / "ants.txt").write_text("Ants march.")
    with pytest.raises(GenerationRefused):
        semsearch.index(folder, embedder=words, settings=Settings())
    titled(folder / "more", {f"{number}.html": f"Wasps {number}" for number in range(9)})
    semsearch.index(folder, embedder=words, settings=Settings(), accept=True)
    assert titles_with_vector(folder, ["ants", "Wasps 0", "Wasps 8"]) == [
        "ants",
        "Wasps 0",
        "Wasps 8",
    ]


def test_a_title_is_forgotten_with_its_document(tmp_path: Path, words: WordEmbedder) -> None:
    """Titles of other documents keep their vectors."""
    folder = tmp_path / "pages"
    titled(folder, {"1.html": "Xylophones", "2.html": "Ants"})
    semsearch.index(folder, embedder=words, settings=Settings())
    assert titles_with_vector(folder, ["Xylophones", "Ants"]) == ["Xylophones", "Ants"]
    semsearch.forget("1.html", index=folder)
    assert titles_with_vector(folder, ["Xylophones", "Ants"]) == ["Ants"]
    record = (folder / ".semsearch" / "index.sqlite").read_bytes()
    assert b"ylophone" not in record
    assert signals(folder, "ants", words, "hybrid")["2.html"].title_cosine is not None


def test_a_repaired_index_gets_its_titles_again(tmp_path: Path, words: WordEmbedder) -> None:
    """With the next generation."""
    folder = tmp_path / "pages"
    titled(folder, {"1.html": "Bees", "2.html": "Ants"})
    semsearch.index(folder, embedder=words, settings=Settings())
    with closing(sqlite3.connect(folder / ".semsearch" / "index.sqlite")) as connection, connection:
        connection.execute(
            "update vector set parts = 9 where text = (select id from text where digest = ?)",
            (text_digest("Ants"),),
        )
    assert semsearch.verify(folder, full=True).damages != ()
    semsearch.repair(folder)
    assert titles_with_vector(folder, ["Bees", "Ants"]) == ["Bees"]
    (folder / "3.txt").write_text("Wings.")
    semsearch.index(folder, embedder=words, settings=Settings())
    assert titles_with_vector(folder, ["Bees", "Ants"]) == ["Bees", "Ants"]


@pytest.mark.parametrize(
    ("question", "naming", "rest"),
    [
        ("Side notes in Ledmac", {"ledmac"}, "Side notes in"),
        ("In ledmac, where are side notes?", {"ledmac"}, "In , where are side notes?"),
        ("What is ledmac?", {"ledmac"}, None),  # nothing else is asked
        ("Notes of ledmac", {"ledmac"}, "Notes of"),
        ("Side notes", {"ledmac"}, None),
        ("Side notes", set(), None),
    ],
)
def test_names_are_taken_out_of_a_question(
    question: str, naming: set[str], rest: str | None
) -> None:
    """Unless no word is left that asks for something."""
    assert without_names(question, naming) == rest


def test_a_named_question_lies_between_both() -> None:
    """Its vector is as near to the question as to the question without the name."""
    whole, rest = np.eye(2, dtype=np.float32)
    asked: list[str] = []

    def encode(question: str) -> Vectors:
        asked.append(question)
        return rest

    named = named_vector("Side notes in ledmac", {"ledmac"}, whole, encode)
    assert named.tolist() == pytest.approx([0.5**0.5] * 2)
    assert named_vector("Side notes", {"ledmac"}, whole, encode) is whole
    assert asked == ["Side notes in"]


def test_titles_count_by_what_they_tell_more_than_others() -> None:
    """So one title that all have tells nothing."""
    assert above_usual({1: 0.5, 2: 0.5}) == {1: 0.0, 2: 0.0}
    assert above_usual({}) == {}


def test_a_document_of_a_number_has_no_name() -> None:
    """Its words are those of the file where it says no title."""
    assert title_in_words("a/2024-11 (3).pdf", None) is None
    assert title_in_words("a/2024-11 report.pdf", None) == "2024 11 report"
    assert title_in_words("a/2024-11 report.pdf", "Lease") == "Lease"


@pytest.mark.parametrize("question", ["salt road", "The Salt Road", "the-salt-road", "crossings"])
def test_a_document_that_is_called_as_the_question_is_is_no_weak_answer(
    tmp_path: Path, words: WordEmbedder, question: str
) -> None:
    """By its title or its file's name, though none of its passages has the words."""
    folder = tmp_path / "stories"
    titled(folder, {"crossings.html": "The salt road", "2.html": "Salt roads of Wieliczka"})
    for number in range(30):
        (folder / f"{number}-salt.txt").write_text(f"A pinch of salt by the road, {number} times.")
    semsearch.index(folder, embedder=words, settings=Settings())

    def relevance_to(question: str) -> float:
        answer = semsearch.search(
            question, index=folder, embedder=words, min_relevance=0, limit=50, settings=Settings()
        )
        found = {hit.location.path: hit.relevance for hit in answer.hits}
        return found["crossings.html"]

    assert relevance_to(question) >= 0.5
    assert max(map(relevance_to, ["salt", "road", "the"])) < 0.5
