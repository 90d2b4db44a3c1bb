"""One pass over the corpus: record what has changed, embed what is new."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from semsearch.documents.chunker import budget_of
from semsearch.documents.reason import Reason, ReasonCode
from semsearch.documents.walk.walker import Found, Unlistable
from semsearch.embedders.api.needs import NO_NEEDS
from semsearch.embedders.api.protocols import Billed, forecast_of
from semsearch.embedders.embedder import (
    AsymmetricEmbedder,
    Batches,
    EmbeddedBatch,
    Embedder,
    embedder_of_passages,
)
from semsearch.embedders.interrupts import held_back, let_through
from semsearch.errors import DiskFull, EmbedderError, StorageFailed, TextsRefused
from semsearch.indexer.document_counter import DocumentCounter
from semsearch.indexer.drift import check_drift
from semsearch.indexer.finding_groups import grouped, record
from semsearch.indexer.own_texts import own_needs
from semsearch.indexer.plan import Plan, plan_of
from semsearch.indexer.progress import Progress
from semsearch.indexer.publication import Publication
from semsearch.indexer.recorded_passages import has_recorded_passages
from semsearch.indexer.scan import Finding, Gone, Unchanged, Untouched, files_to_read, scan
from semsearch.settings.schema import Settings
from semsearch.store.record.documents import StoredDocument
from semsearch.store.writer import IndexWriter


class Update:
    """Brings the pending generation in line with the folder."""

    def __init__(
        self,
        corpus: Path,
        settings: Settings,
        embedder: Embedder,
        writer: IndexWriter,
        *,
        on_progress: Callable[[Progress], None],
        approve: Callable[[Plan], None] | None = None,
        is_agreed: bool = False,
        known: Sequence[StoredDocument] | None = None,
        is_cut_anew: bool = False,
        publication: Publication | None = None,
    ) -> None:
        """Prepare a pass; nothing is read yet.

        ``approve`` is called when everything is read, before any text is embedded; it may raise.
        With ``is_agreed`` it does not, and need not wait until everything is read.
        ``known`` are the documents of the last generation, where the caller has read them.
        ``is_cut_anew`` says, for the plan, that documents are cut by another profile than before.
        With a ``publication`` everything is read before the first text is embedded by a local
        embedder, as both need the processors, or before ``approve`` is asked.
        """
        self._corpus = corpus
        self._settings = settings
        self._embedder = embedder
        self._writer = writer
        self._on_progress = on_progress
        self._approve = None if is_agreed else approve
        self._tell_first = approve if is_agreed else None
        self._is_cut_anew = is_cut_anew
        self._publication = publication
        self._last_known = known
        self._budget = budget_of(embedder, settings)
        self._forecast = forecast_of(embedder)
        self._findings: Counter[type[Finding]] = Counter()
        self._counter = DocumentCounter((), ())
        self._own = NO_NEEDS
        self._is_checked = False
        self._reading: Iterator[tuple[int, str]] = iter(())  # while it goes on beside embedding
        self._sent: list[int] = []  # text ids, in the order in which the embedder takes the texts
        self.embedded: set[int] = set()  # text ids
        self.progress = Progress()

    def run(
        self,
        found: Sequence[Found | Unlistable],
        *,
        everything: bool,
        elsewhere: Set[int] = frozenset(),
    ) -> None:
        """Read what has changed (or ``everything``), and embed each text that has no vector.

        Texts whose ids are in ``elsewhere`` get their vectors from a batch job. Without a
        publication documents are read as the embedder asks for texts. Vectors are stored as they
        come. Raises ``EmbedderError``; vectors that came before it are stored.
        """
        embedder = embedder_of_passages(self._embedder)
        overlaps = self._approve is None and not self._embedder.is_local
        texts = self._sendable(found, everything, elsewhere, overlaps=overlaps)
        batches = Batches(embedder, texts)
        try:
            with held_back():  # what is paid for is stored before the run stops
                for batch in batches:
                    self._store(batch)
                    with let_through():
                        self.publish_due(len(self.embedded))
        except TextsRefused as error:
            for position, reason in error.reasons.items():
                self._give_up(self._sent[position], reason)
        except BaseException as error:
            if isinstance(error, StorageFailed) and not isinstance(error, DiskFull):
                raise  # a failed disk may lose further writes
            self._writer.drop_open_transaction()
            # Answers received or in flight are paid for.
            for batch in batches.in_hand():
                self._store(batch)
            if isinstance(error, EmbedderError):
                for _ in self._reading:  # the words are published all the same
                    pass
            raise

    def publish_due(self, embedded: int) -> None:
        """Publish a partial generation if that is due, when ``embedded`` texts have got vectors."""
        if self._publication is not None:
            self._publication.after_batch(embedded)

    def submit(
        self,
        found: Sequence[Found | Unlistable],
        *,
        everything: bool,
        elsewhere: Set[int],
        take: Callable[[int, str], None],
    ) -> None:
        """Read what has changed, and hand each text without a vector to ``take``, with its id."""
        for body in self._sendable(found, everything, elsewhere):
            take(self._sent[-1], body)

    def plan(self) -> Plan:
        """Return the plan of this run as it was forecast before each text was embedded."""
        return plan_of(
            self._embedder,
            self._forecast.needs(),
            self._corpus,
            self._writer.path,
            documents=self._counter.counts(),
            passages=self._writer.counts().passages,
            cut_anew=self._settings.passage_characters if self._is_cut_anew else None,
            own=self._own,
        )

    def _sendable(
        self,
        found: Sequence[Found | Unlistable],
        everything: bool,
        elsewhere: Set[int],
        *,
        overlaps: bool = False,
    ) -> Iterator[str]:
        """Yield the texts to embed, after approval and the drift check.

        With a publication everything is read before the first text, unless reading ``overlaps``.
        """
        self._sent = []
        self._findings.clear()
        self._forecast = forecast_of(self._embedder)
        if not self._is_checked:
            self._own = own_needs(self._embedder, self._writer.view, self._writer.embedder)
        publication = self._publication
        if publication is not None and overlaps:
            after_reading = partial(publication.after_reading, self.embedded)
            while_reading = partial(publication.while_reading, self.embedded)
            texts = self._new_texts(found, everything, after_reading)
            texts = self._reading = _each_followed_by(while_reading, texts)
        elif publication is not None:
            texts = self._read_first(self._new_texts(found, everything), publication)
        elif self._approve is not None:
            texts = self._approved(self._new_texts(found, everything))
        else:
            texts = self._new_texts(found, everything)
        for text, body in texts:
            if text in elsewhere:
                continue
            if not self._is_checked and self._tell_first is not None:
                self._tell_first(self.plan())
            if not self._is_checked and isinstance(self._embedder, (AsymmetricEmbedder, Billed)):
                check_drift(self._embedder, self._writer)
            self._is_checked = True
            if self._approve is None:
                self._forecast.add(body)
            self._sent.append(text)
            self._show(texts_waiting=self.progress.texts_waiting + 1)
            yield body

    def _read_first(
        self, texts: Iterator[tuple[int, str]], publication: Publication
    ) -> Iterator[tuple[int, str]]:
        """Read everything, publish it by words, and yield the texts to embed."""
        rest = self._approved(texts, publication.while_reading)
        first = next(rest, None)  # everything is read, and approved
        publication.after_reading()
        if first is not None:
            yield first
            yield from rest

    def _approved(
        self, texts: Iterator[tuple[int, str]], after_text: Callable[[], None] | None = None
    ) -> Iterator[tuple[int, str]]:
        """Read everything, have it approved where that is wanted, and yield the texts to embed."""
        is_empty = True
        for _, body in texts:
            if self._approve is not None:
                self._forecast.add(body)
            if after_text is not None:
                after_text()
            is_empty = False
        if self._approve is not None and not is_empty:
            self._approve(self.plan())
        self._show(texts_total=len(self._writer.ids_without_vector()))
        yield from self._writer.texts_without_vector()

    def _new_texts(
        self,
        found: Sequence[Found | Unlistable],
        everything: bool,
        at_end: Callable[[], None] | None = None,
    ) -> Iterator[tuple[int, str]]:
        """Record what has changed in the folder, and yield each text without a vector once.

        ``at_end`` is called when every file is read and recorded.
        """
        known = self._known()
        to_read = files_to_read(found, () if everything else known)
        sizes = {item.path: item.stat.size for item in to_read}
        self._show(
            files_total=len(found), files_done=0, bytes_total=sum(sizes.values()), bytes_done=0
        )
        given: set[int] = set()
        committed = self._last_known
        if committed is None:
            committed = self._writer.before.documents.unchecked()
        self._counter = DocumentCounter(committed, known)
        scanned = scan(
            found,
            known,
            self._corpus,
            self._settings,
            everything=everything,
            born=self._writer.number,
            has_passages=partial(has_recorded_passages, self._writer.view, self._budget),
        )
        for group in grouped(scanned):
            if isinstance(group, Untouched):
                self._counter.see(group)
                self._findings[Unchanged] += len(group.documents)
                self._show(files_done=len(group.documents))
                continue
            texts = record(group, self._writer.documents, self._budget)
            for finding in group:
                self._counter.see(finding)
                self._findings[type(finding)] += 1
            yield from _first_seen(texts, given)
            self._show(
                files_done=self._findings.total() - self._findings[Gone],
                file=group[-1].path,
                bytes_done=self.progress.bytes_done + sum(sizes.get(one.path, 0) for one in group),
            )
        if at_end is not None:
            at_end()
        lacking = self._writer.ids_without_vector()
        if self._approve is None and (self._publication is None or at_end is not None):
            left = len(lacking) - int(np.isin(lacking, list(given)).sum())
            self._show(texts_total=len(self._sent) + left)
        yield from _first_seen(self._writer.texts_without_vector(), given)

    def _known(self) -> Sequence[StoredDocument]:
        """Return the documents of the pending generation, read at most once.

        They are those of the last generation as long as no document has changed.
        """
        if self._last_known is None or self._writer.documents.are_begun():
            return self._writer.view.documents.unchecked()
        return self._last_known

    @property
    def is_idle(self) -> bool:
        """True when every file is unchanged, so that the last generation still holds."""
        return self._findings.keys() <= {Unchanged}

    def _store(self, batch: EmbeddedBatch) -> None:
        texts = [self._sent[position] for position in batch.positions]
        parts = [batch.parts.get(position, 1) for position in batch.positions]
        self._writer.vectors.put(texts, batch.vectors, parts, batch.sentences)
        self.embedded.update(texts)
        self._show(
            texts_embedded=len(self.embedded),
            texts_waiting=len(self._sent) - len(self.embedded),
            tokens=self.progress.tokens + batch.tokens,
            cost=self._cost_of(self.progress.tokens + batch.tokens),
        )

    def _cost_of(self, tokens: int) -> float | None:
        price = self._embedder.price if isinstance(self._embedder, Billed) else None
        return None if price is None else price.of(tokens)

    def _give_up(self, text: int, reason: str) -> None:
        """Leave out the passages whose text the embedder refuses, and go on.

        Their documents keep their digest, so that the text is not sent again before they change.
        """
        refused = Reason(ReasonCode.PASSAGE_REFUSED, f"the embedder refuses a passage: {reason}")
        for document in self._writer.view.documents.with_text(text):
            other = document.reason
            is_other = other is not None and other.detail != refused.detail
            told = other.and_also(refused) if other is not None and is_other else refused
            self._writer.documents.leave_out(document, text, told)

    def _show(self, **changes: int | float | str | None) -> None:
        self.progress = replace(self.progress, **changes)  # type: ignore[arg-type]
        self._on_progress(self.progress)


def _each_followed_by(
    then: Callable[[], None], texts: Iterable[tuple[int, str]]
) -> Iterator[tuple[int, str]]:
    for text in texts:
        yield text
        then()


def _first_seen(texts: Iterable[tuple[int, str]], seen: set[int]) -> Iterator[tuple[int, str]]:
    for text, body in texts:
        if text not in seen:
            seen.add(text)
            yield text, body
