"""Regression questions as text."""

from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.indexer.quality_gate import Asked
from semsearch.store.notes.regression_questions import SavedQuestion


def canary_line(saved: SavedQuestion) -> str:
    """A regression question and its document."""
    lost = "; is not, which was accepted" if saved.is_lost else ""
    return (
        f"{printable_line(saved.question)}  {printable_path(saved.path)}"
        f" (among the first {saved.within}{lost})"
    )


def not_found(asked: Asked) -> str:
    """Why a question was not saved, and a hint."""
    path = printable_path(asked.saved.path)
    if asked.rank is None:
        first = "" if asked.first is None else f"; it finds {printable_path(asked.first)}"
        return f"not saved: the question does not find {path}{first}; ask it in other words"
    return (
        f"not saved: the question finds {path} as document {asked.rank}; ask it in other words, or"
        f" with --within {asked.rank}"
    )
