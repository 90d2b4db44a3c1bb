"""Matches of watched questions in a new generation, found and recorded.

A generation is searched inside the transaction that commits it, so that each passage is found
exactly once, whatever happens to the process.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

import numpy as np

from semsearch.documents.text.sentences import sentence_ends
from semsearch.embedders.embedder import Embedder
from semsearch.indexer.quality_gate import with_vectors
from semsearch.query.candidates import candidates_as_set
from semsearch.query.filter import Allowed, allowed
from semsearch.query.parser import parse_question
from semsearch.query.ranked import Ranked
from semsearch.settings.schema import Settings
from semsearch.store.disk.ids import Ids
from semsearch.store.loaded_indexes import load_derived
from semsearch.store.notes.pending_news import NEWS
from semsearch.store.notes.questions import as_note
from semsearch.store.notes.watchlist import (
    WATCHED_QUESTIONS,
    Found,
    WatchedQuestion,
    found_by,
    watched_questions,
)
from semsearch.store.protocol import Indexes, Records
from semsearch.store.record.note_rows import CommitNotes
from semsearch.store.snapshot import Snapshot
from semsearch.store.text_sets import ListedTexts
from semsearch.store.writer import IndexWriter

_MOST: Final = 2_500  # four times as many candidates by meaning, and by words, are scored


def keep_watched_vectors(writer: IndexWriter, embedder: Embedder) -> None:
    """Store the vector of each watched question by the run's embedder.

    Raises ``EmbedderError``.
    """
    watched = watched_questions(writer.view)
    complete = with_vectors(watched, embedder, writer.embedder)
    if complete != watched:
        writer.notes.put(WATCHED_QUESTIONS, as_note(complete))


def record_matches(
    writer: IndexWriter,
    snapshot: Snapshot,
    notes: CommitNotes,
    embedder: Embedder,
    settings: Settings,
) -> None:
    """Record the new passages for each watched question in a generation that is being committed.

    A passage is new when the generation before lacks its text, the question has not found it
    before, and it has a sentence that neither its document nor a changed or deleted document had: a
    document that was moved, or is cut differently, is no news.
    """
    watched = watched_questions(writer.view)
    added = writer.texts_to_come() if watched else np.empty(0, dtype=np.int64)
    if not len(added):
        return
    derived = load_derived(snapshot)
    before = _Before(writer, snapshot)
    known = found_by(writer.view)
    seen = {(one.question, one.digest) for one in known}
    for one in watched:
        for match in _matches(snapshot, derived, one, embedder, settings, added):
            digest = match.passage.digest.hex()
            if (one.question, digest) not in seen and not before.has_said(match):
                known.append(Found(one.question, digest, match.relevance, writer.number))
            seen.add((one.question, digest))
    notes.put(NEWS, as_note(known))


def _matches(
    snapshot: Records,
    derived: Indexes,
    watched: WatchedQuestion,
    embedder: Embedder,
    settings: Settings,
    added: Ids,
) -> Iterator[Ranked]:
    """Return the passages among these texts that a question finds, as a query would."""
    question = parse_question(watched.question)
    wanted = allowed(snapshot, question.filter, derived.keywords)
    texts = added if wanted.texts is None else added[wanted.texts.has(added)]
    if not len(texts):
        return
    candidates = candidates_as_set(
        snapshot,
        derived,
        question.text,
        watched.vector_of(snapshot.generation.embedder),
        embedder,
        settings,
        limit=min(len(texts), _MOST),
        within=Allowed(wanted.documents, ListedTexts(texts)),
    )
    for one in candidates.ranked():
        if one.relevance >= watched.min_relevance:
            yield one


class _Before:
    """The sentences of documents that changed or went with a generation."""

    def __init__(self, writer: IndexWriter, snapshot: Snapshot) -> None:
        self._before = writer.before
        self._now = snapshot.view
        self._by_path: dict[str, str] = {}

    def has_said(self, match: Ranked) -> bool:
        """Whether every sentence of a passage stood there, also in passages of another cut."""
        pieces = list(_sentences(match.passage.body))
        own = self._of(match.location.path)
        left = [piece for piece in pieces if piece not in own]
        return all(piece in self._ended for piece in left) if left else bool(pieces)

    def _of(self, path: str) -> str:
        if path not in self._by_path:
            document = self._before.documents.at_path(path)
            self._by_path[path] = "" if document is None else self._words([document.id])
        return self._by_path[path]

    @cached_property
    def _ended(self) -> str:
        now = {document.id for document in self._now.documents.unchecked()}
        old = [document.id for document in self._before.documents.unchecked()]
        return self._words([document for document in old if document not in now])

    def _words(self, documents: Sequence[int]) -> str:
        texts = self._before.texts.ids_in(documents)
        return "\n".join(_plain(body) for _, body in self._before.texts.bodies(texts))


def _sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text that have a letter or digit, paragraph by paragraph."""
    for paragraph in text.split("\n\n"):
        plain, start = _plain(paragraph), 0
        for end in sentence_ends(plain):
            sentence = plain[start:end].strip()
            start = end
            if any(map(str.isalnum, sentence)):
                yield sentence


def _plain(text: str) -> str:
    return " ".join(text.split())
