"""Detect network file systems, where locks and SQLite's write-ahead log are not reliable."""

import os
import re
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")  # Linux only
_NETWORK: Final = frozenset(
    "nfs nfs4 cifs smb3 smbfs ncpfs afs ceph glusterfs lustre 9p davfs fuse.sshfs fuse.rclone"
    " fuse.s3fs fuse.gcsfuse fuse.davfs2 fuse.glusterfs".split()
)


def network_of(path: Path, mounts: str | None = None) -> str | None:
    """The type of the network file system that a path is on; None for a local one.

    ``mounts`` has the format of ``/proc/PID/mountinfo``, proc(5); by default that of this process.
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


def may_write_in(folder: Path) -> bool:
    """Whether this process can make files in a folder; False on a read-only disk."""
    effective = os.access in os.supports_effective_ids
    return os.access(folder, os.W_OK, effective_ids=effective)
