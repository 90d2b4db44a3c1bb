"""The index run: walk → read → cut → reuse or embed → commit."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from semsearch.documents.walk.listing import Listing
from semsearch.documents.walk.walker import Found, Unlistable
from semsearch.embedders.api.protocols import Batching, Billed
from semsearch.errors import (
    ApprovalMissing,
    EmbedderError,
    GenerationRefused,
    IndexLocked,
    RunDeclined,
)
from semsearch.indexer.document_counts import Change, DocumentCounts
from semsearch.indexer.options import BatchUse, RunHooks, RunOptions
from semsearch.indexer.plan import Plan
from semsearch.indexer.progress import Progress
from semsearch.indexer.questions.news import tell
from semsearch.indexer.report import IndexReport, Outcome, change_between, not_searchable, report_of
from semsearch.indexer.target import (
    IndexState,
    PreparedRun,
    Target,
    prepare,
    refuse_no_documents,
)
from semsearch.indexer.unchanged import Tally, UnchangedFolder, find_unchanged, remember_unchanged
from semsearch.indexer.update import Update
from semsearch.settings.amounts import counted
from semsearch.settings.choices import Choice, is_chosen, remember
from semsearch.settings.sources import PROJECT_FILE
from semsearch.store.completeness import forget_progress
from semsearch.store.partial_publication import withdraw_partial
from semsearch.store.record.documents import StoredDocument
from semsearch.store.snapshot import Snapshot
from semsearch.store.writer import IndexWriter, open_writer

if TYPE_CHECKING:
    from semsearch.indexer.publication import Publication

_POLL: Final = 0.2  # seconds between two attempts while another process writes
_ROUNDS: Final = 5  # rounds of batch jobs; texts still without a vector are then embedded directly


def run_index(
    target: Target, options: RunOptions = RunOptions(), hooks: RunHooks = RunHooks()
) -> IndexReport:
    """Make the index of a folder, bring it up to date, or rebuild it (``options.everything``).

    Only new texts are paid for. When fewer than ``min_documents`` of the documents are left (half
    of them), an unmounted disk is more likely than a wish: ``CorpusError`` is raised, unless
    ``options.allow_mass_delete``. A generation that is much worse than the one before (see
    ``quality_gate``) is not published, and ``GenerationRefused`` raised, unless ``options.accept``.
    With ``options.batch`` new texts go through the provider's batch API, where it has one;
    ``BatchPending`` is raised while its jobs run.

    Raises ``SemsearchError``; vectors that came before the error are kept, and the next run resumes
    there. Retries until the write lock is free or ``options.wait`` seconds have passed; target and
    settings are resolved again on each try.
    """
    until = time.monotonic() + options.wait
    told = False
    while True:
        try:
            prepared = prepare(target, options)
            if hooks.on_notice is not None and not told:
                for notice in prepared.notices:
                    hooks.on_notice(notice)
            told = True
            return _Run(prepared, options, hooks).run()
        except IndexLocked:
            if time.monotonic() >= until:
                raise
            time.sleep(_POLL)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: what was resolved before it, how it goes, and what it calls."""

    prepared: PreparedRun
    options: RunOptions
    hooks: RunHooks

    def run(self) -> IndexReport:
        """Take the write lock, make a generation if anything has changed, and deliver news."""
        started = time.monotonic()
        run = self.prepared
        if run.cut_by_folder and self.hooks.approve is None and isinstance(run.embedder, Billed):
            raise ApprovalMissing(_cut_by_folder_text(run))
        with open_writer(self.prepared.directory) as writer:
            _refuse_a_race(self.prepared.own, writer)
            listing = Listing(self.prepared.corpus)
            idle = self._idle(writer, listing)
            try:
                outcome = (
                    self._bring_in_line(writer, listing)
                    if idle is None
                    else self._leave_unchanged(writer, idle)
                )
            finally:
                forget_progress(writer.directory)  # of this run, or of one that was killed
            news, not_told = tell(writer, self.hooks.channels)
            report = report_of(self.prepared, writer, outcome, time.monotonic() - started)
            return replace(report, news=tuple(news), not_told=tuple(not_told))

    def _idle(self, writer: IndexWriter, listing: Listing) -> UnchangedFolder | None:
        """Return what is known of a folder without a change; None where the run has work to do."""
        if self.options.everything or self.options.batch is not BatchUse.NONE:
            return None
        if writer.batch_jobs.under_way():
            return None
        return find_unchanged(self.prepared, writer, listing)

    def _leave_unchanged(self, writer: IndexWriter, idle: UnchangedFolder) -> Outcome:
        """Write nothing but derived files that are missing."""
        run = self.prepared
        run.recall(writer.view.note(run.learned_limits_note))
        withdraw_partial(writer)  # an earlier semsearch leaves its note
        notices = (*run.notices, *writer.rebuild_derived())
        update = Update(
            run.corpus, run.settings, run.embedder, writer, on_progress=self._on_progress
        )
        tally = idle.tally
        counts = DocumentCounts(
            unchanged=tally.searchable - tally.stale, unreadable=len(not_searchable(tally.left_out))
        )
        update.leave(idle.files, counts)
        return Outcome(update, idle.tally, Change(), is_new_generation=False, notices=notices)

    def _bring_in_line(self, writer: IndexWriter, listing: Listing) -> Outcome:
        """Make a generation of what the folder holds, if that differs from the last one."""
        # Imported here: a run without changes does not need them.
        from semsearch.indexer.calibration import calibrate
        from semsearch.indexer.fluency import measure_fluency
        from semsearch.indexer.preflight import refuse_mass_deletion, require_room
        from semsearch.indexer.quality_gate import keep_vectors
        from semsearch.indexer.questions.matcher import keep_watched_vectors
        from semsearch.indexer.titles import embed_titles

        run = self.prepared
        found, known = listing.items(), writer.before.documents.unchecked()
        refuse_no_documents(run.corpus, found)
        if not self.options.allow_mass_delete:
            refuse_mass_deletion(run, known, found)
        require_room(run, known, found)
        profile = run.profile.fingerprint
        writer.begin(run.corpus, run.embedder.uri, profile, fresh=self.options.fresh)
        run.recall(writer.view.note(run.learned_limits_note))
        notices = (*run.notices, *(() if self.options.fresh else writer.rebuild_derived()))
        committed = writer.committed
        is_cut_anew = committed is not None and committed.chunking != profile
        publication = self._publication(writer, known)
        update = Update(
            run.corpus,
            run.settings,
            run.embedder,
            writer,
            on_progress=self._on_progress,
            approve=self._first_approval(writer),
            is_cut_anew=is_cut_anew,
            known=known,
            publication=publication,
        )
        try:
            notices += self._embed(writer, update, found, everything=is_cut_anew)
            is_new = writer.has_changes
            if is_new:
                keep_vectors(writer, run.embedder)
                keep_watched_vectors(writer, run.embedder)
                embed_titles(run.embedder, writer)
            if update.embedded:
                calibrate(run.embedder, writer)
                measure_fluency(run.embedder, writer)
        except (EmbedderError, KeyboardInterrupt):
            if publication is not None:
                publication.after_stop()
            raise
        finally:
            self._store_learned_limits(writer)
        is_same = update.is_idle and not is_new
        documents = known if is_same else writer.view.documents.after(known)
        if is_new:
            notices += self._commit(writer, known, documents)
        else:
            writer.documents.settle()
            withdraw_partial(writer)  # of a stopped run, whose new documents are gone again
        tally = Tally.of(documents)
        remember_unchanged(run, writer, listing, found, documents, tally)
        change = change_between(known, documents) if is_new else Change()
        return Outcome(update, tally, change, is_new, notices)

    def _commit(
        self,
        writer: IndexWriter,
        known: Sequence[StoredDocument],
        documents: Sequence[StoredDocument],
    ) -> tuple[str, ...]:
        """Publish the generation unless the quality gate refuses it; returns notices."""
        # Imported here: a run without changes does not need them.
        from semsearch.indexer.quality_gate import commit_unless_worse
        from semsearch.indexer.questions.matcher import record_matches

        run = self.prepared
        try:
            return commit_unless_worse(
                writer,
                run.embedder,
                run.settings,
                known,
                documents,
                may_lose_documents=self.options.allow_mass_delete,
                accept=self.options.accept,
                record_matches=lambda new, notes: record_matches(
                    writer, new, notes, run.embedder, run.settings
                ),
            )
        except GenerationRefused:
            withdraw_partial(writer)
            raise

    def _publication(
        self, writer: IndexWriter, known: Sequence[StoredDocument]
    ) -> "Publication | None":
        """The publications of the run while it embeds; None where it publishes none."""
        # Imported here: a run without changes does not need them.
        from semsearch.indexer.publication import publication_of
        from semsearch.indexer.quality_gate import refuse_worse_partial

        if self.options.whole:
            return None
        run, options = self.prepared, self.options

        def check(snapshot: Snapshot) -> None:
            if not options.accept:
                refuse_worse_partial(
                    writer,
                    snapshot,
                    run.embedder,
                    run.settings,
                    known,
                    may_lose_documents=options.allow_mass_delete,
                )

        policy = run.directory.policy.publication
        return publication_of(writer, policy, check, rebuilds=options.everything)

    def _embed(
        self,
        writer: IndexWriter,
        update: Update,
        found: Sequence[Found | Unlistable],
        *,
        everything: bool,
    ) -> tuple[str, ...]:
        """Record what has changed and get a vector for each text; returns notices.

        Raises ``BatchPending`` when some texts get their vectors later.
        """
        run, use = self.prepared, self.options.batch
        everything = everything or self.options.everything
        api = run.embedder.batch_api if isinstance(run.embedder, Batching) else None
        if api is None or not isinstance(run.embedder, Batching):
            update.run(found, everything=everything)
            none = f"{run.embedder.uri} has no batch API; everything was embedded at once"
            return () if use is BatchUse.NONE else (none,)
        from semsearch.indexer.batch import Batch  # here: most runs use no batch API

        batch = Batch(api, run.embedder, writer)
        for left in reversed(range(_ROUNDS)):
            if use is BatchUse.WAIT:
                batch.wait(run.settings.batch_poll_seconds, update.publish_due)
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

    def _first_approval(self, writer: IndexWriter) -> Callable[[Plan], None] | None:
        """Return the question before texts go to a server; None if it was answered before.

        It is asked for the first text of an index, and when the folder's own settings change how
        the index is cut.
        """
        run, approve = self.prepared, self.hooks.approve
        if approve is None or not isinstance(run.embedder, Billed):
            return None
        sending = (Choice.SENDING, writer.path.resolve(), run.embedder.host)
        if is_chosen(*sending) and not run.cut_by_folder:
            return None

        agreed: set[bool] = set()  # asked once, however many rounds of batch jobs there are

        def ask(plan: Plan) -> None:
            if agreed:
                return
            if not approve(replace(plan, cut_by_folder=bool(run.cut_by_folder))):
                raise RunDeclined(
                    "nothing was sent and nothing has changed; what was read is kept for another"
                    " run"
                )
            agreed.add(True)
            remember(*sending)
            if run.cut_by_folder:
                remember(Choice.CUTTING, *run.cut_by_folder)

        return ask

    def _store_learned_limits(self, writer: IndexWriter) -> None:
        embedder = self.prepared.embedder
        if isinstance(embedder, Billed) and embedder.spent.texts:
            writer.notes.put(self.prepared.learned_limits_note, embedder.learned_limits)

    def _on_progress(self, progress: Progress) -> None:
        if self.hooks.on_progress is not None:
            self.hooks.on_progress(progress)


def _cut_by_folder_text(run: PreparedRun) -> str:
    profile = run.profile
    return (
        f"{run.corpus / PROJECT_FILE} changes how the index is cut (passages of"
        f" {counted(profile.characters, 'character')}, overlap {profile.overlap}, context"
        f" {profile.context}), and all texts would be sent and paid for again; nothing was sent:"
        " see semsearch plan, and agree once on a terminal or with --yes"
    )


def _refuse_a_race(own: IndexState | None, writer: IndexWriter) -> None:
    """Raise ``IndexLocked`` when another run has committed since the target was resolved."""
    committed = writer.committed
    if (own.generation if own else None) != (committed.number if committed else None):
        raise IndexLocked("another semsearch has just written to this index; run this again")
