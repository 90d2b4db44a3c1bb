"""Runs without a change: one digest of the folder tells whether any file has changed."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from semsearch.documents.coverage import SEARCHABLE, Coverage, LeftOut, share_covered
from semsearch.documents.formats import what_is_read
from semsearch.documents.pool.limits import Limits
from semsearch.documents.walk.listing import Listing
from semsearch.documents.walk.walker import Found, Unlistable
from semsearch.indexer.target import PreparedRun
from semsearch.store.derived.engine_build import engine_build
from semsearch.store.notes.folder_digest import LISTING, KeptListing, kept_listing
from semsearch.store.record.documents import StoredDocument, is_left_out, left_out
from semsearch.store.record.generations import relative_corpus
from semsearch.store.writer import IndexWriter

_VERSION: Final = 2  # raised when a run finds more to do in an unchanged folder than before


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
    def of(cls, documents: Sequence[StoredDocument]) -> "Tally":
        """Count the documents of a generation."""
        return cls(
            sum(document.coverage in SEARCHABLE for document in documents),
            share_covered(documents),
            left_out(documents),
        )


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
        or kept.digest != _digest(run, writer, listing, Limits.of(run.settings))
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
    found: Iterable[Found | Unlistable],
    documents: Sequence[StoredDocument],
    tally: Tally,
) -> None:
    """Store the digest of the folder, if the next run will have nothing to do without a change.

    ``documents`` are those of the committed generation, ``found`` the items of the listing.
    """
    from semsearch.indexer.scan import are_untouched  # here: a run without a change scans nothing

    limits = Limits.of(run.settings)
    digest = _digest(run, writer, listing, limits)
    if digest is None or listing.digest is None or not are_untouched(found, documents, limits):
        return
    lacking = tuple(document.id for document in documents if is_left_out(document))
    kept = KeptListing(
        listing.digest, digest, len(documents), tally.searchable, tally.coverage, lacking
    )
    writer.notes.put(LISTING, kept.as_note(), is_durable=False)


def _digest(run: PreparedRun, writer: IndexWriter, listing: Listing, limits: Limits) -> str | None:
    """Digest of the files, the generation, and everything by which a run tells unchanged files.

    None without a generation, or where some folder cannot be listed.
    """
    committed = writer.committed
    if committed is None or listing.digest is None:
        return None
    facts = [
        _VERSION,
        listing.digest,
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
