"""Fluency is measured in the index's own texts."""

import random
from pathlib import Path

import numpy as np

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.embedders.vectors import Vectors
from semsearch.indexer.fluency import fluency_by_ranks
from semsearch.settings.schema import Settings
from semsearch.store.locate import find_index
from semsearch.store.notes.fluency import Fluency, stored_fluency
from semsearch.store.snapshot import open_snapshot

NOUNS = "Boot Turm Apfel Besen Kamin Stuhl Dach Garten Löffel Schlüssel Wagen Brücke Fluss".split()
VERBS = "steht bleibt liegt fehlt wartet hält trägt hilft kommt geht fährt fällt zählt".split()
PLACES = "Hafen Wald Dorf Keller Markt Tal Moor Feld Hof Schloss Bahnhof Laden Park".split()


class Deaf(WordEmbedder):
    """Hears no German: each text has a direction of its own."""

    def vector(self, text: str) -> Vectors:
        """A unit row."""
        if " the " in text:
            return super().vector(text)
        row = np.random.default_rng(len(text) * 1009 + ord(text[9])).normal(size=64)
        return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


def german_notes(folder: Path, count: int, start: int = 0) -> None:
    """Notes of four sentences on a thing and a place, which each of its sentences names."""
    for number in range(start, start + count):
        chosen = random.Random(number)
        thing, place = f"{chosen.choice(NOUNS)}{number}", f"{chosen.choice(PLACES)}{number}"
        text = " ".join(
            f"Der {thing} {chosen.choice(VERBS)} und {place} {chosen.choice(VERBS)}, {thing} auch."
            for _ in range(4)
        )
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")


def kept(folder: Path) -> Fluency | None:
    """The note of the folder's index."""
    with open_snapshot(find_index(Settings(index=str(folder)))) as snapshot:
        return stored_fluency(snapshot.view, snapshot.generation.embedder)


def indexed(folder: Path, embedder: WordEmbedder) -> Fluency:
    """The note after a run."""
    semsearch.index(folder, embedder=embedder, settings=Settings())
    found = kept(folder)
    assert found is not None
    return found


def test_a_model_that_does_not_know_a_language_is_found_out(tmp_path: Path) -> None:
    """By the rest of a passage that a sentence was taken out of, which words find."""
    for name, embedder, least, most in (
        ("hears", WordEmbedder(dimension=2048), 0.6, 1.0),
        ("deaf", Deaf(), 0.0, 0.2),
    ):
        folder = tmp_path / name
        folder.mkdir()
        german_notes(folder, 60)
        found = indexed(folder, embedder)
        assert (found.texts, found.shares) == (60, {"de": 1.0})
        assert least <= found.languages["de"] <= most


def test_it_is_measured_anew_when_the_index_has_doubled(tmp_path: Path) -> None:
    """Not before."""
    german_notes(tmp_path, 50)
    assert indexed(tmp_path, WordEmbedder()).texts == 50
    german_notes(tmp_path, 20, 50)
    assert indexed(tmp_path, WordEmbedder()).texts == 50
    german_notes(tmp_path, 40, 70)
    assert indexed(tmp_path, WordEmbedder()).texts == 110


def test_few_texts_are_not_measured(tmp_path: Path) -> None:
    """Only their languages are told."""
    german_notes(tmp_path, 10)
    assert indexed(tmp_path, WordEmbedder()) == Fluency(10, {"de": 1.0}, {})


class Metered(WordEmbedder):
    """Costs something."""

    def __init__(self) -> None:
        super().__init__()
        self.is_local = False


def test_an_embedder_that_costs_something_is_asked_for_nothing(tmp_path: Path) -> None:
    """Each text is embedded once, and nothing else is."""
    german_notes(tmp_path, 60)
    metered = Metered()
    found = indexed(tmp_path, metered)
    assert (found.shares, found.languages) == ({"de": 1.0}, {})
    assert len([text for text in metered.seen if text.startswith("Der ")]) == 60


def test_by_meaning_as_well_as_by_words_is_fluent() -> None:
    """And better is not more than that."""
    assert fluency_by_ranks(0.5, 0.5) == fluency_by_ranks(0.9, 0.5) == 1
    assert 0.2 < fluency_by_ranks(0.3, 0.5) < 0.5
