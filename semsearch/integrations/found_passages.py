"""Passages that answer a question, in the form that retrievers of all frameworks hand on."""

import logging
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from semsearch.api import Index
from semsearch.documents.passage import Location
from semsearch.query.citation_text import citation
from semsearch.query.hits import Hit
from semsearch.query.options import SearchOptions

if TYPE_CHECKING:
    from semsearch.query.searcher import Searcher

_log: Final = logging.getLogger("semsearch.integrations")
_DIGEST: Final = 16  # hexadecimal digits of a passage's digest in an id

# What a language model should see of the metadata; the rest is for programs.
TOLD_TO_MODELS: Final = ("citation", "headings")
OF_ONE_QUESTION: Final = ("relevance", "score")  # another question has others for the passage


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage with its relevance (0 to 1) and flat metadata, which JSON can hold.

    Near-copies are one passage; the metadata ``copies`` has their citations, one a line.
    ``id`` is made of the citation and of the text's digest: the same in each generation that has
    the text at that place, and another one for an equal text in another file.
    """

    id: str
    text: str
    relevance: float
    metadata: dict[str, Any]


class FoundPassages:
    """Asks one index; it is opened by the first question and kept open. Thread-safe."""

    def __init__(
        self, folder: str | None, index: str | None, embedder: str | None, options: SearchOptions
    ) -> None:
        """``folder`` and ``index`` are as for ``semsearch.Index``; nothing is opened."""
        self._index = Index(folder, index=index)
        self._embedder = embedder
        self._options = options
        self._searcher: Searcher | None = None
        self._under_way = 0  # questions
        self._is_closing = False
        self._changed = threading.Condition()  # one of the three above
        self._opened = ExitStack()
        self._at_the_end = weakref.finalize(self, self._opened.close)

    def close(self) -> None:
        """Close the index when the questions under way have their answers.

        A later question opens it again.
        """
        with self._changed:
            self._is_closing = True
            try:
                self._changed.wait_for(lambda: not self._under_way)
                self._searcher = None
                self._opened.close()
            finally:
                self._is_closing = False
                self._changed.notify_all()

    def ask(self, question: str, limit: int | None = None) -> list[FoundPassage]:
        """Return the relevant passages, best first; notices go to the log ``semsearch``.

        Raises ``SemsearchError``.
        """
        options = self._options if limit is None else self._options.changed(limit=limit)
        with self._asking() as searcher:
            answer = searcher(question, options)
        for notice in answer.notices:
            _log.warning("%s", notice)
        return [_found(hit) for hit in answer.hits]

    @contextmanager
    def _asking(self) -> "Iterator[Searcher]":
        with self._changed:
            self._changed.wait_for(lambda: not self._is_closing)
            if self._searcher is None:
                searcher = self._index.searcher(embedder=self._embedder)
                self._searcher = self._opened.enter_context(searcher)
            searcher = self._searcher
            self._under_way += 1
        try:
            yield searcher
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()


def _found(hit: Hit) -> FoundPassage:
    cited = citation(hit.location)
    return FoundPassage(
        id=f"{cited}#{hit.digest[:_DIGEST]}",
        text=hit.text,
        relevance=hit.relevance,
        metadata={
            "citation": cited,
            "path": hit.location.path,
            **_place(hit.location),
            "relevance": hit.relevance,
            "score": hit.score,
            **({} if hit.checked is None else {"standing": hit.checked.standing.value}),
            **({} if hit.source is None else {"source": hit.source.name}),
            **({"copies": "\n".join(map(citation, hit.copies))} if hit.copies else {}),
        },
    )


def _place(location: Location) -> dict[str, Any]:
    """Lines, pages, place and headings; what a format has not is left out.

    Some vector stores take no None. ``page_label`` is the word of several frameworks.
    """
    place: dict[str, Any] = {}
    if location.lines is not None:
        place |= dict(zip(("first_line", "last_line"), location.lines, strict=True))
    if location.pages is not None:
        first, last = location.pages
        label = str(first) if first == last else f"{first}-{last}"
        place |= {"first_page": first, "last_page": last, "page_label": label}
    if location.place is not None:
        place["place"] = location.place
    if location.headings:
        place["headings"] = " > ".join(location.headings)
    return place
