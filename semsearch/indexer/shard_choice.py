"""The shard of a run: the one that is asked for, else the one that the index was begun with."""

from pathlib import Path
from shlex import quote

from semsearch.documents.walk.shard import Shard
from semsearch.errors import SettingsError
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.chunking_profile import ChunkingProfile
from semsearch.store.record.connection import open_to_read
from semsearch.store.record.generations import pending_chunking


def shard_of_run(
    wanted: str | None,
    own: ChunkingProfile | None,
    directory: IndexDirectory,
    corpus: Path,
    *,
    may_change: bool,
) -> Shard | None:
    """The shard of a run; None for the whole folder.

    ``own`` is the profile of the newest generation; without one a run that was stopped has decided.
    Only a rebuild ``may_change`` the shard of an index. Raises ``SettingsError``.
    """
    before = own or _pending_profile(directory)
    recorded = None if before is None or before.shard is None else Shard.parse(before.shard)
    if wanted is None:
        return recorded
    shard = Shard.parse(wanted)
    if shard is not None and directory.path.resolve().parent == corpus:
        raise SettingsError(
            f"a shard needs an index of its own, as other shards are of {corpus}, too; name one:"
            f" --shard {shard} --index DIR"
        )
    if before is not None and shard != recorded and not may_change:
        of = "the whole folder" if recorded is None else f"shard {recorded}"
        index = quote(str(directory.path))
        raise SettingsError(
            f"the index in {directory.path} is of {of}, not of shard {wanted}; give another"
            f" --index, or run: semsearch rebuild {quote(str(corpus))} --shard {wanted}"
            f" --index {index}"
        )
    return shard


def _pending_profile(directory: IndexDirectory) -> ChunkingProfile | None:
    """The profile of the first run of an index, which has not ended; None before any run."""
    if not directory.record.is_file():
        return None
    with open_to_read(directory.record) as connection:
        chunking = pending_chunking(connection)
    # Of the whole folder, nothing of the profile matters here.
    if chunking is None or '"shard"' not in chunking:
        return None
    return ChunkingProfile.parse(chunking)
