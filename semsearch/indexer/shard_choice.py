"""The shard of a run: the one that is asked for, else the one that the index was begun with."""

from pathlib import Path
from shlex import quote

from semsearch.documents.walk.shard import Shard
from semsearch.errors import SettingsError
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.chunking_profile import ChunkingProfile
from semsearch.store.record.connection import open_to_read
from semsearch.store.record.generations import pending_chunking
from semsearch.store.record.recorded_shard import recorded_shard


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
    if own is not None:
        is_begun, recorded = True, None if own.shard is None else Shard.parse(own.shard)
    else:
        pending = _pending_chunking(directory)
        is_begun, recorded = pending is not None, recorded_shard(pending or "")
    if wanted is None:
        return recorded
    shard = Shard.parse(wanted)
    if shard is not None and directory.path.resolve().parent == corpus:
        raise SettingsError(
            f"a shard needs an index of its own, as other shards are of {corpus}, too; name one:"
            f" --shard {shard} --index DIR"
        )
    if is_begun and shard != recorded and not may_change:
        of = "the whole folder" if recorded is None else f"shard {recorded}"
        index = quote(str(directory.path))
        raise SettingsError(
            f"the index in {directory.path} is of {of}, not of shard {wanted}; give another"
            f" --index, or run: semsearch rebuild {quote(str(corpus))} --shard {wanted}"
            f" --index {index}"
        )
    return shard


def _pending_chunking(directory: IndexDirectory) -> str | None:
    """The profile of the first run of an index, which has not ended; None before any run."""
    if not directory.record.is_file():
        return None
    with open_to_read(directory.record) as connection:
        return pending_chunking(connection)
