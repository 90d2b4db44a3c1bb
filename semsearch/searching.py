"""The straight line: embed the question → candidates → fuse → filter → hits."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Final

import numpy as np

from semsearch.checking import Checked, Checker
from semsearch.discovery import find_index
from semsearch.embedders.embedder import Embedder, Vectors, embedded
from semsearch.embedders.registry import choose_uri, open_embedder
from semsearch.errors import EmbedderMismatch, IndexDamaged, SettingsError
from semsearch.marking import best_sentence
from semsearch.passages import Location, valid_text
from semsearch.settings import Settings, run_settings
from semsearch.store.directory import IndexDirectory
from semsearch.store.snapshot import (
    Derived,
    Snapshot,
    load_derived,
    load_newest_derived,
    open_snapshot,
    withheld_notices,
    without_keywords,
)
from semsearch.store.view import StoredPassage

_PATIENCE: Final = 10.0  # seconds of trying again: somebody waits for the answer
_CANDIDATES: Final = 100  # by meaning, and as many by keyword
_MEANING_SHARE: Final = 0.75  # see ARCHITECTURE.md, "Ranking", for the measurements behind it


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked answer; a higher score is better, and ``digest`` is the SHA-256 of the text.

    ``marked`` is where the sentence of the text that answers best stands, [start, end) in
    characters, when it was asked for. ``checked`` is whether the text still stands where it was.
    """

    rank: int
    score: float
    location: Location
    text: str
    digest: str
    marked: tuple[int, int] | None = None
    checked: Checked | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits for one question, best first, and what they were looked up in."""

    query: str
    index: Path
    corpus: Path
    generation: int
    embedder: str
    hits: tuple[Hit, ...]
    notices: tuple[str, ...]


def search(
    question: str,
    *,
    limit: int = 5,
    paths: str | Sequence[str | Path] = (),
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    settings: Settings | None = None,
    mark: bool = False,
    exact: bool = False,
) -> Answer:
    """Rank the passages of an index by how well they answer a question.

    ``paths`` are one or more globs as in a ``.gitignore``, relative to the corpus; only documents
    that match are searched.
    ``index`` is a folder with an index, or the nearest one upward from the current directory.
    ``embedder`` must be the one that built the index. ``mark`` also finds each hit's best sentence.
    ``exact`` compares the question with every vector, however many there are.
    Raises ``SemsearchError``.
    """
    if not question.strip():
        raise SettingsError("the question is empty; ask something in words")
    question = valid_text(question)
    if limit < 1:
        raise SettingsError("ask for at least one hit")
    settings = run_settings(settings, index=index, embedder=embedder)
    directory = find_index(settings)
    with open_snapshot(directory) as snapshot:
        own = snapshot.generation.embedder.uri
    wanted = None if isinstance(embedder, str) else embedder
    uri = wanted.uri if wanted is not None else choose_uri(own, settings).uri
    _refuse_another(directory, own, uri)
    hasty = replace(settings, retry_seconds=min(settings.retry_seconds, _PATIENCE))
    asked, derived = _ask_and_load(wanted or open_embedder(own, hasty), question, directory)
    with open_snapshot(directory) as snapshot:
        _refuse_another(directory, snapshot.generation.embedder.uri, own)
        if derived.generation != snapshot.generation:
            derived = load_derived(snapshot)  # a writer has committed meanwhile
        notices = list(derived.notices)
        hits = tuple(_hits(snapshot, derived, asked, limit, paths, mark, exact, settings, notices))
        notices += withheld_notices(snapshot)
        return Answer(
            query=question,
            index=directory.path,
            corpus=snapshot.corpus,
            generation=snapshot.generation.number,
            embedder=snapshot.generation.embedder.uri,
            hits=hits,
            notices=tuple(notices),
        )


def _refuse_another(directory: IndexDirectory, own: str, uri: str) -> None:
    """Another embedder's vectors would mean nothing in this index."""
    if uri != own:
        raise EmbedderMismatch(
            f"the index in {directory.path} was built by {own} and cannot be searched by {uri};"
            f" leave the embedder out, or run: semsearch rebuild --embedder {uri}"
            f" --index {quote(str(directory.path))}"
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question and its ``vector`` (dimension,), a unit row, with the embedder that made it."""

    question: str
    vector: Vectors
    embedder: Embedder


def _ask_and_load(
    embedder: Embedder, question: str, directory: IndexDirectory
) -> tuple[_Asked, Derived]:
    """Embed the question, and read the indexes while it is on its way.

    Reading is what the other thread does, since only the main thread can be interrupted. No
    transaction is open meanwhile: it would keep a writer's log from being cleared.
    """
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        loading = other_thread.submit(load_newest_derived, directory)
        asked = _embedded(embedder, question)
        return asked, loading.result()


def _hits(
    snapshot: Snapshot,
    derived: Derived,
    asked: _Asked,
    limit: int,
    paths: str | Sequence[str | Path],
    mark: bool,
    exact: bool,
    settings: Settings,
    notices: list[str],
) -> Iterable[Hit]:
    if derived.ann is None:
        return  # no document has any text
    if len(asked.vector) != derived.ann.dimension:
        raise EmbedderMismatch(
            f"{asked.embedder.uri} now gives vectors of {len(asked.vector)} numbers, the index has"
            f" {derived.ann.dimension}; run: semsearch rebuild --fresh"
            f" --index {quote(str(snapshot.directory.path))}"
        )
    documents = _matching(snapshot, paths)
    allowed = None if documents is None else snapshot.view.text_ids_in(documents)
    count = max(_CANDIDATES, 2 * limit)
    vectors_of = partial(snapshot.view.vectors, snapshot.generation.embedder)
    by_meaning = dict(derived.ann.nearest(asked.vector, count, vectors_of, allowed, exact=exact))
    by_keyword = {}
    try:
        if derived.keywords is not None:
            by_keyword = dict(derived.keywords.best(asked.question, count, allowed))
    except IndexDamaged as error:
        notices.append(without_keywords(error))
    by_meaning |= _cosines(snapshot, asked.vector, by_keyword.keys() - by_meaning.keys())
    scores = fused(by_meaning, by_keyword)
    places = [
        place
        for place in snapshot.view.passages(scores, snapshot.generation.repeats)
        if documents is None or place.document in documents
    ]
    places.sort(key=lambda place: -scores[place.text])  # stable: equals stay in path order
    known = snapshot.view.documents_of({place.document for place in places[:limit]})
    checker = Checker(snapshot.corpus, {doc.path: doc for doc in known.values()}, settings)
    for rank, place in enumerate(places[:limit], start=1):
        yield Hit(
            rank=rank,
            score=scores[place.text],
            location=place.location,
            text=place.body,
            digest=place.digest.hex(),
            marked=_marked(asked, place) if mark else None,
            checked=checker.check(place.location, place.body),
        )


def _marked(asked: _Asked, place: StoredPassage) -> tuple[int, int] | None:
    return best_sentence(
        asked.question, asked.vector, place.body, place.location.headings, asked.embedder
    )


def _embedded(embedder: Embedder, question: str) -> _Asked:
    if embedder.count_tokens(question) > embedder.max_tokens:
        raise SettingsError(
            f"the question is longer than the {embedder.max_tokens} tokens that {embedder.uri}"
            " takes at once; shorten it"
        )
    return _Asked(question, embedded(embedder, [question])[0], embedder)


def _matching(snapshot: Snapshot, globs: str | Sequence[str | Path]) -> set[int] | None:
    """The documents whose path matches one of the globs; None when there is no glob."""
    lines = [globs] if isinstance(globs, str) else [str(glob) for glob in globs]
    if not lines:
        return None
    import pathspec  # here: a question without a filter does not wait for it

    try:
        wanted = pathspec.GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise SettingsError(f"a path filter is no glob: {error}") from error
    documents = snapshot.view.documents()
    if len(documents) < snapshot.generation.documents:
        snapshot.view.withheld.add("a document")
    return {doc.id for doc in documents if wanted.match_file(doc.path)}


def _cosines(snapshot: Snapshot, vector: Vectors, texts: Iterable[int]) -> dict[int, float]:
    """The cosines of texts that were found by keyword only."""
    ids, vectors = snapshot.view.vectors(snapshot.generation.embedder, list(texts))
    if not len(ids):
        return {}
    return dict(zip(ids.tolist(), (vectors @ vector).astype(np.float64).tolist(), strict=True))


def fused(by_meaning: Mapping[int, float], by_keyword: Mapping[int, float]) -> dict[int, float]:
    """One score a text: a convex combination of its cosine and its share of the question's words.

    (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2022.) A text
    without a vector, which a keyword index ahead of its generation may name, is left out.
    """
    return {
        text: _MEANING_SHARE * cosine + (1 - _MEANING_SHARE) * by_keyword.get(text, 0.0)
        for text, cosine in by_meaning.items()
    }
