"""The watchlist: questions that every new generation is searched for."""

from pathlib import Path
from typing import Final

from semsearch.embedders.embedder import Embedder
from semsearch.errors import SettingsError
from semsearch.indexer.options import RunOptions
from semsearch.indexer.quality_gate import with_vectors
from semsearch.indexer.target import Target, prepare, require_generation
from semsearch.query.parser import parse_question
from semsearch.query.scoring import Mode
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index
from semsearch.store.notes.pending_news import NEWS
from semsearch.store.notes.questions import as_note
from semsearch.store.notes.watchlist import (
    WATCHED_QUESTIONS,
    WatchedQuestion,
    found_by,
    watched_questions,
)
from semsearch.store.record.view import View
from semsearch.store.snapshot import open_snapshot
from semsearch.store.writer import open_writer

DEFAULT_RELEVANCE: Final = 0.5  # "fair": a match interrupts a person


def watch_question(
    question: str,
    *,
    min_relevance: float = DEFAULT_RELEVANCE,
    index: str | Path | None = None,
    embedder: Embedder | None = None,
    settings: Settings | None = None,
) -> WatchedQuestion:
    """Search every new generation for a question from now on.

    Passages that the index holds already are no news. The question is embedded at once. A question
    that is watched already gets the new ``min_relevance``. ``embedder`` must be the index's own.
    Raises ``SemsearchError``.
    """
    if not 0 <= min_relevance <= 1:
        raise SettingsError("the least relevance must be from 0 to 1")
    parse_question(question)  # reports a mistake in the question first
    run = prepare(Target(index=index, embedder=embedder, settings=settings), RunOptions())
    require_generation(run)
    watched = WatchedQuestion(question, min_relevance)
    if Mode(run.settings.mode or Mode.HYBRID) is not Mode.KEYWORD:
        with open_snapshot(run.directory) as snapshot:
            own = snapshot.generation.embedder
        (watched,) = with_vectors([watched], run.embedder, own)
    with open_writer(run.directory) as writer:
        kept = [one for one in watched_questions(writer.view) if one.question != question]
        writer.notes.put(WATCHED_QUESTIONS, as_note([*kept, watched]))
    return watched


def watched(
    *, index: str | Path | None = None, settings: Settings | None = None
) -> list[tuple[WatchedQuestion, int]]:
    """Return the watched questions of an index, each with the number of passages it has found.

    Raises ``SemsearchError``.
    """
    with open_snapshot(find_index(run_settings(settings, index=index))) as snapshot:
        return _counted(snapshot.view)


def unwatch_question(
    question: str, *, index: str | Path | None = None, settings: Settings | None = None
) -> WatchedQuestion | None:
    """Remove a watched question with its matches; returns it, or None when it is not watched.

    Raises ``SemsearchError``.
    """
    with open_writer(find_index(run_settings(settings, index=index))) as writer:
        kept = watched_questions(writer.view)
        found = [one for one in found_by(writer.view) if one.question != question]
        writer.notes.put(
            WATCHED_QUESTIONS, as_note([one for one in kept if one.question != question])
        )
        writer.notes.put(NEWS, as_note(found))
    return next((one for one in kept if one.question == question), None)


def _counted(view: View) -> list[tuple[WatchedQuestion, int]]:
    found = [one.question for one in found_by(view)]
    return [(one, found.count(one.question)) for one in watched_questions(view)]
