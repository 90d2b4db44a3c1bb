"""Processes without network."""

import platform
import shutil
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from semsearch.documents.formats import format_of
from semsearch.documents.pool.file_sandbox import has_landlock
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool, Request
from semsearch.documents.readers.reader import read_document

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="there is no such filter on this system",
)

SAMPLES = Path(__file__).parents[3] / "sample_corpus"
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
        list(readers.in_order([(None, Request("a.txt", 2_000_000))]))
        status = Path(f"/proc/{readers._started[0]._process.pid}/status").read_text()
    assert "Seccomp:\t2\n" in status


CONFINED = """
import os, sys
from pathlib import Path
from semsearch.documents.pool.file_sandbox import refuse_files
if not refuse_files():
    sys.exit(77)
def tried(path):
    try:
        return Path(path).read_bytes()[:5]
    except OSError as error:
        return error.strerror
"""


def confined(program: str, *arguments: object) -> str:
    """The output of a program that has given up all files; skips where there is no Landlock."""
    command = [sys.executable, "-c", CONFINED + program, *map(str, arguments)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    if ended.returncode == 77:
        pytest.skip("this kernel has no Landlock")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_a_reader_opens_no_other_file(tmp_path: Path) -> None:
    """Neither a file of the user, nor the memory or environment of the process that started it."""
    (tmp_path / "diary.txt").write_text("words")
    program = (
        "print(tried(sys.argv[1]), tried('/etc/passwd'), tried(f'/proc/{os.getppid()}/environ'))"
    )
    refused = "Permission denied"
    assert confined(program, tmp_path / "diary.txt") == f"{refused} {refused} {refused}"


def test_a_reader_writes_and_lists_nothing(tmp_path: Path) -> None:
    """No file is made, no folder is listed, and no program that it starts can do so either."""
    program = (
        "for act in (lambda: open(sys.argv[1] + '/made', 'w'), lambda: os.listdir(sys.argv[1])):\n"
        "    try: print(act())\n"
        "    except PermissionError: print('refused')\n"
        "import subprocess\n"
        "print(subprocess.run(['ls', sys.argv[1]], capture_output=True).returncode > 0)\n"
    )
    assert confined(program, tmp_path).split() == ["refused", "refused", "True"]


def test_a_reader_still_imports_what_it_reads_with() -> None:
    """Readers, and the packages that they use, are imported after the files are given up."""
    program = (
        "import importlib, semsearch.documents.readers as readers\n"
        "for path in Path(readers.__file__).parent.glob('*.py'):\n"
        "    importlib.import_module(f'semsearch.documents.readers.{path.stem}')\n"
        "print('all')\n"
    )
    assert confined(program) == "all"


def test_a_confined_process_reads_what_any_process_reads(tmp_path: Path) -> None:
    """No library looks for a file of the system that it cannot open then."""
    shutil.copytree(SAMPLES, tmp_path / "corpus", ignore=shutil.ignore_patterns(".*"))
    mail = EmailMessage()
    mail["Subject"] = "Offer"
    mail.set_content("The yak is for sale.")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png")
    (tmp_path / "corpus" / "offer.eml").write_bytes(bytes(mail))
    corpus, most = tmp_path / "corpus", 10**8
    files = (path for path in corpus.rglob("*") if path.is_file() and format_of(path.name))
    paths = [str(path.relative_to(corpus)) for path in files]
    with ReaderPool(corpus, Limits(), workers=1) as readers:
        found = dict(readers.in_order([(path, Request(path, most)) for path in paths]))
    assert found == {path: read_document(corpus, path, max_bytes=most) for path in paths}


def test_a_file_that_is_open_stays_so(tmp_path: Path) -> None:
    """A reader gets its file as an open descriptor."""
    (tmp_path / "a.txt").write_text("words")
    with (tmp_path / "a.txt").open() as file:
        command = [sys.executable, "-c", CONFINED + "print(sys.stdin.read())"]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, stdin=file)
    assert ended.returncode == 77 or ended.stdout == "words\n"


LAYERS = """
import sys
from pathlib import Path
from semsearch.documents.pool.file_sandbox import has_landlock, refuse_files
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool
from semsearch.documents.reason import DocumentUnreadable
corpus = Path(sys.argv[1])
while refuse_files(["/proc", corpus]):  # the kernel stacks sixteen sets of rules
    pass
try:
    with ReaderPool(corpus, Limits()) as pool:
        print(pool.read("page.html").document)
except DocumentUnreadable as error:
    print(error.code.name, error.digest)
"""


def test_a_reader_that_cannot_give_up_files_reads_none(tmp_path: Path) -> None:
    """A reader process that the kernel does not confine ends; the next run reads the file."""
    if not has_landlock():
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "page.html").write_text("<p>words" * 20_000)
    command = [sys.executable, "-c", LAYERS, str(tmp_path)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ended.stdout.splitlines()[-1] == "NO_PROCESS None"


SEEN = """
import ctypes, os
from pathlib import Path
from semsearch.documents.pool.file_sandbox import hide_environment
if os.geteuid() == 0:
    os.setresuid(65534, 65534, 65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as any process of that user is
def seen_by_child():
    if (child := os.fork()) == 0:
        os._exit(os.access(f"/proc/{os.getppid()}/environ", os.R_OK))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(seen_by_child(), hide_environment(), seen_by_child())
"""


def test_a_command_hides_its_environment_from_its_readers() -> None:
    """Where the kernel has no Landlock, a reader cannot read the keys of its parent either."""
    command = [sys.executable, "-c", SEEN]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ended.stdout.split() == ["1", "True", "0"]
