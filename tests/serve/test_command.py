"""The command: what it prints, when it refuses, and how it ends."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from fakes.web_server import web_server
from semsearch.embedders.local.minilm import MiniLM
from semsearch.mcp.library import Library
from semsearch.serve.access import Access
from semsearch.serve.server import WebServer, listening
from semsearch.settings.schema import Settings

if TYPE_CHECKING:
    from conftest import Run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are of another system")


@contextmanager
def serving(*arguments: object) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A running server, and the line that it has printed."""
    command = [sys.executable, "-m", "semsearch", "serve", *map(str, arguments), "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stderr is not None
    try:
        yield process, process.stderr.readline()
    finally:
        process.kill()
        process.communicate()


def status_of(address: str) -> int:
    """The status of the answer at an address."""
    found = re.fullmatch(r"http://([^:/]+):(\d+)(/.*)", address)
    assert found is not None, address
    connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=30)
    connection.request("GET", found[3])
    status = connection.getresponse().status
    connection.close()
    return status


def test_ctrl_c_ends_it_cleanly(corpus: Path, minilm: MiniLM) -> None:
    """With code 0 and no other word, while a connection is open; SIGTERM has its own code."""
    semsearch.index(corpus, embedder=minilm, settings=Settings())
    for sent, code, told in (
        (signal.SIGINT, 0, ""),
        (signal.SIGTERM, 143, "semsearch: interrupted\n"),
    ):
        with serving(corpus, "--no-token") as (process, line):
            address = re.search(r"http://\S+", line)
            assert address is not None
            assert status_of(address[0] + "api/search?q=bees") == 200
            port = int(address[0].split(":")[2].rstrip("/"))
            with socket.create_connection(("127.0.0.1", port)):
                process.send_signal(sent)
                out, err = process.communicate(timeout=20)
            assert (process.returncode, out, err) == (code, "", told)


def test_the_printed_address_has_a_token_that_is_new_each_time(
    corpus: Path, words: WordEmbedder
) -> None:
    """Without it nobody is let in; the process's arguments do not have it."""
    index(corpus, words)
    tokens = set()
    for _ in range(2):
        with serving(corpus) as (process, line):
            found = re.fullmatch(
                r"semsearch: serving at (http://127\.0\.0\.1:\d+/)\?token=(\S{43}) until Ctrl-C\n",
                line,
            )
            assert found is not None
            assert status_of(found[1]) == 401
            assert status_of(f"{found[1]}?token={found[2]}") == 303
            arguments = Path(f"/proc/{process.pid}/cmdline")
            assert not arguments.exists() or found[2] not in arguments.read_text()
            tokens.add(found[2])
    assert len(tokens) == 2


def test_a_token_of_a_file_is_not_printed(
    corpus: Path, words: WordEmbedder, tmp_path: Path
) -> None:
    """Whoever has made it knows it, and logs are read by others."""
    index(corpus, words)
    file = tmp_path / "token"
    file.write_text("a-token-of-one's-own\n")
    file.chmod(0o600)
    with serving(corpus, "--token-file", file) as (_, line):
        assert "token" not in line
        address = line.split()[3]
        assert status_of(address) == 401
        assert status_of(f"{address}?token=a-token-of-one's-own") == 303


def test_a_port_that_is_taken_is_told_in_one_line(
    corpus: Path, words: WordEmbedder, run: "Run"
) -> None:
    """With what to do."""
    index(corpus, words)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shown = run("serve", corpus, "--port", port)
    assert shown.returncode == 2
    assert shown.stderr == (
        f"semsearch: port {port} of 127.0.0.1 is taken; give another by --port, or 0 for any that"
        " is free\n"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--host", "0.0.0.0", "--no-token"], "0.0.0.0 can be reached from other machines, which"),  # noqa: S104
        (["--no-token", "--token-file", "x"], "give one of --token-file and --no-token"),
        (["--token-file", "none"], "cannot read the token file none"),
        (["--host", "no.such.host.invalid"], "no.such.host.invalid is no address to listen at"),
        (["--host", "a" * 70], f"{'a' * 70} is no address to listen at"),
        (["--allow-host", "notes.lan:80"], "'notes.lan:80' is no name of a machine; give it alone"),
        (["--allow-host", "http://notes.lan"], "'http://notes.lan' is no name of a machine"),
        (["--allow-host", "*"], "'*' is no name of a machine"),
        (["--all"], "give one of a folder, --in and --all"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(
    corpus: Path, words: WordEmbedder, run: "Run", arguments: list[str], told: str
) -> None:
    """Before anything listens."""
    index(corpus, words)
    shown = run("serve", corpus, *arguments, "--port", 0)
    assert (shown.returncode, shown.stdout, shown.stderr.count("\n")) == (2, "", 1)
    assert shown.stderr.startswith(f"semsearch: {told}")


@pytest.mark.parametrize("package", ["uvicorn", "starlette", "jinja2"])
def test_a_missing_extra_is_told(run: "Run", tmp_path: Path, package: str) -> None:
    """With the command that installs it."""
    (tmp_path / f"{package}.py").write_text(
        f"raise ModuleNotFoundError('there is none', name={package!r})\n"
    )
    shown = run("serve", tmp_path)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr == (
        f"semsearch: {package} is not installed; run: pip install 'semsearch[serve]'\n"
    )


def test_many_searches_at_once_are_all_answered(corpus: Path, words: WordEmbedder) -> None:
    """A hundred clients, each with a question of its own."""
    index(corpus, words)
    statuses: list[int] = []
    with web_server(corpus, words) as web:

        def ask(number: int) -> None:
            statuses.append(web.get(f"/api/search?q=bees+{number}").status)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    assert statuses == [200] * 100


def test_a_search_whose_client_has_gone_is_not_made(corpus: Path, words: WordEmbedder) -> None:
    """It was waiting for a thread; the next one is answered."""
    index(corpus, words)
    begun = threading.Event()
    go_on = threading.Event()
    asked: list[str] = []
    vector = words.vector

    def slow(text: str):  # type: ignore[no-untyped-def]
        asked.append(text)
        begun.set()
        go_on.wait(30)
        return vector(text)

    words.vector = slow  # type: ignore[method-assign]
    with web_server(corpus, words) as web:
        busy = []
        for number in range(40):  # more than there are threads
            connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
            connection.request("GET", f"/api/search?q=busy+{number}")
            busy.append(connection)
        assert begun.wait(30)
        gone = socket.create_connection(("127.0.0.1", web.port))
        gone.sendall(b"GET /api/search?q=forsaken HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.3)  # it waits behind the others
        gone.close()
        time.sleep(0.3)  # and its end has been seen
        go_on.set()
        for connection in busy:
            assert connection.getresponse().status == 200
            connection.close()
        assert web.get("/api/search?q=next").status == 200
    assert "forsaken" not in asked
    assert "next" in asked


@pytest.mark.parametrize("is_busy", [True, False])
def test_an_index_is_not_closed_under_a_search(
    corpus: Path, words: WordEmbedder, is_busy: bool
) -> None:
    """When the server ends: that would crash the process."""
    index(corpus, words)
    begun, go_on = threading.Event(), threading.Event()
    vector = words.vector

    def slow(text: str):  # type: ignore[no-untyped-def]
        begun.set()
        go_on.wait(60)
        return vector(text)

    closed: list[bool] = []

    class Watched(Library):
        def close(self) -> None:
            closed.append(go_on.is_set())
            super().close()

    if is_busy:
        words.vector = slow  # type: ignore[method-assign]
    library = Watched(str(corpus), None, embedder=words)  # type: ignore[arg-type]  # as its name
    with listening("127.0.0.1", 0) as listener:
        server = WebServer(library, listener, Access.of("127.0.0.1", (), None, 1), "1.2.3")
        running = threading.Thread(target=server.run)
        running.start()
        with socket.create_connection(("127.0.0.1", listener.port)) as client:
            client.sendall(b"GET /api/search?q=bees HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if is_busy:
                assert begun.wait(60)
            else:
                assert client.recv(12) == b"HTTP/1.1 200"
            server.stop()
            running.join(60)
    assert closed == ([] if is_busy else [False])
    go_on.set()
