"""What the tests of the server share: no connection but to this machine."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

import semsearch
from fakes.browser import headless_chromium
from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from fakes.web_server import Web, web_server
from fakes.web_visit import Visit
from semsearch.embedders.local.minilm import MiniLM
from semsearch.settings.schema import Settings

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


SAID = "<script>alert(1)</script> bees <img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An indexed folder with a file beside it, a link out of it, and hostile documents."""
    place = tmp_path_factory.mktemp("shelf")
    folder = place / "notes"
    (folder / "sub").mkdir(parents=True)
    (place / "outside.txt").write_text("bees outside of the folder")
    (folder / "bees.md").write_text("# Bees\n\nHoney bees keep warm.\n\nThey form a cluster.\n")
    (folder / "evil.html").write_text(f"<h1>Evil bees</h1><p>{SAID}</p>")
    (folder / "evil.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(3)'/>")
    (folder / "said.txt").write_text(f"They said: {SAID}\n")
    (folder / "sub" / "fake.pdf.txt").write_text("Not a PDF about bees.\n")
    with suppress(OSError):  # not every system lets everybody make links
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


SAMPLES = Path(__file__).parent.parent.parent / "sample_corpus"
NAMES = ("work/rental-agreement.pdf", "kitchen/sourdough.md", "sea/tides.html", "sea/knots.md")
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium. While it is there, no other event loop can run in this thread."""
    with headless_chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM) -> Path:
    """An indexed folder: a PDF, Markdown, HTML, and a text that would like to be a page."""
    folder = tmp_path_factory.mktemp("documents")
    for name in NAMES:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(SAMPLES / name, folder / name)
    (folder / "hostile.txt").write_text(f"The giraffe says {HOSTILE} to the zebra.\n")
    semsearch.index(folder, embedder=minilm, settings=Settings())
    return folder


@pytest.fixture(scope="module")
def web(documents: Path) -> Iterator[Web]:
    """A server of it, without a token."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SEMSEARCH_CONFIG", os.devnull)
        with web_server(documents) as served:
            yield served


@pytest.fixture
def visit(browser: Any, web: Web) -> Iterator[Visit]:
    """A visit with a usual screen."""
    visiting = Visit(browser, web)
    yield visiting
    visiting.close()
