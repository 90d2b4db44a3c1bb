"""The API key is sent to one address and shown nowhere."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_runs import embedded
from fakes.mistral_server import KEY, Fault, MistralServer
from semsearch.embedders.api.api_embedder import RemoteEmbedder
from semsearch.embedders.api.http_client import readable
from semsearch.errors import (
    EmbedderError,
    EmbedderUnavailable,
    KeyRefused,
    SettingsError,
)
from semsearch.settings.secrets import Secret

if TYPE_CHECKING:
    from conftest import Run


@pytest.mark.parametrize(
    "url",
    [
        "http://api.mistral.ai", "ftp://x", "mistral", "https://u:p@x", "https://x/?q=1",
        "https://a..b", f"https://{'a' * 70}.de", "http://[::1", "https://x:99999", "https://x:0",
    ],
)  # fmt: skip
def test_an_address_that_must_not_get_the_key_is_refused(
    open_mistral: Callable[..., RemoteEmbedder], url: str
) -> None:
    """A base URL must be https, or http to this machine, with a host and nothing but a path."""
    with pytest.raises(SettingsError):
        open_mistral(mistral_base_url=url)


def test_without_a_key_nothing_is_sent(open_mistral: Callable[..., RemoteEmbedder]) -> None:
    """Without a key the error says where a key may be stored."""
    with pytest.raises(KeyRefused, match="MISTRAL_API_KEY"):
        open_mistral(mistral_api_key=None)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(401, f'{{"detail":"bad key {KEY}"}}'.encode()),
        Fault(500, f"{KEY}".encode()),
        Fault(302, b"", {"Location": "http://elsewhere"}),
        Fault(drops=True),
        Fault(200, b"nonsense"),
    ],
)
def test_no_failure_shows_the_key(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer, fault: Fault
) -> None:
    """No error message or traceback shows the key, even if the server echoes it."""
    server.faults.extend([fault] * 8)
    embedder = open_mistral()
    with pytest.raises(EmbedderError) as caught:
        embedded(embedder, ["bees"])
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert KEY not in "".join(line for line in trace.format() if "fault" not in line)
    assert KEY not in repr(embedder.__dict__)


@pytest.mark.parametrize("provider", ["openai", "mistral"])
def test_a_key_in_an_address_is_neither_shown_nor_stored(
    run: "Run", corpus: Path, provider: str
) -> None:
    """A URI with a user or password is refused without its words, whatever the index's embedder."""
    assert run("index", corpus, "--embedder", "local:minilm").returncode == 0
    uri = f"{provider}:m@https://user:{KEY}@host.invalid/v1"
    for command in (["index", corpus], ["rebuild", corpus], ["query", "bees", "--index", corpus]):
        done = run(*command, "--embedder", uri)
        assert (done.returncode, KEY in done.stdout + done.stderr) == (2, False)
    kept = [path.read_bytes() for path in corpus.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in content for content in kept)


_LONG_KEY = "sk-4f1d0c77aa9e5b20c3d8e6f1b7a29c45"


@pytest.mark.parametrize("status", [200, 401, 500])
@pytest.mark.parametrize("before", range(160, 201, 8))
def test_a_key_at_the_place_of_the_cut_is_masked(
    open_mistral: Callable[..., RemoteEmbedder], server: MistralServer, status: int, before: int
) -> None:
    """An answer is masked as a whole and then cut, so no part of a key that it echoes is shown."""
    server.faults.extend([Fault(status, b"x" * before + _LONG_KEY.encode())] * 8)
    with pytest.raises(EmbedderError) as caught:
        embedded(open_mistral(mistral_api_key=Secret(_LONG_KEY)), ["bees"])
    assert "xxxx" in str(caught.value)
    assert _LONG_KEY[:9] not in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [_LONG_KEY, _LONG_KEY[:-1], _LONG_KEY[5:], "\0".join(_LONG_KEY), f"{'-' * 20_000}{_LONG_KEY}"],
)
def test_a_part_of_the_key_is_masked(said: str) -> None:
    """A server that cuts the key before it echoes it shows no more than 7 of its characters."""
    shown = readable(f"bad key {said}", 30_000, secret=Secret(_LONG_KEY))
    assert shown.startswith("bad key ")
    assert not any(_LONG_KEY[at : at + 8] in shown for at in range(len(_LONG_KEY) - 7))


def test_a_key_that_no_header_can_carry_is_not_shown(
    open_mistral: Callable[..., RemoteEmbedder], capfd: pytest.CaptureFixture[str]
) -> None:
    """A key that no header can carry fails at once, and no thread's traceback shows it."""
    for key in ("sk-77\nsecond", "sk-77”"):
        with pytest.raises(EmbedderUnavailable, match=r"request to 127\.0\.0\.1 failed") as caught:
            embedded(open_mistral(mistral_api_key=Secret(key)), ["bees"])
        assert "sk-77" not in str(caught.value)
    assert "sk-77" not in "".join(capfd.readouterr())
