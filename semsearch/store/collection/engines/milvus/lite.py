"""Milvus Lite: its server in this process, which has the data directory for itself.

Lite lets one process at a time open a directory. Within the process one server answers for all
engines of a directory, under one lock: its collections take one writer at a time, and a read looks
into Lite's files and its memory one after the other, while a write may move rows between them.

pymilvus would have the server listen on a port, on which every user of the machine could read and
write without a password. So the server is started here, on a socket in a folder of mode 0700.
"""

import atexit
import os
import shutil
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from semsearch.errors import EngineRefused, EngineUnreachable, SettingsError
from semsearch.store.disk.atomic_files import sync_directory
from semsearch.store.disk.process_folders import new_process_folder

if TYPE_CHECKING:
    from threading import RLock

_POLL_SECONDS: Final = 0.1
_LONGEST_SOCKET: Final = 90  # bytes of the folder's path; a socket's may have 104 (macOS) or 108
_SOCKETS: Final = "lite"
_FOLDER_MODE: Final = 0o700  # of the data directory, as of an index


@dataclass(eq=False)
class LiteServer:
    """A server of Milvus Lite in this process, with the engines that use it counted."""

    path: Path
    url: str
    version: str
    server: Any
    database: Any
    sockets: Path
    lock: "RLock" = field(default_factory=threading.RLock)
    users: int = 0
    _synced: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def remove_sockets(self) -> None:
        """Remove the folder of the socket, also where a process ends without closing its engine."""
        shutil.rmtree(self.sockets, ignore_errors=True)

    def sync(self) -> list[Path]:
        """Write all changed files of the directory to the disk; returns them.

        Lite gives its log to the operating system, which a killed process does not harm and a
        power cut does; and it deletes a log whose rows are in a file that may not be on the disk.
        """
        changed = []
        folders = set()
        for folder, _, names in os.walk(self.path):
            for name in names:
                file = Path(folder, name)
                try:
                    with file.open("rb") as opened:
                        status = os.fstat(opened.fileno())
                        if self._synced.get(file) == (status.st_size, status.st_mtime_ns):
                            continue
                        os.fsync(opened.fileno())
                except FileNotFoundError:  # merged with others meanwhile
                    continue
                self._synced[file] = (status.st_size, status.st_mtime_ns)
                changed.append(file)
                folders.add(file.parent)
        for place in sorted(folders):
            sync_directory(place)
        return changed


_servers: Final[dict[Path, LiteServer]] = {}  # by real path: a process can open each once
_opening: Final = threading.Lock()


def open_lite(path: Path, wait_seconds: float) -> LiteServer:
    """The server of a data directory, started where this process has none; makes the directory.

    Raises ``EngineUnreachable`` when another process has the directory open all the time, and
    ``EngineRefused`` when it cannot be a directory of Milvus Lite.
    """
    with _opening:
        real = path.resolve()
        if (known := _servers.get(real)) is None:
            known = _servers[real] = _started(real, path, wait_seconds)
        known.users += 1
        return known


def close_lite(lite: LiteServer) -> None:
    """Stop the server of an engine when no other engine of this process uses it."""
    with _opening, lite.lock:
        lite.users -= 1
        if lite.users:
            return
        del _servers[lite.path]
        lite.server.stop(grace=None).wait()
        lite.database.close()
        lite.sync()
        atexit.unregister(lite.remove_sockets)
        lite.remove_sockets()


def _started(real: Path, shown: Path, wait_seconds: float) -> LiteServer:
    try:
        from milvus_lite.adapter.grpc.server import start_server_in_thread
        from milvus_lite.exceptions import DataDirLockedError
    except ImportError as error:
        raise SettingsError(
            "a file of Milvus Lite needs the extra milvus: pip install 'semsearch[milvus]'"
        ) from error
    from milvus_lite import __version__ as version

    sockets = _socket_folder()
    # A path for a socket has to end in what Lite takes for a port.
    host = f"unix:{sockets}/lite" if hasattr(socket, "AF_UNIX") else "127.0.0.1"
    deadline = time.monotonic() + wait_seconds
    try:
        real.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        while True:
            try:
                server, database, port = start_server_in_thread(str(real), host=host, port=0)
                break
            except DataDirLockedError as error:
                if time.monotonic() >= deadline:
                    raise EngineUnreachable(
                        f"another process has {shown} open, and Milvus Lite lets in one at a time;"
                        " try again when it has ended, or use a server of Milvus"
                    ) from error
            time.sleep(_POLL_SECONDS)
    except OSError as error:
        shutil.rmtree(sockets, ignore_errors=True)
        raise EngineRefused(f"cannot open {shown} as a folder of Milvus Lite: {error}") from error
    except BaseException:
        shutil.rmtree(sockets, ignore_errors=True)
        raise
    url = f"{host}:0" if host.startswith("unix:") else f"http://{host}:{port}"
    lite = LiteServer(real, url, version, server, database, sockets)
    atexit.register(lite.remove_sockets)
    return lite


def _socket_folder() -> Path:
    """A new folder (0700) whose path leaves room for the name of a socket."""
    folder = new_process_folder(_SOCKETS)
    if len(os.fsencode(folder)) <= _LONGEST_SOCKET or not hasattr(socket, "AF_UNIX"):
        return folder
    folder.rmdir()
    return new_process_folder(_SOCKETS, Path("/tmp"))  # noqa: S108  # mode 0700, a name of its own
