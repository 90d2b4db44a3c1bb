"""Vectors that a run takes from a folder which several indexes share, and gives to it.

A text that another index has paid for gets its vector as soon as it is read. What a run has paid
for is given to the folder while it goes on, and when it ends; what a killed run could not give, the
next one gives.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from semsearch.documents.passage import text_digest
from semsearch.embedders.api.protocols import Billed, Truncating
from semsearch.embedders.vectors import Vectors
from semsearch.errors import IndexDamaged, SemsearchError
from semsearch.indexer.drift import are_of_one_model
from semsearch.indexer.target import PreparedRun
from semsearch.store.disk.ids import IdSet
from semsearch.store.notes.calibration import calibration_from, is_calibrated
from semsearch.store.notes.calibration import note_name as calibration_note
from semsearch.store.notes.shared_vectors import SharedMark, note_name, shared_mark
from semsearch.store.policy import SharingPolicy
from semsearch.store.record.generation_scope import BATCH
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.half_precision import as_float32
from semsearch.store.record.vectors import STORED_DTYPE
from semsearch.store.record.view import View
from semsearch.store.shared_vectors.layout import Entry
from semsearch.store.shared_vectors.shared_folder import SharedFolder
from semsearch.store.writer import IndexWriter

_BLOCK: Final = 4096  # entries in memory


def shared_folder(run: PreparedRun) -> SharedFolder | None:
    """The folder of the setting ``shared_vectors``, for an embedder that a server bills.

    None for a server that may read only the beginning of a text: others would get such a vector.
    """
    place, embedder = run.settings.shared_vectors, run.embedder
    if place is None or embedder.is_local or not isinstance(embedder, Billed):
        return None
    if isinstance(embedder, Truncating) and embedder.may_truncate:
        return None
    policy = run.directory.policy.sharing
    return SharedFolder(place.absolute(), embedder.uri, are_of_one_model, policy)


class SharedVectors:
    """The shared vectors of one run; without a ``folder`` each method does nothing.

    Nothing that is wrong with the folder ends the run: ``notices`` say it. A run that makes every
    vector anew only gives (``takes`` is False).
    """

    def __init__(
        self,
        writer: IndexWriter,
        folder: SharedFolder | None,
        *,
        takes: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writer = writer
        self._folder = folder
        self._takes = takes and folder is not None
        self._clock = clock
        self._probes: Vectors | None = None
        self._looked: float | None = None
        self._policy = SharingPolicy() if folder is None else folder.policy
        self._started = clock()
        self._due = self._started + self._policy.first_seconds
        self._trouble: tuple[str, ...] = ()
        self._late: set[int] = set()
        self._seen = 0  # files of others by which all texts without a vector were looked up
        self.taken = IdSet()  # ids of the texts that have got a vector from the folder

    @property
    def notices(self) -> tuple[str, ...]:
        """What is wrong with the folder, or with giving to it."""
        return () if self._folder is None else (*self._folder.notices, *self._trouble)

    def has_calibration(self) -> bool:
        """Whether the folder has the calibration of the embedder, which need not be measured."""
        if self._folder is None or not self._takes:
            return False
        self._look()
        return _is_calibration(self._folder.calibration)

    def adopt_calibration(self) -> None:
        """Store the folder's calibration of the embedder, unless one is known."""
        if is_calibrated(self._writer.view, self._writer.embedder) or not self.has_calibration():
            return
        assert self._folder is not None  # it has one
        self._writer.notes.put(calibration_note(self._writer.embedder), self._folder.calibration)

    def fill(self, texts: Sequence[tuple[int, str]]) -> Sequence[tuple[int, str]]:
        """Store the vectors that the folder has of texts; returns the texts that still lack one."""
        if not self._takes or not texts:
            return texts
        digests = {text: text_digest(body) for text, body in texts}
        filled = self._fill(digests)
        return [text for text in texts if text[0] not in filled]

    def fill_lacking(self, sent: Sequence[int] = ()) -> set[int]:
        """Store the vectors that the folder has of recorded texts without one; returns their ids.

        These are texts of a stopped run, and those that this run has read and not ``sent``.
        """
        filled: set[int] = set()
        if self._folder is None or not self._takes:
            return filled
        self._look()
        self._seen = self._folder.seen
        ids = self._writer.ids_without_vector()
        lacking = np.setdiff1d(ids, np.array(sent, dtype=np.int64)).tolist()
        for start in range(0, len(lacking), BATCH):
            some = lacking[start : start + BATCH]
            filled |= self._fill(self._writer.view.texts.digests(some))
        return filled

    def has_filled(self, text: int) -> bool:
        """Whether a text that was read without a vector has got one since."""
        return text in self._late

    def while_embedding(self, sent: Sequence[int]) -> int:
        """Give what was paid for and take what others have, if that is due.

        ``sent`` are the ids of texts that were sent, answered or not. Returns how many of the
        others need not be sent.
        """
        began = self._clock()
        if self._folder is None or began < self._due:
            return 0
        self.share()
        self._look()
        filled = self.fill_lacking(sent) if self._folder.seen > self._seen else set()
        self._late |= filled
        now = self._clock()
        pause = min(self._policy.seconds, now - self._started)
        self._due = now + max(pause, self._policy.times_cost * (now - began))
        return len(filled)

    def share(self) -> None:
        """Give the folder all vectors of the index that it lacks, unless it is known to have them.

        A record that cannot be read is told as a notice, too: what else the run does shows it.
        """
        if self._folder is None:
            return
        try:
            self._share(self._folder)
        except SemsearchError as error:
            self._trouble = (f"shared vectors: {error}",)

    def close(self) -> None:
        """Close the files of the folder."""
        if self._folder is not None:
            self._folder.close()

    def _share(self, folder: SharedFolder) -> None:
        view, embedder = self._writer.view, self._writer.embedder
        last = view.vectors.last_row()
        if last is None:
            return
        place = str(folder.place)
        before, now = shared_mark(view, embedder), SharedMark.of(place, last)
        if before == now and (self._looked is None or folder.newest is not None):
            return
        probes = view.vectors.probes(embedder)
        if probes is None:
            return  # no vector of this embedder came from its server
        self._probes = probes
        folder.look(probes)
        since = 0
        if before is not None and before.folder == place and folder.newest is not None:
            row = view.vectors.last_row(at=before.row)
            is_there = row is not None and SharedMark.of(place, row) == before
            digest = view.vectors.digest_at(before.row) if is_there else None
            # The folder may have been emptied, and filled again by others.
            since = before.row if digest is not None and folder.entries([digest]) else 0
        ids, digests = self._lacking(folder, since)
        note = None
        if is_calibrated(view, embedder):
            note = view.note(calibration_note(embedder))
        created = datetime.now(UTC).isoformat(timespec="microseconds")
        if ids and not folder.put(digests, self._entries(ids), probes, created, note):
            return
        self._writer.notes.put(note_name(embedder), now.as_note())
        folder.look(probes)
        folder.merge()

    def _lacking(self, folder: SharedFolder, since: int) -> tuple[list[int], list[bytes]]:
        """Ids and digests of the texts with vectors later than a row that the folder lacks."""
        ids: list[int] = []
        digests: list[bytes] = []
        rows = self._writer.view.vectors.texts_with_vector(self._writer.embedder, since=since)
        for some in _blocks(rows):
            texts = np.fromiter((text for text, _ in some), dtype=np.int64, count=len(some))
            new = [some[place] for place in np.flatnonzero(~self.taken.has(texts)).tolist()]
            there = folder.entries([digest for _, digest in new])
            ids += [text for text, digest in new if digest not in there]
            digests += [digest for _, digest in new if digest not in there]
        return ids, digests

    def _entries(self, ids: Sequence[int]) -> Iterator[Entry | None]:
        vectors, embedder = self._writer.view.vectors, self._writer.embedder
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            stored = vectors.with_parts(embedder, some)
            for text in some:
                yield Entry(*stored[text]) if text in stored else None

    def _fill(self, digests: dict[int, bytes]) -> set[int]:
        """Store the vectors that the folder has of texts with these digests; returns their ids."""
        self._look()
        if self._folder is None or not self._takes:
            return set()
        found = self._folder.entries(list(dict.fromkeys(digests.values())))
        ids = [text for text, digest in digests.items() if digest in found]
        newest = self._folder.newest
        if not ids or newest is None:
            return set()
        if self._probes is None:
            self._writer.vectors.put_probes(newest.probes)
            self._probes = newest.probes
        entries = [found[digests[text]] for text in ids]
        rows = np.frombuffer(b"".join(one.row for one in entries), STORED_DTYPE)
        vectors = as_float32(rows.reshape(len(ids), -1))
        self._writer.vectors.put(ids, vectors, [one.parts for one in entries])
        self.taken.update(ids)
        return set(ids)

    def _look(self) -> None:
        """Look for new files, if that is due or the index has its probe vectors by now."""
        if self._folder is None:
            return
        now, before = self._clock(), self._probes
        if before is None:
            try:
                self._probes = self._writer.view.vectors.probes(self._writer.embedder)
            except IndexDamaged as error:
                self._trouble, self._takes = (f"shared vectors: {error}",), False
                return
            if self._probes is None and self._writer.embedder.dimension is not None:
                return  # nothing tells of which version of the model its vectors are
        is_due = self._looked is None or now - self._looked >= self._policy.look_seconds
        if not is_due and (before is None) is (self._probes is None):
            return
        self._looked = now
        self._folder.look(self._probes)


class KnownShared:
    """What a plan asks of the shared vectors; nothing is written. Without a folder there are none.

    ``view`` and ``embedder`` are those of the index, None where there is none yet.
    """

    def __init__(
        self, folder: SharedFolder | None, view: View | None, embedder: StoredEmbedder | None
    ) -> None:
        self._folder = folder
        self._notices: tuple[str, ...] = ()
        self.count = 0  # texts that have been found so far
        probes = None
        if folder is not None and view is not None and embedder is not None:
            try:
                probes = view.vectors.probes(embedder)
            except IndexDamaged as error:
                self._folder, self._notices = None, (f"shared vectors: {error}",)
            if probes is None and embedder.dimension is not None:
                self._folder = None  # as of ``SharedVectors``
        if self._folder is not None:
            self._folder.look(probes)

    @property
    def has_calibration(self) -> bool:
        """As of ``SharedVectors``."""
        return self._folder is not None and _is_calibration(self._folder.calibration)

    @property
    def notices(self) -> tuple[str, ...]:
        """What is wrong with the folder."""
        return self._notices if self._folder is None else self._folder.notices

    def lacking(self, digests: set[bytes]) -> set[bytes]:
        """The digests of those texts that the folder has no vector of."""
        if self._folder is None or not digests:
            return digests
        found = self._folder.entries(list(digests))
        self.count += len(found)
        return digests - found.keys()

    def close(self) -> None:
        """Close the files of the folder."""
        if self._folder is not None:
            self._folder.close()


def share_unchanged(writer: IndexWriter, folder: SharedFolder) -> tuple[str, ...]:
    """Give the folder what it lacks of an index without a change; returns notices."""
    assert writer.committed is not None  # else the index could not be unchanged
    writer.vectors.embedder = writer.committed.embedder
    shared = SharedVectors(writer, folder)
    shared.share()
    shared.close()
    return shared.notices


def _is_calibration(note: str | None) -> bool:
    if note is None:
        return False
    try:
        calibration_from(note)
    except (TypeError, ValueError):
        return False
    return True


def _blocks(rows: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    block: list[tuple[int, bytes]] = []
    for row in rows:
        block.append(row)
        if len(block) == _BLOCK:
            yield block
            block = []
    yield block
