"""Regression questions: each names a document that every new generation must still find."""

from pathlib import Path
from typing import Final

from semsearch.documents.coverage import SEARCHABLE
from semsearch.errors import CorpusError, SettingsError
from semsearch.indexer.options import RunOptions
from semsearch.indexer.quality_gate import Asked, asked_of, with_vectors
from semsearch.indexer.target import Target, prepare, require_generation
from semsearch.query.parser import parse_question
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index, path_in
from semsearch.store.notes.questions import as_note
from semsearch.store.notes.regression_questions import (
    SAVED_QUESTIONS,
    SavedQuestion,
    saved_questions,
)
from semsearch.store.snapshot import open_snapshot
from semsearch.store.writer import open_writer

_WITHIN: Final = 5  # documents; a query shows as many hits


def add_canary(
    question: str,
    path: str | Path,
    *,
    within: int = _WITHIN,
    index: str | Path | None = None,
    settings: Settings | None = None,
) -> Asked:
    """Save a question that must find a document within the first ``within`` documents.

    The question is asked at once, and saved only if the answer ``is_well``. ``path`` is relative to
    the corpus, or absolute. A saved question with the same words is replaced. Raises
    ``CorpusError`` when the index has no such document, and ``SemsearchError`` otherwise.
    """
    if within < 1:
        raise SettingsError("a document can be among the first 1 or more, not fewer")
    parse_question(question)  # reports a mistake in the question first
    run = prepare(Target(index=index, settings=settings), RunOptions())
    require_generation(run)
    name = path_in(run.corpus, path)
    with open_snapshot(run.directory) as snapshot:
        document = snapshot.view.documents.at_path(name)
        if document is None or document.coverage not in SEARCHABLE:
            raise CorpusError(f"the index has no document {name}; it is that of {run.corpus}")
        own = snapshot.generation.embedder
    (saved,) = with_vectors([SavedQuestion(question, name, within)], run.embedder, own)
    with open_snapshot(run.directory) as snapshot:
        (asked,) = asked_of(snapshot, [saved], run.embedder, run.settings)
    if asked.is_well:
        with open_writer(run.directory) as writer:
            others = [one for one in saved_questions(writer.view) if one.question != question]
            writer.notes.put(SAVED_QUESTIONS, as_note([*others, saved]))
    return asked


def list_canaries(
    *, index: str | Path | None = None, settings: Settings | None = None
) -> list[SavedQuestion]:
    """Return the saved questions of an index in the order in which they were added; asks nothing.

    Raises ``SemsearchError``.
    """
    with open_snapshot(find_index(run_settings(settings, index=index))) as snapshot:
        return saved_questions(snapshot.view)


def remove_canary(
    question: str, *, index: str | Path | None = None, settings: Settings | None = None
) -> SavedQuestion | None:
    """Remove a saved question; returns it, or None if absent. Raises ``SemsearchError``."""
    with open_writer(find_index(run_settings(settings, index=index))) as writer:
        saved = saved_questions(writer.view)
        left = [one for one in saved if one.question != question]
        writer.notes.put(SAVED_QUESTIONS, as_note(left))
    return next((one for one in saved if one.question == question), None)
