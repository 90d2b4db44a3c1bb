"""What every run over a folder settles first: folder, index, embedder, and where to cut."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from semsearch.documents.chunker import CHUNKER_VERSION
from semsearch.documents.formats import format_of
from semsearch.documents.readers.ocr import missing_programs
from semsearch.documents.readers.reader import READER_VERSION
from semsearch.documents.walk.walker import Found, Unlistable, walk
from semsearch.embedders.api.protocols import Billed
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.registry import Choice, choose_uri, open_embedder
from semsearch.errors import CorpusError, EmbedderMismatch, IndexMissing, SettingsError
from semsearch.settings.paths import expanded
from semsearch.settings.schema import DEFAULT_CONTEXT, Context, Settings
from semsearch.settings.sources import run_settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.locate import find_index, index_to_write, is_name, named_place
from semsearch.store.notes.tuned_settings import OwnSettings, own_settings
from semsearch.store.snapshot import corpus_of, open_snapshot


@dataclass(frozen=True, slots=True)
class Own:
    """What an index says of itself before a run."""

    generation: int
    corpus: Path
    embedder: str
    directory: IndexDirectory
    chunking: str
    settings: OwnSettings | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """One run's folder, index and embedder; ``own`` is None when there is no index yet.

    ``chunking`` is all that decides where a document is cut: when it changes, every document is cut
    anew. ``notices`` is what a person should hear about the choices.
    """

    corpus: Path
    directory: IndexDirectory
    settings: Settings
    own: Own | None
    embedder: Embedder
    chunking: str
    notices: tuple[str, ...]

    @property
    def experience_note(self) -> str:
        """Under which name the record keeps what was learned of the embedder's server."""
        return f"experience {self.embedder.uri}"

    def recall(self, experience: str | None) -> None:
        """Give the embedder what an earlier run has learned."""
        if experience is not None and isinstance(self.embedder, Billed):
            self.embedder.recall(experience)


def prepare(
    folder: str | Path | None,
    index: str | Path | None,
    embedder: str | Embedder | None,
    settings: Settings | None,
    *,
    may_change: bool,
    **limits: float | str | None,
) -> Prepared:
    """Settle them; with ``may_change`` an index may get another folder or embedder.

    ``limits`` are settings of this call: ``max_cost``, ``max_tokens``, ``ocr``, ``context``. Raises
    ``SemsearchError``.
    """
    corpus, directory = _target(folder, run_settings(settings, index=index))
    given = settings
    settings = run_settings(
        settings, index=index, embedder=embedder, project=corpus, own=None, **limits
    )
    if not directory.record.exists():
        found_in(corpus)  # so that no index is made for a folder without documents
    own = _own(directory)
    if not may_change:
        _refuse_another_folder(own, corpus)
    wanted = None if isinstance(embedder, str) else embedder
    if given is None and own is not None and own.settings is not None:
        uri = wanted.uri if wanted is not None else choose_uri(own.embedder, settings).uri
        values = own.settings.values(uri)
        settings = run_settings(
            None, index=index, embedder=embedder, project=corpus, own=values, **limits
        )
    settings = _with_context(_with_ocr(settings, own), own)
    opened, chosen = _opened_embedder(own, wanted, settings, may_change=may_change)
    return Prepared(corpus, directory, settings, own, opened, _chunking(opened, settings), chosen)


def require_generation(run: Prepared) -> None:
    """Raise ``IndexMissing`` where no run of the index has ended yet."""
    if run.own is None:
        raise IndexMissing(
            f"the index in {run.directory.path} is not finished; run: semsearch index"
        )


def _with_ocr(settings: Settings, own: Own | None) -> Settings:
    """OCR is done when it is asked for, and from then on until it is asked not to be."""
    if settings.ocr is None and own is not None:
        settings = replace(settings, ocr=json.loads(own.chunking).get("ocr"))
    if settings.ocr and (missing := missing_programs()):
        raise SettingsError(
            f"OCR needs {' and '.join(missing)}, which is not installed; on Debian run:"
            " apt install tesseract-ocr poppler-utils; or go on with --no-ocr"
        )
    return settings


def _with_context(settings: Settings, own: Own | None) -> Settings:
    """An index keeps its context until another one is asked for: a change embeds everything."""
    if settings.context is not None:
        return settings
    kept = json.loads(own.chunking).get("context", Context.NONE) if own else DEFAULT_CONTEXT
    return replace(settings, context=str(kept))


def found_in(corpus: Path) -> list[Found | Unlistable]:
    """Every file of the corpus; raises ``CorpusError`` when none of them can be read."""
    found = list(walk(corpus))
    refuse_no_documents(corpus, found)
    return found


def refuse_no_documents(corpus: Path, found: Sequence[Found | Unlistable]) -> None:
    """Raise ``CorpusError`` when none of what was ``found`` in the corpus can be read.

    An empty folder is more often a disk that is not mounted than a wish to index nothing.
    """
    if not any(isinstance(item, Found) and format_of(item.path) for item in found):
        shut = [item for item in found if isinstance(item, Unlistable)]
        files = len(found) - len(shut)
        others = [f"{files} files of other types"] if files else []
        others += [f"{item.path}: {item.reason}" for item in shut[:1]]
        raise CorpusError(
            f"{corpus} holds no document that semsearch reads"
            f"{' (' + ', '.join(others) + ')' if others else ''}; nothing was changed"
        )


def _target(folder: str | Path | None, settings: Settings) -> tuple[Path, IndexDirectory]:
    """The folder that is meant and its index: those named, else those found from here."""
    if folder is not None and settings.index is None and is_name(folder, settings):
        folder, settings = None, replace(settings, index=str(folder))
    if folder is not None:
        named = is_name(folder, settings)
        corpus = named_place(str(folder), settings) if named else expanded(folder).resolve()
        return corpus, index_to_write(settings, corpus)
    try:
        directory = find_index(settings)
        corpus = corpus_of(directory)
    except IndexMissing:
        # The folder is known by its name alone.
        if settings.index is not None and settings.index in settings.indexes:
            corpus = named_place(settings.index, settings)
            return corpus, index_to_write(replace(settings, index=None), corpus)
        if settings.index is not None:
            raise  # the index that was named has no folder yet
        return Path.cwd(), index_to_write(settings, Path.cwd())
    if hasattr(os, "geteuid") and directory.path.stat().st_uid != os.geteuid():
        raise CorpusError(
            f"the index in {directory.path} belongs to another user, who may have chosen its"
            f" folder; name the folder yourself: semsearch index {quote(str(corpus))}"
        )
    return corpus, directory


def _own(directory: IndexDirectory) -> Own | None:
    try:
        with open_snapshot(directory) as snapshot:
            uri = snapshot.generation.embedder.uri
            chunking = snapshot.generation.chunking
            settings = own_settings(snapshot.view)
            return Own(
                snapshot.generation.number, snapshot.corpus, uri, directory, chunking, settings
            )
    except IndexMissing:
        return None  # a first run decides


def _refuse_another_folder(own: Own | None, corpus: Path) -> None:
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
        documents = snapshot.view.documents.all()
    return not documents or any((corpus / document.path).exists() for document in documents)


def _opened_embedder(
    own: Own | None, wanted: Embedder | None, settings: Settings, *, may_change: bool
) -> tuple[Embedder, tuple[str, ...]]:
    """The embedder of this run, and what a person should hear about its choice."""
    uri = own.embedder if own else None
    choice = Choice(wanted.uri) if wanted is not None else choose_uri(uri, settings)
    if own is not None and own.embedder != choice.uri and not may_change:
        raise EmbedderMismatch(
            f"the index in {own.directory.path} was built by {own.embedder}, not by {choice.uri};"
            f" to change it run: semsearch rebuild --embedder {quote(choice.uri)}"
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
            "context": settings.context,
            "embedder": embedder.uri,
            "max_tokens": embedder.max_tokens,
            **({"ocr": settings.ocr} if settings.ocr else {}),
        },
        sort_keys=True,
    )
