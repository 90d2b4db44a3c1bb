"""Publish the newest generation of an index into a collection, or withdraw it."""

import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from semsearch.errors import IndexLocked, IndexMissing, SettingsError, TooLittle
from semsearch.settings.schema import Settings
from semsearch.store.collection import pending_segments
from semsearch.store.collection.engines.registry import Connect, open_engine
from semsearch.store.collection.manifest import Manifest, manifest_of, mark_of, numbers_of
from semsearch.store.collection.publication import OnProgress, Work, checked_name
from semsearch.store.collection.uri import CollectionUri
from semsearch.store.disk.atomic_files import storage_error
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.connection import open_to_write
from semsearch.store.record.note_rows import Notes
from semsearch.store.snapshot import Snapshot, open_snapshot

IDENTITY: Final = "identity"  # the note with the random name of an index
_LONGEST_NAME: Final = 100  # characters of a source's name


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publication has done.

    ``before`` is the generation that readers had, None if they had none. ``written`` texts and
    documents went over, of ``texts`` and ``documents`` that readers have now. ``was_current``:
    whether readers had all of it before, with its tags and settings.
    """

    place: str
    source: str
    generation: int
    before: int | None
    documents: int
    texts: int
    documents_written: int
    texts_written: int
    segments: int
    seconds: float
    was_current: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The publication as JSON names and values."""
        return {
            "collection": self.place,
            "source": self.source,
            "generation": self.generation,
            "before": self.before,
            "documents": self.documents,
            "texts": self.texts,
            "documents_written": self.documents_written,
            "texts_written": self.texts_written,
            "segments": self.segments,
            "seconds": round(self.seconds, 3),
        }


def publish(
    directory: IndexDirectory,
    uri: CollectionUri,
    settings: Settings,
    *,
    anew: bool = False,
    take_over: bool = False,
    on_progress: OnProgress = lambda done, total: None,
    connect: Connect = open_engine,
) -> Publication:
    """Bring the newest generation of an index into a collection; calls no embedder.

    Only what has changed since the last publication goes over. Readers see all of the generation
    or all of the one before, also when this process is killed; the next publication removes what it
    has left. The source is called as ``uri`` says, else as the folder. ``anew`` writes all again.
    ``take_over`` replaces a source that another index has published. ``connect`` opens the engine.
    Raises ``SemsearchError``.
    """
    started = time.monotonic()
    with _alone(directory), open_snapshot(directory) as snapshot:
        name = source_name(uri.source or snapshot.corpus.name)
        generation = snapshot.generation
        if generation.embedder.dimension is None:
            raise TooLittle(
                f"there is nothing to publish: no document of {snapshot.corpus} has any text"
            )
        with closing(connect(uri, settings)) as engine:
            work = Work(engine, snapshot, name, identity_of(directory, snapshot))
            before, changes = work.planned(anew=anew, take_over=take_over)
            manifest = before
            is_current = work.is_current(before, changes)
            if not is_current:
                manifest = work.done(before, changes, on_progress)
            assert manifest is not None  # there was one, or one was made
            work.clean(manifest)
    return Publication(
        place=engine.place,
        source=name,
        generation=manifest.generation,
        before=None if before is None else before.generation,
        documents=manifest.documents,
        texts=manifest.texts,
        documents_written=len(changes.documents),
        texts_written=work.texts_written,
        segments=len(manifest.segments),
        seconds=time.monotonic() - started,
        was_current=is_current,
    )


def source_name(name: str) -> str:
    """A name for a source; raises ``SettingsError`` where it can be none."""
    if not name or len(name) > _LONGEST_NAME or "/" in name or not name.isprintable():
        raise SettingsError(
            f"a source needs a name of up to {_LONGEST_NAME} letters without /: add it to the"
            " URI, as in …#semsearch/NAME"
        )
    return name


def identity_of(directory: IndexDirectory, snapshot: Snapshot) -> str:
    """The random name of an index, made when it is asked for first."""
    if (kept := snapshot.view.note(IDENTITY)) is not None:
        return kept
    made = secrets.token_hex(16)
    try:
        with directory.locked(), open_to_write(directory.record) as connection:
            Notes(connection).put(IDENTITY, made)
    except IndexLocked as error:
        raise IndexLocked(
            f"another semsearch is writing to {directory.path}, which has to be given a name before"
            " it is published for the first time; publish when it has ended"
        ) from error
    return made


@contextmanager
def _alone(directory: IndexDirectory) -> Iterator[None]:
    """Let one process publish an index at a time; raises ``IndexLocked``."""
    import filelock  # a reader needs none

    lock = filelock.FileLock(directory.path / "publishing", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise IndexLocked(
            f"another semsearch is publishing {directory.path}; run this again when it has ended"
        ) from error
    except OSError as error:
        raise storage_error(error, directory.path) from error
    try:
        yield
    finally:
        lock.release()


def withdraw(uri: CollectionUri, settings: Settings, connect: Connect = open_engine) -> Manifest:
    """Remove a source from a collection; the others stay. Raises ``IndexMissing``."""
    if uri.source is None:
        raise SettingsError("name the source to remove: …#NAME/SOURCE")
    with closing(connect(uri, settings)) as engine:
        stored = engine.manifests().get(uri.source)
        before = pending_segments.noted(engine, uri.source)
        if stored is None and not before:
            raise IndexMissing(f"{uri.source} has published nothing into {engine.place}")
        manifest = None if stored is None else manifest_of(uri.source, stored)
        if manifest is not None:
            noted = numbers_of([manifest]) - {*before}
            pending_segments.note_begun(engine, uri.source, noted)
            if not engine.put_manifest(uri.source, None, stored):
                pending_segments.forget(engine, uri.source, noted)
                raise IndexLocked(
                    f"{uri.source} was published into {engine.place} meanwhile; run this again"
                )
            engine.delete_blobs([f"notes/{mark_of(uri.source)}/", checked_name(uri.source)])
        pending_segments.remove_noted(engine, uri.source)
    if manifest is None:
        raise IndexMissing(f"{uri.source} was removed from {uri} before")
    return manifest
