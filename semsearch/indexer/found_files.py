"""The files of a run's folder, or of a shard of it; none is more likely a fault than a wish."""

from collections.abc import Sequence
from pathlib import Path

from semsearch.documents.formats import format_of
from semsearch.documents.walk.shard import Shard
from semsearch.documents.walk.walker import Found, Unlistable, walk
from semsearch.errors import CorpusError
from semsearch.settings.amounts import counted


def found_in(corpus: Path, shard: Shard | None = None) -> list[Found | Unlistable]:
    """Every file of the corpus, or of a shard.

    Raises ``CorpusError`` when none of them can be read.
    """
    found = list(walk(corpus, shard))
    refuse_no_documents(corpus, found, shard)
    return found


def refuse_no_documents(
    corpus: Path, found: Sequence[Found | Unlistable], shard: Shard | None = None
) -> None:
    """Raise ``CorpusError`` when none of what was ``found`` in the corpus can be read.

    An empty folder is more often a disk that is not mounted than a wish to index nothing.
    """
    if not any(isinstance(item, Found) and format_of(item.path) for item in found):
        shut = [item for item in found if isinstance(item, Unlistable)]
        files = len(found) - len(shut)
        others = [f"{counted(files, 'file')} of other types"] if files else []
        others += [f"{item.path}: {item.reason.detail}" for item in shut[:1]]
        part = "" if shard is None else f"shard {shard} of "
        raise CorpusError(
            f"{part}{corpus} holds no document that semsearch reads"
            f"{' (' + ', '.join(others) + ')' if others else ''}; nothing was changed"
        )
