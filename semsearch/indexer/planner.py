"""The line of an index run up to where it would cost something: walk → read → cut → count."""

from dataclasses import replace
from itertools import islice
from typing import Final

from semsearch.documents.chunker import budget_of, passages_of
from semsearch.documents.passage import text_digest
from semsearch.embedders.api.protocols import forecast_of
from semsearch.indexer.document_counter import DocumentCounter
from semsearch.indexer.found_files import found_in
from semsearch.indexer.options import RunOptions
from semsearch.indexer.own_texts import own_needs
from semsearch.indexer.plan import Plan, plan_of
from semsearch.indexer.rate_probe import RateProbe
from semsearch.indexer.recorded_passages import has_recorded_passages
from semsearch.indexer.scan import Changed, Unchanged, Unread, Untouched, Waiting, scan
from semsearch.indexer.shared_vectors import KnownShared, shared_folder
from semsearch.indexer.target import PreparedRun, Target, prepare
from semsearch.store.pending_generation import PendingGeneration, open_pending

_BLOCK: Final = 500  # texts that are looked up at once


def plan_run(
    target: Target,
    options: RunOptions = RunOptions(),
    *,
    takes_time: bool = True,
    needs_key: bool = True,
) -> Plan:
    """Compute what ``run_index`` would read, embed and cost; sends nothing and writes nothing.

    With ``takes_time`` a local embedder is tried for a second, to tell the minutes. Without
    ``needs_key`` a plan is made although the key is missing that the run will need.
    Raises ``SemsearchError``.
    """
    run = prepare(target, options, needs_key=needs_key)
    with open_pending(
        run.directory,
        run.corpus,
        run.embedder.uri,
        run.profile.fingerprint,
        fresh=options.fresh,
    ) as coming:
        learned_limits = coming.view.note(run.learned_limits_note) if coming.view else None
        run.recall(learned_limits)
        folder = None if options.fresh else shared_folder(run)
        shared = KnownShared(folder, coming.view, coming.embedder)
        counting = _Counting(run, coming, shared, takes_time=takes_time)
        try:
            counted = counting.plan(options.everything)
        finally:
            shared.close()
        return replace(counted, notices=(*run.notices, *shared.notices))


class _Counting:
    """Counts what a run would find."""

    def __init__(
        self,
        run: PreparedRun,
        coming: PendingGeneration,
        shared: KnownShared,
        *,
        takes_time: bool,
    ) -> None:
        self._run = run
        self._coming = coming
        self._shared = shared
        self._forecast = forecast_of(run.embedder)
        self._budget = budget_of(run.embedder, run.settings)
        self._probe = RateProbe(run.embedder if takes_time else None)
        self._seen: set[bytes] = set()
        self._passages = 0

    def plan(self, everything: bool) -> Plan:
        """Go through the folder."""
        run, coming = self._run, self._coming
        committed = coming.committed
        is_cut_anew = committed is not None and committed.chunking != run.profile.fingerprint
        passages = coming.view.passages.count_by_document() if coming.view else {}
        committed_documents, known = coming.committed_documents(), coming.documents()
        counter = DocumentCounter(committed_documents, known)
        for finding in scan(
            found_in(run.corpus, run.shard),
            known,
            run.corpus,
            run.settings,
            everything=everything or is_cut_anew,
            born=coming.number,
            has_passages=lambda document, read: (
                coming.view is not None
                and has_recorded_passages(coming.view, self._budget, document, read)
            ),
        ):
            if isinstance(finding, Waiting):
                continue
            counter.see(finding)
            if isinstance(finding, Untouched):
                self._passages += sum(passages.get(one.id, 0) for one in finding.documents)
            elif isinstance(finding, Changed):
                self._count(finding)
            elif isinstance(finding, Unchanged):
                self._passages += passages.get(finding.document.id, 0)
            elif isinstance(finding, Unread) and finding.before is not None:
                self._passages += passages.get(finding.before.id, 0)
        self._count_stopped()
        return plan_of(
            run.embedder,
            self._forecast.needs(),
            run.corpus,
            run.directory.path,
            documents=counter.counts(),
            passages=self._passages,
            cut_anew=run.settings.passage_characters if is_cut_anew else None,
            own=own_needs(
                run.embedder,
                coming.view,
                coming.embedder,
                self._budget.characters,
                is_shared=self._shared.has_calibration,
            ),
            shared=self._shared.count,
            local_minutes=self._probe.minutes(self._forecast.needs()),
        )

    def _count(self, changed: Changed) -> None:
        """The passages of one document, and those of their texts that have no vector."""
        texts = {}
        for passage in passages_of(changed.read.document, self._budget, changed.path):
            self._passages += 1
            digest = text_digest(passage.embedded)
            if digest not in self._seen:
                texts[digest] = passage.embedded
        self._seen |= texts.keys()
        missing = self._shared.lacking(self._coming.without_vector(list(texts)))
        for digest, text in texts.items():
            if digest in missing:
                self._forecast.add(text)
                self._probe.take(text)

    def _count_stopped(self) -> None:
        """Count the texts that a stopped run has read and not embedded."""
        view, embedder = self._coming.view, self._coming.embedder
        if view is None or embedder is None:
            return
        texts = view.vectors.texts_without(embedder)
        while some := {text_digest(text): text for _, text in islice(texts, _BLOCK)}:
            lacking = self._shared.lacking(some.keys() - self._seen)
            for digest, text in some.items():
                if digest in lacking:
                    self._forecast.add(text)
                    self._probe.take(text)
