"""Model of power cuts: each disk state that POSIX allows after a cut.

An unsynced write may be present, in part or absent, in any order. The creation or removal of a name
is certain only after a sync of its folder; before, the disk may have any earlier state of the
folder.
"""

import random
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from faults.disk_log import Operation
from faults.scenes import Scene, violations

_SECTOR: Final = 512  # bytes that a disk writes whole


@dataclass
class _File:
    """Operations on a file's content; ``synced`` is the number of the last sync."""

    content: bytes = b""
    done: list[tuple[int, Operation]] = field(default_factory=list)
    synced: int = -1


_Names = dict[str, _File | None]  # None is a folder


def after_a_cut(
    scene: Scene, operations: list[Operation], at: int, seed: int, place: Path
) -> list[str]:
    """The violations on a disk that a cut after operation ``at`` may leave."""
    chance = random.Random(seed)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    made = operations[: at + 1]
    names, entries, synced = _replayed(scene.place, made)
    reached = _reached(entries, synced, chance)
    for number, operation, file in entries:
        if number <= reached[_folder(operation)]:
            _name(names, operation, file)
    for path, file in sorted(names.items()):
        target = place / path
        if target.parent.is_dir() and not path.endswith("-shm"):  # that is memory, made anew
            if file is None:
                target.mkdir(exist_ok=True)
            else:
                is_ledger = path == "ledger"  # what was paid is known to the server
                target.write_bytes(_content(file, None if is_ledger else chance))
    said = "committed" if any(operation.kind == "said" for operation in made) else ""
    broken = violations(scene, place / "corpus", place / "ledger", said, None)
    return [f"cut after {at} ({made[-1].kind} {made[-1].path}), seed {seed}: {b}" for b in broken]


_Entry = tuple[int, Operation, "_File | None"]


def _replayed(
    start: Path, operations: list[Operation]
) -> tuple[_Names, list[_Entry], dict[str, int]]:
    """The names at the start, the operations on names, and the last sync of each folder."""
    now: _Names = {
        path.relative_to(start).as_posix(): None if path.is_dir() else _File(path.read_bytes())
        for path in sorted(start.rglob("*"))
    }
    first, entries, synced = dict(now), [], {}
    for number, operation in enumerate(operations):
        file = now.get(operation.path)
        if operation.kind in ("write", "truncate") and file is not None:
            file.done.append((number, operation))
        elif operation.kind == "sync":
            if file is not None:
                file.synced = number
            else:
                synced[operation.path] = number
        elif operation.kind in ("folder", "link", "rename", "remove") or (
            operation.kind == "create" and operation.path not in now
        ):
            file = _File() if operation.kind == "create" else file
            entries.append((number, operation, file))
            _name(now, operation, file)
    return first, entries, synced


def _name(names: _Names, operation: Operation, file: _File | None) -> None:
    """Create or remove a name, if its folder exists."""
    if operation.kind in ("create", "folder"):
        names[operation.path] = file
    elif operation.kind == "link":
        names[operation.to] = file
    elif operation.kind == "remove":
        names.pop(operation.path, None)
    elif operation.path in names:
        for name in [n for n in names if n == operation.path or n.startswith(f"{operation.path}/")]:
            names[operation.to + name[len(operation.path) :]] = names.pop(name)


def _reached(
    entries: list[_Entry], synced: dict[str, int], chance: random.Random
) -> dict[str, int]:
    """By folder, the number of the last name operation that reached the disk."""
    reached = {}
    for folder in sorted({_folder(operation) for _, operation, _ in entries}):
        sure = synced.get(folder, -1)
        later = [n for n, other, _ in entries if n > sure and _folder(other) == folder]
        reached[folder] = chance.choice([sure, *later])
    return reached


def _folder(operation: Operation) -> str:
    return Path(operation.to or operation.path).parent.as_posix()


def _content(file: _File, chance: random.Random | None) -> bytes:
    """The synced content, and by ``chance`` some unsynced writes; all if None."""
    content = bytearray(file.content)
    mode = chance.choice(("none", "all", "some", "torn")) if chance else "all"
    for number, operation in file.done:
        done = operation
        if chance and number > file.synced and mode != "all":
            if mode == "none" or chance.random() < 0.5:
                continue
            if mode == "torn" and operation.kind == "write":
                whole = chance.randrange(len(operation.data) // _SECTOR + 1) * _SECTOR
                done = replace(operation, data=operation.data[:whole])
        _apply(content, done)
    return bytes(content)


def _apply(content: bytearray, operation: Operation) -> None:
    if operation.kind == "truncate":
        del content[operation.size :]
        content.extend(bytes(operation.size - len(content)))
        return
    offset = len(content) if operation.offset < 0 else operation.offset
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(operation.data)] = operation.data
