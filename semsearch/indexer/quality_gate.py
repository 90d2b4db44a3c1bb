"""Quality gate: refuses to publish a generation that lost too many documents or answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from shlex import quote
from typing import Any, Final, TypeVar

from semsearch.documents.coverage import SEARCHABLE, Coverage, is_generated
from semsearch.embedders.embedder import Embedder, embedded, embedder_of_questions
from semsearch.errors import GenerationRefused
from semsearch.indexer.document_counts import NO_OTHERS, Others
from semsearch.indexer.preflight import FEW
from semsearch.query.candidates import candidates_as_set
from semsearch.query.filter import allowed
from semsearch.query.parser import parse_question
from semsearch.query.relevance import DEFAULT_MIN_RELEVANCE
from semsearch.settings.amounts import counted
from semsearch.settings.schema import Settings
from semsearch.store.loaded_indexes import LoadedIndexes, load_derived
from semsearch.store.notes.questions import WithVector, as_note
from semsearch.store.notes.regression_questions import (
    SAVED_QUESTIONS,
    SavedQuestion,
    saved_questions,
)
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.generations import StoredEmbedder
from semsearch.store.record.note_rows import CommitNotes
from semsearch.store.snapshot import Snapshot
from semsearch.store.writer import CommitCheck, IndexWriter

Kept = TypeVar("Kept", bound=WithVector)
_NAMED: Final = 3  # documents or questions listed per reason


@dataclass(frozen=True, slots=True)
class Asked:
    """The rank at which a saved question finds its document, counted in documents from 1.

    ``rank`` is None when the document is not among the candidates, or nothing relevant is found.
    ``first`` is the path of the first hit, None when there is none.
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
        """True when the document is within the rank that the question demands."""
        return self.rank is not None and self.rank <= self.saved.within


def commit_unless_worse(
    writer: IndexWriter,
    embedder: Embedder,
    settings: Settings,
    before: Sequence[StoredDocument],
    after: Sequence[StoredDocument],
    others: Others = NO_OTHERS,
    *,
    may_lose_documents: bool,
    accept: bool,
    record_matches: CommitCheck,
) -> tuple[str, ...]:
    """Commit the pending generation; returns notices.

    Raises ``GenerationRefused``, unless ``accept``, when it has lost too many of the documents
    ``before`` it (unless ``may_lose_documents``), when the searchable share of its pages is much
    lower, or when a saved question no longer finds its document. The old generation is then still
    published, and documents and vectors are kept for the next run. ``record_matches`` is called
    with the new generation inside the committing transaction. The vectors of saved questions must
    be stored already. Both generations have the ``others``, too.
    """
    reasons = _losses(before, after, settings, others, may_lose_documents=may_lose_documents)
    if reasons and not accept:
        raise _refused(writer, reasons)
    saved = saved_questions(writer.view)
    if not saved:
        writer.commit(record_matches)
        return ()
    asked: list[Asked] = []

    def check(snapshot: Snapshot, notes: CommitNotes) -> None:
        asked.extend(asked_of(snapshot, saved, embedder, settings))
        if (lost := _lost_questions(asked)) and not accept:
            raise _refused(writer, lost)
        known = [replace(one.saved, is_lost=not one.is_well) for one in asked]
        notes.put(SAVED_QUESTIONS, as_note(known))
        record_matches(snapshot, notes)

    writer.commit(check)
    return tuple(f"{reason} (accepted)" for reason in [*reasons, *_lost_questions(asked)])


def refuse_worse_partial(
    writer: IndexWriter,
    snapshot: Snapshot,
    embedder: Embedder,
    settings: Settings,
    before: Sequence[StoredDocument],
    others: Others = NO_OTHERS,
    *,
    may_lose_documents: bool,
) -> None:
    """Raise ``GenerationRefused`` for a partial generation that the gate might refuse when whole.

    ``before`` are the documents of the last generation, without the ``others``. A saved question
    without a vector is asked by words.
    """
    after = writer.view.documents.after(before)
    reasons = _losses(before, after, settings, others, may_lose_documents=may_lose_documents)
    saved = saved_questions(snapshot.view)
    if not reasons and saved:
        reasons = _lost_questions(asked_of(snapshot, saved, embedder, settings))
    if reasons:
        raise _refused(writer, reasons)


def with_vectors(saved: Sequence[Kept], embedder: Embedder, own: StoredEmbedder) -> list[Kept]:
    """Return the questions, each with its vector; embeds only questions without one.

    Raises ``EmbedderError``.
    """
    missing = [one for one in saved if one.vector_of(own) is None]
    if not missing:
        return list(saved)
    asking = embedder_of_questions(embedder)
    vectors = embedded(asking, [parse_question(one.question).text for one in missing])
    made = dict(zip(missing, vectors, strict=True))
    return [one.with_vector(own, made[one]) if one in made else one for one in saved]


def keep_vectors(writer: IndexWriter, embedder: Embedder) -> None:
    """Store the vector of each saved question by the run's embedder.

    Raises ``EmbedderError``.
    """
    saved = saved_questions(writer.view)
    complete = with_vectors(saved, embedder, writer.embedder)
    if complete != saved:
        writer.notes.put(SAVED_QUESTIONS, as_note(complete))


def asked_of(
    snapshot: Snapshot, saved: Sequence[SavedQuestion], embedder: Embedder, settings: Settings
) -> list[Asked]:
    """Ask a generation each saved question, as a query with these settings does."""
    derived = load_derived(snapshot)
    return [_asked(snapshot, derived, one, embedder, settings) for one in saved]


def _asked(
    snapshot: Snapshot,
    derived: LoadedIndexes,
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


def _losses(
    before: Sequence[StoredDocument],
    after: Sequence[StoredDocument],
    settings: Settings,
    others: Others,
    *,
    may_lose_documents: bool,
) -> list[str]:
    """What a generation has lost in documents, unless it may, and in pages."""
    reasons = [] if may_lose_documents else _lost_documents(before, after, settings, others)
    return reasons + _lost_coverage(before, after, settings, others)


def _lost_documents(
    before: Sequence[StoredDocument],
    after: Sequence[StoredDocument],
    settings: Settings,
    others: Others,
) -> list[str]:
    generated = {document.path for document in after if is_generated(document.reason)}
    before = [document for document in before if document.path not in generated]
    had = others.documents + sum(document.coverage in SEARCHABLE for document in before)
    has = others.documents + sum(document.coverage in SEARCHABLE for document in after)
    if had < FEW or has >= settings.min_documents * had:
        return []
    here = {document.path for document in after if document.coverage in SEARCHABLE}
    lost = [one.path for one in before if one.coverage in SEARCHABLE and one.path not in here]
    return [
        f"it has {counted(has, 'document')} and the one before {had}, which is fewer than"
        f" {settings.min_documents:.0%} (min_documents); {_names(lost)} are lost"
    ]


def _lost_coverage(
    before: Sequence[StoredDocument],
    after: Iterable[StoredDocument],
    settings: Settings,
    others: Others,
) -> list[str]:
    """Compare the searchable share of pages; files that are gone do not count as lost."""
    lacking = [document for document in after if _pages_found(document) < _pages(document)]
    if len(before) + others.documents < FEW or not lacking:
        return []  # the usual case, which needs no further check
    known = {document.path: document for document in before}
    losses = {
        new.path: _pages_found(known[new.path]) - _pages_found(new)
        for new in lacking
        if new.path in known
    }
    lost = {path: pages for path, pages in losses.items() if pages > 0}
    share = sum(lost.values()) / max(1, others.pages + sum(map(_pages, before)))
    if share <= settings.max_coverage_loss:
        return []
    return [
        f"{share:.0%} of the pages and files of the one before cannot be read any more, which is"
        f" more than {settings.max_coverage_loss:.0%} (max_coverage_loss): {_names(list(lost))}"
    ]


def _pages(document: StoredDocument) -> int:
    """The pages of a file: 1 without pages, 0 for a type that is not read."""
    return 0 if document.coverage is Coverage.SKIPPED else document.pages or 1


def _pages_found(document: StoredDocument) -> int:
    """The pages of a file that are searchable."""
    if document.coverage is not Coverage.INDEXED:
        return 0
    return (document.pages or 1) - len(document.blank_pages)


def _lost_questions(asked: Iterable[Asked]) -> list[str]:
    """Name the questions that found their document before and do not any more."""
    lost = [one for one in asked if not one.is_well and not one.saved.is_lost]
    told = [
        f"{quote(one.saved.question)} does not find {one.saved.path} among its first"
        f" {counted(one.saved.within, 'document')} any more"
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
