"""Embedders of packages that keep no promise: one error, which names the package; budgets hold."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import pytest

from semsearch.embedders.embedder import Batches, EmbeddedBatch
from semsearch.embedders.plugins.opener import open_plugin
from semsearch.embedders.plugins.packages import EmbedderPackage
from semsearch.embedders.plugins.plugin_embedder import PluginEmbedder, RemotePluginEmbedder
from semsearch.errors import EmbedderError
from semsearch.settings.schema import Settings

PACKAGE = EmbedderPackage("odd", "odd-vectors", "3", EntryPoint("odd", "odd:open", "g"))
ROW = np.array([[1, 0, 0]], dtype=np.float32)
BY_PACKAGE = "odd:1 failed"


@dataclass
class Odd:
    """An embedder that gives a certain batch, or whatever else, for each text."""

    give: Callable[[int], Any]
    is_local: bool = True
    uri: str = "odd:1"
    max_tokens: int = 100
    tokens: Any = 2
    host: str = "a\x1b[31mb"

    def count_tokens(self, text: str) -> Any:
        """The number that the test wants."""
        return self.tokens

    def embed(self, texts: Iterable[str]) -> Any:
        """A batch a text."""
        return (self.give(position) for position, _ in enumerate(texts))

    def fluency(self, text: str) -> Any:
        """No number."""
        return "fluent"


def ended(_: int) -> Any:
    """End the process, or try to."""
    raise SystemExit(0)


ODD: dict[str, tuple[Callable[[int], Any], str]] = {
    "an array": (lambda _: ROW, f"{BY_PACKAGE} (odd-vectors 3): TypeError: embed gives ndarray"),
    "None": (lambda _: None, f"{BY_PACKAGE} (odd-vectors 3): TypeError: embed gives NoneType"),
    "no tokens": (lambda at: EmbeddedBatch((at,), ROW, None), BY_PACKAGE),  # type: ignore[arg-type]
    "negative tokens": (lambda at: EmbeddedBatch((at,), ROW, -9), "a count of -9 tokens"),
    "lists as positions": (lambda at: EmbeddedBatch(([at],), ROW, 2), BY_PACKAGE),  # type: ignore[arg-type]
    "words as positions": (lambda _: EmbeddedBatch(("a",), ROW, 2), BY_PACKAGE),  # type: ignore[arg-type]
    "no parts": (lambda at: EmbeddedBatch((at,), ROW, 2, None), BY_PACKAGE),  # type: ignore[arg-type]
    "lists as sentences": (
        lambda at: EmbeddedBatch((at,), ROW, 2, {}, ([1, 0, 0],)),  # type: ignore[arg-type]
        "odd:1 must give unit rows for sentences",
    ),
    "an exit": (ended, f"{BY_PACKAGE} (odd-vectors 3): SystemExit"),
    "a batch twice": (lambda _: EmbeddedBatch((0,), ROW, 2), "odd:1 names a text twice"),
    "no numbers": (lambda at: EmbeddedBatch((at,), ROW * np.nan, 2), "must give a unit row"),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("is_local", [True, False])
def test_what_is_no_batch_is_an_error_of_the_package(name: str, is_local: bool) -> None:
    """Whether it is on this machine or sends texts away."""
    give, told = ODD[name]
    made = Odd(give, is_local)
    opened = (
        PluginEmbedder(PACKAGE, made)
        if is_local
        else RemotePluginEmbedder(PACKAGE, made, Settings())
    )
    with pytest.raises(EmbedderError) as raised:
        list(Batches(opened, ["one", "two"]))
    assert told in str(raised.value)


@pytest.mark.parametrize("tokens", [None, -5, 1.5])
def test_a_count_that_is_none_gives_a_budget_no_room(tokens: Any) -> None:
    """No text goes to the package."""
    made = Odd(lambda at: EmbeddedBatch((at,), ROW, 2), is_local=False, tokens=tokens)
    opened = RemotePluginEmbedder(PACKAGE, made, Settings(max_tokens=3))
    with pytest.raises(EmbedderError, match="odd:1 failed"):
        list(Batches(opened, ["one", "two"]))
    assert opened.spent.texts == 0


def test_other_members_of_a_package_fail_by_its_name() -> None:
    """A fluency that is no number; a host is one printable line."""
    made = Odd(lambda _: None, is_local=False)
    opened = RemotePluginEmbedder(PACKAGE, made, Settings())
    with pytest.raises(EmbedderError, match="odd:1 failed"):
        opened.fluency("A text.")
    assert opened.host == "a [31mb"


def test_a_package_that_ends_the_process_when_it_is_imported_is_an_error() -> None:
    """Its name stands in it."""
    entry = EntryPoint("odd", "fakes.ends_the_process:open", "semsearch.embedders")
    package = EmbedderPackage("odd", "odd-vectors", "3", entry)
    with pytest.raises(EmbedderError, match="SystemExit"):
        open_plugin(package, "odd:1", Settings())
