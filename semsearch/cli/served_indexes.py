"""The indexes that ``semsearch mcp`` and ``semsearch serve`` are to serve."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semsearch.cli.query_sources import split_names
from semsearch.errors import SettingsError

if TYPE_CHECKING:
    from semsearch.mcp.library import Library


@dataclass(frozen=True, slots=True)
class ServedIndexes:
    """The index of a folder, or several by their names.

    Raises ``SettingsError`` for two kinds at once.
    """

    folder: str | None
    names: Sequence[str] | None  # each may be several, with commas between them
    every: bool

    def __post_init__(self) -> None:
        if sum((self.folder is not None, self.names is not None, self.every)) > 1:
            raise SettingsError("give one of a folder, --in and --all")

    def library(self, embedder: str | None) -> "Library":
        """The indexes, none of them opened yet; raises ``SettingsError`` for an unknown name."""
        from semsearch.mcp.library import Library  # here: --help does not wait for it

        if self.names is None and not self.every:
            return Library(self.folder, None, embedder=embedder)
        from semsearch.store.named_indexes import chosen_names  # here: one index has no name

        chosen = chosen_names(None if self.every else split_names(self.names))
        return Library(None, chosen, embedder=embedder)
