"""Which file systems an index can be on: locks and SQLite's log do not hold on a network's."""

import re
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")  # Linux; elsewhere nothing is known
_NETWORK: Final = frozenset(
    "nfs nfs4 cifs smb3 smbfs ncpfs afs ceph glusterfs lustre 9p davfs fuse.sshfs fuse.rclone"
    " fuse.s3fs fuse.gcsfuse fuse.davfs2 fuse.glusterfs".split()
)


def network_of(path: Path, mounts: str | None = None) -> str | None:
    """The type of the network file system that a path is on; None on any other.

    ``mounts`` is as in proc(5), ``/proc/PID/mountinfo``; the system's when not given.
    """
    if mounts is None:
        mounts = _MOUNTS.read_text(errors="surrogateescape") if _MOUNTS.exists() else ""
    best, kind = "", None
    for line in mounts.splitlines():
        fields = line.split(" ")
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4])
        if len(point) >= len(best) and path.is_relative_to(point):
            best, kind = point, fields[fields.index("-") + 1]
    return kind if kind in _NETWORK else None
