"""Compare texts and files with each other by the cosines of their vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from semsearch.documents.chunker import budget_of, passages_of
from semsearch.documents.passage import valid_text
from semsearch.documents.reason import DocumentUnreadable
from semsearch.embedders.api.whole_texts import embedded_whole
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.registry import choose_uri, open_embedder
from semsearch.embedders.vectors import Vectors
from semsearch.errors import IndexMissing, SettingsError
from semsearch.settings.amounts import counted
from semsearch.settings.paths import expanded
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index
from semsearch.store.snapshot import open_snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Similarities:
    """Cosines between texts, and files by their paths: ``matrix`` (n, n) float32."""

    embedder: str
    dimension: int
    texts: tuple[str, ...]
    matrix: Vectors
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The pairwise similarities as JSON names and values."""
        return {
            "embedder": self.embedder,
            "dimension": self.dimension,
            "texts": list(self.texts),
            "similarities": [[round(float(value), 6) for value in row] for row in self.matrix],
        }


def similarity(
    texts: Sequence[str] = (),
    *,
    files: Sequence[str | Path] = (),
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    settings: Settings | None = None,
) -> Similarities:
    """Embed two or more texts or files, and compare each with each.

    A file, of any format that ``index`` reads, is chunked, and its vector is the mean of its
    passages' vectors; files come after texts. The embedder is the given one, else that of the index
    given or found, else the default. Raises ``SemsearchError``.
    """
    if isinstance(texts, str) or len(texts) + len(files) < 2:
        raise SettingsError("give two texts or more to compare, or files by --file")
    if any(not text.strip() for text in texts):
        raise SettingsError("one of the texts is empty; there is nothing to compare in it")
    texts = [valid_text(text) for text in texts]
    settings = run_settings(settings, index=index, embedder=embedder)
    notices: tuple[str, ...] = ()
    if embedder is None or isinstance(embedder, str):
        choice = choose_uri(None if settings.embedder else _own_uri(settings), settings)
        embedder, notices = open_embedder(choice.uri, settings), choice.notices
    passages = [_passages(expanded(file), embedder, settings) for file in files]
    _check_lengths(texts, embedder)
    vectors = embedded_whole(embedder, [*texts, *(text for some in passages for text in some)])
    rows = [vectors[: len(texts)]]
    start = len(texts)
    for some in passages:
        rows.append(_mean(vectors[start : start + len(some)]))
        start += len(some)
    matrix = np.concatenate(rows)
    names = (*texts, *map(str, files))
    return Similarities(embedder.uri, matrix.shape[1], names, matrix @ matrix.T, notices)


def _mean(vectors: Vectors) -> Vectors:
    """The mean of unit rows, normalised, (1, dimension)."""
    mean: Vectors = vectors.mean(axis=0, keepdims=True)
    return mean / np.linalg.norm(mean)


def _passages(path: Path, embedder: Embedder, settings: Settings) -> list[str]:
    """The texts of a file's passages; raises ``SettingsError`` when it has none."""
    # Imported here: texts alone need no reader.
    from semsearch.documents.pool.limits import Limits
    from semsearch.documents.pool.pool import ReaderPool

    absolute = path.resolve()
    try:
        with ReaderPool(absolute.parent, Limits.of(settings), workers=1) as pool:
            document = pool.read(absolute.name).document
    except FileNotFoundError as error:
        raise SettingsError(f"there is no file {path}") from error
    except DocumentUnreadable as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    budget = budget_of(embedder, settings)
    texts = [passage.embedded for passage in passages_of(document, budget, absolute.name)]
    if not texts:
        raise SettingsError(f"{path} has no text; there is nothing to compare in it")
    return texts


def _own_uri(settings: Settings) -> str | None:
    """The embedder of the index given in settings or found upward; None without an index."""
    try:
        with open_snapshot(find_index(settings)) as snapshot:
            return snapshot.generation.embedder.uri
    except IndexMissing:
        if settings.index is not None:
            raise
        return None


def _check_lengths(texts: Sequence[str], embedder: Embedder) -> None:
    for text in texts:
        if embedder.count_tokens(text) > embedder.max_tokens:
            raise SettingsError(
                f"a text of {counted(len(text), 'character')} is longer than the"
                f" {counted(embedder.max_tokens, 'token')}"
                f" that {embedder.uri} takes at once; shorten it, or give it as a --file"
            )
