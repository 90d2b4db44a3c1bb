"""How alike texts are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from semsearch.discovery import find_index
from semsearch.embedders.embedder import Embedder, Vectors, embedded
from semsearch.embedders.registry import choose_uri, open_embedder
from semsearch.errors import IndexMissing, SettingsError
from semsearch.passages import valid_text
from semsearch.settings import Settings, run_settings
from semsearch.store.snapshot import open_snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Similarities:
    """``matrix`` (n, n) float32: the dot products of the texts' unit vectors; 1 is the same."""

    embedder: str
    dimension: int
    texts: tuple[str, ...]
    matrix: Vectors
    notices: tuple[str, ...]


def similarity(
    texts: Sequence[str],
    *,
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    settings: Settings | None = None,
) -> Similarities:
    """Embed two or more texts and compare each with each.

    The embedder is the one given, else that of the index which is named or found, else the default.
    Raises ``SemsearchError``.
    """
    if isinstance(texts, str) or len(texts) < 2:
        raise SettingsError("give two texts or more to compare")
    if any(not text.strip() for text in texts):
        raise SettingsError("one of the texts is empty; there is nothing to compare in it")
    texts = [valid_text(text) for text in texts]
    settings = run_settings(settings, index=index, embedder=embedder)
    notices: tuple[str, ...] = ()
    if embedder is None or isinstance(embedder, str):
        choice = choose_uri(None if settings.embedder else _own_uri(settings), settings)
        embedder, notices = open_embedder(choice.uri, settings), choice.notices
    vectors = _embedded(texts, embedder)
    return Similarities(embedder.uri, vectors.shape[1], tuple(texts), vectors @ vectors.T, notices)


def _own_uri(settings: Settings) -> str | None:
    """The embedder of the index that is named, or found from here; None without one."""
    try:
        with open_snapshot(find_index(settings)) as snapshot:
            return snapshot.generation.embedder.uri
    except IndexMissing:
        if settings.index is not None:
            raise
        return None


def _embedded(texts: Sequence[str], embedder: Embedder) -> Vectors:
    for text in texts:
        if embedder.count_tokens(text) > embedder.max_tokens:
            raise SettingsError(
                f"a text of {len(text)} characters is longer than the {embedder.max_tokens} tokens"
                f" that {embedder.uri} takes at once; shorten it"
            )
    return embedded(embedder, texts)
