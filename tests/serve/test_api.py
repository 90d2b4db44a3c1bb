"""The JSON API: as the command line prints it, as its description says."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jsonschema
import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from fakes.web_server import Web, web_server
from semsearch.serve.openapi import openapi_document
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.notes.tags import TAGS, as_note
from semsearch.store.writer import open_writer

if TYPE_CHECKING:
    from conftest import Run

DESCRIPTION = openapi_document("1.2.3")
SCHEMAS = DESCRIPTION["components"]


def is_as_described(reply: Any, path: str) -> None:
    """Whether an answer has the members that its description names, and no other."""
    responses = DESCRIPTION["paths"][path]["get"]["responses"]
    kind = "200" if reply.status == 200 else "default"
    content = responses[kind]["content"][reply.headers["content-type"]]["schema"]
    jsonschema.validate(reply.json(), {**content, "components": SCHEMAS})


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Path]]:
    """A server of the indexes work and home, and of one that is gone; its settings."""
    place = tmp_path_factory.mktemp("several")
    texts = {"work": "# Notice\n\nThree months of notice.\n", "home": "Bees keep warm.\n"}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SEMSEARCH_CONFIG", str(place / "settings.toml"))
        lines = []
        for name, text in texts.items():
            (place / name).mkdir()
            (place / name / "notes.md").write_text(text)
            index(place / name, WordEmbedder())
            lines.append(f'{name} = "{place / name}"')
        (place / "settings.toml").write_text(
            "\n".join(["[indexes]", *lines, f'gone = "{place / "gone"}"', ""])
        )
        names = ["work", "home", "gone"]
        with web_server(None, WordEmbedder(), names=names) as web:
            yield web, place / "settings.toml"


@pytest.fixture
def several(served: tuple[Web, Path], monkeypatch: pytest.MonkeyPatch) -> Web:
    """The server of several indexes, with its settings in the environment of the test."""
    web, settings = served
    monkeypatch.setenv("SEMSEARCH_CONFIG", str(settings))
    return web


REQUESTS = [
    "/api/search?q=honey+bees",
    "/api/search?q=honey+bees&mark=1&limit=1&mode=keyword&merge=0",
    "/api/search?q=honey+bees&path=*.md&type=md&lang=en&since=2000-01-01&min_relevance=0.5",
    "/api/search?q=zzzz",
    "/api/search?like=bees.md:3",
    "/api/search?q=bees&mode=none",
    "/api/search",
    "/api/passage?citation=bees.md:3&context=1",
    "/api/passage?citation=none.md",
    "/api/documents",
    "/api/documents?limit=1&after=bees.md",
    "/api/indexes",
    "/api/status",
    "/api/status?index=none",
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_answers_are_as_the_description_says(guarded: Web, request_: str) -> None:
    """Problems, too; the description is that which is served."""
    is_as_described(guarded.get(request_), request_.partition("?")[0])
    assert guarded.get("/openapi.json").json() == DESCRIPTION


@pytest.mark.parametrize(
    "request_",
    [
        "/api/search?q=notice",
        "/api/search?q=bees&in=home&in=work",
        "/api/search?q=bees&in=elsewhere",
        "/api/search?like=notes.md:1&index=home",
        "/api/passage?citation=notes.md:1&index=work",
        "/api/indexes",
        "/api/status?index=home",
        "/api/status",
    ],
)
def test_answers_of_several_indexes_are_as_described(several: Web, request_: str) -> None:
    """With the name of the index of each hit."""
    is_as_described(several.get(request_), request_.partition("?")[0])


def test_each_path_of_the_description_is_answered(guarded: Web) -> None:
    """And its parameters are known, each by a value that is checked."""
    for path, operations in DESCRIPTION["paths"].items():
        assert guarded.get(path).status in (200, 400)
        for parameter in operations["get"]["parameters"]:
            others = [one for one in operations["get"]["parameters"] if one["required"]]
            given = {one["name"]: "bees.md" for one in others}
            given[parameter["name"]] = "x" * 6000
            reply = guarded.get(f"{path}?{urlencode(given)}")
            assert reply.json()["detail"].startswith(f"{parameter['name']} must be")


def test_a_search_is_what_the_command_prints(shelf: Path, guarded: Web) -> None:
    """By the same names, with the notices and the marked sentence that JSON on stdout lacks."""
    told = guarded.get("/api/search?q=honey+bees&limit=5&merge=0").json()
    answer = semsearch.search("honey bees", index=shelf, embedder=WordEmbedder())
    printed = json.loads(json.dumps(answer.to_dict()))
    assert told.pop("notices") == list(answer.notices)
    assert told == printed
    marked = guarded.get("/api/search?q=honey+bees&mark=1").json()["hits"][0]
    start, end = marked["marked"]
    assert marked["text"][start:end] == "Honey bees keep warm."


def test_hits_of_several_indexes_are_merged(several: Web) -> None:
    """One that cannot be asked is named, with its exit code."""
    told = several.get("/api/search?q=bees+keep+warm").json()
    assert [(hit["index"], hit["path"]) for hit in told["hits"]] == [("home", "notes.md")]
    assert [(one["name"], one["exit_code"]) for one in told["failed"]] == [("gone", 2)]
    assert [one["error"] is None for one in several.get("/api/indexes").json()["indexes"]] == [
        True, True, False,
    ]  # fmt: skip
    assert several.get("/api/search?q=bees&in=work").json()["hits"] == []


def test_documents_come_in_pages(guarded: Web) -> None:
    """By the path of the last one."""
    first = guarded.get("/api/documents?limit=2").json()
    rest = guarded.get(f"/api/documents?after={first['documents'][-1]['path']}").json()
    paths = [one["path"] for one in first["documents"] + rest["documents"]]
    assert (first["more"], rest["more"]) == (True, False)
    assert paths == ["bees.md", "evil.html", "said.txt", "sub/fake.pdf.txt"]


def test_a_new_generation_is_served_by_itself(corpus: Path, words: WordEmbedder) -> None:
    """Without a restart, and without a word."""
    index(corpus, words)
    with web_server(corpus, words) as web:
        assert web.get("/api/search?q=zebra+crossing").json()["hits"] == []
        (corpus / "zebra.txt").write_text("A zebra crossing.\n")
        index(corpus, words)
        found = web.get("/api/search?q=zebra+crossing").json()
        assert [hit["path"] for hit in found["hits"]] == ["zebra.txt"]
        assert found["generation"] == 2


def test_an_index_made_anew_in_its_place_is_the_one_that_is_mapped(
    tmp_path: Path, words: WordEmbedder
) -> None:
    """Its generations count from 1 again, as those of the index before it."""
    for number, subject in enumerate(("bees", "tides", "bread", "knots", "stars", "moles")):
        (tmp_path / f"{number}.txt").write_text(f"All about {subject}, number {number}.\n")
    index(tmp_path, words)
    with web_server(tmp_path, words) as web:
        before = web.get("/api/map").json()
        shutil.rmtree(tmp_path / ".semsearch")
        (tmp_path / "later.txt").write_text("A zebra crossing.\n")
        time.sleep(1.0 - time.time() % 1.0)  # the time of a generation is in whole seconds
        index(tmp_path, words)
        after = web.get("/api/map").json()
    assert before["generation"] == after["generation"] == 1
    assert len(after["points"]) == len(before["points"]) + 1


def test_tags_of_after_the_start_can_be_filtered_by(corpus: Path, words: WordEmbedder) -> None:
    """They come without a new generation of the index."""
    index(corpus, words)
    with web_server(corpus, words) as web:
        assert "<option>invoice</option>" not in web.get("/").text
        with open_writer(IndexDirectory(corpus / ".semsearch")) as writer:
            writer.notes.put(TAGS, as_note({"invoice": [b"digest"]}))
        assert "<option>invoice</option>" in web.get("/").text


def test_questions_are_sent_while_typed_only_where_no_server_is_asked(
    corpus: Path, words: WordEmbedder, documents: Path
) -> None:
    """As the index is now, not as it was when the server started."""
    shutil.copytree(documents / ".semsearch", corpus / ".semsearch")
    with web_server(corpus) as web:
        assert 'data-typing="yes"' in web.get("/").text
        shutil.rmtree(corpus / ".semsearch")
        index(corpus, words)
        assert 'data-typing="no"' in web.get("/").text


@pytest.mark.parametrize(
    ("wanted", "status", "part", "told"),
    [
        (None, 200, slice(None), None),
        ("bytes=0-3", 206, slice(0, 4), "bytes 0-3/52"),
        ("bytes=48-", 206, slice(48, None), "bytes 48-51/52"),
        ("bytes=-4", 206, slice(-4, None), "bytes 48-51/52"),
        ("bytes=48-999", 206, slice(48, None), "bytes 48-51/52"),
        ("bytes=0-51", 200, slice(None), None),
        ("bytes=-999", 200, slice(None), None),
        ("bytes=0-1,3-4", 200, slice(None), None),
        ("lines=1-2", 200, slice(None), None),
        ("bytes=52-", 416, None, "bytes */52"),
        ("bytes=9-3", 200, slice(None), None),
    ],
)
def test_a_range_of_a_file_is_sent(
    guarded: Web, shelf: Path, wanted: str | None, status: int, part: Any, told: str | None
) -> None:
    """One range; several are answered by the whole file (RFC 9110)."""
    content = (shelf / "bees.md").read_bytes()
    assert len(content) == 52
    reply = guarded.get("/file?path=bees.md", *([("Range", wanted)] if wanted else []))
    assert (reply.status, reply.headers.get("content-range")) == (status, told)
    assert part is None or reply.body == content[part]


@pytest.mark.skipif(os.name == "nt", reason="names are text on this system")
def test_names_that_are_no_text_are_served(tmp_path: Path, words: WordEmbedder) -> None:
    """A file name of other bytes than UTF-8 leads from the results to its document and file."""
    name = os.fsdecode(b"caf\xe9.txt")
    try:
        (tmp_path / name).write_text("Bees in a coffee house.\n")
    except OSError:
        pytest.skip("this file system takes no such names")
    index(tmp_path, words)
    with web_server(tmp_path, words) as web:
        assert web.get("/api/search?q=bees").json()["hits"][0]["path"] == name
        page = web.get("/document?q=bees&hit=1")
        assert '"caf\\351.txt"' in page.text.replace("&#34;", '"')
        assert b"path=caf%E9.txt" in page.body
        assert web.get("/file?path=caf%E9.txt").body == b"Bees in a coffee house.\n"


def test_what_is_wrong_is_told_before_the_server_starts(tmp_path: Path, run: "Run") -> None:
    """In one line, with the exit code of wrong usage."""
    none = run("serve", tmp_path)
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr.startswith("semsearch: there is no index")
    assert none.stderr.count("\n") == 1
