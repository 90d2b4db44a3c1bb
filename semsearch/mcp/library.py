"""The indexes that an assistant may ask: opened when the first question comes, then kept open."""

import threading
from collections.abc import Mapping, Sequence
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
    from semsearch.query.searcher import Searcher
    from semsearch.store.maintenance.outline import Outline
    from semsearch.store.maintenance.status import Status


class Library:
    """One index, or several by their names; thread-safe."""

    def __init__(
        self, index: str | None, names: Sequence[str] | None, *, embedder: str | None = None
    ) -> None:
        """``index`` is a folder, a name or None for the nearest upward; ``names`` are several.

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
            if not colon or name not in self._indexes:
                raise SettingsError(
                    "put the name of the index before the citation, as search gives it:"
                    f" {self.names[0]}: notes.md:12-14; there are {', '.join(self.names)}"
                )
        return self._index(name).show(citation, context=context)

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

        return outline(self._indexes[self._known(name)])

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
