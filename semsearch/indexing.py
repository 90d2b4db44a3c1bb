"""The straight line: walk → read → cut → reuse or embed → commit."""

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from semsearch.chunking import CHUNKER_VERSION
from semsearch.coverage import Coverage, LeftOut
from semsearch.discovery import find_index, index_to_write
from semsearch.documents.formats import format_of
from semsearch.documents.reading import READER_VERSION
from semsearch.documents.walk import Found, Unlistable, walk
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.registry import Choice, choose_uri, open_embedder
from semsearch.errors import CorpusError, EmbedderMismatch, IndexLocked, IndexMissing
from semsearch.settings import Settings, expanded, run_settings
from semsearch.store.directory import IndexDirectory
from semsearch.store.snapshot import corpus_of, open_snapshot
from semsearch.store.view import StoredDocument, left_out
from semsearch.store.writer import IndexWriter, open_writer
from semsearch.updating import Progress, Update


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an index run did; the counts of documents are of those that can be found."""

    index: Path
    corpus: Path
    embedder: str
    generation: int
    is_new_generation: bool
    added: int
    changed: int
    removed: int
    unchanged: int
    passages: int
    embedded: int  # texts that were sent to the embedder
    reused: int  # passages whose vector was there, or whose text stands elsewhere too
    tokens: int
    seconds: float
    left_out: tuple[LeftOut, ...]
    notices: tuple[str, ...]

    @property
    def not_searchable(self) -> tuple[LeftOut, ...]:
        """Files of types that semsearch reads, that it could not read or found no text in."""
        missing = (Coverage.FAILED, Coverage.NO_TEXT)
        return tuple(item for item in self.left_out if item.coverage in missing)


def index(
    folder: str | Path | None = None,
    *,
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> IndexReport:
    """Make the index of a folder, or bring it up to date; pays only for text that is new.

    Without ``folder`` it is that of the index which ``index`` names or which is nearest upward from
    the current directory, else the current directory. ``index`` is where the index is kept:
    ``FOLDER/.semsearch`` when not given. ``embedder`` is a URI or an embedder; without one it is
    the index's own, else Mistral's when a key is set, else the local model. Raises
    ``SemsearchError``; what was embedded until then is kept and the next run goes on from there.
    """
    return _run(folder, index, embedder, settings, on_progress, everything=False, fresh=False)


def rebuild(
    folder: str | Path | None = None,
    *,
    fresh: bool = False,
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> IndexReport:
    """Read and cut every document anew into a new generation, while the old one answers.

    Vectors of texts that have not changed are used again unless ``fresh``. This is also how an
    index changes its embedder. The rest is as for ``index``.
    """
    return _run(folder, index, embedder, settings, on_progress, everything=True, fresh=fresh)


def _run(
    folder: str | Path | None,
    index: str | Path | None,
    embedder: str | Embedder | None,
    settings: Settings | None,
    on_progress: Callable[[Progress], None] | None,
    *,
    everything: bool,
    fresh: bool,
) -> IndexReport:
    started = time.monotonic()
    corpus, directory = _target(folder, run_settings(settings, index=index))
    settings = run_settings(settings, index=index, embedder=embedder, project=corpus)
    if not directory.record.exists():
        _found(corpus)  # so that no index is made for a folder without documents
    own = _own(directory)
    if not everything:
        _refuse_another_folder(own, corpus)
    wanted = None if isinstance(embedder, str) else embedder
    opened, chosen = _opened_embedder(own, wanted, settings, may_change=everything)
    with open_writer(directory) as writer:
        _refuse_a_race(own, writer)
        chunking = _chunking(opened, settings)
        writer.begin(corpus, opened.uri, chunking, fresh=fresh)
        notices = (*chosen, *(() if fresh else writer.mend()))
        update = Update(corpus, settings, opened, writer, on_progress or _ignore)
        committed = writer.committed
        is_cut_anew = committed is not None and committed.chunking != chunking
        update.run(_found(corpus), everything=everything or is_cut_anew)
        is_new = writer.has_changes
        if is_new:
            writer.commit()
        else:
            writer.settle()
        return _report(
            corpus, directory, writer, update, notices, is_new, time.monotonic() - started
        )


def _target(folder: str | Path | None, settings: Settings) -> tuple[Path, IndexDirectory]:
    """The folder that is meant and its index: those named, else those found from here."""
    if folder is not None:
        corpus = expanded(folder).resolve()
        return corpus, index_to_write(settings, corpus)
    try:
        directory = find_index(settings)
        corpus = corpus_of(directory)
    except IndexMissing:
        if settings.index is not None:
            raise  # the index that was named has no folder yet
        return Path.cwd(), index_to_write(settings, Path.cwd())
    if hasattr(os, "geteuid") and directory.path.stat().st_uid != os.geteuid():
        raise CorpusError(
            f"the index in {directory.path} belongs to another user, who may have chosen its"
            f" folder; name the folder yourself: semsearch index {quote(str(corpus))}"
        )
    return corpus, directory


@dataclass(frozen=True, slots=True)
class _Own:
    """What an index says of itself before a run."""

    generation: int
    corpus: Path
    embedder: str
    directory: IndexDirectory


def _own(directory: IndexDirectory) -> _Own | None:
    try:
        with open_snapshot(directory) as snapshot:
            uri = snapshot.generation.embedder.uri
            return _Own(snapshot.generation.number, snapshot.corpus, uri, directory)
    except IndexMissing:
        return None  # a first run decides


def _refuse_another_folder(own: _Own | None, corpus: Path) -> None:
    """An index named by a variable that was forgotten is not taken over by another folder."""
    if own is None or own.corpus == corpus:
        return
    if own.corpus.is_dir() or not _has_moved_to(corpus, own.directory):
        index = own.directory.path
        raise CorpusError(
            f"the index in {index} is that of {own.corpus}; to make it one of {corpus}"
            f" run: semsearch rebuild {quote(str(corpus))} --index {quote(str(index))}"
        )


def _has_moved_to(corpus: Path, directory: IndexDirectory) -> bool:
    """Whether a folder has any document of an index, whose own folder is not there."""
    with open_snapshot(directory) as snapshot:
        documents = snapshot.view.documents()
    return not documents or any((corpus / document.path).exists() for document in documents)


def _refuse_a_race(own: _Own | None, writer: IndexWriter) -> None:
    """What was chosen before the lock was taken must still hold."""
    committed = writer.committed
    if (own.generation if own else None) != (committed.number if committed else None):
        raise IndexLocked("another semsearch has just written to this index; run this again")


def _found(corpus: Path) -> list[Found | Unlistable]:
    """Every file of the corpus; raises ``CorpusError`` when none of them can be read.

    An empty folder is more often a disk that is not mounted than a wish to index nothing.
    """
    found = list(walk(corpus))
    if not any(isinstance(item, Found) and format_of(item.path) for item in found):
        shut = [item for item in found if isinstance(item, Unlistable)]
        files = len(found) - len(shut)
        others = [f"{files} files of other types"] if files else []
        others += [f"{item.path}: {item.reason}" for item in shut[:1]]
        raise CorpusError(
            f"{corpus} holds no text, Markdown, HTML or PDF document"
            f"{' (' + ', '.join(others) + ')' if others else ''}; nothing was changed"
        )
    return found


def _opened_embedder(
    own: _Own | None, wanted: Embedder | None, settings: Settings, *, may_change: bool
) -> tuple[Embedder, tuple[str, ...]]:
    """The embedder of this run, and what a person should hear about its choice."""
    uri = own.embedder if own else None
    choice = Choice(wanted.uri) if wanted is not None else choose_uri(uri, settings)
    if own is not None and own.embedder != choice.uri and not may_change:
        raise EmbedderMismatch(
            f"the index in {own.directory.path} was built by {own.embedder}, not by {choice.uri};"
            f" to change it run: semsearch rebuild --embedder {choice.uri}"
            f" --index {quote(str(own.directory.path))}"
        )
    return wanted or open_embedder(choice.uri, settings), choice.notices


def _chunking(embedder: Embedder, settings: Settings) -> str:
    """All that decides where a document is cut: when it changes, every document is cut anew."""
    return json.dumps(
        {
            "chunker": CHUNKER_VERSION,
            "reader": READER_VERSION,
            "characters": settings.passage_characters,
            "overlap": settings.overlap_characters,
            "embedder": embedder.uri,
            "max_tokens": embedder.max_tokens,
        },
        sort_keys=True,
    )


def _ignore(_: Progress) -> None:
    """Nobody watches this run."""


def _report(
    corpus: Path,
    directory: IndexDirectory,
    writer: IndexWriter,
    update: Update,
    notices: Sequence[str],
    is_new: bool,
    seconds: float,
) -> IndexReport:
    """What has changed since the last generation, whichever run saw it, and this run's cost."""
    committed = writer.committed
    assert committed is not None  # every run that ends has committed, or found a generation
    documents = writer.view.documents()
    after = _searchable(documents)
    before = _searchable(writer.before.documents()) if is_new else after
    kept = [(before[path], document) for path, document in after.items() if path in before]
    changed = sum(old.digest != new.digest for old, new in kept)
    passages = writer.view.passage_count()
    new_texts = update.embedded.intersection(writer.view.text_ids().tolist())
    return IndexReport(
        index=directory.path,
        corpus=corpus,
        embedder=committed.embedder.uri,
        generation=committed.number,
        is_new_generation=is_new,
        added=len(after) - len(kept),
        changed=changed,
        removed=len(before) - len(kept),
        unchanged=len(kept) - changed,
        passages=passages,
        embedded=len(update.embedded),
        reused=passages - len(new_texts),
        tokens=update.progress.tokens,
        seconds=seconds,
        left_out=left_out(documents),
        notices=tuple(notices),
    )


def _searchable(documents: Iterable[StoredDocument]) -> dict[str, StoredDocument]:
    """The documents that can be found, by path."""
    return {d.path: d for d in documents if d.coverage is Coverage.INDEXED}
