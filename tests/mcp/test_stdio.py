"""The server in a process of its own, asked by clients that keep to the protocol and by others."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.index_runs import index

# The server over an index whose embedder is not in any registry; stray output is a library's.
SERVER = """
    import os, sys
    from fakes.embedder import WordEmbedder
    from semsearch.mcp.library import Library
    from semsearch.mcp.server import Server
    from semsearch.mcp.stdio import serve_stdio
    from semsearch.mcp.tools import instructions, tools_of
    library = Library(sys.argv[1], None, embedder=WordEmbedder())
    server = Server(tools_of(library), "1", lambda: instructions(library))
    def after_first():
        library.preload()
        print("a stray line", flush=True)
        os.write(1, b"another one\\n")
    serve_stdio(server, after_first)
"""


class Peer:
    """A client that sends lines and reads lines."""

    def __init__(self, folder: Path) -> None:
        path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SERVER), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )

    def send(self, line: bytes) -> None:
        """Write a line as it is."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """The next message."""
        assert self.process.stdout is not None
        message: dict[str, Any] = json.loads(self.process.stdout.readline())
        return message

    def ask(self, method: str, number: int = 1, **params: Any) -> dict[str, Any]:
        """The response to a request."""
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.send(json.dumps(request).encode())
        return self.receive()

    def end(self) -> tuple[bytes, bytes]:
        """Close the server's input; what it has written since, and on stderr."""
        told = self.process.communicate(timeout=30)
        assert self.process.returncode == 0
        return told


@pytest.fixture
def peer(corpus: Path, words: WordEmbedder) -> Iterator[Peer]:
    """A client of a server over the four documents."""
    index(corpus, words)
    peer = Peer(corpus)
    yield peer
    peer.process.kill()
    peer.process.wait()
    for pipe in (peer.process.stdin, peer.process.stdout, peer.process.stderr):
        assert pipe is not None
        with suppress(BrokenPipeError):  # what was not written any more
            pipe.close()


def test_a_client_searches_reads_and_ends(peer: Peer) -> None:
    """Nothing but messages stands on standard output."""
    first = peer.ask("initialize", protocolVersion="2025-06-18", capabilities={})
    assert first["result"]["protocolVersion"] == "2025-06-18"
    assert "has 4 documents" in first["result"]["instructions"]
    peer.send(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')
    found = peer.ask("tools/call", 2, name="search", arguments={"question": "honey bees"})
    text = found["result"]["content"][0]["text"]
    assert "1. bees.md:" in text and "> Honey bees keep warm." in text
    read = peer.ask("tools/call", 3, name="read", arguments={"citation": "bees.md:3"})
    assert "3 > Honey bees keep warm." in read["result"]["content"][0]["text"]
    out, told = peer.end()
    assert out == b""
    assert told.splitlines() == [b"a stray line", b"another one"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"hello", -32700),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping"', -32700),
        (b"\xff\xfe{}", -32700),
        (b"[" * 100_000, -32700),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600),
        (b'{"id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": "x"}', -32602),
        (b'"' + b"x" * (5 << 20) + b'"', -32600),
    ],
    ids=range(9),
)
def test_a_broken_client_gets_an_error_and_the_next_question_an_answer(
    peer: Peer, line: bytes, code: int
) -> None:
    """Whatever a line holds."""
    peer.send(b"")
    peer.send(line)
    assert peer.receive()["error"]["code"] == code
    assert peer.ask("ping", 7) == {"jsonrpc": "2.0", "id": 7, "result": {}}


def test_a_notification_is_not_answered_be_it_right_or_wrong(peer: Peer) -> None:
    """The next answer is that of the next question."""
    peer.send(b'{"jsonrpc": "2.0", "method": "notifications/progress", "params": [1]}')
    peer.send(b'{"jsonrpc": "2.0", "method": 5}')
    peer.send(
        b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": true}}'
    )
    assert peer.ask("ping", 1) == {"jsonrpc": "2.0", "id": 1, "result": {}}


def test_many_questions_at_once_are_answered_each(peer: Peer) -> None:
    """In any order."""
    for number in range(40):
        call = {"name": "search", "arguments": {"question": f"honey bees {number}"}}
        request = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": call}
        peer.send(json.dumps(request).encode())
    answers = [peer.receive() for _ in range(40)]
    assert sorted(one["id"] for one in answers) == list(range(40))
    assert all("bees.md" in one["result"]["content"][0]["text"] for one in answers)


def test_a_client_that_stops_reading_ends_the_server(peer: Peer) -> None:
    """It does not wait, and there is no traceback."""
    assert peer.process.stdout is not None
    peer.process.stdout.close()
    for number in range(3):
        request = {"jsonrpc": "2.0", "id": number, "method": "ping"}
        peer.send(json.dumps(request).encode())
    assert peer.process.stdin is not None
    peer.process.stdin.close()
    assert peer.process.wait(30) == 0
    assert peer.process.stderr is not None
    assert b"Traceback" not in peer.process.stderr.read()


def test_a_new_generation_is_seen_by_the_next_question(
    peer: Peer, corpus: Path, words: WordEmbedder
) -> None:
    """The server goes on over an index that is brought up to date beside it."""
    arguments = {"question": "zeppelins"}
    before = peer.ask("tools/call", 1, name="search", arguments=arguments)
    assert "zeppelin" not in before["result"]["content"][0]["text"]
    (corpus / "zeppelin.md").write_text("# Zeppelins\n\nZeppelins float.\n")
    index(corpus, words)
    after = peer.ask("tools/call", 2, name="search", arguments=arguments)
    assert "zeppelin.md" in after["result"]["content"][0]["text"]


def test_the_command_of_an_index_that_is_not_there_says_what_to_do(
    tmp_path: Path, run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    """It starts all the same: a client shows what a tool says, hardly what a process says."""
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "search", "arguments": {"question": "bees"}},
        },
    ]
    ended = subprocess.run(
        [sys.executable, "-m", "semsearch", "mcp", str(tmp_path)],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
    )
    answers = sorted(map(json.loads, ended.stdout.splitlines()), key=lambda one: one["id"])
    assert ended.returncode == 0
    assert "run: semsearch index" in answers[0]["result"]["instructions"]
    assert answers[1]["result"]["isError"]
    assert "run: semsearch index" in answers[1]["result"]["content"][0]["text"]
    wrong = run("mcp", tmp_path, "--all")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "semsearch: give one of a folder, --in and --all\n",
    )


@pytest.mark.skipif(os.name == "nt", reason="file names of Windows are Unicode")
def test_a_folder_of_other_bytes_than_utf8_gives_text_that_any_client_decodes(
    tmp_path: Path,
) -> None:
    """JSON with half of a surrogate pair is refused by many."""
    ended = subprocess.run(
        [sys.executable, "-m", "semsearch", "mcp", os.fsencode(tmp_path) + b"/b\xe4r"],
        input=b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}\n'
        b'{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "status"}}\n',
        capture_output=True,
    )
    assert ended.stdout.count(b"there is no index") == 2
    assert b"\\udce4" not in ended.stdout


@pytest.mark.skipif(os.name != "posix", reason="the shell of another system")
def test_a_client_without_standard_input_ends_the_server(tmp_path: Path) -> None:
    """As one that has closed it."""
    ended = subprocess.run(
        ["/bin/sh", "-c", f'exec "{sys.executable}" -m semsearch mcp "{tmp_path}" <&-'],
        capture_output=True,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_the_handshake_imports_nothing_heavy() -> None:
    """A client that waits for it waits for neither numpy nor FAISS."""
    code = (
        "import sys, semsearch.mcp.stdio, semsearch.mcp.tools, semsearch.mcp.library;"
        "print([n for n in ('numpy', 'faiss', 'onnxruntime', 'requests') if n in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert shown.stdout == "[]\n"
    assert semsearch.__file__
