"""Checks before a run changes or pays for anything."""

from collections.abc import Iterable, Sequence
from typing import Final

from semsearch.documents.coverage import SEARCHABLE
from semsearch.documents.formats import Format, format_of
from semsearch.documents.walk.walker import Found, Unlistable, is_below
from semsearch.errors import CorpusError
from semsearch.indexer.scan import files_to_read
from semsearch.indexer.target import PreparedRun
from semsearch.settings.amounts import counted
from semsearch.store.disk.disk_space import require_space
from semsearch.store.record.documents import StoredDocument

FEW: Final = 10  # documents; a smaller index may lose any number
_MOST_OF_OTHER: Final = 100_000  # characters of a file with an unknown ending
_PDF_TEXT_SHARE: Final = 0.2  # share of text in a PDF's bytes; scans have less
# Dimension of mistral-embed, while the index has no vector yet. The local model's vectors, with
# those of sentences, take less.
_DIMENSION: Final = 1024


def refuse_mass_deletion(
    run: PreparedRun,
    known: Sequence[StoredDocument],
    found: Iterable[Found | Unlistable],
    others: int = 0,
) -> None:
    """Raise ``CorpusError`` when less than the share ``min_documents`` of the documents is left.

    Renamed files count as there; files below a folder that cannot be listed do not count as gone.
    ``others`` are documents in folders without a change.
    """
    if run.own is None or run.own.corpus != run.corpus:
        return
    shut = {item.path for item in found if isinstance(item, Unlistable)}
    indexed = [document for document in known if document.coverage in SEARCHABLE]
    files = {item.path for item in found if isinstance(item, Found)}
    had = len(indexed) + others
    least = run.settings.min_documents * had
    if sum(document.path in files for document in indexed) + others >= least:
        return
    here = sum(format_of(path) is not None for path in files) + others
    kept = sum(is_below(document.path, shut) for document in indexed) + here
    if had >= FEW and kept < least:
        raise CorpusError(
            f"{run.corpus} has {here} of the {counted(had, 'document')} of its index"
            " left;"
            " nothing was changed. If it is complete, not a disk that is not mounted, run the same"
            " with --allow-mass-delete"
        )


def require_room(
    run: PreparedRun, known: Iterable[StoredDocument], found: Iterable[Found | Unlistable]
) -> None:
    """Raise ``DiskFull`` when the disk has no room for the new files, judged by their sizes."""
    most = run.settings.max_file_bytes
    characters = sum(
        _characters(item.stat.size, format_of(item.path))
        for item in files_to_read(found, known)
        if item.stat.size <= most
    )
    texts = characters / run.settings.passage_characters
    require_space(run.directory.path, int(texts), int(characters), _DIMENSION)


def _characters(size: int, found: Format | None) -> float:
    """How much text a file has at most, by its size; most with an unknown ending have none."""
    if found is Format.OTHER:
        return min(size, _MOST_OF_OTHER)
    return size * (_PDF_TEXT_SHARE if found is Format.PDF else 1)
