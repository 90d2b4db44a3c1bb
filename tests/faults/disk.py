"""An ext4 file system in a file, whose power can be cut. Needs root and a loop device."""

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_SHUTDOWN: Final = 0x8004587D  # FS_IOC_SHUTDOWN of linux/fs.h: _IOR('X', 125, __u32)
_NO_LOG_FLUSH: Final = 2  # FS_SHUTDOWN_FLAGS_NOLOGFLUSH: what is not on the disk is lost
_SIZE: Final = 64 << 20  # bytes


class Disk:
    """An ext4 file system in ``image``, mounted at ``place``."""

    def __init__(self, image: Path, place: Path) -> None:
        self._image = image
        self.place = place

    def mount(self) -> None:
        """Mount it as after power has come back: the journal is replayed."""
        _run("mount", "-o", "loop", str(self._image), str(self.place))

    def unmount(self) -> None:
        """Unmount; after a power cut nothing more is written."""
        _run("umount", str(self.place))

    def cut(self) -> None:
        """Cut the power."""
        descriptor = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)


def is_possible() -> bool:
    """Whether this process may make and mount a file system."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mkfs.ext4") is not None


@contextmanager
def own_disk(folder: Path) -> Iterator[Disk | None]:
    """Create and mount a file system; None where that is not possible."""
    image, place = folder / "image", folder / "disk"
    if not is_possible():
        yield None
        return
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(_SIZE)
    _run("mkfs.ext4", "-q", "-F", str(image))
    disk = Disk(image, place)
    try:
        disk.mount()
    except subprocess.CalledProcessError:
        yield None
        return
    try:
        yield disk
    finally:
        disk.unmount()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
