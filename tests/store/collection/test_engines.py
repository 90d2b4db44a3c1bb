"""What every engine of collections has to do, as ``Engine`` says."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from fakes.engine_texts import DIMENSION, directions, keys_of, new_texts, question, true_nearest
from semsearch.errors import EmbedderMismatch
from semsearch.store.collection.engine import MOST_SEGMENTS, Engine, key_of
from semsearch.store.record.vectors import unit_rows

if TYPE_CHECKING:
    from store.collection.conftest import OpenEngine


def put(engine: Engine, segment: int, vectors: Any) -> None:
    """Put texts into a segment, a few thousand at once, as a publisher does."""
    for first in range(0, len(vectors), 5_000):
        engine.put_texts(new_texts(segment, vectors[first : first + 5_000], first))


def all_keys(segment: int, count: int) -> Any:
    """The keys of a segment of so many texts."""
    return keys_of(segment, range(count))


# Manifests


def test_a_collection_that_is_not_there_has_no_manifests(open_collection: "OpenEngine") -> None:
    """A reader may come before the first publisher."""
    assert dict(open_collection().manifests()) == {}


def test_preparing_again_changes_nothing(engine: Engine) -> None:
    """Every publisher prepares."""
    engine.put_manifest("notes", b"one", None)
    engine.prepare(DIMENSION)
    assert dict(engine.manifests()) == {"notes": b"one"}


def test_vectors_of_another_length_are_refused(engine: Engine) -> None:
    """Two embedders cannot publish into one collection."""
    with pytest.raises(EmbedderMismatch, match="16"):
        engine.prepare(DIMENSION + 1)


def test_a_manifest_is_replaced_only_where_it_is_the_one_before(engine: Engine) -> None:
    """Of two publishers with one manifest before them, the second does nothing."""
    assert engine.put_manifest("notes", b"one", None)
    assert not engine.put_manifest("notes", b"other", None)
    assert not engine.put_manifest("notes", b"two", b"none such")
    assert engine.put_manifest("notes", b"two", b"one")
    assert not engine.put_manifest("notes", b"three", b"one")
    assert dict(engine.manifests()) == {"notes": b"two"}


def test_a_manifest_is_removed_only_where_it_is_the_one_before(engine: Engine) -> None:
    """Removing compares, too, and a source without a manifest has None before."""
    engine.put_manifest("notes", b"one", None)
    assert not engine.put_manifest("notes", None, b"two")
    assert not engine.put_manifest("notes", None, None)
    assert engine.put_manifest("notes", None, b"one")
    assert engine.put_manifest("notes", None, None)
    assert not engine.put_manifest("notes", b"two", b"one")
    assert dict(engine.manifests()) == {}


def test_sources_may_have_any_name_and_manifests_any_bytes(engine: Engine) -> None:
    """Names are text of any script, manifests of any length."""
    manifests = {"Ärzte %_\\'\"/ 🐝": bytes(range(256)), "long": bytes(300_000), "empty": b""}
    for source, manifest in manifests.items():
        assert engine.put_manifest(source, manifest, None)
        assert engine.put_manifest(source, manifest + b"2", manifest)
    assert dict(engine.manifests()) == {name: value + b"2" for name, value in manifests.items()}


def test_one_of_many_publishers_at_once_replaces_a_manifest(open_collection: "OpenEngine") -> None:
    """Comparing and replacing are one step."""
    engines = [open_collection() for _ in range(4)]
    engines[0].prepare(DIMENSION)
    together = threading.Barrier(4)

    def publish(number: int) -> bool:
        together.wait()
        return engines[number].put_manifest("notes", b"%d" % number, None)

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(publish, range(4)))
    assert sum(done) == 1
    assert dict(engines[0].manifests()) == {"notes": b"%d" % done.index(True)}


def test_another_reader_sees_what_was_written(open_collection: "OpenEngine") -> None:
    """Each write is visible elsewhere when its call returns."""
    writer = open_collection()
    writer.prepare(DIMENSION)
    vectors = directions(3)
    writer.put_texts(new_texts(1, vectors))
    writer.put_blobs([("a/b", b"c")])
    writer.put_manifest("notes", b"one", None)
    writer.close()
    reader = open_collection()
    assert dict(reader.manifests()) == {"notes": b"one"}
    assert dict(reader.blobs(["a/b"])) == {"a/b": b"c"}
    assert reader.count_texts(1) == 3
    assert reader.nearest(question(1), 3, [1])[0][0] in all_keys(1, 3)


# Blobs


def test_blobs_are_kept_and_replaced(engine: Engine) -> None:
    """The newest value of a name is kept; names that are not there are left out."""
    engine.put_blobs([("a/1", b"one"), ("a/2", b"")])
    engine.put_blobs([("a/1", b"new"), ("b", bytes(range(256)))])
    found = dict(engine.blobs(["a/1", "a/2", "b", "none"]))
    assert found == {"a/1": b"new", "a/2": b"", "b": bytes(range(256))}
    assert dict(engine.blobs([])) == {}


def test_large_blobs_come_back_whole(engine: Engine) -> None:
    """Some megabytes at a time, and more of them than one transaction takes."""
    blobs = {
        f"large/{number}": np.random.default_rng(number).bytes(2_000_000) for number in range(6)
    }
    engine.put_blobs(iter(blobs.items()))
    assert dict(engine.blobs(list(blobs))) == blobs


def test_names_are_listed_in_the_order_of_their_bytes(engine: Engine) -> None:
    """A prefix is of characters, whatever a database would make of them."""
    names = ["a", "a/1", "a/10", "a/2", "aB", "a-", "a.b", "ab", "b/1", "A/1"]
    engine.put_blobs((name, b"") for name in names)
    assert list(engine.blob_names("")) == sorted(names)
    assert list(engine.blob_names("a/")) == ["a/1", "a/10", "a/2"]
    assert list(engine.blob_names("a")) == sorted(name for name in names if name[0] == "a")
    assert list(engine.blob_names("%")) == list(engine.blob_names("a_")) == []


def test_blobs_are_removed_by_their_prefixes(engine: Engine) -> None:
    """Only names that begin so are removed; % and _ are no wildcards."""
    engine.put_blobs((name, b"x") for name in ["s/1/a", "s/1/b", "s/10/a", "s/2/a", "t"])
    engine.delete_blobs(["%", "s/_/"])
    assert len(engine.blob_names("")) == 5
    engine.delete_blobs(["s/1/", "t"])
    assert list(engine.blob_names("")) == ["s/10/a", "s/2/a"]
    engine.delete_blobs([])
    assert len(engine.blob_names("")) == 2


# Texts


ODD_BODIES = [
    "",
    "NUL \0 in the middle\0",
    "bees 🐝, Ärzte, 蜂, \u202eturned\u2028",
    "x" * 100_000,
    "'; drop table text; -- \\ \\x41 \t\r\n",
]


def test_texts_come_back_as_they_were(engine: Engine) -> None:
    """Bodies, places and sentences by key, of whatever characters and length."""
    places = [b'{"path":"\xc3\xa4.txt"}', b"[]", b"{}", b"null", b"1" * 10_000]
    sentences = [b"", bytes(4_000), b"\0\x01", b"", np.random.default_rng(0).bytes(50_000)]
    vectors = directions(5)
    engine.put_texts(new_texts(7, vectors, bodies=ODD_BODIES, places=places, sentences=sentences))
    keys = all_keys(7, 5)
    wanted = np.append(keys, key_of(8, 0))  # and one that is not there
    assert dict(engine.bodies(wanted)) == dict(zip(keys.tolist(), ODD_BODIES, strict=True))
    assert dict(engine.places(wanted)) == dict(zip(keys.tolist(), places, strict=True))
    some = {key: value for key, value in zip(keys.tolist(), sentences, strict=True) if value}
    assert dict(engine.sentences(wanted)) == some


def test_vectors_come_back_bit_by_bit(engine: Engine) -> None:
    """Keys ascend, and numbers are those of the record, subnormal ones included."""
    vectors = directions(50)
    vectors[3] = 0
    vectors[3, :4] = [1, 6e-8, -6e-5, 0.0]
    engine.put_texts(new_texts(3, vectors))
    wanted = keys_of(3, [2, 3, 49, 60])
    keys, found = engine.vectors(wanted)
    assert keys.tolist() == wanted[:3].tolist()
    assert found.dtype == np.float16
    assert (found == vectors[[2, 3, 49]]).all()


def test_no_keys_have_nothing(engine: Engine) -> None:
    """Empty questions have empty answers."""
    none = np.empty(0, dtype=np.int64)
    keys, vectors = engine.vectors(none)
    assert (len(keys), vectors.shape) == (0, (0, DIMENSION))
    assert not engine.bodies(none) and not engine.places(none) and not engine.sentences(none)
    assert engine.count_texts(1) == 0
    engine.put_texts(new_texts(1, directions(0)))
    assert engine.count_texts(1) == 0


def test_a_text_with_the_key_of_another_replaces_it(engine: Engine) -> None:
    """A publisher that was killed in the middle of a segment writes it again."""
    engine.put_texts(new_texts(1, directions(10, 1)))
    vectors = directions(10, 2)
    engine.put_texts(new_texts(1, vectors, 5, bodies=[f"new {i}" for i in range(10)]))
    assert engine.count_texts(1) == 15
    bodies = engine.bodies(keys_of(1, [4, 5, 14]))
    assert [bodies[key_of(1, i)] for i in (4, 5, 14)] == ["text 4 of 1", "new 0", "new 9"]
    assert (engine.vectors(keys_of(1, range(5, 15)))[1] == vectors).all()


def test_segments_are_counted_and_removed(engine: Engine) -> None:
    """The texts of other segments remain, also of those with the largest numbers."""
    last = MOST_SEGMENTS - 1
    for segment in (0, 1, 2, last):
        engine.put_texts(new_texts(segment, directions(segment % 7 + 3)))
    assert [engine.count_texts(one) for one in (0, 1, 2, last, 5)] == [3, 4, 5, last % 7 + 3, 0]
    engine.delete_segments([1, last, 77])
    assert [engine.count_texts(one) for one in (0, 1, 2, last)] == [3, 0, 5, 0]
    assert not engine.bodies(all_keys(1, 4))
    assert len(engine.bodies(all_keys(2, 5))) == 5
    engine.delete_segments([])
    assert engine.count_texts(0) == 3


# The nearest


def test_the_nearest_are_those_of_plain_arithmetic(engine: Engine) -> None:
    """Keys and cosines of the unit rows, best first."""
    vectors = directions(500)
    put(engine, 4, vectors)
    engine.finish([4])
    for seed in range(5):
        vector = question(seed)
        found = engine.nearest(vector, 20, [4])
        keys = [key for key, _ in found]
        assert keys == true_nearest([(all_keys(4, 500), vectors)], vector, 20)
        rows = vectors[[key - key_of(4, 0) for key in keys]].astype(np.float32)
        cosines = rows @ vector / np.linalg.norm(rows, axis=1)
        assert [cosine for _, cosine in found] == pytest.approx(cosines.tolist(), abs=2e-6)


def test_only_some_segments_are_searched(engine: Engine) -> None:
    """Texts of other segments are not in the answer, however near."""
    parts = {segment: directions(60, segment) for segment in (1, 2, 3)}
    for segment, vectors in parts.items():
        put(engine, segment, vectors)
    engine.finish([1, 2, 3])
    vector = question(1)
    found = [key for key, _ in engine.nearest(vector, 100, [1, 3])]
    assert found == true_nearest([(all_keys(s, 60), parts[s]) for s in (1, 3)], vector, 100)
    assert engine.nearest(vector, 10, []) == []
    assert engine.nearest(vector, 10, [9]) == []


def test_there_are_fewer_only_where_the_segments_have_fewer(engine: Engine) -> None:
    """A count beyond the texts gets all of them."""
    put(engine, 1, directions(7))
    engine.finish([1])
    assert {key for key, _ in engine.nearest(question(0), 50, [1])} == set(all_keys(1, 7).tolist())
    assert len(engine.nearest(question(0), 50, [1], exact=True)) == 7


def test_equal_vectors_come_in_the_same_order_at_every_call(engine: Engine) -> None:
    """A tie is broken in the same way at every call, and cosines are those of the nearest."""
    vectors = np.repeat(directions(3), 100, axis=0)
    put(engine, 1, vectors)
    engine.finish([1])
    vector = question(2)
    best = np.sort(unit_rows(vectors) @ vector)[::-1]
    found = engine.nearest(vector, 130, [1], exact=True)
    assert found == engine.nearest(vector, 130, [1], exact=True)
    assert np.allclose([cosine for _, cosine in found], best[:130], atol=1e-3)
    among = all_keys(1, 300)[::2]
    best = np.sort(unit_rows(vectors[::2]) @ vector)[::-1]
    found = engine.nearest(vector, 70, [1], among)
    assert found == engine.nearest(vector, 70, [1], among)
    assert np.allclose([cosine for _, cosine in found], best[:70], atol=1e-3)


MANY = 20_000


@pytest.fixture
def many(engine: Engine) -> Any:
    """The vectors of a segment 1 with an index of the engine, beside a segment 2 of 40 texts."""
    vectors = directions(MANY, 11)
    put(engine, 1, vectors)
    put(engine, 2, directions(40, 12))
    engine.finish([1, 2])
    return vectors


def test_a_filter_that_few_texts_pass_finds_all_of_them(engine: Engine, many: Any) -> None:
    """Three of 20,000 texts pass a filter, and are found in their order."""
    for seed in range(10):
        few = np.sort(np.random.default_rng(seed).choice(MANY, 3, replace=False))
        among = keys_of(1, few.tolist())
        vector = question(seed)
        found = [key for key, _ in engine.nearest(vector, 100, [1, 2], among)]
        assert found == true_nearest([(among, many[few])], vector, 3)


def test_a_filter_that_half_of_the_texts_pass_is_exact(engine: Engine, many: Any) -> None:
    """All of thousands of allowed texts are compared."""
    among = all_keys(1, MANY)[::2]
    vector = question(3)
    found = [key for key, _ in engine.nearest(vector, 100, [1, 2], among)]
    assert found == true_nearest([(among, many[::2])], vector, 100)


def test_a_filter_counts_within_the_segments_only(engine: Engine, many: Any) -> None:
    """Keys of other segments, and keys that are not there, are not found."""
    among = np.concatenate([keys_of(1, [0, 5]), keys_of(2, [3, 7, 999])])
    assert {key for key, _ in engine.nearest(question(0), 10, [2], among)} == set(
        keys_of(2, [3, 7]).tolist()
    )
    assert engine.nearest(question(0), 10, [1, 2], np.empty(0, dtype=np.int64)) == []
    assert len(many) == MANY


def test_a_small_segment_beside_a_large_one_is_found_whole(engine: Engine, many: Any) -> None:
    """An index that filters after its scan would find few of 40 texts among 20,000."""
    for seed in range(10):
        vector = question(seed)
        expected = true_nearest([(all_keys(2, 40), directions(40, 12))], vector, 40)
        assert [key for key, _ in engine.nearest(vector, 40, [2])] == expected
    assert engine.count_texts(1) == len(many)


def test_comparing_all_finds_the_nearest_of_all(engine: Engine, many: Any) -> None:
    """With ``exact`` no index answers."""
    small = directions(40, 12)
    parts = [(all_keys(1, MANY), many), (all_keys(2, 40), small)]
    for seed in range(5):
        vector = question(seed)
        found = engine.nearest(vector, 100, [1, 2], exact=True)
        assert [key for key, _ in found] == true_nearest(parts, vector, 100)


def test_the_index_finds_nearly_all_of_the_nearest(engine: Engine, many: Any) -> None:
    """Of ten nearest in random directions, where an index does worst, nine and more are found."""
    hits = 0
    for seed in range(40):
        vector = question(seed)
        found = [key for key, _ in engine.nearest(vector, 100, [1])]
        assert len(set(found)) == 100
        hits += len(set(found[:10]) & set(true_nearest([(all_keys(1, MANY), many)], vector, 10)))
    assert hits >= 360


def test_many_nearest_are_never_fewer_than_asked_for(engine: Engine, many: Any) -> None:
    """An index that scans a few of its lists goes on until it has enough."""
    assert len(engine.nearest(question(0), 5_000, [1])) == 5_000
    assert len(engine.nearest(question(0), 5_000, [1, 2])) == 5_000
    assert len(many) == MANY


def test_texts_that_were_added_or_removed_since_count_at_once(engine: Engine, many: Any) -> None:
    """The engine's index follows, also before it is made anew."""
    put(engine, 3, many[:2_500])  # copies, of higher keys
    vector = question(5)
    nearest = true_nearest([(all_keys(1, 2_500), many[:2_500])], vector, 10)
    found = [key for key, _ in engine.nearest(vector, 10, [3])]
    assert found == [key_of(3, key - key_of(1, 0)) for key in nearest]
    engine.finish([1, 2, 3])
    assert {key >> 32 for key, _ in engine.nearest(vector, 10, [1, 3])} >= {1}
    engine.delete_segments([1])
    found = [key for key, _ in engine.nearest(vector, 2_500, [2, 3])]
    assert len(found) == 2_500 and {key >> 32 for key in found} == {2, 3}
    assert engine.nearest(vector, 10, [1]) == []


# Threads


def test_threads_ask_one_engine_at_once(engine: Engine, many: Any) -> None:
    """Answers are those of one thread, while another one writes."""
    vectors = [question(seed) for seed in range(24)]
    alone = [engine.nearest(vector, 10, [1], exact=True) for vector in vectors]
    with ThreadPoolExecutor(12) as threads:
        writing = threads.submit(put, engine, 9, directions(6_000, 9))
        together = list(threads.map(lambda v: engine.nearest(v, 10, [1], exact=True), vectors))
        writing.result()
    assert together == alone
    assert (engine.count_texts(9), engine.count_texts(1)) == (6_000, len(many))


def test_the_place_and_the_version_are_told(engine: Engine) -> None:
    """A person reads which engine it is, and no secret."""
    assert engine.place and engine.version
    assert "notes" in engine.place
