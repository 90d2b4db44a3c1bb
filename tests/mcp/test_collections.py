"""Assistants, and pages of the web server, over a collection."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import semsearch
from fakes.published_index import FOLDER, HOST, Engine, engines_for
from semsearch.errors import SemsearchError
from semsearch.mcp.library import Library
from semsearch.mcp.tools import instructions, tools_of
from semsearch.settings.schema import Settings

URI: Final = "postgresql://ann:hunter2@db.example/team"
PLACE: Final = f"{HOST}:{FOLDER}/papers"


@pytest.fixture
def engine(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A collection of four documents."""
    semsearch.index(corpus, embedder="local:minilm")
    running = Engine(corpus)
    engines_for(monkeypatch, {URI: running})
    yield running


@pytest.fixture
def library(engine: Engine) -> Iterator[Library]:
    """The collection alone."""
    made = Library(URI, None)
    yield made
    made.close()


def called(library: Library, name: str, **given: object) -> str:
    """The text of a tool's result, which shows no password."""
    (tool,) = (one for one in tools_of(library) if one.name == name)
    text = tool.call(given, lambda *_: None)
    assert "hunter2" not in text
    return text


def test_search_says_once_where_the_files_are(library: Library) -> None:
    """Behind the passages."""
    text = called(library, "search", question="how do honey bees keep warm?")
    assert "> Honey bees keep warm." in text
    assert text.count(f"the files are on {PLACE}") == 1


@pytest.mark.parametrize(
    ("citation", "rows"),
    [
        ("bees.md:5-7", ["5 > ## Winter", "6 > ", "7 > They form a cluster. It is dense."]),
        ("bread.txt", ["1 > Bread dough rises.", "2 > ", "3 > Bake it hot."]),
    ],
)
def test_read_gives_passages_as_they_were_published(
    library: Library, citation: str, rows: list[str]
) -> None:
    """Of a place, or of all of a document; the head says of when and from where."""
    head, *found = called(library, "read", citation=citation).split("\n")
    assert head.endswith(f"(as published on 2026-01-31 from {PLACE})")
    assert [row.rstrip() for row in found] == [row.rstrip() for row in rows]


def test_read_of_a_place_that_is_not_there_is_an_error(library: Library) -> None:
    """As of an index."""
    with pytest.raises(SemsearchError, match="names no document"):
        called(library, "read", citation="nothing.md")


def test_status_tells_the_sources(library: Library) -> None:
    """With their folders, and when they were published."""
    text = called(library, "status")
    assert text.startswith("a collection of 4 documents")
    assert f"- papers: 4 documents of {PLACE}, published 2026-01-31 12:00" in text


def test_an_assistant_is_told_what_there_is(library: Library) -> None:
    """Before the first call."""
    told = instructions(library)
    assert "has 4 documents (2 txt, 1 html, 1 md)" in told
    assert "hunter2" not in told
    assert not library.asks_a_server()


def test_a_collection_is_one_of_several(
    engine: Engine, corpus: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its citations are read back by the name of the index, and of the source if there are more."""
    file = tmp_path / "config.toml"
    file.write_text(f'[indexes]\nteam = "{URI}"\nhere = "{corpus}"\n')
    file.chmod(0o600)
    monkeypatch.setenv("SEMSEARCH_CONFIG", str(file))
    engine.names = ("own", "sub")
    library = Library(None, ["team", "here"])
    text = called(library, "search", question="bowline", indexes=["team"])
    assert "1. team/sub: sub/knots.txt:1 " in text
    assert "A bowline" in called(library, "read", citation="team/sub: sub/knots.txt:1")
    library.close()


def test_an_engine_that_is_down_is_told(engine: Engine, library: Library) -> None:
    """In what an assistant gets first, too, without the password."""
    engine.is_down = True
    assert "postgresql://ann:***@db.example/team does not answer" in instructions(library)
    assert "hunter2" not in instructions(library)


def test_retrievers_ask_a_collection(engine: Engine) -> None:
    """By the URI in the place of the index; the metadata has no standing."""
    from semsearch.integrations.found_passages import FoundPassages
    from semsearch.query.options import SearchOptions

    asked = FoundPassages(None, URI, None, SearchOptions(limit=1))
    (found,) = asked.ask("honey bees keep warm")
    asked.close()
    assert (found.metadata["path"], "standing" in found.metadata) == ("bees.md", False)
    assert found.metadata["source"] == "papers"


def test_an_index_object_asks_a_collection(engine: Engine) -> None:
    """Named as the folder or as the index."""
    for index in (semsearch.Index(URI), semsearch.Index(index=URI)):
        assert index.search("honey bees").hits[0].location.path == "bees.md"
    with pytest.raises(SemsearchError, match="is a collection"):
        semsearch.Index(URI).update()
    with pytest.raises(SemsearchError, match="is a collection"):
        semsearch.Index(index=URI, settings=Settings()).plan()
