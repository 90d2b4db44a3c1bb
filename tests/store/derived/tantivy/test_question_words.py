"""What a question asks the keyword index for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from semsearch.store.derived.tantivy.index import KeywordIndex, make_keywords
from semsearch.store.derived.tantivy.names import years_within
from semsearch.store.derived.tantivy.question_words import asked_words
from semsearch.store.protocol import DocumentName

ENGLISH = {
    1: "The red bee sat on the red rose of the hive.",
    2: "A bee is in the garden, and the cat is there, too.",
    3: "When will you come to the garden of the castle? It is open.",
}
GERMAN = {
    1: "Die Optionen für die Rechtschreibung sind im Menü, und sie sind nicht leicht zu finden.",
    2: "Die Haftpflichtversicherung zahlt den Schaden, wenn er nicht mit Absicht war.",
    3: "Der Beitrag ist im Januar fällig und wird von der Bank bezahlt.",
}


def opened(folder: Path, texts: dict[int, str]) -> KeywordIndex:
    """An index of some texts."""
    folder.mkdir(exist_ok=True)
    return KeywordIndex.open(folder / "words", make_keywords(folder / "words", texts.items()))


def ids(index: KeywordIndex, question: str) -> list[int]:
    """The texts found, best first."""
    return [text for text, _ in index.best(question, 10)]


def named(
    names: Mapping[int, Sequence[str]], passages: int = 1
) -> Mapping[int, Sequence[DocumentName]]:
    """Names of documents that have so many passages."""
    return {text: [DocumentName(name, passages) for name in some] for text, some in names.items()}


def nothing(_: str) -> list[str]:
    """No word begins so."""
    return []


def test_a_word_said_twice_counts_twice(tmp_path: Path) -> None:
    """So does the most that the question could reach."""
    index = opened(tmp_path, ENGLISH)
    once, twice = index.best("bee", 1)[0][1], index.best("bee bees", 1)[0][1]
    assert twice == pytest.approx(2 * once)
    assert index.most("bee bees") == pytest.approx(2 * index.most("bee"))


def test_function_words_count_half_and_once() -> None:
    """In full where a question is made of nothing else."""
    words = asked_words("when is the bee in the hive of the bee", ["en"], len, nothing)
    weights = {word.forms[0]: word.weight for word in words}
    assert (weights["bee"], weights["hive"], weights["the"], weights["in"]) == (2, 1, 0.5, 0.5)
    alone = asked_words("to be or not to be, that is", ["en"], len, nothing)
    assert {word.forms: word.weight for word in alone}[("be",)] == 2


def test_a_stem_of_another_language_that_no_text_has_is_not_the_rarest(tmp_path: Path) -> None:
    """A French file does not change what English words could reach by more than its size."""
    texts = {
        number: f"The {'cats' if number % 4 else 'bees'} of house {number} are in the garden."
        for number in range(20)
    }
    english = opened(tmp_path / "en", texts)
    french = {**texts, 20: "La clé de la cave est dans le tiroir, avec les papiers du notaire."}
    mixed = opened(tmp_path / "fr", french)
    assert mixed.most("bees of the garden") < 1.2 * english.most("bees of the garden")


def test_a_compound_asks_for_its_parts(tmp_path: Path) -> None:
    """Not in a language that does not join words."""
    index = opened(tmp_path, GERMAN)
    assert ids(index, "Rechtschreibungsoptionen") == [1]
    assert ids(index, "Bankbeitrag") == [3]
    assert asked_words("Rechtschreibungsoptionen", ["en"], len, nothing)[1:] == []


def test_a_star_stands_for_the_rest_of_a_word(tmp_path: Path) -> None:
    """With or without accents and capitals; below three letters it means nothing."""
    index = opened(tmp_path, GERMAN)
    assert ids(index, "haftpflicht*") == [2]
    assert ids(index, "Haftpflicht") == []
    assert ids(index, "FÄLL*") == [3]
    assert ids(index, "Ha*") == []
    assert index.texts_with_all("Haftpfl*").tolist() == [2]
    found = index.present("Haftpflicht*", index.texts_in(["de"]))
    assert found.present.any(axis=1).tolist() == [False, True, False]


def test_words_of_a_name_count_where_the_text_lacks_them(tmp_path: Path) -> None:
    """By how rare they are; years also where letters stand before them."""
    index = opened(tmp_path, ENGLISH)
    names = named({3: ["plans/Bees_2018"], 2: ["Castles"], 1: ["ideas", "bee castle"]})
    told = index.told_by_names("the bee in the castle of FY2018", names).bm25
    assert told.keys() == {1, 2, 3}
    assert told[1] == pytest.approx(told[2])  # its text has the bee
    of_bees = index.told_by_names("the bee", names).bm25
    assert told[3] > of_bees[3] > 0  # and the year
    assert told[2] > of_bees[3]  # fewer texts have a castle
    assert index.told_by_names("the cellar", names).bm25 == {}
    assert years_within("FY2018, 2019, A2020B") == ["2018"]


def test_a_question_names_a_document_by_a_word_that_its_texts_lack(tmp_path: Path) -> None:
    """A word that two thirds of the texts of a document have, or more, is what is asked for."""
    index = opened(tmp_path, ENGLISH)  # two texts have the bee
    question = "How do Bees fly, and the bee?"
    assert index.told_by_names(question, named({1: ["bees"]}, passages=3)).naming == frozenset()
    told = index.told_by_names(question, named({1: ["bees"]}, passages=4))
    assert told.naming == {"bee", "bees"}
    two = named({1: ["bees"], 2: ["bees 2"]}, passages=2)  # together more than three
    assert index.told_by_names(question, two).naming == {"bee", "bees"}
    assert index.told_by_names("how the hat", named({1: ["the how"]}, 9)).naming == frozenset()


def test_a_name_that_is_no_text_is_read_as_far_as_it_is(tmp_path: Path) -> None:
    """Python keeps bytes of a file's name that are not UTF-8 as lone surrogates."""
    index = opened(tmp_path, ENGLISH)
    told = index.told_by_names("the bee in the castle", named({2: ["caf\udce9/Castle"]}))
    assert told.bm25.keys() == {2}


def test_a_long_question_has_few_compounds_taken_apart() -> None:
    """Each asks the index for many stems: of a thousand words only 64 have parts."""
    question = " ".join(f"wasser{number:04}haus" for number in range(1000))
    words = asked_words(question, ["de"], len, nothing)
    assert (len(words), sum(word.weight < 1 for word in words)) == (1000 + 2 * 64, 2 * 64)
