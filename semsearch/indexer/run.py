"""The index run: walk → read → cut → reuse or embed → commit."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from semsearch.documents.walk.listing import Listing
from semsearch.embedders.api.needs import NO_NEEDS
from semsearch.embedders.api.protocols import Billed
from semsearch.errors import ApprovalMissing, IndexLocked
from semsearch.indexer.document_counts import Change, DocumentCounts
from semsearch.indexer.options import BatchUse, RunHooks, RunOptions
from semsearch.indexer.plan import plan_of
from semsearch.indexer.progress import Progress
from semsearch.indexer.report import IndexReport, Outcome, not_searchable, report_of
from semsearch.indexer.target import IndexState, PreparedRun, Target, prepare
from semsearch.indexer.unchanged import UnchangedFolder, find_unchanged
from semsearch.settings.amounts import counted
from semsearch.settings.sources import PROJECT_FILE
from semsearch.store.collection.uri import collection_uri
from semsearch.store.completeness import forget_progress
from semsearch.store.disk.ids import IdSet
from semsearch.store.notes.pending_news import has_news
from semsearch.store.partial_publication import withdraw_partial
from semsearch.store.writer import IndexWriter, open_writer

if TYPE_CHECKING:
    from semsearch.indexer.questions.news import News

_POLL: Final = 0.2  # seconds between two attempts while another process writes


def run_index(
    target: Target, options: RunOptions = RunOptions(), hooks: RunHooks = RunHooks()
) -> IndexReport:
    """Make the index of a folder, bring it up to date, or rebuild it (``options.everything``).

    Only new texts are paid for. When fewer than ``min_documents`` of the documents are left (half
    of them), an unmounted disk is more likely than a wish: ``CorpusError`` is raised, unless
    ``options.allow_mass_delete``. A generation that is much worse than the one before (see
    ``quality_gate``) is not published, and ``GenerationRefused`` raised, unless ``options.accept``.
    With ``options.batch`` new texts go through the provider's batch API, where it has one;
    ``BatchPending`` is raised while its jobs run. With the setting ``publish`` the newest
    generation is then brought to that collection, also where the run had nothing to do.

    Raises ``SemsearchError``; vectors that came before the error are kept, and the next run resumes
    there. Retries until the write lock is free or ``options.wait`` seconds have passed; target and
    settings are resolved again on each try.
    """
    until = time.monotonic() + options.wait
    told = False
    while True:
        try:
            prepared = prepare(target, options)
            if prepared.settings.publish is not None:
                collection_uri(prepared.settings.publish)  # one that is none ends the run here
            if hooks.on_notice is not None and not told:
                for notice in prepared.notices:
                    hooks.on_notice(notice)
            told = True
            report = _Run(prepared, options, hooks).run()
            break
        except IndexLocked:
            if time.monotonic() >= until:
                raise
            time.sleep(_POLL)
    if prepared.settings.publish is None:
        return report
    from semsearch.indexer.collection_publication import (
        published,  # here: few indexes are published
    )

    return published(report, prepared)


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
            listing = Listing(self.prepared.corpus, part=self.prepared.shard)
            idle = self._idle(writer, listing)
            try:
                outcome = (
                    self._bring_in_line(writer, listing)
                    if idle is None
                    else self._leave_unchanged(writer, idle)
                )
            finally:
                forget_progress(writer.directory)  # of this run, or of one that was killed
            news, not_told = self._tell(writer)
            report = report_of(self.prepared, writer, outcome, time.monotonic() - started)
            return replace(report, news=tuple(news), not_told=tuple(not_told))

    def _tell(self, writer: IndexWriter) -> tuple[list["News"], list[str]]:
        if not has_news(writer.view):
            return [], []
        from semsearch.indexer.questions.news import tell  # here: most indexes have no news

        return tell(writer, self.hooks.channels)

    def _idle(self, writer: IndexWriter, listing: Listing) -> UnchangedFolder | None:
        """Return what is known of a folder without a change; None where the run has work to do."""
        if self.options.everything or self.options.batch is not BatchUse.NONE:
            return None
        if writer.batch_jobs.under_way():
            return None
        return find_unchanged(self.prepared, writer, listing)

    def _leave_unchanged(self, writer: IndexWriter, idle: UnchangedFolder) -> Outcome:
        """Write nothing but derived files that are missing."""
        run, tally = self.prepared, idle.tally
        run.recall(writer.view.note(run.learned_limits_note))
        withdraw_partial(writer)  # an earlier semsearch leaves its note
        notices = (*run.notices, *writer.rebuild_derived(opens=False))
        if run.settings.shared_vectors is not None:
            # Here: few indexes share vectors.
            from semsearch.indexer.shared_vectors import share_unchanged, shared_folder

            if (folder := shared_folder(run)) is not None:
                notices += share_unchanged(writer, folder)
        committed = writer.committed
        assert committed is not None  # else nothing could be known of the folder
        plan = plan_of(
            run.embedder,
            run.embedder.forecast().needs() if isinstance(run.embedder, Billed) else NO_NEEDS,
            run.corpus,
            writer.path,
            documents=DocumentCounts(
                unchanged=tally.searchable - tally.stale,
                unreadable=len(not_searchable(tally.left_out)),
            ),
            passages=committed.passages,
        )
        self.hooks.show(Progress(files_done=idle.files, files_total=idle.files))
        return Outcome(IdSet(), 0, plan, tally, Change(), False, notices)

    def _bring_in_line(self, writer: IndexWriter, listing: Listing) -> Outcome:
        # Imported here: a run without a change does not need the readers.
        from semsearch.indexer.renewal import Renewal

        return Renewal(self.prepared, self.options, self.hooks).bring_in_line(writer, listing)


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
