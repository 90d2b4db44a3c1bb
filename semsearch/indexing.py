"""The straight line: walk → read → cut → reuse or embed → commit."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from semsearch.chunking import CHUNKER_VERSION, Budget, passages_of
from semsearch.coverage import Coverage, LeftOut
from semsearch.discovery import find_index, index_to_write
from semsearch.documents.reading import READER_VERSION, ReadDocument, format_of, read_document
from semsearch.documents.walk import Found, Unlistable, walk
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.registry import Choice, choose_uri, open_embedder
from semsearch.errors import CorpusError, DocumentUnreadable, EmbedderMismatch, IndexMissing
from semsearch.settings import Settings, run_settings
from semsearch.store.directory import IndexDirectory
from semsearch.store.snapshot import open_snapshot
from semsearch.store.view import StoredDocument, View
from semsearch.store.writer import IndexWriter, open_writer

_EMBED_AT: Final = 256  # texts that are gathered before they are embedded: a few full requests


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come; ``file`` is the one that was looked at last."""

    files_done: int
    files_total: int
    file: str
    texts_embedded: int
    texts_waiting: int
    tokens: int


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
        return tuple(item for item in self.left_out if item.coverage is not Coverage.SKIPPED)


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
    the current directory. ``index`` is where the index is kept: ``FOLDER/.semsearch`` when not
    given. ``embedder`` is a URI or an embedder; without one it is the index's own, else Mistral's
    when a key is set, else the local model. Raises ``SemsearchError``; what was embedded until then
    is kept and the next run goes on from there.
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
    corpus = _corpus(folder, run_settings(settings, index=index))
    settings = run_settings(settings, index=index, embedder=embedder, project=corpus)
    found = list(walk(corpus))
    _refuse_without_documents(corpus, found)
    directory = index_to_write(settings, corpus)
    wanted = None if isinstance(embedder, str) else embedder
    opened, chosen = _opened_embedder(directory, wanted, settings, may_change=everything)
    with open_writer(directory) as writer:
        chunking = _chunking(opened, settings)
        writer.begin(corpus, opened.uri, chunking, fresh=fresh)
        everything = everything or (
            writer.committed is not None and writer.committed.chunking != chunking
        )
        run = _Run(corpus, settings, opened, writer, on_progress or _ignore)
        notices = (*chosen, *writer.mend())
        run.update(found, everything=everything)
        is_new = writer.has_changes
        if is_new:
            writer.commit()
        return run.report(directory, notices, is_new, time.monotonic() - started)


def _corpus(folder: str | Path | None, settings: Settings) -> Path:
    """The folder that is meant: the one that is named, else that of the index that is found."""
    if folder is not None:
        return Path(folder).expanduser().resolve()
    try:
        directory = find_index(settings)
    except IndexMissing:
        return Path.cwd()
    try:
        with open_snapshot(directory) as snapshot:
            return snapshot.corpus
    except IndexMissing:
        return directory.path.parent  # its first run has not ended


def _ignore(_: Progress) -> None:
    """Nobody watches this run."""


def _refuse_without_documents(corpus: Path, found: Sequence[Found | Unlistable]) -> None:
    """An empty folder is more often a disk that is not mounted than a wish to index nothing."""
    if not any(isinstance(item, Found) and format_of(item.path) for item in found):
        others = f" ({len(found)} files of other types)" if found else ""
        raise CorpusError(
            f"{corpus} holds no text, Markdown, HTML or PDF document{others}; nothing was changed"
        )


def _opened_embedder(
    directory: IndexDirectory, wanted: Embedder | None, settings: Settings, *, may_change: bool
) -> tuple[Embedder, tuple[str, ...]]:
    """The embedder of this run, and what a person should hear about its choice."""
    own = _own_uri(directory)
    choice = Choice(wanted.uri) if wanted is not None else choose_uri(own, settings)
    if own not in (None, choice.uri) and not may_change:
        raise EmbedderMismatch(
            f"the index in {directory.path} was built by {own}, not by {choice.uri}; to change it"
            f" run: semsearch rebuild --embedder {choice.uri}"
        )
    return wanted or open_embedder(choice.uri, settings), choice.notices


def _own_uri(directory: IndexDirectory) -> str | None:
    try:
        with open_snapshot(directory) as snapshot:
            return snapshot.generation.embedder.uri
    except IndexMissing:
        return None  # a first run decides


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


class _Run:
    """One pass over the corpus, with its counts."""

    def __init__(
        self,
        corpus: Path,
        settings: Settings,
        embedder: Embedder,
        writer: IndexWriter,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._corpus = corpus
        self._settings = settings
        self._embedder = embedder
        self._writer = writer
        self._on_progress = on_progress
        self._budget = Budget(
            settings.passage_characters,
            settings.overlap_characters,
            lambda text: embedder.count_tokens(text) <= embedder.max_tokens,
        )
        self._waiting: dict[int, str] = {}
        self._unlistable: list[LeftOut] = []
        self._progress = Progress(0, 0, "", 0, 0, 0)

    def update(self, found: Iterable[Found | Unlistable], *, everything: bool) -> None:
        """Bring the generation to come in line with the folder, and embed what has no vector."""
        known = {document.path: document for document in self._writer.view.documents()}
        found = list(found)
        self._show(files_total=len(found))
        for item in found:
            if isinstance(item, Unlistable):
                self._unlistable.append(LeftOut(item.path, Coverage.FAILED, item.reason))
                known = {p: d for p, d in known.items() if not p.startswith(f"{item.path}/")}
            else:
                self._take(item, known.pop(item.path, None), everything)
            self._show(files_done=self._progress.files_done + 1, file=item.path)
            if len(self._waiting) >= _EMBED_AT:
                self._embed()
        self._writer.remove_documents(known)
        self._waiting = dict(self._writer.view.texts_without_vector(self._writer.embedder))
        self._embed()

    def _take(self, item: Found, before: StoredDocument | None, everything: bool) -> None:
        """Read one file, unless the record has it as it is."""
        is_own = before is not None and before.born == self._writer.number
        if before is not None and before.stat == item.stat and (is_own or not everything):
            return
        if format_of(item.path) is None:
            reason = f"semsearch does not read files of type {Path(item.path).suffix or 'unknown'}"
            self._writer.put_document(item.path, item.stat, Coverage.SKIPPED, reason=reason)
            return
        try:
            read = read_document(self._corpus, item.path, max_bytes=self._settings.max_file_bytes)
        except FileNotFoundError:
            self._writer.remove_documents([item.path])  # it has gone since the walk
        except DocumentUnreadable as error:
            self._writer.put_document(item.path, item.stat, Coverage.FAILED, reason=str(error))
        else:
            if before is not None and before.digest == read.digest and not everything:
                self._writer.put_stat(before, read.stat)
                return
            self._waiting |= self._writer.put_document(
                item.path,
                read.stat,
                Coverage.INDEXED if read.document.blocks else Coverage.NO_TEXT,
                reason=None if read.document.blocks else _why_no_text(read),
                digest=read.digest,
                pages=read.document.page_count,
                blank_pages=read.document.blank_pages,
                passages=passages_of(read.document, self._budget),
            )

    def _embed(self) -> None:
        texts = list(self._waiting)
        self._show(texts_waiting=len(texts))
        if not texts:
            return
        for batch in self._embedder.embed(list(self._waiting.values())):
            self._writer.put_vectors([texts[i] for i in batch.positions], batch.vectors)
            self._show(
                texts_embedded=self._progress.texts_embedded + len(batch.positions),
                texts_waiting=self._progress.texts_waiting - len(batch.positions),
                tokens=self._progress.tokens + batch.tokens,
            )
        self._waiting = {}

    def _show(self, **changes: int | str) -> None:
        self._progress = replace(self._progress, **changes)  # type: ignore[arg-type]
        self._on_progress(self._progress)

    def report(
        self, directory: IndexDirectory, notices: Sequence[str], is_new: bool, seconds: float
    ) -> IndexReport:
        """What has changed since the last generation, whichever run saw it, and this run's cost."""
        committed = self._writer.committed
        assert committed is not None  # every run that ends has committed, or found a generation
        before, after = _searchable(self._writer.before), _searchable(self._writer.view)
        kept = [(before[path], document) for path, document in after.items() if path in before]
        changed = sum(old.digest != new.digest for old, new in kept)
        passages = self._writer.view.passage_count()
        return IndexReport(
            index=directory.path,
            corpus=self._corpus,
            embedder=self._embedder.uri,
            generation=committed.number,
            is_new_generation=is_new,
            added=len(after) - len(kept),
            changed=changed,
            removed=len(before) - len(kept),
            unchanged=len(kept) - changed,
            passages=passages,
            embedded=self._progress.texts_embedded,
            reused=passages - self._progress.texts_embedded,
            tokens=self._progress.tokens,
            seconds=seconds,
            left_out=(*self._unlistable, *self._writer.view.left_out()),
            notices=tuple(notices),
        )


def _searchable(view: View) -> dict[str, StoredDocument]:
    """The documents that can be found, by path."""
    return {d.path: d for d in view.documents() if d.coverage is Coverage.INDEXED}


def _why_no_text(read: ReadDocument) -> str:
    if read.document.page_count:
        return f"no text layer on any of its {read.document.page_count} pages (a scan?)"
    return "there is no text in it" if read.stat.size else "the file is empty"
