"""What a new generation must be like before anybody sees it: hardly worse than the one before."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from shlex import quote
from typing import Any, Final, TypeVar

from semsearch.documents.coverage import SEARCHABLE, Coverage
from semsearch.embedders.embedder import Asking, Embedder, embedded
from semsearch.errors import GenerationRefused
from semsearch.indexer.preflight import FEW
from semsearch.query.candidates import candidates_as_set
from semsearch.query.filter import allowed
from semsearch.query.parser import parse_question
from semsearch.query.scoring import DEFAULT_MIN_RELEVANCE
from semsearch.settings.schema import Settings
from semsearch.store.notes.questions import WithVector, as_note
from semsearch.store.notes.regression_questions import (
    SAVED_QUESTIONS,
    SavedQuestion,
    saved_questions,
)
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.snapshot import Derived, Snapshot, load_derived
from semsearch.store.writer import IndexWriter

Kept = TypeVar("Kept", bound=WithVector)
_NAMED: Final = 3  # documents or questions of one reason


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a question finds its document: ``rank`` is that among documents, from 1.

    None when it is not among the candidates, or nothing relevant is found. ``first`` is the path of
    what is found first, None when nothing is.
    """

    saved: SavedQuestion
    rank: int | None
    first: str | None

    def to_dict(self) -> dict[str, Any]:
        """The question, its rank, and whether it was saved, as JSON names and values."""
        return {
            "question": self.saved.question,
            "path": self.saved.path,
            "within": self.saved.within,
            "rank": self.rank,
            "saved": self.is_well,
        }

    @property
    def is_well(self) -> bool:
        """True when the document is among the first that it has to be among."""
        return self.rank is not None and self.rank <= self.saved.within


def commit_unless_worse(
    writer: IndexWriter,
    embedder: Embedder,
    settings: Settings,
    before: Sequence[StoredDocument],
    after: Sequence[StoredDocument],
    *,
    may_lose_documents: bool,
    accept: bool,
    look: Callable[[Snapshot], None],
) -> tuple[str, ...]:
    """Commit the generation to come; returns what is to be told.

    Unless ``accept``, ``GenerationRefused`` is raised when it has lost too many of the documents
    ``before`` it (unless it ``may_lose_documents``), or can find much less of them, or when a saved
    question does not find its document any more. Then the old generation is still shown, and what
    was read and embedded is kept for the next run. ``look`` is given the new generation in the
    transaction that commits it. Vectors of ``saved_questions`` must be there.
    """
    reasons = [] if may_lose_documents else _lost_documents(before, after, settings)
    reasons += _lost_coverage(before, after, settings)
    if reasons and not accept:
        raise _refused(writer, reasons)
    saved = saved_questions(writer.view)
    if not saved:
        writer.commit(look)
        return ()
    asked: list[Asked] = []

    def check(snapshot: Snapshot) -> None:
        asked.extend(asked_of(snapshot, saved, embedder, settings))
        if (lost := _lost_questions(asked)) and not accept:
            raise _refused(writer, lost)
        known = [replace(one.saved, is_lost=not one.is_well) for one in asked]
        writer.put_note_at_commit(SAVED_QUESTIONS, as_note(known))
        look(snapshot)

    writer.commit(check)
    return tuple(f"{reason} (accepted)" for reason in [*reasons, *_lost_questions(asked)])


def with_vectors(saved: Sequence[Kept], embedder: Embedder, own: StoredEmbedder) -> list[Kept]:
    """The questions, each with its vector by an embedder; only those without are embedded.

    Raises ``EmbedderError``.
    """
    missing = [one for one in saved if one.vector_of(own) is None]
    if not missing:
        return list(saved)
    asking = embedder.for_questions() if isinstance(embedder, Asking) else embedder
    vectors = embedded(asking, [parse_question(one.question).text for one in missing])
    made = dict(zip(missing, vectors, strict=True))
    return [one.with_vector(own, made[one]) if one in made else one for one in saved]


def keep_vectors(writer: IndexWriter, embedder: Embedder) -> None:
    """See to it that each saved question has its vector by the run's embedder.

    Raises ``EmbedderError``.
    """
    saved = saved_questions(writer.view)
    complete = with_vectors(saved, embedder, writer.embedder)
    if complete != saved:
        writer.put_note(SAVED_QUESTIONS, as_note(complete))


def asked_of(
    snapshot: Snapshot, saved: Sequence[SavedQuestion], embedder: Embedder, settings: Settings
) -> list[Asked]:
    """Ask a generation each question, as a query with these settings does."""
    derived = load_derived(snapshot)
    return [_asked(snapshot, derived, one, embedder, settings) for one in saved]


def _asked(
    snapshot: Snapshot,
    derived: Derived,
    saved: SavedQuestion,
    embedder: Embedder,
    settings: Settings,
) -> Asked:
    question = parse_question(saved.question)
    candidates = candidates_as_set(
        snapshot,
        derived,
        question.text,
        saved.vector_of(snapshot.generation.embedder),
        embedder,
        settings,
        limit=saved.within,
        within=allowed(snapshot, question.filter, derived.keywords),
    )
    paths: dict[str, None] = {}
    is_relevant = False
    for one in candidates.ranked():
        paths[one.location.path] = None
        is_relevant = is_relevant or one.relevance >= DEFAULT_MIN_RELEVANCE
        if one.location.path == saved.path:
            break
    rank = len(paths) if saved.path in paths and is_relevant else None
    return Asked(saved, rank, next(iter(paths), None))


def _lost_documents(
    before: Sequence[StoredDocument], after: Sequence[StoredDocument], settings: Settings
) -> list[str]:
    had = sum(document.coverage in SEARCHABLE for document in before)
    has = sum(document.coverage in SEARCHABLE for document in after)
    if had < FEW or has >= settings.min_documents * had:
        return []
    here = {document.path for document in after if document.coverage in SEARCHABLE}
    lost = [one.path for one in before if one.coverage in SEARCHABLE and one.path not in here]
    return [
        f"it has {has} documents and the one before {had}, which is fewer than"
        f" {settings.min_documents:.0%} (min_documents); {_names(lost)} are lost"
    ]


def _lost_coverage(
    before: Sequence[StoredDocument], after: Iterable[StoredDocument], settings: Settings
) -> list[str]:
    """Of the pages, and files without, that could be found: what is gone is no loss here."""
    lacking = [document for document in after if _pages_found(document) < _pages(document)]
    if len(before) < FEW or not lacking:  # nearly always: the rest is not looked through
        return []
    known = {document.path: document for document in before}
    losses = {
        new.path: _pages_found(known[new.path]) - _pages_found(new)
        for new in lacking
        if new.path in known
    }
    lost = {path: pages for path, pages in losses.items() if pages > 0}
    share = sum(lost.values()) / max(1, sum(map(_pages, before)))
    if share <= settings.max_coverage_loss:
        return []
    return [
        f"{share:.0%} of the pages and files of the one before cannot be read any more, which is"
        f" more than {settings.max_coverage_loss:.0%} (max_coverage_loss): {_names(list(lost))}"
    ]


def _pages(document: StoredDocument) -> int:
    """Those of a file, one of a file without pages, and none of a type that is not read."""
    return 0 if document.coverage is Coverage.SKIPPED else document.pages or 1


def _pages_found(document: StoredDocument) -> int:
    """Those that can be found as they are."""
    if document.coverage is not Coverage.INDEXED:
        return 0
    return (document.pages or 1) - len(document.blank_pages)


def _lost_questions(asked: Iterable[Asked]) -> list[str]:
    """Questions that have found their document until now and do not any more."""
    lost = [one for one in asked if not one.is_well and not one.saved.is_lost]
    told = [
        f"{quote(one.saved.question)} does not find {one.saved.path} among its first"
        f" {one.saved.within} documents any more"
        for one in lost[:_NAMED]
    ]
    return [*told, *([f"{len(lost) - _NAMED} more questions"] if len(lost) > _NAMED else [])]


def _refused(writer: IndexWriter, reasons: Sequence[str]) -> GenerationRefused:
    return GenerationRefused(
        f"the new generation of {writer.path} is not shown: {'; '.join(reasons)}; the old one still"
        " answers, and what was embedded is kept. Mend the folder and run this again, or commit it"
        " as it is with --accept"
    )


def _names(paths: Sequence[str]) -> str:
    left = len(paths) - _NAMED
    return ", ".join(paths[:_NAMED]) + (f" and {left} more" if left > 0 else "")
