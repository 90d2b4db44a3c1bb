"""Rows of a collection that no semsearch has written: each is told as damage, and nothing else."""

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fakes.memory_engine import MemoryEngine
from fakes.published import PublishedFolder, in_memory
from semsearch.errors import IndexDamaged
from semsearch.query.scoring import Mode
from semsearch.store.collection.blob_format import packed, unpacked

QUESTIONS = ("bees lang:en", '"keep warm" file:*.md', "wint*")


@pytest.fixture
def engine() -> MemoryEngine:
    """An empty engine."""
    return MemoryEngine()


@pytest.fixture
def notes(tmp_path: Path, engine: MemoryEngine) -> PublishedFolder:
    """A folder that is published, with a segment of which something has gone."""
    folder = tmp_path / "notes"
    folder.mkdir()
    made = PublishedFolder(folder, in_memory(engine))
    for at in range(8):
        made.write(f"bees-{at}.md", f"# Bees {at}\n\nThe bees keep warm in winter {at}.")
    made.both()
    (folder / "bees-3.md").unlink()
    made.both()
    return made


def told(notes: PublishedFolder) -> str:
    """What is told of the damage when questions of all kinds are asked; empty without any."""
    try:
        for question in QUESTIONS:
            notes.published(question)
        with notes.reader() as reader, reader.opened() as (snapshot, _):
            snapshot.view.texts.with_digest_prefix("0")
            ids = [one.id for one in snapshot.view.documents.unchecked()]
            snapshot.view.texts.ids_in(ids)
    except IndexDamaged as damage:
        return str(damage)
    return ""


def blob_of(engine: MemoryEngine, kind: str) -> str:
    """The name of the first blob whose name has some letters."""
    return next(name for name in sorted(engine.kept) if kind in name)


PARTS = {
    "texts": "spoken",
    "digests": "digests",
    "owners": "ordinals",
    "documents-0": "paths",
    "digests-0": "digests",
    "files": "first",
    "files-0": "files",
    "words/list": "words",
    "words/block-0": "words",
    "gone-": "texts",
}


@pytest.mark.parametrize("kind", PARTS)
def test_a_blob_without_one_of_its_parts_is_damage(
    notes: PublishedFolder, engine: MemoryEngine, kind: str
) -> None:
    """Its checksum is right, so that only the reader of its parts tells it."""
    name, parts = without_part(engine, kind)
    engine.kept[name] = packed(parts)
    assert "run: semsearch publish --anew" in told(notes)


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize(
    "odd",
    [b"\xff", b"[" * 100_000, b"[[1, 2]]", np.array([1 << 62, -1])],
    ids=["no text", "deep", "lists", "numbers"],
)
def test_a_blob_with_other_values_breaks_nothing(
    notes: PublishedFolder, engine: MemoryEngine, kind: str, odd: Any
) -> None:
    """It is damage, or read as what it may be: no word has those bytes."""
    name, parts = without_part(engine, kind)
    engine.kept[name] = packed({**parts, PARTS[kind]: odd})
    assert told(notes) == "" or "run: semsearch publish --anew" in told(notes)


def without_part(engine: MemoryEngine, kind: str) -> tuple[str, dict[str, Any]]:
    """The name of the first blob of a kind, and its parts but for one."""
    name = next(one for one in sorted(engine.kept) if f"/{kind}" in one and _is(one, kind))
    parts: dict[str, Any] = dict(unpacked(engine.kept[name], name))
    del parts[PARTS[kind]]
    return name, parts


def _is(name: str, kind: str) -> bool:
    return kind.endswith("-") or name.endswith(f"/{kind}")


@pytest.mark.parametrize(
    "page",
    [b"", b"\x01", b"\x01\x03\0\0\0", b"\x04\1\0\0\0\xff\xff\xff\xff\1\1"],
    ids=["empty", "a width", "no postings", "few postings"],
)
def test_a_page_of_postings_with_other_values_is_damage(
    notes: PublishedFolder, engine: MemoryEngine, page: bytes
) -> None:
    """Its checksum is right, so that only its values tell it."""
    name = blob_of(engine, "words/page-0")
    engine.kept[name] = zlib.crc32(page).to_bytes(4, "little") + page
    assert "run: semsearch publish --anew" in told(notes)


def test_a_header_that_is_nested_deeply_is_damage(
    notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """A parser of JSON gives up on it."""
    name = blob_of(engine, "words/list")
    body = zlib.compress((1 << 20).to_bytes(4, "little") + b"[" * (1 << 20))
    engine.kept[name] = b"SSB1" + zlib.crc32(body).to_bytes(4, "little") + body
    assert "nested too deeply" in told(notes)


def _with(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest.update(values)


def _of_segment(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest["segments"][0].update(values)


@pytest.mark.parametrize(
    "change",
    [
        _with(source="another"),
        _with(segments=[[]]),
        _with(host=None),
        _of_segment(texts=1 << 40),
        _of_segment(documents=1 << 40),
        _of_segment(gone_documents=9),
        _of_segment(languages=[[]]),
    ],
)
def test_a_manifest_with_other_values_is_damage(
    notes: PublishedFolder, engine: MemoryEngine, change: Callable[[dict[str, Any]], None]
) -> None:
    """Also of numbers that no memory has room for."""
    manifest = json.loads(engine.sources["notes"])
    change(manifest)
    engine.sources["notes"] = json.dumps(manifest).encode()
    assert "run: semsearch publish --anew" in told(notes)


@pytest.mark.parametrize(
    "row",
    [
        [1, 0, [1, 2, 3], [1], [], None, 0],
        [1, 0, [], None, [], None, 0],
        [1, 0, None, None, "abc", None, 0],
        [1 << 60, 0, None, None, [], None, 0],
    ],
    ids=["lines", "no lines", "headings", "document"],
)
def test_places_with_other_values_are_damage(
    notes: PublishedFolder, engine: MemoryEngine, row: list[Any]
) -> None:
    """A row and its columns have the forms that semsearch writes."""
    for key, (vector, sentences, _, body) in list(engine.texts.items()):
        engine.texts[key] = (vector, sentences, json.dumps([row]).encode(), body)
    assert "the places of text" in told(notes)


def test_a_text_that_is_not_there_is_damage(notes: PublishedFolder, engine: MemoryEngine) -> None:
    """No answer leaves out what a manifest names."""
    del engine.texts[min(engine.texts)]
    with pytest.raises(IndexDamaged, match="run: semsearch publish --anew"):
        notes.published("bees", Mode.SEMANTIC)
    with pytest.raises(IndexDamaged, match="run: semsearch publish --anew"):
        notes.published("bees", Mode.KEYWORD)
    notes.publish(anew=True)
    assert len(notes.published("bees")) == 7


def test_a_manifest_that_is_damaged_is_replaced(
    notes: PublishedFolder, engine: MemoryEngine
) -> None:
    """By what the error says to do, and only by that."""
    engine.sources["notes"] = b"{}"
    with pytest.raises(IndexDamaged, match="run: semsearch publish --anew"):
        notes.publish()
    notes.publish(anew=True)
    assert len(notes.published("bees")) == 7
