"""An index that stays open between questions and follows its writer to new generations."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock
from typing import Final, Protocol

from semsearch.errors import IndexMissing, is_interrupted
from semsearch.query.begun_call import begin
from semsearch.query.citation import Checker
from semsearch.query.filter_cache import FilterCache
from semsearch.query.searchable import OpenGeneration, OpenRecords, Place, Result
from semsearch.settings.schema import Settings
from semsearch.store.completeness import completeness_of
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.loaded_indexes import LoadedIndexes, load_newest_derived, newest_loaded
from semsearch.store.record.connection import RecordReader
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.generations import Generation
from semsearch.store.snapshot import Snapshot, open_snapshot

_SWAP_SECONDS: Final = 2.0
_CLOSE_SECONDS: Final = 2.0


class Loader(Protocol):
    """Reads the derived indexes of the newest generation; see ``load_newest_derived``."""

    def __call__(
        self, directory: IndexDirectory, before: LoadedIndexes | None, *, by_words_alone: bool
    ) -> LoadedIndexes: ...


class OpenIndex:
    """The newest generation of an index, with its derived indexes kept in memory.

    A partial generation, which a run has published before it is whole, counts.

    ``swap_seconds`` is the longest that a question waits for the derived indexes of a new
    generation; until they are loaded, the generation before answers. ``by_words_alone`` leaves the
    FAISS index unread. ``load`` reads the derived indexes, in a thread. ``filters`` keeps what the
    latest filters have let through.
    """

    def __init__(
        self,
        directory: IndexDirectory,
        *,
        by_words_alone: bool = False,
        swap_seconds: float = _SWAP_SECONDS,
        load: Loader = load_newest_derived,
    ) -> None:
        self.directory = directory
        self.swap_seconds = swap_seconds
        self.filters = FilterCache(directory.policy.keywords)
        self._by_words_alone = by_words_alone
        self._lock = Lock()  # for the flag above, what is loaded and what loads
        self._load = load
        self._derived: LoadedIndexes | None = None
        self._loading: Future[LoadedIndexes] | None = None
        self._record = RecordReader(directory.record)

    @property
    def place(self) -> Place:
        """The directory of the index."""
        return Place(self.directory.path)

    def close(self) -> None:
        """Close the record; waits for a load under way, after Ctrl-C for two seconds at most.

        Ctrl-C in the midst of an import may leave its lock (CPython 3.11), for which the thread
        then waits for ever.
        """
        loading = self._loading
        if loading is not None:
            wait([loading], timeout=_CLOSE_SECONDS if is_interrupted() else None)
        self._record.close()

    def need_vectors(self) -> None:
        """Read the FAISS index from now on, and drop what was loaded without it."""
        with self._lock:
            if self._by_words_alone:
                self._by_words_alone = False
                self._derived = self._loading = None

    @contextmanager
    def preloading(self) -> Iterator[None]:
        """Load the derived indexes in a thread while the body runs, unless they are loaded.

        They load in the other thread because only the main thread can be interrupted. No
        transaction is open meanwhile: it would keep a writer's log from being cleared.
        """
        by_words_alone = self._by_words_alone
        loading = self._begun() if self._derived is None else None
        yield  # whoever is interrupted meanwhile waits for nothing
        if loading is not None:
            self._keep(self._loaded(loading), by_words_alone)

    def snapshot(self, generation: Generation | None = None) -> AbstractContextManager[Snapshot]:
        """The newest generation, or the given one; raises ``IndexMissing`` if it is not kept."""
        return open_snapshot(self.directory, generation, self._record, partial=True)

    def read_records(self, ask: Callable[[OpenRecords], Result]) -> Result:
        """What a function makes of the newest generation, whose derived indexes stay unread."""
        with self.snapshot() as snapshot:
            return ask(snapshot)

    def read(self, ask: Callable[[OpenGeneration], Result]) -> Result:
        """What a function makes of the generation that ``opened`` gives."""
        with self.opened() as (snapshot, derived):

            def checker(documents: Mapping[str, StoredDocument], settings: Settings) -> Checker:
                chunking = snapshot.generation.chunking
                return Checker(snapshot.corpus, documents, settings, chunking)

            found = completeness_of(snapshot)
            return ask(OpenGeneration(snapshot, derived, derived.notices, found, checker))

    @contextmanager
    def opened(self) -> Iterator[tuple[Snapshot, LoadedIndexes]]:
        """A generation with its derived indexes: the newest whose indexes are loaded.

        After a commit the next ones are loaded in the thread. A question waits up to
        ``swap_seconds`` for them, and is answered from the generation before while that is kept.
        """
        by_words_alone = self._by_words_alone
        with ExitStack() as stack:
            snapshot = stack.enter_context(self.snapshot())
            before = derived = self._derived  # another thread may change the attribute meanwhile
            if before is not None and before.generation != snapshot.generation:
                stack.close()
                derived = self._newest_or(before)
                if derived is not before:
                    self._keep(derived, by_words_alone)
                try:
                    snapshot = stack.enter_context(self.snapshot(derived.generation))
                except IndexMissing:  # purged meanwhile
                    derived = None
            if derived is None:
                stack.close()
                loaded = newest_loaded(self.snapshot, by_words_alone=by_words_alone)
                snapshot, derived = stack.enter_context(loaded)
                self._keep(derived, by_words_alone)
            yield snapshot, derived

    def _newest_or(self, before: LoadedIndexes) -> LoadedIndexes:
        """The newest derived indexes if they load within ``swap_seconds``, else ``before``."""
        try:
            return self._loaded(self._begun(), self.swap_seconds)
        except TimeoutError:
            return before

    def _begun(self) -> "Future[LoadedIndexes]":
        """The load under way in a thread, begun now if there is none."""
        with self._lock:
            if self._loading is None or self._loading.done():  # one that nobody has waited for
                load, before, by_words = self._load, self._derived, self._by_words_alone
                self._loading = begin(lambda: load(self.directory, before, by_words_alone=by_words))
            return self._loading

    def _loaded(
        self, loading: "Future[LoadedIndexes]", seconds: float | None = None
    ) -> LoadedIndexes:
        """What was loaded; raises ``TimeoutError`` while it loads, and the load's own errors."""
        try:
            return loading.result(timeout=seconds)
        finally:
            with self._lock:
                # One that has failed goes, too: the next question tries again.
                if loading.done() and self._loading is loading:
                    self._loading = None

    def _keep(self, derived: LoadedIndexes, by_words_alone: bool) -> None:
        """Keep what was loaded, unless another thread has come to need vectors meanwhile."""
        with self._lock:
            if by_words_alone == self._by_words_alone:
                self._derived = derived
