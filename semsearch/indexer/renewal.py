"""The renewal of a generation: everything that a run does where the folder has changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from semsearch.documents.pool.limits import Limits
from semsearch.documents.walk.listing import Listing
from semsearch.documents.walk.walker import Found, Unlistable
from semsearch.embedders.api.protocols import Batching, Billed
from semsearch.errors import EmbedderError, GenerationRefused, RunDeclined
from semsearch.indexer.calibration import calibrate
from semsearch.indexer.document_counts import Change
from semsearch.indexer.fluency import measure_fluency
from semsearch.indexer.found_files import refuse_no_documents
from semsearch.indexer.options import BatchUse, RunHooks, RunOptions, agreed
from semsearch.indexer.plan import Plan
from semsearch.indexer.preflight import refuse_mass_deletion, require_room
from semsearch.indexer.publication import Publication, publication_of
from semsearch.indexer.quality_gate import commit_unless_worse, keep_vectors, refuse_worse_partial
from semsearch.indexer.questions.matcher import keep_watched_vectors, record_matches
from semsearch.indexer.report import Outcome, change_between
from semsearch.indexer.shared_vectors import SharedVectors, shared_folder
from semsearch.indexer.target import PreparedRun
from semsearch.indexer.titles import embed_titles
from semsearch.indexer.unchanged import Scope, Tally, remember_unchanged, scope_of
from semsearch.indexer.update import Update
from semsearch.settings.choices import Choice, is_chosen, remember
from semsearch.store.notes.titles import have_vectors
from semsearch.store.partial_publication import withdraw_partial
from semsearch.store.record.documents import StoredDocument
from semsearch.store.snapshot import Snapshot
from semsearch.store.writer import IndexWriter

_ROUNDS: Final = 5  # rounds of batch jobs; texts still without a vector are then embedded directly


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a run does where something has changed, or everything is to be read again."""

    prepared: PreparedRun
    options: RunOptions
    hooks: RunHooks

    def bring_in_line(self, writer: IndexWriter, listing: Listing) -> Outcome:
        """Make a generation of what the folder holds, if that differs from the last one."""
        run = self.prepared
        limits = Limits.of(run.settings)  # one for both: with OCR they start a program to look
        scope = self._scope(writer, listing, limits)
        found, known = scope.found, scope.known
        if not scope.others.documents:
            refuse_no_documents(run.corpus, found, run.shard)
        if not self.options.allow_mass_delete:
            refuse_mass_deletion(run, known, found, scope.others.documents)
        require_room(run, known, found)
        profile = run.profile.fingerprint
        writer.begin(run.corpus, run.embedder.uri, profile, fresh=self.options.fresh)
        run.recall(writer.view.note(run.learned_limits_note))
        notices = (*run.notices, *(() if self.options.fresh else writer.rebuild_derived()))
        committed = writer.committed
        is_cut_anew = committed is not None and committed.chunking != profile
        publication = self._publication(writer, scope)
        folder = shared_folder(run)
        shared = SharedVectors(writer, folder, takes=not self.options.fresh)
        update = Update(
            run.corpus,
            run.settings,
            run.embedder,
            writer,
            shared,
            on_progress=self.hooks.show,
            approve=self._first_approval(writer),
            is_agreed=self.hooks.approve is agreed,
            is_cut_anew=is_cut_anew,
            known=known,
            others=scope.others,
            publication=publication,
        )
        try:
            notices += self._embed(writer, update, found, everything=is_cut_anew)
            notices += update.checks.notices
            is_new = writer.has_changes
            if is_new:
                keep_vectors(writer, run.embedder)
                keep_watched_vectors(writer, run.embedder)
            if is_new or not have_vectors(writer.view, committed):  # after a repair, or going back
                embed_titles(run.embedder, writer)
            self._measure(writer, update, shared)
        except RunDeclined:
            if writer.published is not None:  # while it read, before the question
                withdraw_partial(writer)
            raise
        except (EmbedderError, KeyboardInterrupt):
            if publication is not None:
                publication.after_stop()
            raise
        finally:
            self._store_learned_limits(writer)
            shared.share()
            shared.close()
        is_same = update.is_idle and not is_new
        documents = known if is_same else writer.view.documents.after(known)
        if is_new:
            notices += self._commit(writer, scope, documents)
        else:
            writer.settle()
            withdraw_partial(writer)  # of a stopped run, whose new documents are gone again
        tally = Tally.of(documents, scope.others)
        remember_unchanged(run, writer, listing, scope, documents, tally, limits)
        change = change_between(known, documents) if is_new else Change()
        return Outcome(
            update.embedded,
            update.progress.tokens,
            update.plan(),
            tally,
            change,
            is_new,
            (*notices, *shared.notices),
            shared.taken,
        )

    def _measure(self, writer: IndexWriter, update: Update, shared: SharedVectors) -> None:
        """Measure the embedder where it has made vectors; what others measured is taken over."""
        if update.embedded or shared.taken:
            shared.adopt_calibration()
        if update.embedded:
            calibrate(self.prepared.embedder, writer)
        if update.embedded or shared.taken:
            measure_fluency(self.prepared.embedder, writer)

    def _scope(self, writer: IndexWriter, listing: Listing, limits: Limits) -> Scope:
        """What the run compares: everything where it reads or sends more than what has changed."""
        run, options, committed = self.prepared, self.options, writer.committed
        is_usual = not options.everything and not options.fresh and options.batch is BatchUse.NONE
        if is_usual and committed is not None and committed.embedder.uri == run.embedder.uri:
            return scope_of(run, writer, listing, limits)
        return Scope(listing.items(), writer.before.documents.unchecked())

    def _commit(
        self,
        writer: IndexWriter,
        scope: Scope,
        documents: Sequence[StoredDocument],
    ) -> tuple[str, ...]:
        """Publish the generation unless the quality gate refuses it; returns notices."""
        run = self.prepared
        try:
            return commit_unless_worse(
                writer,
                run.embedder,
                run.settings,
                scope.known,
                documents,
                scope.others,
                may_lose_documents=self.options.allow_mass_delete,
                accept=self.options.accept,
                record_matches=lambda new, notes: record_matches(
                    writer, new, notes, run.embedder, run.settings
                ),
            )
        except GenerationRefused:
            withdraw_partial(writer)
            raise

    def _publication(self, writer: IndexWriter, scope: Scope) -> Publication | None:
        """The publications of the run while it embeds; None where it publishes none."""
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
                    scope.known,
                    scope.others,
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
        update.embedded.update(batch.collected)
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

        asked: set[bool] = set()  # asked once, however many rounds of batch jobs there are

        def ask(plan: Plan) -> None:
            if asked:
                return
            if not approve(replace(plan, cut_by_folder=bool(run.cut_by_folder))):
                raise RunDeclined(
                    "nothing was sent and nothing has changed; what was read is kept for another"
                    " run"
                )
            asked.add(True)
            remember(*sending)
            if run.cut_by_folder:
                remember(Choice.CUTTING, *run.cut_by_folder)

        return ask

    def _store_learned_limits(self, writer: IndexWriter) -> None:
        embedder = self.prepared.embedder
        if isinstance(embedder, Billed) and embedder.spent.texts:
            writer.notes.put(self.prepared.learned_limits_note, embedder.learned_limits)
