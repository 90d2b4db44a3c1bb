"""The straight line: walk → read → cut → reuse or embed → commit."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from semsearch.documents.coverage import SEARCHABLE, Coverage, LeftOut
from semsearch.documents.walk.listing import Listing
from semsearch.documents.walk.walker import Found, Unlistable
from semsearch.embedders.api.budget import Spent
from semsearch.embedders.api.prices import BATCH_SHARE, CURRENCY, Price
from semsearch.embedders.api.protocols import Batching, Billed
from semsearch.embedders.embedder import Embedder
from semsearch.errors import IndexLocked, RunDeclined
from semsearch.indexer.plan import BatchUse, Plan
from semsearch.indexer.questions.news import Channel, News, tell
from semsearch.indexer.target import Own, Prepared, prepare, refuse_no_documents
from semsearch.indexer.unchanged import Idle, Tally, as_it_was, keep_as_it_is
from semsearch.indexer.update import Progress, Update
from semsearch.settings.schema import Settings
from semsearch.store.record.documents import StoredDocument
from semsearch.store.writer import IndexWriter, open_writer

_POLL: Final = 0.2  # seconds between two looks whether another process still writes


_ROUNDS: Final = 5  # of batch jobs; what has no vector then is embedded at once


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
    tokens: int  # that the embedder counted
    cost: float | None  # USD; None when no price is known
    spent: Spent | None  # None when nothing was sent to a server
    plan: Plan
    seconds: float
    coverage: float  # the share of pages, and of files without pages, that can be found
    left_out: tuple[LeftOut, ...]
    notices: tuple[str, ...]
    news: tuple[News, ...] = ()  # what watched questions have found that was still to be told
    not_told: tuple[str, ...] = ()  # why a channel has not told them; it is tried again

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON names and values."""
        return {
            "index": str(self.index),
            "corpus": str(self.corpus),
            "embedder": self.embedder,
            "generation": self.generation,
            "new_generation": self.is_new_generation,
            "files": {
                "added": self.added,
                "changed": self.changed,
                "removed": self.removed,
                "unchanged": self.unchanged,
            },
            "passages": self.passages,
            "embedded": self.embedded,
            "reused": self.reused,
            "tokens": self.tokens,
            "currency": CURRENCY,
            "cost": None if self.cost is None else round(self.cost, 8),
            "sent": None if self.spent is None else self.spent.to_dict(),
            "planned": self.plan.needs_to_dict(),
            "seconds": round(self.seconds, 3),
            "coverage": round(self.coverage, 4),
            "left_out": [item.to_dict() for item in self.left_out],
            "notices": list(self.notices),
            "news": [news.to_dict() for news in self.news],
        }

    @property
    def not_searchable(self) -> tuple[LeftOut, ...]:
        """Files of types that semsearch reads, that it could not read or found no text in."""
        missing = (Coverage.FAILED, Coverage.STALE, Coverage.NO_TEXT)
        return tuple(item for item in self.left_out if item.coverage in missing)


def index(
    folder: str | Path | None = None,
    *,
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    ocr: str | None = None,
    context: str | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    approve: Callable[[Plan], bool] | None = None,
    allow_mass_delete: bool = False,
    accept: bool = False,
    wait: float = 0,
    batch: BatchUse = BatchUse.NONE,
    channels: Sequence[Channel] = (),
) -> IndexReport:
    """Make the index of a folder, or bring it up to date; pays only for text that is new.

    Without ``folder`` it is that of the index which ``index`` names or which is nearest upward from
    the current directory, else the current directory. ``index`` is where the index is kept:
    ``FOLDER/.semsearch`` when not given. ``embedder`` is a URI or an embedder; without one it is
    the index's own, else Mistral's when a key is set, else the local model.

    ``ocr`` is the languages that pictures and pages without text are read in by OCR (``"eng+deu"``,
    or ``""`` for none), from now on. ``context`` is what is embedded with each passage from now on
    (``"none"``, ``"title"``, ``"headings"`` or ``"full"``); another one embeds everything anew.
    ``max_cost`` (USD) and ``max_tokens`` are the most that this run may spend. ``approve`` is asked
    before the first text of this index goes to a server, unless it was asked for that server
    before; when it says no, ``RunDeclined`` is raised.

    When fewer than half of the documents (``min_documents``) are left it is more often a disk that
    is not mounted than a wish: ``allow_mass_delete`` says that it is one. A new generation that is
    much worse than the one before (see ``gating``) is not shown, and ``GenerationRefused`` raised,
    unless ``accept``. ``wait`` is how many seconds to wait while another process writes. With
    ``batch`` new texts go through the provider's batch API, where it has one; ``BatchPending`` is
    raised while they are there. What watched questions have found is told by each of the
    ``channels``, once; without any it stays to be told.

    Raises ``SemsearchError``; what was embedded until then is kept and the next run goes on from
    there.
    """

    def run() -> IndexReport:
        limits: dict[str, float | str | None] = {
            "max_cost": max_cost,
            "max_tokens": max_tokens,
            "ocr": ocr,
            "context": context,
        }
        run = prepare(folder, index, embedder, settings, may_change=False, **limits)
        way = _Way(
            on_progress or _ignore,
            approve,
            allow_mass_delete,
            accept,
            batch,
            everything=False,
            fresh=False,
        )
        return _run(run, channels, way)

    return _when_free(run, wait)


def rebuild(
    folder: str | Path | None = None,
    *,
    fresh: bool = False,
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    ocr: str | None = None,
    context: str | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    approve: Callable[[Plan], bool] | None = None,
    allow_mass_delete: bool = False,
    accept: bool = False,
    wait: float = 0,
    batch: BatchUse = BatchUse.NONE,
    channels: Sequence[Channel] = (),
) -> IndexReport:
    """Read and cut every document anew into a new generation, while the old one answers.

    Vectors of texts that have not changed are used again unless ``fresh``. This is also how an
    index changes its embedder. The rest is as for ``index``.
    """

    def run() -> IndexReport:
        limits: dict[str, float | str | None] = {
            "max_cost": max_cost,
            "max_tokens": max_tokens,
            "ocr": ocr,
            "context": context,
        }
        run = prepare(folder, index, embedder, settings, may_change=True, **limits)
        way = _Way(
            on_progress or _ignore,
            approve,
            allow_mass_delete,
            accept,
            batch,
            everything=True,
            fresh=fresh,
        )
        return _run(run, channels, way)

    return _when_free(run, wait)


def _when_free(run: Callable[[], IndexReport], wait: float) -> IndexReport:
    """Run, as soon as no other process writes; all is settled anew by what that has written."""
    until = time.monotonic() + wait
    while True:
        try:
            return run()
        except IndexLocked:
            if time.monotonic() >= until:
                raise
            time.sleep(_POLL)


@dataclass(frozen=True, slots=True)
class _Way:
    """How a run is to go: what ``index`` and ``rebuild`` were given."""

    on_progress: Callable[[Progress], None]
    approve: Callable[[Plan], bool] | None
    allow_mass_delete: bool
    accept: bool
    batch: BatchUse
    everything: bool  # is read anew
    fresh: bool  # so that every vector is made anew


def _run(run: Prepared, channels: Sequence[Channel], way: _Way) -> IndexReport:
    started = time.monotonic()
    with open_writer(run.directory) as writer:
        _refuse_a_race(run.own, writer)
        listing = Listing(run.corpus)
        idle = None
        if not way.everything and way.batch is BatchUse.NONE and not writer.batch_jobs.under_way():
            idle = as_it_was(run, writer, listing)
        if idle is not None:
            done = _leave(run, writer, idle, way)
        else:
            done = _bring_in_line(run, writer, listing, way)
        news, not_told = tell(writer, channels)
        report = _report(run, writer, done, time.monotonic() - started)
        return replace(report, news=tuple(news), not_told=tuple(not_told))


@dataclass(frozen=True, slots=True)
class _Change:
    """By how many documents that can be found a generation differs from the one before it."""

    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class _Done:
    """What a run has come to; ``tally`` is that of the newest generation."""

    update: Update
    tally: Tally
    change: _Change
    is_new: bool
    notices: tuple[str, ...]


def _leave(run: Prepared, writer: IndexWriter, idle: Idle, way: _Way) -> _Done:
    """Do nothing, as nothing has changed, but for derived files that are missing."""
    run.recall(writer.view.note(run.experience_note))
    notices = (*run.notices, *writer.mend())
    update = Update(run.corpus, run.settings, run.embedder, writer, on_progress=way.on_progress)
    update.leave(idle.files)
    return _Done(update, idle.tally, _Change(), is_new=False, notices=notices)


def _bring_in_line(run: Prepared, writer: IndexWriter, listing: Listing, way: _Way) -> _Done:
    """Make a generation of what the folder has, if that is other than the last."""
    # Here: where nothing has changed nobody waits for these.
    from semsearch.indexer.preflight import refuse_mass_deletion, require_room
    from semsearch.indexer.quality_gate import commit_unless_worse, keep_vectors
    from semsearch.indexer.questions.matcher import keep_watched_vectors, look

    found, known = listing.items(), writer.before.documents_unchecked()
    refuse_no_documents(run.corpus, found)
    if not way.allow_mass_delete:
        refuse_mass_deletion(run, known, found)
    require_room(run, known, found)
    writer.begin(run.corpus, run.embedder.uri, run.chunking, fresh=way.fresh)
    run.recall(writer.view.note(run.experience_note))
    notices = (*run.notices, *(() if way.fresh else writer.mend()))
    committed = writer.committed
    is_cut_anew = committed is not None and committed.chunking != run.chunking
    update = Update(
        run.corpus,
        run.settings,
        run.embedder,
        writer,
        on_progress=way.on_progress,
        approve=_first_approval(run, writer, way.approve),
        is_cut_anew=is_cut_anew,
        known=known,
    )
    try:
        notices += _embed(run, writer, update, found, way.everything or is_cut_anew, way.batch)
        is_new = writer.has_changes
        if is_new:
            keep_vectors(writer, run.embedder)
            keep_watched_vectors(writer, run.embedder)
    finally:
        _keep_experience(run, writer)
    is_same = update.is_idle and not is_new
    documents = known if is_same else writer.view.documents_after(known)
    if is_new:
        notices += commit_unless_worse(
            writer,
            run.embedder,
            run.settings,
            known,
            documents,
            may_lose_documents=way.allow_mass_delete,
            accept=way.accept,
            look=lambda snapshot: look(writer, snapshot, run.embedder, run.settings),
        )
    else:
        writer.documents.settle()
    tally = Tally.of(documents)
    keep_as_it_is(run, writer, listing, found, documents, tally)
    change = _change(known, documents) if is_new else _Change()
    return _Done(update, tally, change, is_new, notices)


def _embed(
    run: Prepared,
    writer: IndexWriter,
    update: Update,
    found: Sequence[Found | Unlistable],
    everything: bool,
    use: BatchUse,
) -> tuple[str, ...]:
    """Write down what has changed and see to it that each text has a vector; what is to be told.

    Raises ``BatchPending`` when some will have theirs later.
    """
    api = run.embedder.batch_api if isinstance(run.embedder, Batching) else None
    if api is None or not isinstance(run.embedder, Batching):
        update.run(found, everything=everything)
        none = f"{run.embedder.uri} has no batch API; everything was embedded at once"
        return () if use is BatchUse.NONE else (none,)
    from semsearch.indexer.batch import Batch  # here: without one nothing waits for it

    batch = Batch(api, run.embedder, writer)
    for left in reversed(range(_ROUNDS)):
        if use is BatchUse.WAIT:
            batch.wait(run.settings.batch_poll_seconds)
        else:
            batch.collect()
        at_once = use is BatchUse.NONE or batch.is_refused or not left
        if at_once:
            break
        others = batch.waiting | batch.refused
        update.submit(found, everything=everything, elsewhere=others, take=batch.add)
        batch.send()
        at_once = batch.is_refused or bool(batch.refused)
        if use is BatchUse.SUBMIT or not batch.waiting:
            break
    if at_once:
        update.run(found, everything=everything, elsewhere=batch.waiting)
    update.embedded |= batch.collected
    if batch.waiting:
        raise batch.pending()
    return tuple(batch.notices)


def _first_approval(
    run: Prepared, writer: IndexWriter, approve: Callable[[Plan], bool] | None
) -> Callable[[Plan], None] | None:
    """What asks before the first text of an index goes to a server; None when nobody need be."""
    if approve is None or not isinstance(run.embedder, Billed):
        return None
    name = f"agreed to {run.embedder.host}"
    if writer.view.note(name) is not None:
        return None

    def ask(plan: Plan) -> None:
        if writer.view.note(name) is None and not approve(plan):
            raise RunDeclined(
                "nothing was sent and nothing has changed; what was read is kept for another run"
            )
        writer.put_note(name, datetime.now(UTC).isoformat(timespec="seconds"))

    return ask


def _keep_experience(run: Prepared, writer: IndexWriter) -> None:
    if isinstance(run.embedder, Billed) and run.embedder.spent.texts:
        writer.put_note(run.experience_note, run.embedder.experience)


def _refuse_a_race(own: Own | None, writer: IndexWriter) -> None:
    """What was chosen before the lock was taken must still hold."""
    committed = writer.committed
    if (own.generation if own else None) != (committed.number if committed else None):
        raise IndexLocked("another semsearch has just written to this index; run this again")


def _ignore(_: Progress) -> None:
    """Nobody watches this run."""


def _report(run: Prepared, writer: IndexWriter, done: _Done, seconds: float) -> IndexReport:
    """What has changed since the last generation, whichever run saw it, and this run's cost."""
    committed = writer.committed
    assert committed is not None  # every run that ends has committed, or found a generation
    update, change, tally = done.update, done.change, done.tally
    passages = writer.counts().passages
    billed = run.embedder if isinstance(run.embedder, Billed) else None
    spent = billed.spent if billed else None
    new_texts = writer.view.count_of(update.embedded)
    return IndexReport(
        index=run.directory.path,
        corpus=run.corpus,
        embedder=committed.embedder.uri,
        generation=committed.number,
        is_new_generation=done.is_new,
        added=change.added,
        changed=change.changed,
        removed=change.removed,
        unchanged=tally.searchable - change.added - change.changed,
        passages=passages,
        embedded=len(update.embedded),
        reused=passages - new_texts,
        tokens=spent.tokens if spent else update.progress.tokens,
        cost=_cost(billed.price, spent) if billed and spent else None,
        spent=spent,
        plan=update.plan(),
        seconds=seconds,
        coverage=tally.coverage,
        left_out=tally.left_out,
        notices=done.notices,
    )


def _change(known: Sequence[StoredDocument], documents: Sequence[StoredDocument]) -> _Change:
    """From what the generation before had to what the new one has.

    A document that has not changed has the same row in both.
    """
    before = _searchable(_others(known, documents))
    after = _searchable(_others(documents, known))
    kept = after.keys() & before.keys()
    changed = sum(after[path].digest != before[path].digest for path in kept)
    return _Change(len(after) - len(kept), changed, len(before) - len(kept))


def _cost(price: Price | None, spent: Spent) -> float | None:
    """USD for what has come back, at once or from batch jobs."""
    if price is None:
        return None
    return price.of(spent.tokens) + BATCH_SHARE * price.of(spent.batch_tokens)


def _searchable(documents: Iterable[StoredDocument]) -> dict[str, StoredDocument]:
    """The documents that can be found, by path."""
    return {d.path: d for d in documents if d.coverage in SEARCHABLE}


def _others(some: Iterable[StoredDocument], rest: Iterable[StoredDocument]) -> list[StoredDocument]:
    """Those whose rows the ``rest`` have not."""
    ids = {document.id for document in rest}
    return [document for document in some if document.id not in ids]
