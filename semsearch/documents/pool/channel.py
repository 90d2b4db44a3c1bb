"""The requests to a reader process: each with the open file that it is about.

A reader that may open no file gets it as a descriptor, over a socket that is its standard input
(unix(7), SCM_RIGHTS). Where there are no such sockets, on Windows, it gets the path.
"""

import json
import socket
import subprocess
from io import BufferedReader
from typing import Any, Final

PASSES_FILES: Final = hasattr(socket, "send_fds")


class RequestChannel:
    """The caller's end; ``stdin`` is what the reader process is started with."""

    def __init__(self) -> None:
        self._ends = socket.socketpair() if PASSES_FILES else None
        self.stdin = subprocess.PIPE if self._ends is None else self._ends[1].fileno()

    def started(self) -> None:
        """Close the end that the reader process has got."""
        if self._ends is not None:
            self._ends[1].close()

    def send(
        self, asked: dict[str, Any], file: BufferedReader, process: "subprocess.Popen[bytes]"
    ) -> None:
        """Send one request; raises ``OSError`` when the process has ended."""
        line = json.dumps(asked).encode("ascii") + b"\n"
        if self._ends is not None:
            sent = socket.send_fds(self._ends[0], [line], [file.fileno()])
            self._ends[0].sendall(line[sent:])
            return
        assert process.stdin is not None  # it is a pipe
        process.stdin.write(line)
        process.stdin.flush()

    def close(self) -> None:
        """Close both ends."""
        for end in self._ends or ():
            end.close()
