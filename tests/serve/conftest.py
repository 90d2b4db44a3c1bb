"""What the tests of the server share: no connection but to this machine."""

import os
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from fakes.web_server import Web, web_server

_connected: list[Any] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        _connected.append(arguments[1])


sys.addaudithook(_note)  # for good: Python has no way to take a hook back


@pytest.fixture(autouse=True)
def only_this_machine() -> Iterator[None]:
    """No test, and nothing that it runs in this process, connects to another machine."""
    _connected.clear()
    yield
    hosts = [address[0] for address in _connected if isinstance(address, tuple)]
    assert all(host == "localhost" or ip_address(host).is_loopback for host in hosts), hosts


HOSTILE = "<script>alert(1)</script> bees <img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An indexed folder with a file beside it, a link out of it, and hostile documents."""
    place = tmp_path_factory.mktemp("shelf")
    folder = place / "notes"
    (folder / "sub").mkdir(parents=True)
    (place / "outside.txt").write_text("bees outside of the folder")
    (folder / "bees.md").write_text("# Bees\n\nHoney bees keep warm.\n\nThey form a cluster.\n")
    (folder / "evil.html").write_text(f"<h1>Evil bees</h1><p>{HOSTILE}</p>")
    (folder / "evil.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(3)'/>")
    (folder / "said.txt").write_text(f"They said: {HOSTILE}\n")
    (folder / "sub" / "fake.pdf.txt").write_text("Not a PDF about bees.\n")
    (folder / "way-out.txt").symlink_to(place / "outside.txt")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SEMSEARCH_CONFIG", os.devnull)
        index(folder, WordEmbedder())
    (folder / "later.txt").write_text("bees that are not indexed yet\n")
    return folder


@pytest.fixture(scope="module")
def guarded(shelf: Path) -> Iterator[Web]:
    """A server that asks for a token."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SEMSEARCH_CONFIG", os.devnull)
        with web_server(shelf, WordEmbedder(), has_token=True) as web:
            yield web
