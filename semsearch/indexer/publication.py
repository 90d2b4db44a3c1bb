"""Publications of a run: partial generations that readers are shown before the whole one.

Which runs publish: the first of an index, and later ones that go on with its embedder and its way
of cutting. A rebuild does not, nor a change of embedder: there the last generation answers better.
"""

import time
from collections.abc import Callable
from typing import Final

from semsearch.errors import GenerationRefused
from semsearch.store.completeness import ProgressFile
from semsearch.store.disk.ids import IdSet
from semsearch.store.partial_publication import publish_partial, withdraw_partial
from semsearch.store.policy import PublicationPolicy
from semsearch.store.snapshot import Snapshot
from semsearch.store.writer import IndexWriter

_QUICK: Final = 2.0  # seconds that the last publication may have taken


class Publication:
    """Publishes the generation to come by a policy, as the run goes on.

    ``check`` raises ``GenerationRefused`` for a generation that is not to be shown; the run then
    publishes none, and the quality gate judges the whole one.
    """

    def __init__(
        self,
        writer: IndexWriter,
        policy: PublicationPolicy,
        check: Callable[[Snapshot], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writer = writer
        self._policy = policy
        self._check = check if writer.committed is not None else None
        self._clock = clock
        self._started = clock()
        self._due = self._started + policy.first_seconds
        self._cost = 0.0  # seconds of the last publication
        self._is_on = True
        self._is_ready = False  # everything is read, or something was published
        self._has_news = False  # vectors that are not published
        self._left = 0  # texts of this run, counted when everything was read
        self._embedded = 0  # texts that had got theirs at the last call
        self._before = 0  # of these, those of an earlier round of batch jobs
        self._progress: ProgressFile | None = None

    def while_reading(self, embedded: IdSet) -> None:
        """Publish what is read so far, if that is due, in a first index.

        Later runs wait until all is read, so that a document that was moved is there once. The
        vectors of the texts ``embedded`` so far by this run wait: the words come first.
        """
        if self._is_on and self._writer.committed is None and self._clock() >= self._due:
            ProgressFile(self._writer.directory).show(0, 0)
            self._is_ready = True
            self._publish(embedded)

    def after_reading(self, embedded: IdSet) -> None:
        """Publish by words what was read, unless the run has few texts to embed.

        Each round of batch jobs reads. Where reading overlaps with embedding, some texts are
        ``embedded`` by now: their vectors wait for the next publication, as the words come first.
        """
        self._is_ready = True
        self._before = self._embedded - len(embedded)
        self._left = len(embedded) + len(self._writer.ids_without_vector())
        self._is_on = self._is_on and self._left >= max(1, self._policy.texts)
        if self._is_on:
            self._progress = ProgressFile(self._writer.directory)
            self._progress.show(0, self._left - len(embedded))
            self._publish(embedded)

    def after_batch(self, embedded: int) -> None:
        """Publish the vectors so far, if that is due; ``embedded`` texts have got theirs."""
        if embedded < self._before:  # those after batch jobs are counted from none
            self._before = 0
        self._embedded, done = embedded, embedded - self._before
        left = max(0, self._left - done)
        self._has_news = True
        if self._progress is not None:
            self._progress.show(done, left)
        if self._is_on and left > 0 and self._clock() >= self._due:
            self._publish()

    def after_stop(self) -> None:
        """Publish the vectors that came before an error, a budget's end or Ctrl-C, if it is quick.

        Nobody waits long after Ctrl-C; the next run publishes them otherwise. A run that was
        stopped while it read publishes only what adds to an earlier publication of its own.
        """
        self._writer.drop_open_transaction()
        if self._is_on and self._is_ready and self._has_news and self._cost <= _QUICK:
            self._publish()

    def _publish(self, without: IdSet | None = None) -> None:
        started = self._clock()
        try:
            publish_partial(self._writer, self._check, without)
        except GenerationRefused:
            self._is_on = False
            withdraw_partial(self._writer)
        self._has_news = bool(without)
        now = self._clock()
        self._cost = now - started
        pause = min(self._policy.seconds, now - self._started)  # short at first, then longer
        self._due = now + max(pause, self._policy.times_cost * self._cost)


def publication_of(
    writer: IndexWriter,
    policy: PublicationPolicy,
    check: Callable[[Snapshot], None],
    *,
    rebuilds: bool,
) -> Publication | None:
    """The publications of a run that ``writer`` has begun; None where it publishes none."""
    last = writer.committed
    if last is not None and (
        rebuilds
        or last.embedder.id != writer.embedder.id
        or (last.corpus, last.chunking) != (writer.corpus, writer.chunking)
    ):
        return None
    return Publication(writer, policy, check)
