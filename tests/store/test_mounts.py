"""An index on a small disk, and on one of the network: mounts of a namespace of the test's own."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.mistral_server import KEY, mistral_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts of Linux")
Mounted = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def mounted(tmp_path: Path) -> Mounted:
    """Run the semsearch command after mounts that only this command sees."""
    user = [] if os.geteuid() == 0 else ["-r"]
    unshare = ["unshare", "-m", *user, "sh", "-c"]
    if not shutil.which("unshare"):
        pytest.skip("no mount namespace can be made here")

    def running(mount: str, *args: object, **variables: str) -> "subprocess.CompletedProcess[str]":
        if subprocess.run([*unshare, mount], check=False, capture_output=True).returncode:
            pytest.skip("nothing can be mounted here")
        command = [sys.executable, "-m", "semsearch", *map(str, args)]
        return subprocess.run(
            [*unshare, f'{mount} && exec "$@"', "sh", *command],
            cwd=tmp_path,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    return running


def test_a_disk_that_is_too_small_ends_a_run_before_it_pays(
    mounted: Mounted, corpus: Path, tmp_path: Path
) -> None:
    """Exit code 28; the message says how much to free, and nothing is sent."""
    place = tmp_path / "small"
    place.mkdir()
    tmpfs = f"mount -t tmpfs -o size=8m tmpfs {shlex.quote(str(place))}"
    with mistral_server() as server:
        paid = {"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": server.url}
        done = mounted(tmpfs, "index", corpus, "--index", place, "--yes", **paid)
        assert (done.returncode, done.stderr.count("\n")) == (28, 1)
        assert " MB or name another place" in done.stderr
        assert server.received == []


def test_a_disk_of_the_network_is_not_written_to(
    mounted: Mounted, corpus: Path, tmp_path: Path
) -> None:
    """Exit code 74; the message says what to do, and no index is begun."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 259:1 / {corpus} rw shared:1 - nfs4 server:/x rw\n")
    told = f"mount --bind {shlex.quote(str(mounts))} /proc/$$/mountinfo"
    done = mounted(told, "index", corpus, "--embedder", "local:minilm")
    assert (done.returncode, done.stderr.count("\n")) == (74, 1)
    assert "network file system (nfs4)" in done.stderr
    assert "--index" in done.stderr
    assert not (corpus / ".semsearch" / "index.sqlite").exists()
