"""The shard that a generation is of, by its profile; quick where it is none."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semsearch.documents.walk.shard import Shard


def recorded_shard(chunking: str) -> "Shard | None":
    """The shard that a profile of chunking names; None for the whole folder.

    ``chunking`` is that of a generation, or of a run that was stopped. Raises ``IndexDamaged``.
    """
    if '"shard"' not in chunking:
        return None
    # Here: most indexes are of whole folders.
    from semsearch.documents.walk.shard import Shard
    from semsearch.store.record.chunking_profile import ChunkingProfile

    text = ChunkingProfile.parse(chunking).shard
    return None if text is None else Shard.parse(text)
