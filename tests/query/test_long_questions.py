"""Questions that are longer than a server reads at once, which cuts them silently."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import semsearch
from fakes.truncating_server import TruncatingServer, truncating_server
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import DIRECTORY_NAME
from semsearch.store.record.connection import open_to_write

OF_THE_PROBE = "Hafenmeisterin"
LONG = "The keeper of the light walks down to the harbour before every tide. " * 25
QUESTION = LONG[:1400] + "where do the bees collect the first nectar of the year?"


@pytest.fixture
def server() -> Iterator[TruncatingServer]:
    """A server that reads 256 pieces of a text."""
    with truncating_server(256) as running:
        yield running


def settings_of(server: TruncatingServer) -> Settings:
    """Settings that name the server's embedder."""
    return Settings(embedder=f"openai:m@{server.url}", backoff_seconds=0.001)


def sent_by(server: TruncatingServer, folder: Path, *questions: str) -> list[list[str]]:
    """The texts that the server gets for each of some questions to one open index."""
    sent = []
    settings = settings_of(server)
    with Searcher(index=folder, settings=settings) as ask:
        for question in questions:
            del server.texts[:]
            ask(question)
            sent.append(list(server.texts))
    return sent


def indexed(server: TruncatingServer, folder: Path, text: str) -> Path:
    """A folder with one document, indexed."""
    (folder / "a.txt").write_text(text)
    semsearch.index(folder, settings=settings_of(server))
    return folder


def test_a_question_goes_in_parts_by_what_the_index_knows(
    server: TruncatingServer, tmp_path: Path
) -> None:
    """Nothing is measured again, and the server reads each part whole."""
    folder = indexed(server, tmp_path, LONG[:1400])
    (parts,) = sent_by(server, folder, QUESTION)
    assert "".join(parts) == QUESTION
    assert len(parts) > 1
    assert all(server.answer([part]) != server.answer([part[:-4]]) for part in parts)


def test_where_no_passage_was_long_a_long_question_measures_the_server_once(
    server: TruncatingServer, tmp_path: Path
) -> None:
    """The first long question of a process sends the probe, the next one only its parts."""
    folder = indexed(server, tmp_path, "The keeper walks down.")
    first, second = sent_by(server, folder, QUESTION, QUESTION + " and when?")
    assert any(OF_THE_PROBE in text for text in first)
    assert not any(OF_THE_PROBE in text for text in second)
    assert len(second) > 1


def test_a_short_question_is_one_text(server: TruncatingServer, tmp_path: Path) -> None:
    """It asks for no probe, whatever is known of the server."""
    folder = indexed(server, tmp_path, "The keeper walks down.")
    assert sent_by(server, folder, "when does the keeper walk?") == [["when does the keeper walk?"]]


def test_the_end_of_a_long_question_counts(server: TruncatingServer, tmp_path: Path) -> None:
    """Of two documents the one that the end of the question is about comes first."""
    (tmp_path / "bees.txt").write_text("nectar bees nectar bees nectar first year collect bees")
    (tmp_path / "clay.txt").write_text("pots clay pots clay pots kiln glaze wheel clay")
    semsearch.index(tmp_path, settings=settings_of(server))
    padding = "##### " * 60
    with Searcher(index=tmp_path, settings=settings_of(server)) as ask:
        hits = [
            ask(padding + end * 12, mode="semantic", min_relevance=0).hits[0].location.path
            for end in ("nectar bees collect ", "pots clay kiln ")
        ]
    assert hits == ["bees.txt", "clay.txt"]


def test_a_long_text_is_compared_whole(server: TruncatingServer) -> None:
    """Two texts that differ behind what the server reads at once are not alike."""
    found = semsearch.similarity([QUESTION, LONG[:1400] + "|" * 60], settings=settings_of(server))
    assert found.matrix[0, 1] < 0.9999


def test_a_damaged_note_of_the_server_keeps_no_question_from_its_answer(
    server: TruncatingServer, tmp_path: Path
) -> None:
    """What it said is measured again."""
    folder = indexed(server, tmp_path, "The keeper walks down.")
    with open_to_write(folder / DIRECTORY_NAME / "index.sqlite") as connection:
        changed = "update note set value = value || ' ' where name like 'experience %'"
        assert connection.execute(changed).rowcount == 1
    assert sent_by(server, folder, "when does the keeper walk?") == [["when does the keeper walk?"]]
