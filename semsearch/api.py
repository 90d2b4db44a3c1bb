"""The public face: an index as an object, and functions that are a few lines over it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from semsearch.indexer.options import BatchUse, RunHooks, RunOptions

# Each method imports what it calls: to ask a question, nobody waits for the readers.
if TYPE_CHECKING:
    from semsearch.ask.answer import WrittenAnswer
    from semsearch.ask.chat_model import ChatModel
    from semsearch.ask.claims import Claim
    from semsearch.embedders.cache import OpenEmbedders
    from semsearch.embedders.embedder import Embedder
    from semsearch.indexer.plan import Plan
    from semsearch.indexer.progress import Progress
    from semsearch.indexer.questions.news import Channel
    from semsearch.indexer.refresh import Refresh
    from semsearch.indexer.report import IndexReport
    from semsearch.indexer.target import Target
    from semsearch.insights.vector_export import PassageVectors
    from semsearch.query.hits import Answer
    from semsearch.query.options import SearchKeywords, SearchOptions
    from semsearch.query.passage_context import Shown
    from semsearch.query.rerankers.reranker import Reranker
    from semsearch.query.searcher import Searcher
    from semsearch.settings.schema import Settings
    from semsearch.store.maintenance.bundle import Carried
    from semsearch.store.maintenance.forget import ForgetReport
    from semsearch.store.maintenance.repair import RepairReport
    from semsearch.store.maintenance.rollback import RollbackReport
    from semsearch.store.maintenance.status import Missing, Status
    from semsearch.store.maintenance.verify import Verification


class Index:
    """The index of one folder; nothing is opened, and nothing need exist, before a method call.

    >>> notes = Index("notes")                                                   # doctest: +SKIP
    >>> notes.update(embedder="local:minilm", options=RunOptions(max_cost=0.5))  # doctest: +SKIP
    >>> with notes.searcher() as ask:                                            # doctest: +SKIP
    ...     answer = ask("how do bees keep warm?", limit=5)

    Every method raises ``SemsearchError``.
    """

    def __init__(
        self,
        folder: "str | Path | None" = None,
        *,
        index: "str | Path | None" = None,
        settings: "Settings | None" = None,
    ) -> None:
        """Name the index.

        ``folder`` is the corpus: a path, or a name from the settings. ``index`` is the index
        directory, ``FOLDER/.semsearch`` when not given. Without both it is the nearest index upward
        from the current directory. Either may be the URI of a collection, for searches alone.
        ``settings`` replace settings files and environment.
        """
        self.folder = folder  # as given: "./notes" is a path, "notes" may be a name
        self.index = index
        self.settings = settings

    def __repr__(self) -> str:
        from semsearch.store.collection.uri import shown_place

        return f"Index({shown_place(self._place or '')!r})"

    @classmethod
    def find(cls, start: "str | Path | None" = None) -> "Index":
        """Return the nearest index upward from ``start``, by default the current directory.

        Raises ``IndexMissing``.
        """
        from semsearch.settings.sources import load_settings
        from semsearch.store.locate import find_index

        found = find_index(load_settings(), None if start is None else Path(start))
        return cls(index=found.path)

    def update(
        self,
        *,
        embedder: "str | Embedder | None" = None,
        options: RunOptions = RunOptions(),
        hooks: RunHooks = RunHooks(),
    ) -> "IndexReport":
        """Make the index, bring it up to date, or rebuild it; pays only for new texts.

        ``embedder`` is a URI or an embedder: by default the index's own, else Mistral's when a key
        is set, else the local model. With ``RunOptions(everything=True)`` every document is read
        and cut anew, and the embedder may change. Vectors that came before an error are kept.
        """
        from semsearch.indexer.run import run_index

        return run_index(self._target(embedder), options, hooks)

    def plan(
        self, *, embedder: "str | Embedder | None" = None, options: RunOptions = RunOptions()
    ) -> "Plan":
        """Return what ``update`` would read, embed and cost; sends nothing, writes nothing."""
        from semsearch.indexer.planner import plan_run

        return plan_run(self._target(embedder), options, needs_key=False)

    def refresh(self, *, embedder: "str | Embedder | None" = None) -> "Refresh":
        """Update, if at most 200 files and texts are new and the price is at most one cent."""
        from semsearch.indexer.refresh import refresh

        return refresh(self._place, embedder=embedder, settings=self.settings)

    def searcher(
        self,
        *,
        embedder: "str | Embedder | None" = None,
        reranker: "str | Reranker | None" = None,
        by_words_alone: bool = False,
        embedders: "OpenEmbedders | None" = None,
    ) -> "Searcher":
        """Return a context manager that answers many questions from the open index.

        ``by_words_alone`` announces questions in the keyword mode only, which need no embedder.
        ``embedders`` is a cache of open models to share with others.
        """
        from semsearch.query.searcher import Searcher

        return Searcher(
            index=self._place,
            embedder=embedder,
            reranker=reranker,
            settings=self.settings,
            by_words_alone=by_words_alone,
            embedders=embedders,
        )

    def search(
        self,
        question: str,
        options: "SearchOptions | None" = None,
        **changes: "Unpack[SearchKeywords]",
    ) -> "Answer":
        """Answer one question; ``changes`` are single fields of ``SearchOptions`` by keyword."""
        with self.searcher() as ask:
            return ask(question, options, **changes)

    def ask(
        self,
        question: str,
        options: "SearchOptions | None" = None,
        *,
        model: "str | ChatModel | None" = None,
        max_cost: float | None = None,
        on_claim: "Callable[[Claim], None] | None" = None,
        **changes: "Unpack[SearchKeywords]",
    ) -> "WrittenAnswer":
        """Have a chat model write an answer from the hits of a search, and check its quotations.

        ``model`` is a URI or a chat model: by default that of the setting ``ask_model``. Nothing is
        sent without one, nor where there is no hit, nor if the answer may cost more than
        ``max_cost`` USD. ``on_claim`` gets each claim when it is checked, also those left out.
        ``options`` and ``changes`` are as for ``search``.
        """
        from semsearch.ask.run import write_answer

        return write_answer(
            self.searcher,
            question,
            options,
            model=model,
            max_cost=max_cost,
            settings=self.settings,
            on_claim=on_claim,
            **changes,
        )

    def show(self, citation: str, *, context: int = 3) -> "Shown":
        """Return the place that a citation names, with ``context`` rows before and after it."""
        from semsearch.query.passage_context import show

        return show(citation, context=context, index=self._place, settings=self.settings)

    def status(self) -> "Status":
        """Describe the index; opens no document and calls no embedder."""
        from semsearch.store.maintenance.status import status

        return status(self._place, settings=self.settings)

    def missing(self, *, skipped: bool = False) -> "Missing":
        """List the files and pages that no query can find; with ``skipped`` unread types, too."""
        from semsearch.store.maintenance.status import missing

        return missing(self._place, skipped=skipped, settings=self.settings)

    def verify(self, *, full: bool = False) -> "Verification":
        """Compare the index with its stored hashes; ``full`` reads every row and file."""
        from semsearch.store.maintenance.verify import verify

        return verify(self._place, full=full, settings=self.settings)

    def repair(self) -> "RepairReport":
        """Repair the index from its undamaged rows; calls no embedder."""
        from semsearch.store.maintenance.repair import repair

        return repair(self._place, settings=self.settings)

    def rollback(self) -> "RollbackReport":
        """Publish the documents of the generation before the newest; a second call undoes it."""
        from semsearch.store.maintenance.rollback import rollback

        return rollback(self._place, settings=self.settings)

    def forget(self, paths: "str | Path | Sequence[str | Path]") -> "ForgetReport":
        """Remove documents with their texts and vectors for good; ``paths`` as in the corpus."""
        from semsearch.store.maintenance.forget import forget

        return forget(paths, index=self._place, settings=self.settings)

    def export(self, file: "str | Path") -> "Carried":
        """Write the whole index, documents' text included, to one new file (mode 0600)."""
        from semsearch.store.maintenance.bundle import export

        return export(file, index=self._place, settings=self.settings)

    def vectors(self) -> "PassageVectors":
        """Return the vectors (n, dimension) of all passages; calls no embedder."""
        from semsearch.insights.vector_export import load_vectors

        return load_vectors(self._place, settings=self.settings)

    @property
    def _place(self) -> "str | Path | None":
        return self.index if self.index is not None else self.folder

    def _target(self, embedder: "str | Embedder | None") -> "Target":
        from semsearch.indexer.target import Target

        return Target(self.folder, self.index, embedder, self.settings)


def index(
    folder: "str | Path | None" = None,
    *,
    index: "str | Path | None" = None,
    embedder: "str | Embedder | None" = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    ocr: str | None = None,
    generated: bool | None = None,
    context: str | None = None,
    shard: str | None = None,
    settings: "Settings | None" = None,
    on_progress: "Callable[[Progress], None] | None" = None,
    approve: "Callable[[Plan], bool] | None" = None,
    allow_mass_delete: bool = False,
    accept: bool = False,
    wait: float = 0,
    batch: BatchUse = BatchUse.NONE,
    channels: "Sequence[Channel]" = (),
) -> "IndexReport":
    """Make the index of a folder, or bring it up to date; pays only for new texts.

    ``folder``, ``index``, ``embedder`` and ``settings`` are as for ``Index`` and ``Index.update``,
    ``on_progress``, ``approve`` and ``channels`` as for ``RunHooks``, all others as for
    ``RunOptions``. Raises ``SemsearchError``; vectors that came before the error are kept, and the
    next run resumes there.
    """
    options = RunOptions(
        max_cost=max_cost,
        max_tokens=max_tokens,
        ocr=ocr,
        generated=generated,
        context=context,
        shard=shard,
        batch=batch,
        allow_mass_delete=allow_mass_delete,
        accept=accept,
        wait=wait,
    )
    hooks = RunHooks(on_progress, approve, channels)
    return Index(folder, index=index, settings=settings).update(
        embedder=embedder, options=options, hooks=hooks
    )


def rebuild(
    folder: "str | Path | None" = None,
    *,
    fresh: bool = False,
    index: "str | Path | None" = None,
    embedder: "str | Embedder | None" = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    ocr: str | None = None,
    generated: bool | None = None,
    context: str | None = None,
    shard: str | None = None,
    settings: "Settings | None" = None,
    on_progress: "Callable[[Progress], None] | None" = None,
    approve: "Callable[[Plan], bool] | None" = None,
    allow_mass_delete: bool = False,
    accept: bool = False,
    wait: float = 0,
    batch: BatchUse = BatchUse.NONE,
    channels: "Sequence[Channel]" = (),
) -> "IndexReport":
    """Read and cut every document anew into a new generation, while the old one answers.

    Vectors of texts that have not changed are reused unless ``fresh``. A rebuild may change the
    embedder of an index. All other arguments are those of ``index``.
    """
    options = RunOptions(
        everything=True,
        fresh=fresh,
        max_cost=max_cost,
        max_tokens=max_tokens,
        ocr=ocr,
        generated=generated,
        context=context,
        shard=shard,
        batch=batch,
        allow_mass_delete=allow_mass_delete,
        accept=accept,
        wait=wait,
    )
    hooks = RunHooks(on_progress, approve, channels)
    return Index(folder, index=index, settings=settings).update(
        embedder=embedder, options=options, hooks=hooks
    )


def plan(
    folder: "str | Path | None" = None,
    *,
    everything: bool = False,
    fresh: bool = False,
    index: "str | Path | None" = None,
    embedder: "str | Embedder | None" = None,
    context: str | None = None,
    shard: str | None = None,
    settings: "Settings | None" = None,
) -> "Plan":
    """Return what ``index`` would do, or ``rebuild`` with ``everything`` (and ``fresh``).

    Reads what has changed, sends nothing and writes nothing. Raises ``SemsearchError``.
    """
    fresh = everything and fresh
    options = RunOptions(everything=everything, fresh=fresh, context=context, shard=shard)
    return Index(folder, index=index, settings=settings).plan(embedder=embedder, options=options)
