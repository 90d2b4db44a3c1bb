"""A collection on Milvus: in Milvus Lite, and on a server where the environment names one."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from fakes.milvus_lite import SERVER, lite_engine, lite_uri, opened, server_engine
from semsearch.errors import EmbedderMismatch, EngineRefused
from semsearch.store.collection.engine import NewTexts, key_of
from semsearch.store.collection.engines.milvus.blobs import BlobRows
from semsearch.store.collection.engines.milvus.engine import MilvusEngine
from semsearch.store.collection.engines.milvus.manifests import ManifestRows

DIMENSION = 16
KINDS = [
    "lite",
    pytest.param(
        "server",
        marks=pytest.mark.skipif(not SERVER, reason="SEMSEARCH_TEST_MILVUS names no server"),
    ),
]
NO_VALUES = {"sentences": b"", "place": b"{}", "body": "a text"}


@pytest.fixture(params=KINDS)
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MilvusEngine]:
    """A collection that is not there yet."""
    with lite_engine(tmp_path) if request.param == "lite" else server_engine() as engine:
        yield engine


@pytest.fixture
def engine(bare: MilvusEngine) -> MilvusEngine:
    """A collection without anything in it."""
    bare.prepare(DIMENSION)
    return bare


def rows(count: int, seed: int = 0) -> np.ndarray:
    """Stored vectors: nearly unit rows."""
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


def unit(vectors: np.ndarray) -> np.ndarray:
    """The unit rows of stored vectors."""
    wide = vectors.astype(np.float32)
    return wide / np.linalg.norm(wide, axis=-1, keepdims=True)


def keys_of(segment: int, count: int) -> np.ndarray:
    """The keys of the first texts of a segment."""
    return np.array([key_of(segment, ordinal) for ordinal in range(count)], dtype=np.int64)


def texts(keys: np.ndarray, vectors: np.ndarray, **values: object) -> NewTexts:
    """Texts that have one value each."""
    given = NO_VALUES | values
    return NewTexts(
        keys,
        vectors,
        [given["sentences"]] * len(keys),
        [given["place"]] * len(keys),
        [given["body"]] * len(keys),
    )


def best(keys: np.ndarray, vectors: np.ndarray, question: np.ndarray, count: int) -> list[int]:
    """The keys of the nearest vectors, by comparing them all."""
    return keys[np.argsort(-(unit(vectors) @ question), kind="stable")][:count].tolist()


def test_a_collection_that_is_not_there_has_nothing(bare: MilvusEngine) -> None:
    """Reads find nothing and make nothing; writes are refused."""
    question = unit(rows(1))[0]
    assert (dict(bare.manifests()), bare.count_texts(1), list(bare.blob_names(""))) == ({}, 0, [])
    assert (dict(bare.blobs(["a"])), bare.nearest(question, 3, [1])) == ({}, [])
    assert dict(bare.bodies(keys_of(1, 2))) == {}
    assert bare.vectors(keys_of(1, 2))[0].tolist() == []
    with pytest.raises(EngineRefused, match="no such collection"):
        bare.put_blobs([("a", b"1")])
    with pytest.raises(EngineRefused, match="no such collection"):
        bare.put_manifest("notes", b"1", None)


def test_a_reader_makes_no_folder(tmp_path: Path) -> None:
    """Reading a collection in a folder that is not there leaves it so."""
    with lite_engine(tmp_path) as engine:
        engine.manifests()
    assert list(tmp_path.iterdir()) == []


def test_another_length_of_vectors_is_refused(engine: MilvusEngine) -> None:
    """By ``prepare``, by a question and by texts."""
    engine.prepare(DIMENSION)
    with pytest.raises(EmbedderMismatch, match=f"vectors of {DIMENSION} numbers"):
        engine.prepare(DIMENSION + 1)
    with pytest.raises(EmbedderMismatch):
        engine.nearest(np.eye(1, DIMENSION + 1, dtype=np.float32)[0], 1, [1])
    with pytest.raises(EmbedderMismatch):
        engine.put_texts(texts(keys_of(1, 1), np.eye(1, DIMENSION + 1, dtype=np.float16)))


@pytest.mark.parametrize("source", ["notes", "a b/ü%_~\"'\\", "=3D", ":manifest/"])
def test_a_manifest_replaces_only_the_one_before(engine: MilvusEngine, source: str) -> None:
    """Of its source; a source whose name begins like another's is another."""
    long = os.urandom(300_000)
    assert engine.put_manifest(source + "2", b"other", None)
    assert engine.put_manifest(source, b"1", None)
    assert not engine.put_manifest(source, b"2", None)
    assert not engine.put_manifest(source, b"2", b"x")
    assert engine.put_manifest(source, long, b"1")
    assert engine.manifests() == {source: long, source + "2": b"other"}
    assert not engine.put_manifest(source, None, b"1")
    assert engine.put_manifest(source, None, long)
    assert engine.manifests() == {source + "2": b"other"}


@pytest.mark.parametrize("claims", [False, True])
def test_of_publishers_at_once_none_loses_a_manifest(engine: MilvusEngine, claims: bool) -> None:
    """A count that four threads raise by manifests is the number of their successes."""
    client = engine._connect()
    blobs = BlobRows(client, f"{engine._uri.name}_blobs")
    manifests = ManifestRows(client, blobs, 30 if claims or not client.is_lite else None)

    def raised(_: int) -> bool:
        before = manifests.all().get("notes")
        return manifests.replace("notes", str(int(before or b"0") + 1).encode(), before)

    with ThreadPoolExecutor(4) as pool:
        successes = sum(pool.map(raised, range(12)))
    assert manifests.all() == {"notes": str(successes).encode()}
    assert blobs.names(":claim/") == []


def test_the_claim_of_a_killed_publisher_ends(engine: MilvusEngine) -> None:
    """A claim that does not change is removed, and the next publisher goes on."""
    client = engine._connect()
    blobs = BlobRows(client, f"{engine._uri.name}_blobs")
    blobs.put([(":claim/notes/killed", b"")])
    assert ManifestRows(client, blobs, 2.0).replace("notes", b"1", None)
    assert blobs.names(":claim/") == []


def test_blobs_are_found_by_name_and_prefix(engine: MilvusEngine) -> None:
    """In order, of those that are there; the engine's own are nobody's."""
    engine.put_manifest("notes", b"manifest", None)
    blobs = {"p/1/a": b"", "p/1/b": b"\0\xff", "p/10": b"x" * 48_001, "q-.": b"y"}
    engine.put_blobs(blobs.items())
    assert engine.blobs([*blobs, "p", "none"]) == blobs
    assert list(engine.blob_names("p/1")) == ["p/1/a", "p/1/b", "p/10"]
    assert list(engine.blob_names("")) == sorted(blobs)
    engine.delete_blobs(["p/1/", "q", "none"])
    assert list(engine.blob_names("")) == ["p/10"]
    engine.delete_blobs([""])
    assert list(engine.blob_names("")) == []
    assert engine.manifests() == {"notes": b"manifest"}


def test_a_blob_is_replaced_whole(engine: MilvusEngine) -> None:
    """By a shorter and by a longer one, and no part of it stays."""
    own = BlobRows(engine._connect(), f"{engine._uri.name}_blobs")
    for length in (2_000_000, 10, 2_000_001, 100_000, 0):
        blob = os.urandom(length)
        engine.put_blobs([("a", b"the former of two"), ("a", blob)])
        assert engine.blobs(["a"]) == {"a": blob}
    every = own._client.rows(own._collection, 'name == "b/a"', ["id"], strong=True)
    assert [row["id"] for row in every] == ["b/a"]


def test_values_are_those_that_were_put(engine: MilvusEngine) -> None:
    """Bodies with NUL, marks and emoji, and values that are too long for a row."""
    bodies = ["", "\0 \x1b \ud7ff\n\t", "\"'\\%_{}", "\N{GRINNING FACE} é 日本", "é" * 50_000]
    bodies += ["x" * 65_535, "x" * 65_536]
    keys = keys_of(3, len(bodies))
    sentences = [b"", b"\0", os.urandom(100_000), b"", b"s", b"", b""]
    places = [b"{}", b'{"a": "\xc3\xa9"}', *[b'"' + b"p" * 70_000 + b'"'] * 5]
    engine.put_texts(NewTexts(keys, rows(len(keys)), sentences, places, bodies))
    assert engine.bodies(keys) == dict(zip(keys.tolist(), bodies, strict=True))
    assert engine.places(keys[:3]) == dict(zip(keys[:3].tolist(), places, strict=False))
    assert engine.sentences(keys) == {
        key: value for key, value in zip(keys.tolist(), sentences, strict=True) if value
    }


def test_vectors_are_those_that_were_put(engine: MilvusEngine) -> None:
    """To the bit, ascending by key, of those texts that are there."""
    keys, vectors = keys_of(1, 30), rows(30)
    engine.put_texts(texts(keys, vectors))
    found, stored = engine.vectors(np.array([*keys[[20, 3]], key_of(9, 9)]))
    assert found.tolist() == keys[[3, 20]].tolist()
    assert stored.tolist() == vectors[[3, 20]].tolist()


def test_a_text_with_a_key_is_replaced(engine: MilvusEngine) -> None:
    """Its body, vector and sentences; it counts once."""
    keys, vectors = keys_of(1, 2), rows(2)
    engine.put_texts(texts(keys, vectors, body="x" * 70_000, sentences=b"old"))
    engine.put_texts(texts(keys[:1], vectors[1:], body="new"))
    assert engine.count_texts(1) == 2
    assert engine.bodies(keys[:1]) == {keys[0]: "new"}
    assert engine.sentences(keys) == {keys[1]: b"old"}
    assert engine.vectors(keys[:1])[1].tolist() == vectors[1:].tolist()


def test_the_nearest_are_those_of_the_segments(engine: MilvusEngine) -> None:
    """With their cosines, best first, and all there are where fewer are there."""
    keys = np.concatenate([keys_of(1, 200), keys_of(2, 200), keys_of(3, 200)])
    vectors = (rows(600).astype(np.float32) * 0.995).astype(np.float16)
    engine.put_texts(texts(keys, vectors))
    question = unit(rows(1, seed=1))[0]
    for exact in (True, False):
        of_two = keys >> 32 != 2
        found = engine.nearest(question, 7, [3, 1], exact=exact)
        assert [key for key, _ in found] == best(keys[of_two], vectors[of_two], question, 7)
        cosines = dict(found)
        wanted = unit(vectors) @ question
        assert all(abs(cosines[key] - wanted[keys == key][0]) < 1e-5 for key in cosines)
        assert len(engine.nearest(question, 1000, [2], exact=exact)) == 200
    assert engine.nearest(question, 5, []) == engine.nearest(question, 0, [1]) == []
    assert engine.nearest(question, 5, [77]) == []


def test_the_nearest_among_some_are_exact(engine: MilvusEngine) -> None:
    """Under any selectivity; keys of other segments, and those that are not there, do not count."""
    keys, vectors = keys_of(1, 3000), rows(3000)
    engine.put_texts(texts(keys, vectors))
    engine.finish([1])
    question = unit(rows(1, seed=1))[0]
    for some in (keys[[5, 900, 2999]], keys[::7], keys[:2500], keys):
        found = engine.nearest(question, 50, [1], some)
        among = np.isin(keys, some)
        assert [key for key, _ in found] == best(keys[among], vectors[among], question, 50)
    assert engine.nearest(question, 5, [2], keys[:10]) == []
    strangers = np.array([keys[4], key_of(1, 99_999), key_of(2, 1)])
    assert [key for key, _ in engine.nearest(question, 5, [1, 2], strangers)] == [keys[4]]


def test_no_nan_is_sent(engine: MilvusEngine) -> None:
    """Neither in texts, of which none is kept, nor in a question."""
    vectors = rows(3)
    vectors[1, 0] = np.nan
    with pytest.raises(EngineRefused, match="NaN"):
        engine.put_texts(texts(keys_of(1, 3), vectors))
    assert engine.count_texts(1) == 0
    with pytest.raises(EngineRefused, match="NaN"):
        engine.nearest(np.full(DIMENSION, np.nan, dtype=np.float32), 1, [1])


def test_the_texts_of_a_segment_are_removed(engine: MilvusEngine) -> None:
    """With their long values, and not those of a segment whose number begins so."""
    for segment in (1, 12):
        engine.put_texts(texts(keys_of(segment, 5), rows(5), body="x" * 70_000))
    engine.delete_segments([1, 99])
    assert (engine.count_texts(1), engine.count_texts(12)) == (0, 5)
    assert dict(engine.bodies(keys_of(1, 5))) == {}
    assert engine.nearest(unit(rows(1))[0], 5, [1]) == []
    assert set(engine.bodies(keys_of(12, 5)).values()) == {"x" * 70_000}
    assert len(engine._blobs.names(":text/")) == 5


def test_a_reader_sees_what_a_manifest_names(engine: MilvusEngine) -> None:
    """At once, by an engine of its own, in texts and blobs."""
    uri = f"milvus:{engine._uri.address}#{engine._uri.name}"
    reader = opened(uri)
    question = unit(rows(1))[0]
    for generation in range(1, 4):
        before = dict(reader.manifests()).get("notes")
        engine.put_texts(texts(keys_of(generation, 50), rows(50, seed=generation)))
        engine.put_blobs([(f"words/{generation}", b"x" * generation)])
        assert engine.put_manifest("notes", str(generation).encode(), before)
        assert reader.manifests() == {"notes": str(generation).encode()}
        assert len(reader.nearest(question, 100, [generation])) == 50
        assert reader.blobs([f"words/{generation}"]) == {f"words/{generation}": b"x" * generation}
    reader.close()


def test_threads_read_while_one_writes(engine: MilvusEngine) -> None:
    """A text whose write has returned is found by each read after it, also while Milvus flushes."""
    written = 0
    question = unit(rows(1))[0]

    def counts() -> list[tuple[int, int]]:
        return [(written, len(engine.nearest(question, 10_000, [1]))) for _ in range(20)]

    with ThreadPoolExecutor(3) as pool:
        seen = [pool.submit(counts) for _ in range(3)]
        for start in range(0, 3000, 300):
            engine.put_texts(texts(keys_of(1, 3000)[start : start + 300], rows(300, seed=start)))
            written = start + 300
            if engine._connect().is_lite:
                engine._connect().flush(f"{engine._uri.name}_texts")
        assert all(before <= found for one in seen for before, found in one.result())


def test_engines_of_a_process_share_a_folder(tmp_path: Path) -> None:
    """Of Milvus Lite, and it is open until the last of them is closed."""
    first, second = opened(lite_uri(tmp_path)), opened(lite_uri(tmp_path) + "#other")
    for engine in (first, second):
        engine.prepare(DIMENSION)
    first.put_blobs([("a", b"first")])
    first.close()
    first.close()
    second.put_blobs([("a", b"second")])
    second.close()
    with lite_engine(tmp_path) as again:
        assert again.blobs(["a"]) == {"a": b"first"}
