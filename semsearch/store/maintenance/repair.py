"""Repair an index: remove damaged parts, without calling an embedder, and report the losses."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from semsearch.embedders.api.prices import price_of
from semsearch.embedders.server_uri import is_on_this_machine
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index
from semsearch.store.maintenance.before_repair import bytes_kept
from semsearch.store.maintenance.salvage import repair_record

_CHARACTERS_PER_TOKEN: Final = 4


@dataclass(frozen=True, slots=True)
class RepairReport:
    """Damages that were found and removed, and the work that is left for the next index run."""

    index: Path
    found: tuple[str, ...]
    generation: int | None  # None when only vectors could be kept
    documents_left_out: int
    texts_to_embed: int
    characters_to_embed: int
    embedder: str | None  # that will embed the texts; None if ``generation`` is None
    cost: float | None  # USD, about; 0 for a local embedder, None where the price is not known

    def to_dict(self) -> dict[str, Any]:
        """The damages, and the work of the next run as JSON names and values."""
        return {
            "index": str(self.index),
            "generation": self.generation,
            "damages": list(self.found),
            "documents_left_out": self.documents_left_out,
            "texts_to_embed": self.texts_to_embed,
            "characters_to_embed": self.characters_to_embed,
            "tokens_to_embed": self.tokens_to_embed,
            "embedder": self.embedder,
            "cost": self.cost,
        }

    @property
    def tokens_to_embed(self) -> int:
        """An estimate of the tokens to embed, for English prose."""
        return self.characters_to_embed // _CHARACTERS_PER_TOKEN


def repair(index: str | Path | None = None, *, settings: Settings | None = None) -> RepairReport:
    """Repair an index from its undamaged rows; calls no embedder.

    The bytes from before are kept beside as ``before-repair.sqlite`` where damage was found (those
    of a later repair as ``before-repair-2.sqlite``), until ``verify --full`` finds the index whole.
    Derived indexes are rebuilt. Damaged rows are removed,
    with the documents that need them; the next index run reads these documents again, and embeds
    texts whose vectors are lost. Raises ``SemsearchError``.
    """
    settings = run_settings(settings, index=index)
    directory = find_index(settings)
    with directory.locked(), bytes_kept(directory) as results:
        done = repair_record(directory)
        results.append(done)
    tokens = done.characters_to_embed // _CHARACTERS_PER_TOKEN
    return RepairReport(
        index=directory.path,
        found=done.found,
        generation=done.generation,
        documents_left_out=done.documents_left_out,
        texts_to_embed=done.texts_to_embed,
        characters_to_embed=done.characters_to_embed,
        embedder=done.embedder,
        cost=_cost(done.embedder, tokens, settings),
    )


def _cost(embedder: str | None, tokens: int, settings: Settings) -> float | None:
    if embedder is None:
        return None
    if is_on_this_machine(embedder):
        return 0.0
    price = price_of(embedder, settings.prices)
    return None if price is None else price.of(tokens)
