"""Questions of ``semsearch query`` and the indexes they are put to → answers."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.cli.render.terminal import say
from semsearch.errors import FilesElsewhere, SemsearchError, SettingsError

if TYPE_CHECKING:
    from semsearch.query.federated import JointAnswer, JointSearcher
    from semsearch.query.hits import Answer, Hit
    from semsearch.query.options import SearchOptions
    from semsearch.query.passage_context import Shown
    from semsearch.query.searcher import Searcher


def split_names(given: Sequence[str] | None) -> list[str]:
    """The names in what was given by --in, which may be several with commas between them."""
    split = (name.strip() for some in given or () for name in some.split(","))
    return [name for name in split if name]


@dataclass(frozen=True, slots=True)
class Indexes:
    """An index, or several by their names; raises ``SettingsError`` for two kinds at once."""

    index: str | None
    names: Sequence[str] | None  # each may be several, with commas between them
    every: bool

    def __post_init__(self) -> None:
        if sum((self.every, self.names is not None, self.index is not None)) > 1:
            raise SettingsError("give one of --index, --in and --all")

    @property
    def are_several(self) -> bool:
        """Whether hits of several indexes are merged."""
        return self.every or self.names is not None

    def opened(
        self, embedder: str | None, reranker: str | None, *, by_words_alone: bool
    ) -> "Searcher | JointSearcher":
        """Open the index or indexes; raises ``SemsearchError``."""
        # Here: --help does not wait for numpy, nor one index for what several take.
        if not self.are_several:
            from semsearch.query.searcher import Searcher

            return Searcher(
                index=self.index,
                embedder=embedder,
                reranker=reranker,
                by_words_alone=by_words_alone,
            )
        from semsearch.query.federated import JointSearcher

        return JointSearcher(
            None if self.every else split_names(self.names),
            embedder=embedder,
            reranker=reranker,
            by_words_alone=by_words_alone,
        )


@dataclass(frozen=True, slots=True)
class Questions:
    """A question, a citation to find similar passages for, or lines of questions; else a prompt."""

    question: str | None
    like: str | None
    lines: Iterator[str] | None

    @classmethod
    def of(cls, question: str | None, like: str | None, file: str | None) -> "Questions":
        """The questions; raises ``SettingsError`` for two kinds, none, or an unreadable file."""
        if sum(given is not None for given in (question, like, file)) > 1:
            raise SettingsError("give one of a question, --like and --from")
        if question is None and like is None and file is None and not sys.stdin.isatty():
            raise SettingsError(
                "there is no question; give one, or --from FILE with one a line, - for stdin"
            )
        return cls(question, like, None if file is None else _lines(file))

    def answers(
        self, searcher: "Searcher | JointSearcher", options: "SearchOptions"
    ) -> "Iterator[Answer | JointAnswer]":
        """The answers in the order of the questions; raises ``SemsearchError``."""
        if self.like is not None:
            from semsearch.query.searcher import Searcher  # here: as in ``Indexes``

            if not isinstance(searcher, Searcher):
                raise SettingsError("--like is of one index; name that by --index")
            yield searcher.like(self.like, options)
        elif self.lines is not None:
            yield from searcher.answers(self.lines, options)
        elif self.question is not None:
            yield searcher(self.question, options)
        else:
            from semsearch.cli.prompt import prompted  # here: most queries have their question

            yield from prompted(searcher, options)


def _lines(name: str) -> Iterator[str]:
    """The lines that are not blank, of a file, or of stdin as they come."""
    if name == "-":
        return (line.strip() for line in sys.stdin if line.strip())
    try:
        rows = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read questions from {name}: {error}") from error
    return (row.strip() for row in rows if row.strip())


def refresh_first(index: str | None, embedder: str | None, *, quiet: bool) -> None:
    """Bring the index up to date; a failure is said on stderr, and the question still asked.

    A collection raises ``FilesElsewhere``: it is brought up to date where its folder is.
    """
    from semsearch.cli.render.refresh import refresh_text
    from semsearch.indexer.refresh import (
        refresh,  # here: other questions do not wait for the readers
    )

    try:
        told = refresh_text(refresh(index, embedder=embedder))
    except FilesElsewhere:
        raise
    except SemsearchError as error:
        told = f"not brought up to date first: {error}"
    if told is not None and not quiet:
        say(f"semsearch: {told}")


def surroundings_of(context: int) -> "Callable[[Hit, Answer | JointAnswer], Shown]":
    """A function that reads ``context`` rows of the file around a hit."""

    def surroundings(hit: "Hit", answer: "Answer | JointAnswer") -> "Shown":
        from semsearch.query.passage_context import show  # here: few queries want it

        if hit.source is not None:
            raise hit.source.no_file(hit.location.path)
        return show(hit.digest, context=context, index=answer.index_of(hit))

    return surroundings
