"""Disk operations of a command, traced by strace, in the order of their return."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from faults.scenes import Scene
from faults.tracing import traced

_CALLS: Final = (
    "openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "unlinkat", "rmdir",
    "ftruncate", "mkdir", "link", "linkat", "renameat", "renameat2", "mkdirat",
)  # fmt: skip
_NAMED: Final = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True)
class Operation:
    """A system call; paths are relative to the scene's place.

    ``kind`` is create, folder, link, rename, remove, write, truncate, sync, or said (a line on
    stdout).
    """

    kind: str
    path: str = ""
    to: str = ""
    offset: int = -1  # of a write; -1 appends
    data: bytes = b""
    size: int = 0


def operations_of(scene: Scene, place: Path) -> list[Operation]:
    """Run the scene's command in ``place`` and return its operations."""
    scene.copy(place)
    log = place.with_name(f"{place.name}.log")
    known = ",".join(f"?{call}" for call in _CALLS)
    code, said = traced(
        scene, place, str(log), *("-f", "-y", "-xx", "-s", "100000000", "-e", f"trace={known}")
    )
    assert code == 0, said
    found = [operation for line in _whole_lines(log) for operation in _operations(line, place)]
    log.unlink()
    return found


def _whole_lines(log: Path) -> Iterator[str]:
    """A line per call, joined if a call of another thread interrupted it."""
    begun: dict[str, str] = {}
    with log.open(encoding="latin-1") as lines:
        for line in lines:
            thread, _, call = line.rstrip("\n").partition(" ")
            call = call.lstrip()
            if call.endswith("<unfinished ...>"):
                begun[thread] = call.removesuffix("<unfinished ...>")
            elif match := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
                yield begun.pop(thread, "") + match[1]
            else:
                yield call


def _operations(line: str, place: Path) -> Iterator[Operation]:
    match = re.match(r"(\w+)\((.*)\) += (-?\d+)", line)
    if match is None or int(match[3]) < 0:
        return
    call, arguments, result = match[1], match[2], int(match[3])
    if call in ("write", "pwrite64", "fsync", "fdatasync", "ftruncate"):
        yield from _of_open_file(call, arguments, result, place)
        return
    names = [
        _inside(_text(at) + b"/" + _text(name), place) for at, name in _NAMED.findall(arguments)
    ]
    if None in names or not names:
        return
    first, last = str(names[0]), str(names[-1])
    if call == "openat":
        if "O_CREAT" in arguments:
            yield Operation("create", first)
        if "O_TRUNC" in arguments:
            yield Operation("truncate", first)
    elif call in ("unlink", "unlinkat", "rmdir"):
        yield Operation("remove", first)
    else:
        kind = {"mkd": "folder", "ren": "rename", "lin": "link"}[call[:3]]
        yield Operation(kind, first, last)


def _of_open_file(call: str, arguments: str, result: int, place: Path) -> Iterator[Operation]:
    number, opened, rest = re.match(r"(\d+)<([^>]*)>(.*)", arguments, re.DOTALL).groups()  # type: ignore[union-attr]
    data = b"".join(_text(text) for text in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', rest))
    path = _inside(_text(opened), place)
    numbers = re.findall(r", (\d+)", rest)
    if path is None:
        if number == "1" and data:
            yield Operation("said", data=data)
    elif call == "ftruncate":
        yield Operation("truncate", path, size=int(numbers[-1]))
    elif data:
        offset = int(numbers[-1]) if call == "pwrite64" else -1
        yield Operation("write", path, offset=offset, data=data[:result])
    elif "sync" in call:
        yield Operation("sync", path)


def _text(escaped: str) -> bytes:
    return (
        bytes.fromhex(escaped.replace("\\x", "")) if "\\x" in escaped else escaped.encode("latin-1")
    )


def _inside(name: bytes, place: Path) -> str | None:
    """Path relative to the place; None for a path outside. An absolute name needs no folder."""
    absolute = os.fsdecode(name[name.rfind(b"//") + 1 :] if b"//" in name else name)
    path = Path(os.path.normpath(absolute))
    return path.relative_to(place).as_posix() if path.is_relative_to(place) else None
