"""Status of an index: its content, and whether its folder has changed since the last run."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from semsearch.documents.coverage import (
    SEARCHABLE,
    Coverage,
    LeftOut,
    is_empty,
    is_generated,
    share_covered,
)
from semsearch.documents.document import PageReader
from semsearch.documents.formats import format_of, suffix_of
from semsearch.documents.walk.listing import Listing
from semsearch.documents.walk.walker import Unlistable, is_below
from semsearch.errors import CorpusError
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.completeness import Completeness, completeness_of
from semsearch.store.derived.recall import recall_of
from semsearch.store.locate import find_index
from semsearch.store.notes.folder_digest import kept_listing
from semsearch.store.notes.tuned_settings import OwnSettings, readable_settings
from semsearch.store.record.documents import USUAL_ENCODINGS, left_out
from semsearch.store.record.recorded_shard import recorded_shard
from semsearch.store.snapshot import Snapshot, open_snapshot


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """Numbers of files that were added, changed and removed since the last index run."""

    added: int
    changed: int
    removed: int

    def to_dict(self) -> dict[str, Any]:
        """The counts as JSON names and values."""
        return {"added": self.added, "changed": self.changed, "removed": self.removed}

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Status:
    """The status of an index; ``changes`` is None when its folder does not exist.

    ``recall`` is recall@10 of the ANN index, measured on a sample when it was last built from
    scratch. ``encodings`` has the encoding of each document that is not in UTF-8, by path;
    ``page_readers`` the pages of documents that another reader than usual has read, and its name.
    ``completeness`` is set while some passages have no vector. ``shard`` is the part of the folder
    that is indexed, such as "3/16"; None for all of it.
    """

    index: Path
    corpus: Path
    generation: int
    created: datetime
    embedder: str
    dimension: int | None
    recall: float | None  # None where vectors are compared exactly
    documents: int
    passages: int
    bytes_on_disk: int
    encodings: Mapping[str, str]
    page_readers: Mapping[str, PageReader]
    left_out: tuple[LeftOut, ...]
    changes: FolderChanges | None
    own_settings: OwnSettings | None
    settings_damage: str | None  # why they cannot be used
    completeness: Completeness | None = None
    shard: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The index at a glance as JSON names and values."""
        return {
            "index": str(self.index),
            "corpus": str(self.corpus),
            "shard": self.shard,
            "generation": self.generation,
            "partial": None if self.completeness is None else self.completeness.to_dict(),
            "created": self.created.isoformat(),
            "embedder": self.embedder,
            "dimension": self.dimension,
            "recall": None if self.recall is None else round(self.recall, 4),
            "documents": self.documents,
            "passages": self.passages,
            "bytes": self.bytes_on_disk,
            "encodings": dict(self.encodings),
            "page_readers": {
                path: {"reader": reader.name, "pages": list(reader.pages)}
                for path, reader in self.page_readers.items()
            },
            "settings": None if self.own_settings is None else self.own_settings.to_dict(),
            "left_out": [item.to_dict() for item in self.left_out],
            "changed_since": None if self.changes is None else self.changes.to_dict(),
        }

    def is_stale(self, most: timedelta, now: datetime | None = None) -> bool:
        """Whether the index is older than ``most`` and its folder has changed since.

        A folder that does not exist counts as changed. Age alone says nothing, as a run without
        changes makes no generation. ``now`` has a time zone.
        """
        is_old = (now or datetime.now(UTC)) - self.created > most
        return is_old and (self.changes is None or bool(self.changes))


def status(index: str | Path | None = None, *, settings: Settings | None = None) -> Status:
    """Describe an index; opens no document and calls no embedder. Raises ``SemsearchError``.

    Rows of documents of which there is nothing to tell are counted and not verified (``verify``).
    """
    directory = find_index(run_settings(settings, index=index))
    with open_snapshot(directory, partial=True) as snapshot:
        documents = snapshot.view.documents.notable()
        shard = recorded_shard(snapshot.generation.chunking)
        own, damage = readable_settings(snapshot.view)
        covered = snapshot.view.documents.count_by_coverage()
        readers = {
            document.path: reader
            for document in documents
            if document.encoding is not None and (reader := PageReader.of_text(document.encoding))
        }
        better = {path: reader for path, reader in readers.items() if not reader.lacks_another}
        return Status(
            index=directory.path,
            corpus=snapshot.corpus,
            generation=snapshot.generation.number,
            created=snapshot.generation.created,
            embedder=snapshot.generation.embedder.uri,
            dimension=snapshot.generation.embedder.dimension,
            recall=_recall(snapshot),
            documents=sum(covered.get(coverage, 0) for coverage in SEARCHABLE),
            passages=_passages(snapshot),
            bytes_on_disk=directory.bytes_on_disk,
            encodings={
                document.path: document.encoding
                for document in documents
                if document.encoding is not None
                and document.encoding not in USUAL_ENCODINGS
                and document.path not in readers
            },
            page_readers=better,
            left_out=left_out(documents),
            changes=_changes(snapshot),
            own_settings=own,
            settings_damage=damage,
            completeness=completeness_of(snapshot),
            shard=None if shard is None else str(shard),
        )


def _passages(snapshot: Snapshot) -> int:
    """The number of passages; of a partial generation as it is now, as documents come and go."""
    if snapshot.partial is None:
        return snapshot.generation.passages
    return snapshot.view.passages.count()


def _recall(snapshot: Snapshot) -> float | None:
    recall = recall_of(snapshot.view)
    if recall is None:
        return None
    is_exact = snapshot.generation.passages < snapshot.directory.policy.ann.exact_below
    return None if is_exact else recall.share


@dataclass(frozen=True, slots=True)
class Missing:
    """Files and pages that no query can find; ``coverage`` is the share that can be found.

    It is as of ``share_covered``. ``skipped`` are the files that are not read because of their type
    or name, ``files`` is the number of all files.
    """

    index: Path
    coverage: float
    left_out: tuple[LeftOut, ...]
    skipped: tuple[LeftOut, ...] = ()
    files: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The files that cannot be found as JSON names and values."""
        return {
            "index": str(self.index),
            "coverage": round(self.coverage, 4),
            "missing": [item.to_dict() for item in self.left_out],
            "files": self.files,
            "skipped_types": self.skipped_types,
        }

    @property
    def skipped_types(self) -> dict[str, int]:
        """The number of skipped files of each ending ("" for none), the most frequent first."""
        return dict(Counter(suffix_of(item.path).lower() for item in self.skipped).most_common())


def missing(
    index: str | Path | None = None, *, skipped: bool = False, settings: Settings | None = None
) -> Missing:
    """List the files and pages that no query can find, with reasons.

    Generated files are listed, though nothing of them is lost. With ``skipped`` also files of
    unsupported types, and empty ones. Raises ``SemsearchError``.
    """
    directory = find_index(run_settings(settings, index=index))
    with open_snapshot(directory, partial=True) as snapshot:
        documents = snapshot.view.documents.all()
    found = left_out(documents)
    named = tuple(
        item
        for item in found
        if skipped
        or is_generated(item.why)
        or (item.coverage is not Coverage.SKIPPED and not is_empty(item.why))
    )
    others = tuple(
        item for item in found if item.coverage is Coverage.SKIPPED and not is_generated(item.why)
    )
    return Missing(directory.path, share_covered(documents), named, others, len(documents))


def _changes(snapshot: Snapshot) -> FolderChanges | None:
    try:
        listing = Listing(snapshot.corpus, part=recorded_shard(snapshot.generation.chunking))
    except CorpusError:
        return None
    kept = kept_listing(snapshot.view)
    if kept is not None and listing.digest == kept.listing:
        return FolderChanges(0, 0, 0)  # as the last run has left it: no row is compared
    known = dict(snapshot.view.documents.stats())
    added = changed = 0
    shut = set()
    for item in listing.items():
        before = known.pop(item.path, None)
        if isinstance(item, Unlistable):
            shut.add(item.path)  # files below it are not known
        elif format_of(item.path) is not None:
            added += before is None
            changed += before is not None and before.shows_change(item.stat)
    return FolderChanges(added, changed, sum(not is_below(path, shut) for path in known))
