"""One publication of a source: what it writes, in which order, and what it removes."""

import json
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from semsearch.errors import EmbedderMismatch, IndexDamaged, IndexLocked, SettingsError
from semsearch.store.collection import pending_segments
from semsearch.store.collection.blob_format import packed
from semsearch.store.collection.changes import Changes, changes_of, everything
from semsearch.store.collection.engine import MOST_SEGMENTS, Engine
from semsearch.store.collection.manifest import (
    Manifest,
    SegmentEntry,
    Trash,
    manifest_of,
    mark_of,
    notes_name,
    numbers_of,
)
from semsearch.store.collection.publishable import PublishableDocuments
from semsearch.store.collection.published_segment import PublishedSegment
from semsearch.store.collection.published_source import notes_of
from semsearch.store.collection.segment_blobs import Gone, gone_blob
from semsearch.store.collection.segment_writer import SegmentWriter
from semsearch.store.notes.calibration import note_name as calibration_note
from semsearch.store.notes.cosine_baseline import BASELINE
from semsearch.store.notes.fluency import note_name as fluency_note
from semsearch.store.notes.tags import TAGS
from semsearch.store.notes.titles import embedded_note
from semsearch.store.notes.tuned_settings import OWN_SETTINGS
from semsearch.store.record.generations import Generation
from semsearch.store.snapshot import Snapshot

OnProgress = Callable[[int, int], None]  # texts that were written, and all that have to be


def checked_name(source: str) -> str:
    """The name of the blob that tells when a source was last found to be up to date."""
    return f"checked/{mark_of(source)}"


class Work:
    """One publication of a source.

    ``texts_written`` counts the texts of the new segment.
    """

    def __init__(self, engine: Engine, snapshot: Snapshot, source: str, index: str) -> None:
        self._engine = engine
        self._snapshot = snapshot
        self._source = source
        self._index = index
        self._stored: bytes | None = None  # the manifest as it was found
        self._others: list[Manifest] = []
        self._documents = PublishableDocuments(snapshot)
        self._titles = snapshot.view.note(embedded_note(snapshot.generation.embedder)) is not None
        self.texts_written = 0

    @property
    def _generation(self) -> Generation:
        return self._snapshot.generation

    def planned(self, *, anew: bool, take_over: bool) -> tuple[Manifest | None, Changes]:
        """The manifest that is there, and what has to be written; refuses a foreign source."""
        dimension = self._generation.embedder.dimension or 0
        self._engine.prepare(dimension)
        stored = self._engine.manifests()
        self._stored = stored.get(self._source)
        self._others = [
            manifest_of(name, one) for name, one in stored.items() if name != self._source
        ]
        self._refuse_other_embedder()
        before = self._before(is_replaced=anew)
        is_own = before is None or before.index == self._index
        if before is not None and not is_own and not take_over:
            raise SettingsError(
                f"{self._source} in {self._engine.place} was published by another index"
                f" ({before.folder} on {before.host}); name this one otherwise (…#NAME/SOURCE), or"
                " take it over with --take-over"
            )
        entries = () if before is None else before.segments
        segments = [PublishedSegment(self._engine, entry, dimension) for entry in entries]
        is_other = before is not None and before.embedder != self._generation.embedder
        if before is None or anew or not is_own or is_other:
            return before, everything(self._snapshot, self._documents, segments)
        changes = changes_of(
            self._snapshot,
            self._documents,
            segments,
            every_document=self._titles and not before.titles,
        )
        return before, changes

    def _before(self, *, is_replaced: bool) -> Manifest | None:
        """The manifest as it was found; None for none, and for a damaged one that is replaced.

        What a damaged one has named stays, as nobody knows what that is.
        """
        if self._stored is None:
            return None
        try:
            return manifest_of(self._source, self._stored)
        except IndexDamaged:
            if not is_replaced:
                raise
            return None

    def _refuse_other_embedder(self) -> None:
        own = self._generation.embedder
        for other in self._others:
            if (other.embedder.uri, other.embedder.dimension) != (own.uri, own.dimension):
                raise EmbedderMismatch(
                    f"{self._engine.place} has vectors of {other.embedder.uri} (source"
                    f" {other.source}), this index has those of {own.uri}; publish into another"
                    " collection (…#NAME)"
                )

    def done(self, before: Manifest | None, changes: Changes, on_progress: OnProgress) -> Manifest:
        """Write a segment and what has gone of the others, and replace the manifest."""
        if before is not None or self._stored is None:
            pending_segments.remove_noted(self._engine, self._source)
        if before is not None:
            self._remove(before.trash)
        revision = 1 if before is None else before.revision + 1
        entries = [
            self._kept(one, changes.gone.get(one.entry.number), revision) for one in changes.kept
        ]
        new = None
        if len(changes.texts) or len(changes.documents):
            new = self._written(changes, on_progress)
            entries.append(new)
        used = [one.number for one in entries]
        self._engine.finish([*used, *numbers_of(self._others)])
        notes = notes_name(self._source, revision)
        self._engine.put_blobs([(notes, packed({"notes": json.dumps(self._notes()).encode()}))])
        manifest = self._manifest(before, revision, entries, notes)
        if not self._is_put(manifest.to_bytes(), new):
            if new is not None:  # also what was written after the other one has removed it
                pending_segments.remove_unnamed(self._engine, self._source, new.number)
            raise IndexLocked(
                f"another semsearch has published {self._source} into {self._engine.place}"
                " meanwhile; run this again"
            )
        return manifest

    def _is_put(self, manifest: bytes, new: SegmentEntry | None) -> bool:
        """Put the manifest; False where another publication was first, or removes the segment."""
        if new is not None and self._engine.count_texts(new.number) != new.texts:
            return False
        if not self._engine.put_manifest(self._source, manifest, self._stored):
            return False
        if new is None or pending_segments.is_begun(self._engine, self._source, new.number):
            return True
        self._engine.put_manifest(self._source, self._stored, manifest)
        return False

    def _remove(self, trash: Trash) -> None:
        if trash.segments:
            self._engine.delete_segments(trash.segments)
        names = [*(f"segments/{number}/" for number in trash.segments), *trash.blobs]
        if names:
            self._engine.delete_blobs(names)

    def _kept(self, segment: PublishedSegment, gone: Gone | None, revision: int) -> SegmentEntry:
        """The entry of a segment that stays, with more gone of it or not."""
        if gone is None:
            return segment.entry
        entry = replace(
            segment.entry,
            gone_texts=len(gone.texts),
            gone_documents=len(gone.documents),
            words=int(segment.columns.lengths.sum())
            - int(segment.columns.lengths[gone.texts].sum()),
            revision=revision,
        )
        self._engine.put_blobs([(entry.gone_name, gone_blob(gone))])
        return entry

    def _written(self, changes: Changes, on_progress: OnProgress) -> SegmentEntry:
        """Write the new segment under a number that is noted before, so that it is not lost."""
        taken = numbers_of(self._others) | {one.entry.number for one in changes.kept}
        taken |= set(changes.dropped)
        number = 0
        while number == 0 or number in taken:
            number = secrets.randbelow(MOST_SEGMENTS)
        pending_segments.note_begun(self._engine, self._source, [number])
        total = len(changes.texts)
        entry = SegmentWriter(self._engine, number, self._snapshot).write(
            changes.texts,
            self._documents.of(changes.documents),
            lambda done: on_progress(done, total),
        )
        self.texts_written = entry.texts
        return entry

    def _notes(self) -> dict[str, str]:
        own, view = self._generation.embedder, self._snapshot.view
        names = (BASELINE, TAGS, OWN_SETTINGS, calibration_note(own), fluency_note(own))
        notes = {name: view.note(name) for name in names}
        return {name: note for name, note in notes.items() if note is not None}

    def is_current(self, before: Manifest | None, changes: Changes) -> bool:
        """Whether all of the generation is published, with all that readers are told of the index.

        Notes change without a new generation: tags, settings that were tuned. So does the folder of
        an index that was moved.
        """
        return (
            before is not None
            and not changes
            and before.generation == self._generation.number
            and (before.host, before.folder) == (socket.gethostname(), str(self._snapshot.corpus))
            and notes_of(self._engine, before) == self._notes()
        )

    def _manifest(
        self, before: Manifest | None, revision: int, entries: Sequence[SegmentEntry], notes: str
    ) -> Manifest:
        generation = self._generation
        old = () if before is None else before.segments
        now = {one.number for one in entries}
        dropped = tuple(one.number for one in old if one.number not in now)
        names = {one.gone_name for one in entries}
        blobs = [one.gone_name for one in old if one.number in now and one.gone_name not in names]
        return Manifest(
            source=self._source,
            index=self._index,
            host=socket.gethostname(),
            folder=str(self._snapshot.corpus),
            published=datetime.now(UTC),
            revision=revision,
            generation=generation.number,
            created=generation.created,
            embedder=generation.embedder,
            chunking=generation.chunking,
            documents=generation.documents,
            passages=generation.passages,
            titles=self._titles,
            notes=notes,
            segments=tuple(entries),
            dropped=Trash(dropped, tuple(blobs) if before is None else (*blobs, before.notes)),
            trash=Trash() if before is None else before.dropped,
        )

    def clean(self, manifest: Manifest) -> None:
        """Remove what only readers of the manifest before the last one could have read.

        Notes, too, that the source is up to date now.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._engine.put_blobs([(checked_name(self._source), now.encode())])
        self._remove(manifest.trash)
        named = numbers_of([manifest])
        noted = pending_segments.noted(self._engine, self._source)
        pending_segments.forget(self._engine, self._source, named & {*noted})
