"""The target of a run: its folder, index, settings and embedder, resolved before it begins."""

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shlex import quote

from semsearch.documents.readers.ocr import what_is_missing
from semsearch.documents.walk.shard import Shard
from semsearch.embedders.api.protocols import Billed
from semsearch.embedders.choice import Choice as Chosen
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.registry import (
    choose_uri,
    open_embedder,
    remember_named,
    with_any_key,
)
from semsearch.errors import CorpusError, EmbedderMismatch, IndexMissing, SettingsError
from semsearch.indexer.found_files import found_in
from semsearch.indexer.options import RunOptions
from semsearch.indexer.shard_choice import shard_of_run
from semsearch.settings.choices import Choice, is_chosen, remember
from semsearch.settings.paths import expanded
from semsearch.settings.schema import DEFAULT_CONTEXT, Settings
from semsearch.settings.sources import CallSettings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.safe_files import require_safe_files
from semsearch.store.locate import (
    find_index,
    index_to_write,
    is_name,
    is_named,
    named_place,
    refuse_collection,
)
from semsearch.store.notes.learned_limits import note_name
from semsearch.store.notes.tuned_settings import OwnSettings, own_settings
from semsearch.store.policy import DEFAULT_POLICY, StorePolicy
from semsearch.store.record.chunking_profile import ChunkingProfile
from semsearch.store.snapshot import corpus_of, open_snapshot


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a run: a folder, an index, an embedder and settings, each optional.

    Without ``folder`` it is the folder of the index that ``index`` names or that is nearest upward
    from the current directory, else the current directory. Without ``index`` it is
    ``FOLDER/.semsearch``. ``embedder`` is a URI or an embedder; without one it is the index's own,
    else Mistral's when a key is set, else a local model for the
    folder's languages. ``settings`` replace all sources.
    ``policy`` has the thresholds of the derived indexes.
    """

    folder: str | Path | None = None
    index: str | Path | None = None
    embedder: str | Embedder | None = None
    settings: Settings | None = None
    policy: StorePolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class IndexState:
    """The state of an index before a run, as its newest generation has it."""

    generation: int
    corpus: Path
    embedder: str
    directory: IndexDirectory
    profile: ChunkingProfile
    settings: OwnSettings | None


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """One run's folder, index, settings and embedder; ``own`` is None where no index is yet.

    ``notices`` is what a person should hear about the choices. ``cut_by_folder`` are the words of
    ``Choice.CUTTING`` that this user has not agreed to yet, else empty. ``shard`` is the part of
    the folder that is indexed, None for all of it.
    """

    corpus: Path
    directory: IndexDirectory
    settings: Settings
    own: IndexState | None
    embedder: Embedder
    notices: tuple[str, ...]
    cut_by_folder: tuple[object, ...] = ()
    shard: Shard | None = None

    @property
    def profile(self) -> ChunkingProfile:
        """All that decides which documents this run cuts, and where."""
        return ChunkingProfile.of(self.embedder, self.settings, self.shard)

    @property
    def learned_limits_note(self) -> str:
        """The note that keeps what was learned of the embedder's server."""
        return note_name(self.embedder.uri)

    def recall(self, learned_limits: str | None) -> None:
        """Give the embedder what an earlier run has learned."""
        if learned_limits is not None and isinstance(self.embedder, Billed):
            self.embedder.recall(learned_limits)


def prepare(target: Target, options: RunOptions, *, needs_key: bool = True) -> PreparedRun:
    """Resolve folder, index, settings and embedder of a run.

    A rebuild (``options.everything``) may change the folder and the embedder of an index. Without
    ``needs_key`` a server's embedder is opened without its key, to count and to send nothing.
    Raises ``SemsearchError``.
    """
    call = CallSettings(
        target.settings,
        index=target.index,
        embedder=target.embedder,
        max_cost=options.max_cost,
        max_tokens=options.max_tokens,
        ocr=options.ocr,
        generated=None if options.generated is None else ("yes" if options.generated else "no"),
        context=options.context,
    )
    corpus, located = _located(target, call.settings())
    directory = replace(located, policy=target.policy)
    require_safe_files(directory.path, to_write=True)
    settings = call.settings(project=corpus)
    own = _index_state(directory)
    if not options.everything:
        _refuse_another_folder(own, corpus)
    before = None if own is None else own.profile
    shard = shard_of_run(options.shard, before, directory, corpus, may_change=options.everything)
    if not directory.record.exists():
        found_in(corpus, shard)  # an empty folder gets no index
    given = None if isinstance(target.embedder, str) else target.embedder
    if target.settings is None and own is not None and own.settings is not None:
        renew = options.everything
        uri = given.uri if given else choose_uri(own.embedder, settings, renew=renew).uri
        settings = call.settings(project=corpus, own=own.settings.values(uri))
    settings = _with_generated(_with_context(_with_ocr(settings, own), own), own)
    embedder, notices = _opened_embedder(
        own, given, settings, corpus, directory, may_change=options.everything, needs_key=needs_key
    )
    if target.folder is not None:
        _remember_folder(directory, corpus)
    profile = ChunkingProfile.of(embedder, settings)
    cut_by_folder = _cut_by_folder(own, profile, call.settings(), corpus)
    return PreparedRun(corpus, directory, settings, own, embedder, notices, cut_by_folder, shard)


def _remember_folder(directory: IndexDirectory, corpus: Path) -> None:
    """Naming a folder together with an index is choosing the folder for it."""
    if not _is_beside(directory, corpus):
        remember(Choice.FOLDER, directory.path.resolve(), corpus)


def _refuse_folder_of_index(directory: IndexDirectory, corpus: Path, settings: Settings) -> None:
    """Raise ``CorpusError`` for a folder that only an index names, and that is not beside it."""
    if _is_beside(directory, corpus) or is_named(directory, settings):
        return
    index = directory.path.resolve()
    if not is_chosen(Choice.FOLDER, index, corpus):
        raise CorpusError(
            f"the index in {index} names the folder {corpus}, which is not beside it; if you chose"
            f" it, name both once: semsearch index {quote(str(corpus))} --index {quote(str(index))}"
        )


def _is_beside(directory: IndexDirectory, corpus: Path) -> bool:
    return corpus.resolve().is_relative_to(directory.path.resolve().parent)


def _cut_by_folder(
    own: IndexState | None, profile: ChunkingProfile, without: Settings, corpus: Path
) -> tuple[object, ...]:
    """How the folder's ``.semsearch.toml`` changes the way in which its index is cut.

    Empty where it changes nothing, and where this user has agreed to these values before.
    (``max_file_bytes`` is left out: the folder's files decide as much.)
    """
    if own is None:
        return ()
    asked = (profile.characters, profile.overlap, profile.context)
    before = (own.profile.characters, own.profile.overlap, own.profile.context)
    context = without.context or own.profile.context
    if asked in (before, (without.passage_characters, without.overlap_characters, context)):
        return ()
    return () if is_chosen(Choice.CUTTING, corpus, *asked) else (corpus, *asked)


def require_generation(run: PreparedRun) -> None:
    """Raise ``IndexMissing`` where no run of the index has ended yet."""
    if run.own is None:
        raise IndexMissing(
            f"the index in {run.directory.path} is not finished; run: semsearch index"
        )


def _with_ocr(settings: Settings, own: IndexState | None) -> Settings:
    """OCR is done from the run on that asks for it, until a run asks for none."""
    if settings.ocr is None and own is not None:
        settings = replace(settings, ocr=own.profile.ocr)
    if settings.ocr and (missing := what_is_missing()):
        raise SettingsError(f"{missing}; or go on with --no-ocr")
    return settings


def _with_generated(settings: Settings, own: IndexState | None) -> Settings:
    """Generated text is read from the run on that asks for it, until a run asks for none."""
    if settings.generated is not None or own is None:
        return settings
    return replace(settings, generated="yes" if own.profile.generated else None)


def _with_context(settings: Settings, own: IndexState | None) -> Settings:
    """An index keeps its context until another one is asked for: a change embeds everything."""
    if settings.context is not None:
        return settings
    return replace(settings, context=own.profile.context if own else str(DEFAULT_CONTEXT))


def _located(target: Target, settings: Settings) -> tuple[Path, IndexDirectory]:
    """Folder and index: those named, else those found from the current directory."""
    folder = target.folder
    if folder is not None:
        refuse_collection(folder)
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
        # Only the folder's name is known.
        if settings.index is not None and settings.index in settings.indexes:
            corpus = named_place(settings.index, settings)
            return corpus, index_to_write(replace(settings, index=None), corpus)
        if settings.index is not None:
            raise  # the named index has no folder yet
        return Path.cwd(), index_to_write(settings, Path.cwd())
    if hasattr(os, "geteuid") and directory.path.stat().st_uid != os.geteuid():
        raise CorpusError(
            f"the index in {directory.path} belongs to another user, who may have chosen its"
            f" folder; name the folder yourself: semsearch index {quote(str(corpus))}"
        )
    _refuse_folder_of_index(directory, corpus, settings)
    return corpus, directory


def _index_state(directory: IndexDirectory) -> IndexState | None:
    try:
        with open_snapshot(directory) as snapshot:
            generation = snapshot.generation
            return IndexState(
                generation.number,
                snapshot.corpus,
                generation.embedder.uri,
                directory,
                ChunkingProfile.parse(generation.chunking),
                own_settings(snapshot.view),
            )
    except IndexMissing:
        return None  # the first run decides


def _refuse_another_folder(own: IndexState | None, corpus: Path) -> None:
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
    own: IndexState | None,
    wanted: Embedder | None,
    settings: Settings,
    corpus: Path,
    directory: IndexDirectory,
    *,
    may_change: bool,
    needs_key: bool,
) -> tuple[Embedder, tuple[str, ...]]:
    """The embedder of this run, and what a person should hear about its choice."""
    uri = own.embedder if own else None
    by_folder = partial(_local_choice, corpus, directory, settings)
    if wanted is not None:
        choice = Chosen(wanted.uri)
    else:
        choice = choose_uri(uri, settings, by_folder, renew=may_change)
    if own is not None and own.embedder != choice.uri and not may_change:
        raise EmbedderMismatch(
            f"the index in {own.directory.path} was built by {own.embedder}, not by {choice.uri};"
            f" to change it run: semsearch rebuild --embedder {quote(choice.uri)}"
            f" --index {quote(str(own.directory.path))}"
        )
    keyed = settings if needs_key else with_any_key(settings)
    opened = wanted or open_embedder(choice.uri, keyed)
    remember_named(settings)
    return opened, choice.notices


def _local_choice(corpus: Path, directory: IndexDirectory, settings: Settings) -> Chosen:
    from semsearch.indexer.local_choice import local_choice  # here: only a first run needs it

    return local_choice(corpus, directory, settings)
