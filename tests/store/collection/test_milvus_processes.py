"""Processes and servers of a collection on Milvus: killed, in the way, refusing, silent."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from fakes.child_process import read_until, started
from fakes.milvus_lite import lite_engine, lite_uri, opened
from fakes.milvus_server import OfVersion, Refusing, Silent, serving
from semsearch.errors import EngineRefused, EngineUnreachable, IndexTooNew, SettingsError
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret
from semsearch.store.collection.engine import key_of
from semsearch.store.collection.engines.milvus.engine import MilvusEngine
from semsearch.store.collection.uri import collection_uri

DIMENSION = 16
TOKEN = "a-token-that-nobody-sees"
OPENED = """
import os, sys
import numpy as np
from fakes.milvus_lite import opened
from semsearch.store.collection.engine import NewTexts, key_of
engine = opened(sys.argv[1])
engine.prepare(16)
"""
PUTS_TEXTS = """
for batch in range(10_000):
    keys = np.array([key_of(1, batch * 50 + at) for at in range(50)])
    vectors = np.eye(50, 16, dtype=np.float16) + np.float16(0.1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    bodies = [f"text {key}" for key in keys]
    engine.put_texts(NewTexts(keys, vectors, [b"s" * 5000] * 50, [b"{}"] * 50, bodies))
    if batch % 40 == 39:
        engine._connect().flush("semsearch_texts")
    print(batch, flush=True)
"""
REPLACES_A_BLOB = """
for writing in range(10_000):
    engine.put_blobs([("a", bytes([writing % 251]) * 2_000_000)])
    print(writing, flush=True)
"""
HOLDS = """
print("open", flush=True)
sys.stdin.read()
engine.close()
"""


def child(code: str, folder: Path) -> list[object]:
    """The command of a process that has opened a collection."""
    return [sys.executable, "-W", "error", "-c", OPENED + code, lite_uri(folder)]


def environment() -> dict[str, str]:
    """That of a process that imports these tests' fakes."""
    tests = Path(__file__).parents[2]
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)])}


@pytest.mark.parametrize("batches", [3, 45])
def test_texts_of_a_killed_publisher_are_there(tmp_path: Path, batches: int) -> None:
    """All that were acknowledged, each once and whole."""
    with started(child(PUTS_TEXTS, tmp_path), env=environment()) as process:
        shown = read_until(process, f"{batches}\n")
        process.kill()
        shown += process.communicate()[0]
    count = 50 * (int(shown.split()[-1]) + 1)
    keys = np.array([key_of(1, ordinal) for ordinal in range(count)])
    with lite_engine(tmp_path) as engine:
        assert engine.bodies(keys) == {key: f"text {key}" for key in keys.tolist()}
        assert engine.count_texts(1) in (count, count + 50)  # the last may have been on its way
        question = np.eye(1, DIMENSION, dtype=np.float32)[0]
        found = [key for key, _ in engine.nearest(question, count + 50, [1])]
        assert len(found) == len(set(found)) == engine.count_texts(1)


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.05, 0.09])
def test_a_blob_is_whole_whenever_its_writer_is_killed(tmp_path: Path, seconds: float) -> None:
    """It is the one before or the one after, never a part of each."""
    with started(child(REPLACES_A_BLOB, tmp_path), env=environment()) as process:
        read_until(process, "2\n")
        time.sleep(seconds)
        process.kill()
        last = int((["2", *process.communicate()[0].split()])[-1])
    with lite_engine(tmp_path) as engine:
        (blob,) = engine.blobs(["a"]).values()
        assert blob in [bytes([writing % 251]) * 2_000_000 for writing in (last, last + 1)]
        engine.put_blobs([("a", b"")])
        assert engine.blobs(["a"]) == {"a": b""}


def test_a_reader_waits_for_the_process_that_has_a_folder(tmp_path: Path) -> None:
    """It says what to do when that takes too long, and reads when that has ended."""
    with started(child(HOLDS, tmp_path), env=environment(), stdin=subprocess.PIPE) as process:
        read_until(process, "open")
        with pytest.raises(EngineUnreachable, match=r"^another process has .* one at a time; try"):
            opened(lite_uri(tmp_path), retry_seconds=0.3).manifests()
        assert process.stdin is not None
        process.stdin.close()  # it closes the folder some time after
        with lite_engine(tmp_path) as engine:
            assert engine.manifests() == {}
        assert process.wait(10) == 0


def test_a_process_ends_at_once_and_says_nothing(tmp_path: Path) -> None:
    """Also without closing its engine, after a refusal; its temporary files are gone."""
    code = "from semsearch.errors import EngineRefused\n"
    code += "try:\n    engine._connect().delete('semsearch_texts', 'this is no condition')\n"
    code += "except EngineRefused:\n    pass\n"
    (tmp_path / "t").mkdir()
    ended = subprocess.run(
        child(code, tmp_path),
        env={**environment(), "TMPDIR": str(tmp_path / "t")},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    assert list((tmp_path / "t").iterdir()) == []


def test_the_folder_that_a_process_runs_in_sets_nothing(tmp_path: Path) -> None:
    """A .env there neither gets into the environment nor stops pymilvus."""
    (tmp_path / ".env").write_text("MILVUS_URI=no address\nOPENAI_API_KEY=of-the-folder\n")
    code = "print(os.environ.get('OPENAI_API_KEY'), os.environ.get('MILVUS_URI'))"
    ended = subprocess.run(
        child(code, tmp_path),
        cwd=tmp_path,
        env={**environment(), "OPENAI_API_KEY": "mine", "MILVUS_URI": "no address either"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == (b"mine no address either\n", b"")


def test_what_was_written_is_on_the_disk(tmp_path: Path) -> None:
    """No file of Milvus Lite has changed since it was synced, once a write has returned."""
    with lite_engine(tmp_path) as engine:
        engine.prepare(DIMENSION)
        for write in (
            lambda: engine.put_blobs([("a", b"x" * 100_000)]),
            lambda: engine.put_manifest("notes", b"1", None),
            lambda: engine.delete_blobs(["a"]),
            lambda: engine.delete_segments([1]),
        ):
            write()
            lite = engine._connect().lite
            assert lite is not None
            assert lite.sync() == []


@pytest.mark.skipif(os.name == "nt", reason="gRPC listens on no socket of a folder on Windows")
def test_only_its_user_can_reach_milvus_lite(tmp_path: Path) -> None:
    """It listens on a socket in a folder of mode 0700, and its data has that mode, too."""
    with lite_engine(tmp_path) as engine:
        engine.prepare(DIMENSION)
        lite = engine._connect().lite
        assert lite is not None
        assert lite.url == f"unix:{lite.sockets}/lite:0"
        assert [path.stat().st_mode & 0o777 for path in (lite.sockets, lite.path)] == [0o700] * 2
    assert not lite.sockets.exists()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """As Milvus Lite before 3 wrote one."""
    (tmp_path / "milvus.db").write_bytes(b"SQLite format 3\0")
    with lite_engine(tmp_path) as engine, pytest.raises(EngineRefused, match="cannot open"):
        engine.manifests()


def test_collections_of_others_are_refused(tmp_path: Path) -> None:
    """They stay as they are."""
    with lite_engine(tmp_path) as engine:
        client = engine._connect()
        fields = [
            {"field_name": "id", "datatype": "INT64", "is_primary": True},
            {"field_name": "vector", "datatype": "FLOAT_VECTOR", "dim": DIMENSION},
        ]
        index = {"field_name": "vector", "index_type": "FLAT", "metric_type": "COSINE"}
        for kind in ("texts", "blobs"):
            client.create(f"semsearch_{kind}", fields, index)
        for refused in (engine.manifests, lambda: engine.prepare(DIMENSION)):
            with pytest.raises(EngineRefused, match="semsearch_texts of Milvus is not one of sem"):
                refused()


@pytest.mark.parametrize("made", [{"format": 2}, {}, None])
def test_a_later_format_is_not_read(tmp_path: Path, made: object) -> None:
    """Nor is one that this version has not written."""
    with lite_engine(tmp_path) as engine:
        engine.prepare(DIMENSION)
        engine._blobs.put([(":format", json.dumps(made).encode())])
    with lite_engine(tmp_path) as engine, pytest.raises(IndexTooNew, match="later semsearch"):
        engine.manifests()


def test_making_a_collection_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    """A half-made collection is none for a reader; the next publisher completes it."""
    for made in ("texts", "both"):
        folder = tmp_path / made
        folder.mkdir()
        with lite_engine(folder) as engine:
            engine.prepare(DIMENSION)
            if made == "both":
                engine._blobs.delete_named([":format"])
            else:
                engine._connect()._client.drop_collection("semsearch_blobs")
        with lite_engine(folder) as engine:
            assert engine.manifests() == {}
            engine.prepare(DIMENSION)
            assert engine.put_manifest("notes", b"1", None)


@pytest.mark.parametrize("token", [TOKEN, f"ann:{TOKEN}"])
def test_a_token_is_in_no_error(token: str) -> None:
    """Also when the server repeats it, as it was sent or as it is; the error is one line."""
    with serving(Refusing()) as address:
        uri = collection_uri(f"milvus:http://{address}")
        with pytest.raises(EngineRefused, match="does not accept the token") as refused:
            MilvusEngine(uri, Settings(milvus_token=Secret(token), connect_seconds=2))
    shown = str(refused.value)
    assert "***" in shown
    assert TOKEN not in shown
    assert shown.isprintable()
    assert "wrong" in shown


def test_a_password_in_the_address_is_not_shown() -> None:
    """Neither in the place nor in an error."""
    with serving(OfVersion("v2.6.0")) as address:
        engine = MilvusEngine(collection_uri(f"milvus:http://ann:{TOKEN}@{address}"), Settings())
        assert engine.place == f"milvus:http://ann:***@{address}"
        assert engine.version == "Milvus 2.6.0"
        engine.close()
    with pytest.raises(SettingsError, match="needs a password") as refused:
        MilvusEngine(collection_uri(f"milvus:http://{TOKEN}@localhost"), Settings())
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize("version", ["v2.2.9", "2.3.4-dev"])
def test_an_old_server_is_refused(version: str) -> None:
    """With the version that is needed."""
    with serving(OfVersion(version)) as address, pytest.raises(EngineRefused, match=r"needs 2.3.5"):
        opened(f"milvus:http://{address}")


def test_a_server_that_does_not_answer_is_unreachable() -> None:
    """When it listens and is silent, and when nothing listens; each within its time."""
    with serving(Silent("v2.6.0")) as address:
        engine = opened(f"milvus:http://{address}", read_seconds=0.3)
        with pytest.raises(EngineUnreachable, match=r"^no answer of milvus:http://127"):
            engine.manifests()
        engine.close()
    with pytest.raises(EngineUnreachable, match=r"^no answer of milvus:http://127"):
        opened(f"milvus:http://{address}", connect_seconds=0.3)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("localhost:19530", "neither a file of Milvus Lite"),
        ("ftp://localhost", "milvus:http://HOST:19530"),
        ("http://localhost:99999", "check its port"),
        ("https://localhost?ca=x", "has the parameter 'ca'"),
        ("https://localhost?ca_pem_path=/none", "there is no file /none"),
        ("http://localhost?server_name=x", "begins with https://"),
    ],
)
def test_an_address_that_cannot_be_used_is_explained(address: str, message: str) -> None:
    """Before anything is connected to."""
    with pytest.raises(SettingsError, match=message):
        opened(f"milvus:{address}")
