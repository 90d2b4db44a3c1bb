"""The shard that a generation is of, by its profile; quick where it is none."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semsearch.documents.walk.shard import Shard
    from semsearch.store.record.generations import Generation


def recorded_shard(generation: "Generation") -> "Shard | None":
    """The shard of a generation; None for one of the whole folder. Raises ``IndexDamaged``."""
    if '"shard"' not in generation.chunking:
        return None
    # Here: most indexes are of whole folders.
    from semsearch.documents.walk.shard import Shard
    from semsearch.store.record.chunking_profile import ChunkingProfile

    text = ChunkingProfile.parse(generation.chunking).shard
    return None if text is None else Shard.parse(text)
