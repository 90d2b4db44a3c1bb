"""A way to a PostgreSQL server that loses one answer and hangs up, as a network may."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class LossyFront:
    """Passes all on until a client sends ``words``, whose answer is lost, once."""

    words: bytes
    server_port: int
    port: int = 0
    lost: list[bytes] = field(default_factory=list)

    def serve(self, listening: socket.socket) -> None:
        """Serve each client in turn, each of which sends and then waits."""
        with suppress(OSError):  # the end of the block
            while True:
                client, _ = listening.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        address = ("127.0.0.1", self.server_port)
        with client, socket.create_connection(address) as server, suppress(OSError):
            back = threading.Thread(target=self._back, args=(server, client), daemon=True)
            back.start()
            while data := client.recv(65536):
                if self.words in data and not self.lost:
                    self.lost.append(data)
                server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)
            back.join()

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            known = len(self.lost)
            while data := server.recv(65536):
                if len(self.lost) > known:
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(data)


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
