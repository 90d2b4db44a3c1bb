"""Connections that send slowly, or are too many."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.embedder import WordEmbedder
from fakes.web_server import Web, web_server
from semsearch.serve.connections import ConnectionLimits

PARTS = {
    "nothing": b"",
    "half a head": b"GET /api/status HTTP/1.1\r\nHost: localhost\r\nX-Long: ",
    "half a body": b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n{",
    "half a body that is refused": b"POST /mcp HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 1000\r\n\r\n{",
    "a request and half of another": b"GET /api/indexes HTTP/1.1\r\nHost: localhost\r\n\r\n"
    b"GET / HTTP/1.1\r\nX-Long: ",
}


@pytest.fixture(scope="module")
def hasty(shelf: Path) -> Iterator[Web]:
    """A server that waits a second for a request."""
    with web_server(shelf, WordEmbedder(), limits=ConnectionLimits(100, 1.0)) as web:
        yield web


def until_closed(connection: socket.socket) -> bytes:
    """What comes until the server closes a connection; fails where it does not."""
    connection.settimeout(20)
    told = b""
    try:
        while part := connection.recv(65536):
            told += part
    except ConnectionError:
        pass  # closed, and not politely
    return told


@pytest.mark.parametrize("name", PARTS)
def test_a_request_that_does_not_come_whole_is_given_up(hasty: Web, name: str) -> None:
    """Whatever part of it is there."""
    with socket.create_connection(("127.0.0.1", hasty.port)) as slow:
        slow.sendall(PARTS[name])
        told = until_closed(slow)
    assert told.startswith(b"HTTP/1.1") == (name[:9] == "a request" or "refused" in name)
    assert hasty.get("/api/status").status == 200


def test_letters_one_by_one_give_no_more_time(hasty: Web) -> None:
    """The time counts from the first of a request."""
    with socket.create_connection(("127.0.0.1", hasty.port)) as slow:
        slow.settimeout(0.05)
        sent = 0
        with pytest.raises(ConnectionError):
            while sent < 400:  # 20 seconds
                slow.sendall(b"G")
                sent += 1
                try:
                    if not slow.recv(1):
                        raise ConnectionResetError
                except TimeoutError:
                    continue
    assert sent < 400


def test_a_connection_too_many_is_closed_and_the_others_are_answered(shelf: Path) -> None:
    """Those that are there keep their place."""
    ask = b"GET /api/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with web_server(shelf, WordEmbedder(), limits=ConnectionLimits(10, 60.0)) as web:
        held = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(10)]
        one_more = socket.create_connection(("127.0.0.1", web.port))
        assert until_closed(one_more) == b""
        held[0].sendall(ask)
        assert until_closed(held[0]).startswith(b"HTTP/1.1 200")
        for connection in (*held, one_more):
            connection.close()


def test_the_most_connections_leave_files_for_indexes() -> None:
    """At least half of those that the process may have."""
    assert 1 <= ConnectionLimits().most <= 512
