"""One pass over the corpus: record what has changed, embed what is new."""

from array import array
from collections import Counter
from collections.abc import Callable, Container, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from semsearch.documents.chunker import budget_of
from semsearch.documents.walk.walker import Found, Unlistable
from semsearch.embedders.api.needs import NO_NEEDS
from semsearch.embedders.api.protocols import Billed, forecast_of
from semsearch.embedders.embedder import Batches, EmbeddedBatch, Embedder, embedder_of_passages
from semsearch.embedders.interrupts import held_back, let_through
from semsearch.errors import DiskFull, EmbedderError, StorageFailed, TextsRefused
from semsearch.indexer.document_counter import DocumentCounter
from semsearch.indexer.document_counts import NO_OTHERS, Others
from semsearch.indexer.embedder_checks import EmbedderChecks
from semsearch.indexer.finding_groups import Recordable, grouped, record
from semsearch.indexer.own_texts import own_needs
from semsearch.indexer.plan import Plan, plan_of
from semsearch.indexer.progress import Progress
from semsearch.indexer.publication import Publication
from semsearch.indexer.recorded_passages import has_recorded_passages
from semsearch.indexer.refused_texts import leave_out
from semsearch.indexer.scan import (
    Finding,
    Gone,
    Unchanged,
    Untouched,
    Waiting,
    files_to_read,
    scan,
)
from semsearch.indexer.shared_vectors import SharedVectors
from semsearch.indexer.texts_ahead import SendableTexts, Text, TextsAhead
from semsearch.settings.schema import Settings
from semsearch.store.disk.ids import IdSet
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
        shared: SharedVectors,
        *,
        on_progress: Callable[[Progress], None],
        approve: Callable[[Plan], None] | None = None,
        is_agreed: bool = False,
        known: Sequence[StoredDocument] | None = None,
        others: Others = NO_OTHERS,
        is_cut_anew: bool = False,
        publication: Publication | None = None,
    ) -> None:
        """Prepare a pass; nothing is read yet.

        ``shared`` has vectors of other indexes, which are stored in place of sending their texts.
        ``approve`` is called when everything is read, before any text is embedded; it may raise.
        With ``is_agreed`` it does not, and need not wait until everything is read.
        ``known`` are the documents of the last generation, where the caller has read them, without
        ``others`` of folders that have not changed.
        ``is_cut_anew`` says, for the plan, that documents are cut by another profile than before.
        With a ``publication`` everything is read before the first text is embedded by a local
        embedder, as both need the processors, or before ``approve`` is asked.
        """
        self._corpus = corpus
        self._settings = settings
        self._embedder = embedder
        self._writer = writer
        self._shared = shared
        self._on_progress = on_progress
        self._approve = None if is_agreed else approve
        self._tell_first = approve if is_agreed else None
        self._is_cut_anew = is_cut_anew
        self._publication = publication
        self._last_known = known
        self._others = others
        self._budget = budget_of(embedder, settings)
        self.checks = EmbedderChecks(embedder, writer, settings.passage_characters)
        self._forecast = forecast_of(embedder)
        self._findings: Counter[type[Finding]] = Counter()
        self._counter = DocumentCounter((), ())
        self._own = NO_NEEDS
        self._is_checked = False
        self._reading: TextsAhead | None = None
        self._sent = array("q")  # text ids, in the order in which the embedder takes the texts
        self.embedded = IdSet()  # text ids
        self.progress = Progress()

    def run(
        self,
        found: Sequence[Found | Unlistable],
        *,
        everything: bool,
        elsewhere: Container[int] = frozenset(),
    ) -> None:
        """Read what has changed (or ``everything``), and embed each text that has no vector.

        Texts whose ids are in ``elsewhere`` get their vectors from a batch job. Vectors are stored
        as they come. Raises ``EmbedderError``; vectors that came before it are stored.
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
                        fewer = self._shared.while_embedding(self._sent)
                        self._show(texts_total=self.progress.total_without(fewer))
                        self.publish_due(len(self.embedded))
        except TextsRefused as error:
            for position, reason in error.reasons.items():
                leave_out(self._sent[position], reason, self._writer)
        except BaseException as error:
            if isinstance(error, StorageFailed) and not isinstance(error, DiskFull):
                raise  # a failed disk may lose further writes
            self._writer.drop_open_transaction()
            for batch in batches.in_hand():  # answers received or in flight are paid for
                self._store(batch)
            if isinstance(error, EmbedderError) and self._publication and self._reading:
                self._reading.read_all()  # the words are published all the same
            raise
        finally:
            texts.close()

    def publish_due(self, embedded: int) -> None:
        """Publish a partial generation if that is due, when ``embedded`` texts have got vectors."""
        if self._publication is not None:
            self._publication.after_batch(embedded)

    def submit(
        self,
        found: Sequence[Found | Unlistable],
        *,
        everything: bool,
        elsewhere: Container[int],
        take: Callable[[int, str], None],
    ) -> None:
        """Read what has changed, and hand each text without a vector to ``take``, with its id."""
        with closing(self._sendable(found, everything, elsewhere)) as texts:
            for body in texts:
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
            shared=len(self._shared.taken),
        )

    def _sendable(
        self,
        found: Sequence[Found | Unlistable],
        everything: bool,
        elsewhere: Container[int],
        *,
        overlaps: bool = False,
    ) -> SendableTexts:
        """Return the texts to embed, which are read as they are asked for.

        With a publication everything is read before the first text, unless reading ``overlaps``.
        """
        self._sent = array("q")
        self._findings.clear()
        self._forecast = forecast_of(self._embedder)
        if not self._is_checked:
            self._own = own_needs(
                self._embedder,
                self._writer.view,
                self._writer.embedder,
                self._budget.characters,
                is_shared=self._shared.has_calibration(),
            )
        self._shared.fill_lacking()  # of texts that a stopped run has read
        publication = self._publication
        groups = self._groups(found, everything, publication, overlaps=overlaps)
        self._reading = ahead = TextsAhead(groups, self._writer.texts_without_vector)
        texts: Iterator[Text] = ahead
        if publication is not None and not overlaps:
            texts = self._read_first(ahead, publication)
        elif self._approve is not None:
            texts = self._approved(ahead)
        return SendableTexts(self._checked(texts, elsewhere), ahead)

    def _checked(self, texts: Iterator[Text], elsewhere: Container[int]) -> Iterator[str]:
        """Yield the texts to embed, after the plan was told and the drift checked."""
        for text, body in texts:
            if text in elsewhere or self._shared.has_filled(text):
                continue
            if not self._is_checked and self._tell_first is not None:
                self._tell_first(self.plan())
            self._is_checked = True
            self.checks.before(body)
            if self._approve is None:
                self._forecast.add(body)
            self._sent.append(text)
            self._show(texts_waiting=self.progress.texts_waiting + 1)
            yield body

    def _read_first(self, texts: Iterator[Text], publication: Publication) -> Iterator[Text]:
        """Read everything, publish it by words, and yield the texts to embed."""
        rest = self._approved(texts)
        first = next(rest, None)  # everything is read, and approved
        publication.after_reading(self.embedded)
        if first is not None:
            yield first
            yield from rest

    def _approved(self, texts: Iterator[Text]) -> Iterator[Text]:
        """Read everything, have it approved where that is wanted, and yield the texts to embed."""
        is_empty = True
        for _, body in texts:
            if self._approve is not None:
                self._forecast.add(body)
            is_empty = False
        if self._approve is not None and not is_empty:
            self._approve(self.plan())
        self._show(texts_total=len(self._writer.ids_without_vector()))
        yield from self._writer.texts_without_vector()

    def _groups(
        self,
        found: Sequence[Found | Unlistable],
        everything: bool,
        publication: Publication | None,
        *,
        overlaps: bool,
    ) -> Generator[Sequence[Text] | None, None, None]:
        """Record what has changed in the folder, and yield the texts without a vector of it.

        Yields None before a file that takes long. When every file is recorded and reading
        ``overlaps``, the publication by words follows.
        """
        known = self._known()
        to_read = files_to_read(found, () if everything else known)
        sizes = {item.path: item.stat.size for item in to_read}
        self._show(
            files_total=len(found) + self._others.documents,
            files_done=0,
            bytes_total=sum(sizes.values()),
            bytes_done=0,
        )
        committed = self._last_known
        if committed is None:
            committed = self._writer.before.documents.unchecked()
        self._counter = DocumentCounter(committed, known, self._others)
        scanned = scan(
            found,
            known,
            self._corpus,
            self._settings,
            everything=everything,
            born=self._writer.number,
            has_passages=partial(has_recorded_passages, self._writer.view, self._budget),
        )
        with closing(scanned):  # an error keeps this frame, and with it the processes that read
            for group in grouped(scanned):
                if isinstance(group, Waiting):
                    yield None
                elif isinstance(group, Untouched):
                    self._counter.see(group)
                    self._findings[Unchanged] += len(group.documents)
                    self._show(files_done=len(group.documents) + self._others.documents)
                else:
                    yield self._recorded(group, sizes)
                if publication is not None:
                    publication.while_reading(self.embedded)
        if publication is not None and overlaps:
            publication.after_reading(self.embedded)
        if self._approve is None and (publication is None or overlaps):
            self._show_total()

    def _recorded(
        self, group: Sequence[Recordable], sizes: Mapping[str, int]
    ) -> Sequence[tuple[int, str]]:
        """Record a group of findings; returns its texts without a vector, own or shared."""
        texts = self._shared.fill(record(group, self._writer.documents, self._budget))
        for finding in group:
            self._counter.see(finding)
            self._findings[type(finding)] += 1
        self._show(
            files_done=self._findings.total() - self._findings[Gone] + self._others.documents,
            file=group[-1].path,
            bytes_done=self.progress.bytes_done + sum(sizes.get(one.path, 0) for one in group),
        )
        return texts

    def _show_total(self) -> None:
        """Tell how many texts this run embeds, once every file is recorded."""
        lacking, reading = self._writer.ids_without_vector(), self._reading
        assert reading is not None  # this is called by its groups
        left = reading.waiting + len(lacking) - int(reading.given.has(lacking).sum())
        self._show(texts_total=len(self._sent) + left)

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

    def _show(self, **changes: int | float | str | None) -> None:
        self.progress = replace(self.progress, **changes)  # type: ignore[arg-type]
        self._on_progress(self.progress)
