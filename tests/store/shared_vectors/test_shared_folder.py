"""Files of shared vectors: what is put is found, to the bit, and nothing else is."""

import hashlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from conftest import WithoutRoot
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from semsearch.embedders.vectors import Vectors
from semsearch.store.policy import DEFAULT_POLICY, SharingPolicy
from semsearch.store.record.vectors import STORED_DTYPE
from semsearch.store.shared_vectors.layout import Entry
from semsearch.store.shared_vectors.shared_folder import SharedFolder, folder_name

URI = "mistral:mistral-embed"
DIMENSION = 8
PROBES: Vectors = np.eye(3, DIMENSION, dtype=np.float32)


OPENED: list[SharedFolder] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Closes the folders that a test has looked at."""
    yield
    while OPENED:
        OPENED.pop().close()


def agree(some: Vectors, others: Vectors) -> bool:
    """Whether the vectors are nearly equal."""
    return bool(((some * others).sum(axis=1) > 0.999).all())


def folder_in(place: Path, *, files: int = 32, uri: str = URI) -> SharedFolder:
    """The folder of an embedder, looked at."""
    policy = SharingPolicy(files=files, files_left=max(1, files // 2))
    found = unseen(place, uri, policy)
    found.look(PROBES)
    return found


def unseen(
    place: Path, uri: str = URI, policy: SharingPolicy = DEFAULT_POLICY.sharing
) -> SharedFolder:
    """The folder of an embedder."""
    found = SharedFolder(place, uri, agree, policy)
    OPENED.append(found)
    return found


def digest_of(number: int) -> bytes:
    """The digest of a text."""
    return hashlib.sha256(b"%d" % number).digest()


def entry_of(number: int) -> Entry:
    """The vector of a text: a unit row of its own."""
    row = np.random.default_rng(number).standard_normal(DIMENSION)
    unit = (row / np.linalg.norm(row)).astype(STORED_DTYPE)
    return Entry(1 + number % 3, unit.tobytes())


def put(
    place: Path, numbers: set[int], created: str = "2026-01-01", probes: Vectors = PROBES
) -> None:
    """Write a file with the vectors of some texts."""
    by_digest = {digest_of(number): entry_of(number) for number in numbers}
    digests = sorted(by_digest)
    folder = folder_in(place)
    assert folder.put(digests, map(by_digest.get, digests), probes, created, None)
    folder.close()


def found_in(folder: SharedFolder, numbers: set[int]) -> dict[bytes, Entry]:
    """The vectors of texts."""
    return folder.entries([digest_of(number) for number in sorted(numbers)])


def expected(numbers: set[int]) -> dict[bytes, Entry]:
    """All vectors of texts."""
    return {digest_of(number): entry_of(number) for number in numbers}


def files(place: Path) -> list[Path]:
    """The files of the embedder, by name."""
    return sorted((place / folder_name(URI)).glob("*.vectors"))


NUMBERS = st.sets(st.integers(0, 200), min_size=1, max_size=60)


@given(st.lists(NUMBERS, min_size=1, max_size=6), NUMBERS, st.integers(1, 4))
@hypothesis_settings(max_examples=60, deadline=None)
def test_what_is_put_is_found_and_what_is_not_is_not(
    written: list[set[int]], asked: set[int], most: int
) -> None:
    """In any number of files that overlap, before and after they are merged."""
    with TemporaryDirectory() as name:
        for numbers in written:
            put(Path(name), numbers)
        there = set().union(*written)
        folder = folder_in(Path(name), files=most)
        assert found_in(folder, asked) == expected(asked & there)
        before = len(files(Path(name)))
        folder.merge()
        folder.look(PROBES)
        assert found_in(folder, asked | there) == expected(there)
        again = folder_in(Path(name))
        assert found_in(again, asked | there) == expected(there)
        assert len(files(Path(name))) == before if before <= most else max(1, most // 2)
        assert folder.notices == again.notices == ()
        folder.close()
        again.close()


def test_no_flipped_bit_gives_a_wrong_vector(tmp_path: Path) -> None:
    """Whichever byte of a file it is in: a vector is the right one, or absent."""
    put(tmp_path, {1, 2, 3})
    (path,) = files(tmp_path)
    content = path.read_bytes()
    right = expected({1, 2, 3})
    lost = 0
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
        folder = folder_in(tmp_path)
        found = found_in(folder, {1, 2, 3, 4})
        assert found.items() <= right.items()
        lost += len(found) < 3
        folder.close()
    assert lost == len(content)


def test_a_file_of_any_length_is_read_without_an_error(tmp_path: Path) -> None:
    """A truncated one has no vectors, and is told."""
    put(tmp_path, {1, 2, 3})
    (path,) = files(tmp_path)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        folder = folder_in(tmp_path)
        assert found_in(folder, {1, 2, 3}) == {}
        assert len(folder.notices) == 1
        assert folder.notices[0].endswith("; it is not used")


def test_equal_content_has_one_name(tmp_path: Path) -> None:
    """So two machines that merge equal files at once write one file."""
    merged = []
    for name in ("one", "other"):
        place = tmp_path / name
        place.mkdir()
        for first in range(0, 50, 5):
            put(place, set(range(first, first + 9)))
        assert len(files(place)) == 10
        folder = folder_in(place, files=4)
        folder.merge()
        folder.close()
        merged.append([path.name for path in files(place)])
        assert not list(place.glob("*/.tmp-*"))
    assert merged[0] == merged[1]
    assert len(merged[0]) == 2


def test_large_files_are_left_alone(tmp_path: Path) -> None:
    """Each vector is written again a few times only, however many runs follow."""
    put(tmp_path, set(range(1000)))
    (large,) = files(tmp_path)
    for number in range(1000, 1040):
        put(tmp_path, {number})
        folder = folder_in(tmp_path, files=8)
        folder.merge()
        folder.close()
    assert large in files(tmp_path)
    assert len(files(tmp_path)) <= 8
    assert found_in(folder_in(tmp_path), set(range(1040))) == expected(set(range(1040)))


READER = """
    import sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[2])
    from test_shared_folder import expected, folder_in, found_in
    folder = folder_in(Path(sys.argv[1]))
    print("open", flush=True)
    sys.stdin.readline()
    assert found_in(folder, set(range(40))) == expected(set(range(40))), "lost while open"
    folder.look(folder.newest.probes)
    assert found_in(folder, set(range(40))) == expected(set(range(40))), "lost after it"
    assert folder.notices == (), folder.notices
"""


def test_a_process_that_reads_meanwhile_loses_nothing(tmp_path: Path) -> None:
    """It has the files open that a merge removes, and finds the merged one when it looks again."""
    for number in range(40):
        put(tmp_path, {number})
    path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    reader = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(READER), tmp_path, Path(__file__).parent],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path},
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "open\n"
    folder_in(tmp_path, files=2).merge()
    assert len(files(tmp_path)) == 1
    reader.communicate("\n")
    assert reader.returncode == 0


def test_a_reader_that_finds_a_file_gone_takes_its_texts_as_absent(tmp_path: Path) -> None:
    """Between its look at the folder and the opening another machine has merged it."""
    put(tmp_path, {1})
    put(tmp_path, {2})
    folder = unseen(tmp_path)
    gone = files(tmp_path)[0]
    folder._names = lambda: {path.name for path in [gone, *files(tmp_path)]}  # type: ignore[method-assign]
    gone.unlink()
    folder.look(PROBES)
    assert len(found_in(folder, {1, 2})) == 1
    assert folder.notices == ()


def test_vectors_of_other_probes_are_not_used(tmp_path: Path) -> None:
    """Nor told: they are of another version of the model. Without probes the newest decide."""
    turned = np.roll(PROBES, 1, axis=1)
    put(tmp_path, {1, 2}, "2026-01-01")
    put(tmp_path, {2, 3}, "2026-01-02", turned)
    assert found_in(folder_in(tmp_path), {1, 2, 3}) == expected({1, 2})
    folder = unseen(tmp_path)
    folder.look(None)
    assert found_in(folder, {1, 2, 3}) == expected({2, 3})
    assert folder.newest is not None
    assert (folder.newest.probes == turned).all()
    folder.look(PROBES)  # those that its server gives
    assert found_in(folder, {1, 2, 3}) == expected({1, 2})
    assert folder.notices == ()


def test_another_embedder_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """Whose name is no part of its URI, and whose files count for no other."""
    put(tmp_path, {1})
    other = folder_in(tmp_path, uri="openai:../../etc@http://127.0.0.1:1")
    assert found_in(other, {1}) == {}
    assert other.path.parent == tmp_path
    other.path.mkdir()
    (path,) = files(tmp_path)
    path.rename(other.path / path.name)
    other.look(PROBES)
    assert found_in(other, {1}) == {}
    assert "has vectors of another embedder" in other.notices[0]


def test_a_row_that_is_no_unit_vector_is_absent(tmp_path: Path) -> None:
    """A hash is no secret."""
    long = np.full(DIMENSION, 3, STORED_DTYPE).tobytes()
    endless = np.full(DIMENSION, np.inf, STORED_DTYPE).tobytes()
    by_digest = {
        digest_of(1): Entry(1, long),
        digest_of(2): Entry(1, endless),
        digest_of(3): entry_of(3),
        digest_of(4): None,
    }
    digests = sorted(by_digest)
    folder = folder_in(tmp_path)
    assert folder.put(digests, map(by_digest.get, digests), PROBES, "2026-01-01", None)
    folder.look(PROBES)
    assert found_in(folder, {1, 2, 3, 4}) == expected({3})


def test_digests_that_begin_alike_are_told_apart(tmp_path: Path) -> None:
    """The search compares 8 bytes, the hash of an entry all of them."""
    digests = [b"12345678" + bytes([number]) * 24 for number in range(5)]
    folder = folder_in(tmp_path)
    assert folder.put(digests, map(entry_of, range(5)), PROBES, "2026-01-01", None)
    folder.look(PROBES)
    asked = [*digests, b"12345678" + b"x" * 24]
    assert folder.entries(asked) == {digests[number]: entry_of(number) for number in range(5)}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give")
def test_files_and_folders_of_others_are_not_used(
    tmp_path: Path, without_root: WithoutRoot
) -> None:
    """As those of an index: whoever writes vectors decides what is found."""
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == 0 and path.stat().st_mode & 0o777 == 0o700:
            path.chmod(0o755)
    put(tmp_path, {1})
    (path,) = files(tmp_path)
    path.chmod(0o644)
    path.parent.chmod(0o777)
    with without_root():
        folder = folder_in(tmp_path)
        assert found_in(folder, {1}) == {}
        assert "belongs to another user" in folder.notices[0]
    os.chown(path.parent, 65534, 0)
    with without_root():
        folder = folder_in(tmp_path)
        assert found_in(folder, {1}) == {}
        assert folder.notices == (
            f"shared vectors: {path} belongs to another user; it is not used",
        )


@pytest.mark.skipif(os.name == "nt", reason="no such permissions on this system")
def test_a_read_only_folder_is_told_and_raises_nothing(
    tmp_path: Path, without_root: WithoutRoot
) -> None:
    """Nothing is left in it."""
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == 0 and path.stat().st_mode & 0o777 == 0o700:
            path.chmod(0o755)
    place = tmp_path / "shared"
    place.mkdir(mode=0o555)
    with without_root():
        folder = folder_in(place)
        assert not folder.put([digest_of(1)], [entry_of(1)], PROBES, "2026-01-01", None)
        (notice,) = folder.notices
    assert notice == f"shared vectors: cannot write {folder.path} (Permission denied)"
    assert list(place.iterdir()) == []


def test_what_killed_writers_have_left_is_removed_after_a_day(tmp_path: Path) -> None:
    """Not before: another machine may be writing it."""
    for number in range(3):
        put(tmp_path, {number})
    inner = files(tmp_path)[0].parent
    old, young = inner / ".tmp-1-aaaa", inner / ".tmp-2-bbbb"
    for path in (old, young):
        path.write_bytes(b"half")
    day_ago = old.stat().st_mtime - 86_500
    os.utime(old, (day_ago, day_ago))
    folder_in(tmp_path, files=2).merge()
    assert (old.exists(), young.exists()) == (False, True)
