"""Runs with few changes or none: digests of the folder and its subfolders tell where they are."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from semsearch.documents.coverage import SEARCHABLE, Coverage, LeftOut, share_covered
from semsearch.documents.formats import what_is_read
from semsearch.documents.pool.limits import Limits
from semsearch.documents.walk.listing import Listing
from semsearch.documents.walk.walker import Found, Unlistable
from semsearch.indexer.document_counts import NO_OTHERS, Others
from semsearch.indexer.target import PreparedRun
from semsearch.store.derived.engine_build import engine_build
from semsearch.store.notes.folder_digest import (
    FOLDERS,
    LISTING,
    KeptFolders,
    KeptListing,
    kept_folders,
    kept_listing,
)
from semsearch.store.record.documents import StoredDocument, is_left_out, left_out
from semsearch.store.record.generations import relative_corpus
from semsearch.store.writer import IndexWriter

_VERSION: Final = 2  # raised when a run finds more to do in an unchanged folder than before
_MOST_FOLDERS: Final = 10_000  # whose digests are noted: 640 KB
_FEW_FOLDERS: Final = 4  # one part in so many of all files may be in folders with a change


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over all documents of a generation, for the report."""

    searchable: int
    coverage: float  # as of ``share_covered``
    left_out: tuple[LeftOut, ...]

    @property
    def stale(self) -> int:
        """How many of the searchable documents have a file that cannot be read now."""
        return sum(item.coverage is Coverage.STALE for item in self.left_out)

    @classmethod
    def of(cls, documents: Sequence[StoredDocument], others: Others) -> "Tally":
        """Count the documents of a generation, and ``others`` that it has, too."""
        return cls(
            sum(document.coverage in SEARCHABLE for document in documents) + others.documents,
            share_covered(documents, others.pages),
            left_out(documents),
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """The files and the recorded documents that a run compares; ``others`` have not changed."""

    found: Sequence[Found | Unlistable]
    known: Sequence[StoredDocument]
    others: Others = NO_OTHERS


@dataclass(frozen=True, slots=True)
class UnchangedFolder:
    """A folder without a change: how many files it has, and the tally of its documents."""

    files: int
    tally: Tally


def find_unchanged(
    run: PreparedRun, writer: IndexWriter, listing: Listing
) -> UnchangedFolder | None:
    """Return the tally of a folder in which nothing has changed since the last run.

    None when something has changed, or when that cannot be told without looking at each file.
    """
    kept = kept_listing(writer.before)
    if (
        kept is None
        or writer.documents.are_begun()
        or kept.digest != _digest(run, writer, listing.digest, Limits.of(run.settings))
    ):
        return None
    lacking = writer.before.documents.unchecked(kept.left_out)
    if len(lacking) != len(kept.left_out):
        return None
    return UnchangedFolder(kept.files, Tally(kept.searchable, kept.coverage, left_out(lacking)))


def remember_unchanged(
    run: PreparedRun,
    writer: IndexWriter,
    listing: Listing,
    scope: Scope,
    documents: Sequence[StoredDocument],
    tally: Tally,
    limits: Limits,
) -> None:
    """Store the digest of the folder, if the next run will have nothing to do without a change.

    ``documents`` are those of the committed generation that the scope has, or were added.
    """
    from semsearch.indexer.scan import are_untouched  # here: a run without a change scans nothing

    digest = _digest(run, writer, listing.digest, limits)
    if digest is None or listing.digest is None or listing.digests is None:
        return
    if not are_untouched(scope.found, documents, limits):
        return
    lacking = tuple(document.id for document in documents if is_left_out(document))
    files = len(documents) + scope.others.documents
    kept = KeptListing(listing.digest, digest, files, tally.searchable, tally.coverage, lacking)
    if len(listing.digests) <= _MOST_FOLDERS:
        added = _whole(documents)
        folders = KeptFolders(
            listing.digest,
            scope.others.documents + added.documents,
            scope.others.pages + added.pages,
            listing.digests,
        )
        writer.notes.put(FOLDERS, folders.as_note(), is_durable=False)
    writer.notes.put(LISTING, kept.as_note(), is_durable=False)


def scope_of(run: PreparedRun, writer: IndexWriter, listing: Listing, limits: Limits) -> Scope:
    """Return what a run has to compare: the folders with a change, or everything."""
    return _narrow_scope(run, writer, listing, limits) or Scope(
        listing.items(), writer.before.documents.unchecked()
    )


def _narrow_scope(
    run: PreparedRun, writer: IndexWriter, listing: Listing, limits: Limits
) -> Scope | None:
    """The scope of a run where few folders have a change since the last one; None elsewhere.

    Files and documents of the other folders are in it only where not all of a file can be found.
    """
    kept = kept_listing(writer.before)
    if kept is None or listing.folders is None or listing.digests is None:
        return None
    before = kept_folders(writer.before, kept.listing)
    facts = _digest(run, writer, kept.listing, limits)
    if before is None or writer.documents.are_begun() or kept.digest != facts:
        return None
    if not before.digests.keys() <= listing.digests.keys():
        return None  # a folder is gone, or has no file any more
    contents = zip(listing.folders, listing.digests.items(), strict=True)
    changed = [folder for folder, (way, new) in contents if before.digests.get(way) != new]
    if _FEW_FOLDERS * sum(len(folder.names) for folder in changed) > kept.files:
        return None
    ways = {folder.way for folder in changed}
    here = writer.before.documents.directly_in(ways)
    lacking = writer.before.documents.unchecked(kept.left_out)
    if len(lacking) != len(kept.left_out):
        return None
    elsewhere = [one for one in lacking if one.path[: one.path.rfind("/") + 1] not in ways]
    found = [item for folder in changed for item in folder.files()]
    if _may_have_companions(found, here, elsewhere):
        return None
    found += (Found(one.path, one.stat) for one in elsewhere)
    whole = _whole(here)
    return Scope(
        sorted(found, key=lambda item: os.fsencode(item.path).split(b"/")),  # as a walk has them
        sorted([*here, *elsewhere], key=lambda one: os.fsencode(one.path)),
        Others(before.documents - whole.documents, before.pages - whole.pages),
    )


def _whole(documents: Iterable[StoredDocument]) -> Others:
    """The documents that can be found as a whole."""
    pages = [document.pages or 1 for document in documents if not is_left_out(document)]
    return Others(len(pages), sum(pages))


def _may_have_companions(
    found: Sequence[Found],
    known: Sequence[StoredDocument],
    elsewhere: Sequence[StoredDocument],
) -> bool:
    """Whether what is compared cannot tell of each file if it is a companion of another.

    A file that is new, changed or gone may decide about one in another folder; and what decides
    about a companion ``elsewhere`` is not among the files that are compared.
    """
    from semsearch.documents.walk import companions  # here: see ``are_untouched``

    if any(companions.is_companion(one.reason) for one in elsewhere):
        return True
    before = {document.path: document.stat for document in known}
    touched = {item.path for item in found if before.get(item.path) != item.stat}
    touched |= before.keys() - {item.path for item in found}
    return any(map(companions.may_be_related, touched))


def _digest(
    run: PreparedRun, writer: IndexWriter, listing: str | None, limits: Limits
) -> str | None:
    """Digest of the files, the generation, and everything by which a run tells unchanged files.

    None without a generation, or where some folder cannot be listed.
    """
    committed = writer.committed
    if committed is None or listing is None:
        return None
    facts = [
        _VERSION,
        listing,
        committed.number,
        committed.created.isoformat(),
        committed.embedder.id,
        run.profile.fingerprint,  # it names the embedder and the OCR languages
        relative_corpus(run.corpus, run.directory.path).hex(),
        what_is_read(),
        engine_build("tantivy"),  # another one has to open the keyword index before it is trusted
        *_conditions(limits),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _conditions(limits: Limits) -> tuple[float, ...]:
    """Numbers of the conditions under which files are read that failed under others."""
    programs = (limits.programs.checksum,) if limits.languages else ()
    return (limits.seconds, limits.memory_bytes, *programs)
