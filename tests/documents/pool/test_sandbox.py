"""Processes without network."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool, Request

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="there is no such filter on this system",
)

WITHOUT = "from semsearch.documents.pool.sandbox import refuse_network\nassert refuse_network()\n"


def printed(program: str) -> str:
    """The output of a program that has blocked its own network access."""
    command = [sys.executable, "-c", WITHOUT + program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX"])
def test_no_socket_can_be_made(family: str) -> None:
    """The kernel refuses sockets of any kind."""
    program = f"import socket\ntry: socket.socket(socket.{family})\nexcept OSError as e: print(e)"
    assert printed(program) == "[Errno 1] Operation not permitted"


def test_a_program_that_it_starts_has_none_either() -> None:
    """Child programs inherit the filter; files and pipes work."""
    inner = "import socket\ntry: socket.socket()\nexcept PermissionError: print('none')"
    program = (
        f"import subprocess, sys\nprint(subprocess.check_output([sys.executable, '-c', {inner!r}]))"
    )
    assert printed(program) == "b'none\\n'"


def test_the_processes_of_the_pool_have_the_filter(tmp_path: Path) -> None:
    """Processes of the pool install the filter before the first file."""
    (tmp_path / "a.txt").write_text("words")
    with ReaderPool(tmp_path, Limits(), workers=1) as readers:
        list(readers.in_order([(None, Request("a.txt", 1_000_000))]))
        status = Path(f"/proc/{readers._started[0]._process.pid}/status").read_text()
    assert "Seccomp:\t2\n" in status
