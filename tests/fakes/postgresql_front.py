"""A way to a PostgreSQL server that loses one answer and hangs up, as a network may."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class LossyFront:
    """Passes all on; once it is ``armed``, the answer to the next ``words`` is lost."""

    words: bytes
    server_port: int
    port: int
    armed: bool = False
    lost: int = 0

    def serve(self, listening: socket.socket) -> None:
        """Serve each client in a thread of its own."""
        with suppress(OSError):  # the end of the block
            while True:
                client, _ = listening.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        address = ("127.0.0.1", self.server_port)
        with client, socket.create_connection(address) as server, suppress(OSError):
            loses = False
            while True:
                ready, _, _ = select.select([client, server], [], [])
                source = ready[0]
                data = source.recv(65536)
                if not data or (loses and source is server):
                    return
                if source is client and self.armed and self.words in data:
                    self.armed, loses = False, True
                    self.lost += 1
                (server if source is client else client).sendall(data)


@contextmanager
def losing_one_answer(port: int, words: bytes) -> Iterator[LossyFront]:
    """A front of a port for the length of a block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        front = LossyFront(words, port, listening.getsockname()[1])
        serving = threading.Thread(target=front.serve, args=(listening,), daemon=True)
        serving.start()
        try:
            yield front
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            serving.join()
