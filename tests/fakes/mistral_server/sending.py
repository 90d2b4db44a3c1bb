"""Send an answer on a connection, whole or with a fault."""

import http.client
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Final

from fakes.mistral_server.exchange import Answer
from fakes.mistral_server.fault import Fault

_PIECE: Final = 1 << 20
_DRIBBLE: Final = 0.05  # seconds a byte


class ConnectionEnded(Exception):
    """The connection must not be used again."""


def send(
    connection: socket.socket, answer: Answer, fault: Fault, stopping: threading.Event
) -> None:
    """Send an answer; raises ``ConnectionEnded`` when the fault ends the connection."""
    if fault.hangs:
        stopping.wait()
    if fault.drops or fault.hangs:
        raise ConnectionEnded
    if fault.raw is not None:
        connection.sendall(fault.raw)
        raise ConnectionEnded
    if fault.resets in ("request", "answer"):
        _reset(connection)
    if answer.packets and fault.change is None and fault.rewrite is None:
        _stream(connection, answer, fault, stopping)
        return
    body = _body(answer, fault)
    head = _head(answer, len(body) + fault.filler)
    _send(connection, head, fault.dribbles_headers, _half(head, fault, "headers"), stopping)
    if fault.closes_in_body:
        connection.sendall(body[: len(body) // 2])
        raise ConnectionEnded
    _send(connection, body, fault.dribbles, _half(body, fault, "body"), stopping)
    for size in _pieces(fault.filler):
        connection.sendall(b" " * size)
    if fault.closes_after:
        raise ConnectionEnded


def _stream(
    connection: socket.socket, answer: Answer, fault: Fault, stopping: threading.Event
) -> None:
    """Send an answer in chunks; a fault of the body breaks it off after half of them."""
    connection.sendall(_head(answer, None))
    breaks = fault.closes_in_body or fault.resets == "body"
    packets = answer.packets[: len(answer.packets) // 2] if breaks else answer.packets
    for packet in packets:
        connection.sendall(b"%x\r\n%s\r\n" % (len(packet), packet))
        if answer.pause and stopping.wait(answer.pause):
            raise ConnectionEnded
    if fault.resets == "body":
        time.sleep(_DRIBBLE)
        _reset(connection)
    if breaks or not answer.is_whole:
        raise ConnectionEnded
    connection.sendall(b"0\r\n\r\n")


def _body(answer: Answer, fault: Fault) -> bytes:
    body = answer.body
    if fault.change is not None:
        body = json.dumps(fault.change(json.loads(body))).encode()
    return body if fault.rewrite is None else fault.rewrite(body)


def _head(answer: Answer, length: int | None) -> bytes:
    words = http.client.responses.get(answer.status, "Unknown")
    size = {"Transfer-Encoding": "chunked"} if length is None else {"Content-Length": str(length)}
    fields = {**answer.headers, **size}
    lines = [f"HTTP/1.1 {answer.status} {words}", *(f"{n}: {v}" for n, v in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _half(content: bytes, fault: Fault, point: str) -> int | None:
    """The point at which to reset the connection, if it is in this part."""
    return len(content) // 2 if fault.resets == point else None


def _send(
    connection: socket.socket,
    content: bytes,
    dribbles: bool,
    end: int | None,
    stopping: threading.Event,
) -> None:
    if dribbles:
        for at in range(len(content)):
            connection.sendall(content[at : at + 1])
            if stopping.wait(_DRIBBLE):
                raise ConnectionEnded
        return
    connection.sendall(content[:end])
    if end is not None:
        time.sleep(_DRIBBLE)  # so that the client has what came before
        _reset(connection)


def _reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
    raise ConnectionEnded


def _pieces(size: int) -> Iterator[int]:
    while size > 0:
        yield min(size, _PIECE)
        size -= _PIECE
