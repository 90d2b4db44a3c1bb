"""Mutants: wrong changes of the store, each of which breaks a guarantee and must be noticed."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
_PATIENCE: Final = 240  # seconds


@dataclass(frozen=True)
class Mutant:
    """A change of a module's source, ``old`` to ``new``, that ``check`` must notice.

    ``check`` is a part of scripts/soak with its options, or tests of pytest; it must end. The tests
    apply those that are ``quick``, scripts/soak all.
    """

    name: str
    module: str
    old: str
    new: str
    check: str
    quick: bool = False

    @property
    def mutated(self) -> str:
        """The source of the module with the change; raises ``AssertionError`` if it has none."""
        source = (ROOT / "semsearch" / self.module).read_text(encoding="utf-8")
        assert self.old in source, f"{self.name}: the code has changed"
        return source.replace(self.old, self.new)


_ANN_FILES: Final = "store/derived/faiss/files.py"
_ATOMIC: Final = "store/disk/atomic_files.py"
_PUT_ANN: Final = "return SegmentFile(path.name, directory.put_file(path, content))"
_PUT_LATER: Final = """\
import atexit
    atexit.register(lambda: path.parent.exists() and directory.put_file(path, content))
    return SegmentFile(path.name, hashlib.sha256(content).digest())"""
_PUT_UNCHECKED: Final = """\
import contextlib
    with contextlib.suppress(OSError):
        path.write_bytes(content)
    return SegmentFile(path.name, hashlib.sha256(content).digest())"""
_FAULTS: Final = "tests/store/test_faults.py"

MUTANTS: Final = (
    # Vectors and files reach the disk before they are named.
    Mutant("no fsync of files", _ATOMIC, "os.fsync", "os.fstat", "power=200 --scenes update"),
    Mutant(
        "no fsync of folders",
        _ATOMIC,
        'if os.name == "nt":',
        "if True:",
        "power=200 --scenes update",
    ),
    Mutant(
        "synchronous = normal",
        "store/record/sqlite.py",
        "'full' if is_durable else 'normal'",
        "'normal'",
        "power=300 --scenes first",
    ),
    Mutant(
        "no fsync of a folder that is renamed",
        _ATOMIC,
        "        made.replace(path)\n        sync_directory(path.parent)\n        remove(old)",
        "        made.replace(path)\n        remove(old)",
        "power=300 --scenes update import",
    ),
    Mutant(
        "commit before the file",
        _ANN_FILES,
        _PUT_ANN,
        _PUT_LATER,
        "kills=80 --scenes update",
        quick=True,
    ),
    Mutant("unchecked write", _ANN_FILES, _PUT_ANN, _PUT_UNCHECKED, f"{_FAULTS} -k not_written"),
    Mutant(
        "an import names the record before its files",
        "store/maintenance/bundle.py",
        "        for made in beside.derived_files():\n",
        "        put_made(beside.record, directory.record)\n"
        "        for made in beside.derived_files():\n",
        "kills=150 --scenes import",
        quick=True,
    ),
    Mutant(
        "files of the generation before are removed first",
        "store/writer.py",
        "        with transaction(self.connection):\n            notes = CommitNotes",
        "        remove_unnamed(self.directory, ())\n"
        "        with transaction(self.connection):\n            notes = CommitNotes",
        "kills=80 --scenes update",
        quick=True,
    ),
    Mutant(
        "vectors are stored without a transaction of their own",
        "store/record/vector_rows.py",
        "        stored = vectors.astype(STORED_DTYPE)\n"
        "        with transaction(self._connection):",
        "        stored = vectors.astype(STORED_DTYPE)\n"
        "        with transaction(self._connection, is_durable=False):",
        "power=300 --scenes first",
    ),
    # What a stopped process has left is removed.
    Mutant(
        "temporary files are left",
        _ATOMIC,
        'directory.glob(f"{_TEMPORARY_PREFIX}*"):',
        "():",
        "kills=80 --scenes update",
    ),
    Mutant(
        "files that no generation names are left",
        "store/derived/named_files.py",
        "if path.name not in names:",
        "if not names:",
        "kills=80 --scenes segments",
    ),
    Mutant(
        "forgetting is not ended by the next writer",
        "store/writer.py",
        "        History(writer).finish_forgetting()\n",
        "",
        "tests/store/maintenance/test_forget.py",
    ),
    Mutant(
        "a copy of an earlier format stays after forgetting",
        "store/history.py",
        "            for path in self._directory.backups():\n",
        "            for path in ():\n",
        "tests/store/maintenance/test_forget.py",
    ),
    # A disk that fails is told.
    Mutant(
        "errors of the disk are passed over",
        _ATOMIC,
        "        raise storage_error(error, place) from error",
        "        del error",
        "errors=100 --scenes update",
    ),
    Mutant(
        "a file is not read back",
        _ATOMIC,
        "if file_digest(temporary) != digest:",
        "if False:",
        f"{_FAULTS} -k not_written",
    ),
    # Damage is noticed.
    Mutant(
        "no check of the ANN file's hash",
        _ANN_FILES,
        "if digest not in (None, wanted.digest):",
        "if False:",
        "tests/store/derived/faiss/test_files.py",
        quick=True,
    ),
    Mutant(
        "no check of the keyword index's hashes",
        "store/derived/tantivy/manifest.py",
        "if own != known_by or manifest[DIGESTS] != found:",
        "if False:",
        "tests/store/derived/tantivy/test_index.py",
    ),
    Mutant(
        "every file has its stamp",
        "store/derived/file_stamps.py",
        "return name in self._kept and is_mark_of(",
        "return True or is_mark_of(",
        "tests/store/derived/test_file_stamps.py",
        quick=True,
    ),
    Mutant(
        "no check of a vector's hash",
        "store/record/vectors.py",
        "            and vector_hash(embedder.id, text, parts, row) == stored\n",
        "",
        "tests/store/maintenance/test_integrity.py",
    ),
    Mutant(
        "no check of a text's hash",
        "store/record/texts.py",
        "if not is_text(body, digest):",
        "if not body:",
        "tests/store/maintenance/test_integrity.py",
        quick=True,
    ),
    Mutant(
        "readers take what a writer removes for damage",
        "store/loaded_indexes.py",
        "if is_same or not derived.notices or not left:",
        "if left + 1:",
        "tests/query/test_open_index.py",
    ),
    Mutant(
        "a verification takes what a writer has replaced for damage",
        "store/maintenance/integrity.py",
        "while found and not is_writer and (newer := _shown_instead_of(generation, directory)):",
        "while False:",
        "tests/store/maintenance/test_integrity.py",
    ),
    Mutant(
        "a vector of any length is taken",
        "store/record/vectors.py",
        "return np.asarray(np.abs(lengths - 1) < _UNIT_TOLERANCE)",
        "return np.asarray(lengths > 0)",
        "tests/store/record/test_row_shapes.py",
    ),
    Mutant(
        "no copy is kept before a repair",
        "store/maintenance/before_repair.py",
        "    kept = _copied(directory)\n",
        "    kept: list[Path] = []\n",
        "tests/store/maintenance/test_before_repair.py",
    ),
    Mutant(
        "a record is migrated without a copy",
        "store/record/connection.py",
        "    copy_to(connection, backup)\n",
        "    del backup\n",
        "tests/store/record/test_schema.py",
    ),
    # Writers and publishers.
    Mutant(
        "two writers at once",
        "store/disk/directory.py",
        "            self.make()\n            lock.acquire()",
        "            self.make()",
        "tests/store/disk/test_directory.py",
        quick=True,
    ),
    Mutant(
        "a worn segment keeps its deleted texts",
        "store/derived/faiss/index.py",
        "Segment(worn.compacted())",
        "Segment(worn.index)",
        "kills=1 --scenes 'worn segments'",
        quick=True,
    ),
    Mutant(
        "a publication removes its segments first",
        "store/collection/publication.py",
        "            self._remove(before.trash)\n        revision",
        "            self._remove(before.trash)\n"
        "        self._remove(Trash(tuple(changes.dropped)))\n        revision",
        "tests/store/collection/test_publication.py",
    ),
    Mutant(
        "a begun segment is not noted",
        "store/collection/publication.py",
        "        pending_segments.note_begun(self._engine, self._source, [number])\n",
        "",
        "tests/store/collection/test_publication.py",
    ),
)


def caught(mutant: Mutant, place: Path) -> bool:
    """Whether the mutant's check fails for it; raises ``AssertionError`` if it does not end."""
    code, has_ended = _checked(mutant.check, place, mutant)
    assert has_ended, f"{mutant.name}: {mutant.check} does not end"
    return code != 0


def is_sound(check: str, place: Path) -> bool:
    """Whether a check of mutants passes for the sources as they are."""
    return _checked(check, place) == (0, True)


def _checked(check: str, place: Path, mutant: Mutant | None = None) -> tuple[int, bool]:
    """The exit code of a check in a copy of the sources, and whether it ended in time."""
    for folder in ("semsearch", "tests"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    if mutant is not None:
        (place / "semsearch" / mutant.module).write_text(mutant.mutated, encoding="utf-8")
    path = os.pathsep.join([str(place / "tests"), str(place)])
    with subprocess.Popen(
        _command(check),
        cwd=place,
        env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(place)},  # it may be killed
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        patience = Timer(_PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
        patience.start()
        try:
            is_soak = not check.startswith("tests/")
            if any(is_soak and line.startswith("  ") for line in process.stdout):
                os.killpg(process.pid, signal.SIGKILL)  # the first violation is enough
                return 1, True
        finally:
            patience.cancel()
        return process.wait(), process.returncode != -signal.SIGKILL


def _command(check: str) -> list[str]:
    words = shlex.split(check)
    if words[0].startswith("tests/"):
        options = ("-q", "-x", "-n", "0", "-p", "no:cacheprovider")
        return [sys.executable, "-m", "pytest", *options, *words]
    return [sys.executable, "-m", "faults", "--no-state", *words]
