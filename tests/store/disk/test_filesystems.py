"""Network file systems are detected."""

from pathlib import Path

import pytest

from semsearch.store.disk.filesystems import network_of

MOUNTS = """\
22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw
31 22 0:44 / /mnt/far\\040away rw shared:9 - nfs4 server:/x rw
32 31 0:45 / /mnt/far\\040away/near rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/home", None), ("/mnt/far away/docs", "nfs4"), ("/mnt/far away/near/docs", None)],
)
def test_network_file_systems_are_recognised(path: str, kind: str | None) -> None:
    """The mount of a path decides its file system."""
    assert network_of(Path(path), MOUNTS) == kind
