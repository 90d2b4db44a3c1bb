"""The straight line: embed the question → candidates → fuse → filter → hits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from semsearch.discovery import find_index
from semsearch.embedders.embedder import Embedder, Vectors
from semsearch.embedders.registry import open_embedder
from semsearch.errors import EmbedderMismatch, SettingsError
from semsearch.marking import best_sentence
from semsearch.passages import Location
from semsearch.settings import Settings, run_settings
from semsearch.store.snapshot import Snapshot, open_snapshot

_CANDIDATES: Final = 100  # by meaning, and as many by keyword
_MEANING_SHARE: Final = 0.75  # see ARCHITECTURE.md, "Ranking", for the measurements behind it


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked answer; a higher score is better, and ``digest`` is the SHA-256 of the text.

    ``marked`` is where the sentence of the text that answers best stands, [start, end) in
    characters, when it was asked for.
    """

    rank: int
    score: float
    location: Location
    text: str
    digest: str
    marked: tuple[int, int] | None = None


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
    paths: Sequence[str] = (),
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    settings: Settings | None = None,
    mark: bool = False,
) -> Answer:
    """Rank the passages of an index by how well they answer a question.

    ``paths`` are globs as in a ``.gitignore``; only documents that match one of them are searched.
    ``index`` is a folder with an index, or the nearest one upward from the current directory.
    ``embedder`` must be the one that built the index. ``mark`` also finds each hit's best sentence.
    Raises ``SemsearchError``.
    """
    if not question.strip():
        raise SettingsError("the question is empty; ask something in words")
    if limit < 1:
        raise SettingsError("ask for at least one hit")
    settings = run_settings(settings, index=index, embedder=embedder)
    directory = find_index(settings)
    with open_snapshot(directory) as snapshot:
        wanted = None if isinstance(embedder, str) else embedder
        open_own = _opener(snapshot, wanted, settings)
        hits: tuple[Hit, ...] = ()
        if snapshot.generation.ann_file is not None:
            hits = tuple(_hits(snapshot, open_own, question, limit, paths, mark))
        return Answer(
            query=question,
            index=directory.path,
            corpus=snapshot.corpus,
            generation=snapshot.generation.number,
            embedder=snapshot.generation.embedder.uri,
            hits=hits,
            notices=tuple(snapshot.notices),
        )


def _opener(
    snapshot: Snapshot, wanted: Embedder | None, settings: Settings
) -> Callable[[], Embedder]:
    """How to open the index's own embedder; another one's vectors would mean nothing here."""
    own = snapshot.generation.embedder.uri
    uri = wanted.uri if wanted is not None else settings.embedder or own
    if uri != own:
        raise EmbedderMismatch(
            f"the index in {snapshot.directory.path} was built by {own} and cannot be searched by"
            f" {uri}; leave the embedder out, or run: semsearch rebuild --embedder {uri}"
        )
    return lambda: wanted or open_embedder(own, settings)


def _hits(
    snapshot: Snapshot,
    open_own: Callable[[], Embedder],
    question: str,
    limit: int,
    paths: Sequence[str],
    mark: bool,
) -> Iterable[Hit]:
    with ThreadPoolExecutor(max_workers=1) as other_thread:
        # The index is read from the disk while the question is on its way to the embedder. (That is
        # the part which may take long, and only the main thread can be interrupted.)
        opening = other_thread.submit(lambda: (snapshot.ann, snapshot.keywords))
        embedder, vector = _embedded(open_own(), question)
        ann, keywords = opening.result()
    assert ann is not None  # a generation with an ANN file has texts
    documents = _matching(snapshot, paths)
    allowed = None if documents is None else snapshot.view.text_ids_in(documents)
    count = max(_CANDIDATES, 2 * limit)
    by_meaning = dict(ann.nearest(vector, count, allowed))
    by_keyword = dict(keywords.best(question, count, allowed)) if keywords is not None else {}
    by_meaning |= _cosines(snapshot, vector, by_keyword.keys() - by_meaning.keys())
    scores = fused(by_meaning, by_keyword)
    places = [
        place
        for place in snapshot.view.passages(scores)
        if documents is None or place.document in documents
    ]
    places.sort(key=lambda place: -scores[place.text])  # stable: equals stay in path order
    for rank, place in enumerate(places[:limit], start=1):
        marked = None
        if mark:
            headings = place.location.headings
            marked = best_sentence(question, vector, place.body, headings, embedder)
        yield Hit(
            rank=rank,
            score=scores[place.text],
            location=place.location,
            text=place.body,
            digest=place.digest.hex(),
            marked=marked,
        )


def _embedded(embedder: Embedder, question: str) -> tuple[Embedder, Vectors]:
    if embedder.count_tokens(question) > embedder.max_tokens:
        raise SettingsError(
            f"the question is longer than the {embedder.max_tokens} tokens that {embedder.uri}"
            " takes at once; shorten it"
        )
    batches = list(embedder.embed([question]))
    return embedder, batches[0].vectors[0]


def _matching(snapshot: Snapshot, globs: Sequence[str]) -> set[int] | None:
    """The documents whose path matches one of the globs; None when there is no glob."""
    if not globs:
        return None
    import pathspec  # here: a question without a filter does not wait for it

    try:
        wanted = pathspec.GitIgnoreSpec.from_lines(globs)
    except ValueError as error:
        raise SettingsError(f"a path filter is no glob: {error}") from error
    return {doc.id for doc in snapshot.view.documents() if wanted.match_file(doc.path)}


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
