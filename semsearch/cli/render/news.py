"""News of watched questions as text, and as JSON for a command."""

from collections.abc import Sequence
from typing import Any, Final

from semsearch.cli.render.terminal import to_json
from semsearch.documents.text.printable import printable, printable_line
from semsearch.indexer.questions.news import News
from semsearch.query.citation_text import citation
from semsearch.query.relevance import in_words
from semsearch.store.notes.watchlist import WatchedQuestion

_INDENT: Final = "   "


def news_text(news: Sequence[News]) -> str:
    """For each news its question, relevance and citation in a line, then its text."""
    return "\n\n".join(
        f"new for {printable_line(item.question)!r}: {item.relevance:.2f}"
        f" {in_words(item.relevance)} {citation(item.location)}\n"
        + "\n".join(f"{_INDENT}{row}".rstrip() for row in printable(item.text).splitlines())
        for item in news
    )


def news_json(news: Sequence[News]) -> str:
    """The standard input of a news command, as JSON; all news are of the same index."""
    first = news[0]
    about = {"index": str(first.index), "corpus": str(first.corpus)}
    return to_json({**about, "news": [item.to_dict() for item in news]}) + "\n"


def watched_line(counted: tuple[WatchedQuestion, int]) -> str:
    """A watched question, its least relevance, and how many passages it has found."""
    watched, found = counted
    return (
        f"{printable_line(watched.question)}  (from relevance {watched.min_relevance:g},"
        f" {found} found)"
    )


def watched_values(counted: tuple[WatchedQuestion, int]) -> dict[str, Any]:
    """A watched question as JSON names and values."""
    watched, found = counted
    return watched.to_dict(found)
