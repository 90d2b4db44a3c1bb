"""The web server over a collection: what the record tells, and errors for what is a file's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from fakes.embedder import WordEmbedder
from fakes.published_index import FOLDER, HOST, Engine, engines_for
from fakes.web_server import Web, web_server
from semsearch.serve.openapi_schemas import SCHEMAS

URI: Final = "postgresql://ann:hunter2@db.example/team"
PLACE: Final = f"{HOST}:{FOLDER}/papers"


@pytest.fixture
def engine(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A collection with the documents of the shelf."""
    running = Engine(shelf)
    engines_for(monkeypatch, {URI: running})
    return running


@pytest.fixture
def web(engine: Engine) -> Iterator[Web]:
    """A server over the collection."""
    with web_server(URI, WordEmbedder(), has_token=False) as running:
        yield running


def got(web: Web, path: str, status: int = 200) -> Any:
    """The JSON at an address, or its text; neither shows the password."""
    reply = web.send(path)
    assert reply.status == status, reply.text
    assert "hunter2" not in reply.text
    return reply.json() if path.startswith("/api") else reply.text


def test_a_search_is_answered(web: Web) -> None:
    """By the API, and by the page, which says where the files are."""
    reply = web.send("/api/search?q=bees")
    jsonschema.validate(
        reply.json(), {**SCHEMAS["AnswerOfOne"], "components": {"schemas": SCHEMAS}}
    )
    found = got(web, "/api/search?q=bees")
    assert found["index"] == "postgresql://ann:***@db.example/team"
    assert {hit["source"] for hit in found["hits"]} == {"papers"}
    assert f"the files are on {PLACE}" in got(web, "/?q=bees")
    assert "4 documents" in got(web, "/")


def test_a_document_is_shown_as_it_was_published(web: Web) -> None:
    """Its passages, without a download."""
    page = got(web, "/document?cite=bees.md:5")
    assert "They form a cluster." in page
    assert f"As published on 2026-01-31; the file is on {PLACE}." in page
    assert "Download" not in page
    assert "Honey bees keep warm." in got(web, "/document?cite=bees.md&whole=1")
    shown = got(web, "/api/passage?citation=bees.md")
    jsonschema.validate(shown, {**SCHEMAS["Passage"], "components": {"schemas": SCHEMAS}})
    assert shown["source"] == "papers"
    assert "Honey bees keep warm." in [row["text"] for row in shown["rows"]]


def test_documents_are_listed(web: Web) -> None:
    """As those of an index."""
    paths = [one["path"] for one in got(web, "/api/documents")["documents"]]
    assert "bees.md" in paths
    assert got(web, "/api/indexes")["indexes"][0]["documents"] == len(paths)


@pytest.mark.parametrize("path", ["/file?path=bees.md", "/api/map", "/api/status"])
def test_what_needs_the_folder_is_a_conflict(web: Web, path: str) -> None:
    """With the machine that has the file, or what a collection is for."""
    reply = web.send(path)
    assert reply.status == 409
    assert "hunter2" not in reply.text
    told = f"bees.md is on {PLACE}" if "file" in path else "is a collection, which is only searched"
    assert told in reply.text


def test_an_engine_that_is_down_is_unavailable(web: Web, engine: Engine) -> None:
    """Until it is there again."""
    got(web, "/api/search?q=bees")
    engine.is_down = True
    problem = got(web, "/api/search?q=bees", 503)
    assert problem["exit_code"] == 75
    engine.is_down = False
    got(web, "/api/search?q=bees")
