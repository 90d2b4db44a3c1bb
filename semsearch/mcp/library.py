"""The indexes that an assistant may ask: opened when the first question comes, then kept open."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from semsearch.embedders.server_uri import is_on_this_machine
from semsearch.errors import SemsearchError, SettingsError

# Imported where they are used: a client that waits for the handshake does not wait for numpy.
if TYPE_CHECKING:
    from semsearch.api import Index
    from semsearch.embedders.cache import OpenEmbedders
    from semsearch.query.federated import JointAnswer
    from semsearch.query.hits import Answer
    from semsearch.query.options import SearchOptions
    from semsearch.query.passage_context import Shown
    from semsearch.query.searchable import OpenRecords, Result, Searchable
    from semsearch.query.searcher import Searcher
    from semsearch.query.source import Source
    from semsearch.store.maintenance.outline import Outline
    from semsearch.store.maintenance.status import Status


class Library:
    """One index, or several by their names; thread-safe."""

    def __init__(
        self, index: str | None, names: Sequence[str] | None, *, embedder: str | None = None
    ) -> None:
        """``index`` is a folder, a collection, a name or None for the nearest index upward.

        ``names`` are several.

        Nothing is opened, and nothing need exist.
        """
        self._indexes: Mapping[str, str | None] = (
            {"": index} if names is None else {name: name for name in names}
        )
        self._embedder = embedder
        self._searchers: dict[str, Searcher] = {}
        self._embedders: OpenEmbedders | None = None
        self._lock = threading.Lock()
        self._stack = ExitStack()

    def close(self) -> None:
        """Close what was opened."""
        self._stack.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the indexes; of one without a name none."""
        return tuple(name for name in self._indexes if name)

    def search(
        self, question: str, options: "SearchOptions", names: Sequence[str] = ()
    ) -> "Answer | JointAnswer":
        """Ask one index, or each of ``names``, by default all; raises ``SemsearchError``.

        Of several an answer comes as long as one can be asked.
        """
        if not self.names:
            return self._searcher("")(question, options)
        from semsearch.query.federated import Failure, joined

        answers, failures = {}, []
        for name in names or self.names:
            try:
                answers[name] = self._searcher(self._known(name))(question, options)
            except SemsearchError as error:
                failures.append(Failure(name, error))
        if not answers:
            raise failures[0].error
        return joined(question, answers, tuple(failures), options.limit)

    def show(self, citation: str, context: int) -> "Shown":
        """The rows at a citation, and ``context`` rows on each side; raises ``SemsearchError``.

        Of several indexes the citation has the name before it, as search results give it.
        """
        name = ""
        if self.names:
            name, colon, citation = citation.partition(": ")
            if name not in self._indexes:  # behind the index there may be the source
                name = name.partition("/")[0]
            if not colon or name not in self._indexes:
                raise SettingsError(
                    "put the name of the index before the citation, as search gives it:"
                    f" {self.names[0]}: notes.md:12-14; there are {', '.join(self.names)}"
                )
        return self.shown(name, citation, context)

    def shown(self, name: str, citation: str, context: int) -> "Shown":
        """The rows at a citation in an index, and ``context`` rows on each side.

        Of a collection they are the passages there as they were published, and no others. Raises
        ``SemsearchError``.
        """
        if (collection := self._collection(self._known(name))) is None:
            return self._index(name).show(citation, context=context)
        from semsearch.query.collection_contents import published_place

        return collection.read(lambda opened: published_place(citation, opened))

    def like(self, citation: str, options: "SearchOptions", name: str = "") -> "Answer":
        """Passages similar to those that a citation names, of one index.

        Raises ``SemsearchError``.
        """
        return self._searcher(self._known(name)).like(citation, options)

    def index(self, name: str = "") -> "Index":
        """The index of that name; raises ``SettingsError`` where there is none."""
        return self._index(self._known(name))

    def status(self, name: str = "") -> "Status":
        """The status of an index; raises ``SemsearchError``."""
        return self._index(self._known(name)).status()

    def outline(self, name: str = "") -> "Outline":
        """An index in short; quicker than ``status``. Raises ``SemsearchError``."""
        from semsearch.store.maintenance.outline import outline

        if (collection := self._collection(self._known(name))) is None:
            return outline(self._indexes[name])
        from semsearch.query.collection_contents import collection_outline

        return collection.read_records(collection_outline)

    def sources(self, name: str = "") -> "tuple[Source, ...]":
        """The sources of a collection; none of an index. Raises ``SemsearchError``."""
        collection = self._collection(self._known(name))
        return () if collection is None else collection.read(lambda opened: opened.sources)

    def read_records(self, name: str, ask: "Callable[[OpenRecords], Result]") -> "Result":
        """What a function makes of the records of an index; raises ``SemsearchError``."""
        if (collection := self._collection(self._known(name))) is not None:
            return collection.read_records(ask)
        from semsearch.settings.sources import run_settings
        from semsearch.store.locate import find_index
        from semsearch.store.snapshot import open_snapshot

        directory = find_index(run_settings(None, index=self._indexes[name]))
        with open_snapshot(directory, partial=True) as snapshot:
            return ask(snapshot)

    def refuse_file(self, name: str, path: str) -> None:
        """Raise ``FilesElsewhere`` for a file of a collection, with the machine that has it."""
        if (collection := self._collection(self._known(name))) is None:
            return
        from semsearch.query.collection_contents import source_at

        source, path = collection.read(lambda opened: source_at(path, opened))
        if source is not None:
            raise source.no_file(path)

    def asks_a_server(self) -> bool:
        """Whether a question leaves this machine, to be embedded; False where that is not known."""
        for name in self._indexes:
            try:
                if not is_on_this_machine(self.outline(name).embedder):
                    return True
            except SemsearchError:
                continue  # the first search tells what is wrong with it
        return False

    def preload(self) -> None:
        """Open the indexes and load local models, before the first question; asks no server."""
        with self._lock:  # questions wait: they need what is loaded
            for name in self._indexes:
                try:
                    self._opened(name).preload()
                except SemsearchError:
                    continue  # as above

    def _index(self, name: str) -> "Index":
        from semsearch.api import Index  # here: as above

        return Index(index=self._indexes[name])

    def _collection(self, name: str) -> "Searchable | None":
        """The collection of that name, open; None of an index."""
        from semsearch.settings.sources import run_settings
        from semsearch.store.locate import named_collection

        if named_collection(run_settings(None, index=self._indexes[name])) is None:
            return None
        return self._searcher(name).open_index

    def _known(self, name: str) -> str:
        if name not in self._indexes:
            there = ", ".join(self.names) or "only one index, without a name"
            raise SettingsError(f"nothing is named {name!r}; there are {there}")
        return name

    def _searcher(self, name: str) -> "Searcher":
        with self._lock:
            return self._opened(name)

    def _opened(self, name: str) -> "Searcher":
        if name not in self._searchers:
            from semsearch.embedders.cache import OpenEmbedders

            self._embedders = self._embedders or OpenEmbedders()
            searcher = self._index(name).searcher(
                embedder=self._embedder, embedders=self._embedders
            )
            self._searchers[name] = self._stack.enter_context(searcher)
        return self._searchers[name]
