"""The straight line: embed the question → candidates → rank → rerank → arrange → hits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import Any, Final

import numpy as np

from semsearch.embedders.cache import OpenEmbedders
from semsearch.embedders.embedder import Asking, Embedder, Vectors, fluency_in
from semsearch.embedders.registry import choose_uri
from semsearch.errors import EmbedderMismatch, IndexMissing, SettingsError
from semsearch.query.candidates import Candidates
from semsearch.query.citation import Checker
from semsearch.query.filter import allowed
from semsearch.query.grouping import Ranked, arranged, varied
from semsearch.query.highlight import best_sentence
from semsearch.query.hits import Answer, Hit
from semsearch.query.options import SearchOptions, mode_named
from semsearch.query.parser import Filter, Question, understood
from semsearch.query.rerank import Reranking
from semsearch.query.scoring import DEFAULT_MIN_RELEVANCE, Mode, Weights
from semsearch.rerankers.registry import open_reranker
from semsearch.rerankers.reranker import Reranker
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.locate import find_index
from semsearch.store.notes.cosine_baseline import CosineBaseline
from semsearch.store.notes.tuned_settings import readable_settings
from semsearch.store.record.connection import RecordReader
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.generations import Generation
from semsearch.store.snapshot import (
    LoadedIndexes,
    Snapshot,
    load_derived,
    load_newest_derived,
    open_snapshot,
    withheld_notices,
)

_PATIENCE: Final = 10.0  # seconds of trying again: somebody waits for the answer
_SWAP_SECONDS: Final = 2.0  # that a question waits for a new generation's indexes to be read
_BATCH: Final = 200  # questions that are embedded at once
_UNLIKE: Final = 0.5  # of the vector of what hits should be unlike is taken away
_DENSE: Final = 6.0  # deviations: where the best candidates are all this near, they are varied
_VARIETY: Final = 0.7  # of what counts then is relevance, the rest is being different


def search(
    question: str,
    *,
    limit: int = 5,
    paths: str | Sequence[str | Path] = (),
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    reranker: str | Reranker | None = None,
    settings: Settings | None = None,
    mark: bool = False,
    mode: Mode | str | None = None,
    min_relevance: float | None = None,
    filter: Filter | None = None,
    per_document: int | None = None,
    merge: bool = False,
    literal: bool = False,
    exact: bool = False,
) -> Answer:
    """Rank the passages of an index by how well they answer a question.

    ``paths`` are one or more globs as in a ``.gitignore``, relative to the corpus; only documents
    that match are searched. ``filter`` restricts the hits in other ways, as does what a question
    that is not ``literal`` may hold (see ``asking.understood``).
    ``index`` is a folder with an index, or the nearest one upward from the current directory.
    ``embedder`` must be the one that built the index. ``mark`` also finds each hit's best sentence.
    ``mode`` is hybrid, semantic or keyword; without one it is what is set, else hybrid.
    Hits below ``min_relevance`` (0 to 1) are left out;
    when it is not given, all are if the best is below 0.25 and there is no filter. Of one document
    there are at most ``per_document`` hits; ``merge`` makes one hit of neighbouring passages.
    ``exact`` compares the question with every vector, also in a large index.
    ``reranker`` reads the question with the best candidates and puts these in order: a URI, "none",
    or anything with the members of ``Reranker``. One that fails is told among the notices.
    Raises ``SemsearchError``.
    """
    lines = [paths] if isinstance(paths, str) else [str(glob) for glob in paths]
    wanted = SearchOptions(
        limit,
        Filter(paths=tuple(lines)).and_also(filter or Filter()),
        None if mode is None else mode_named(mode),
        min_relevance=min_relevance,
        per_document=per_document,
        merges=merge,
        marks=mark,
        is_literal=literal,
        is_exact=exact,
    )
    understood(question, is_literal=literal)  # what is wrong with it is told first
    with Searcher(
        index=index,
        embedder=embedder,
        reranker=reranker,
        settings=settings,
        by_words_alone=wanted.mode is Mode.KEYWORD,
    ) as searcher:
        return next(searcher.answers([question], wanted))


class Searcher:
    """An index that is asked more than once: its files are read again only when it has changed."""

    def __init__(
        self,
        *,
        index: str | Path | None = None,
        embedder: str | Embedder | None = None,
        reranker: str | Reranker | None = None,
        settings: Settings | None = None,
        by_words_alone: bool = False,
        embedders: OpenEmbedders | None = None,
    ) -> None:
        """The arguments are those of ``search``; raises ``SemsearchError``.

        ``by_words_alone`` promises questions in that mode: which embedder it is, and whether it is
        there, is then looked at only if another mode is asked for after all, and so is the FAISS
        file. ``embedders`` are shared with other searchers that are asked the same.
        """
        named = reranker if isinstance(reranker, str) else None
        given = None if isinstance(reranker, str) else reranker
        self._settings = run_settings(settings, index=index, embedder=embedder, reranker=named)
        self._reranker = given or open_reranker(self._settings.reranker, self._hasty())
        self._directory = find_index(self._settings)
        with open_snapshot(self._directory) as snapshot:
            own = snapshot.generation.embedder.uri
            values, self._notices = _own_values(snapshot)
        if settings is None and values:
            self._settings = run_settings(
                None, index=index, embedder=embedder, reranker=named, own=values
            )
        self._mode = mode_named(self._settings.mode or Mode.HYBRID)
        self._weights = Weights.of(self._settings.words_weight)
        self._uri = own
        self._given = None if isinstance(embedder, str) else embedder
        self._embedders = embedders or OpenEmbedders()
        self._is_checked = False
        self._by_words_alone = by_words_alone
        if not by_words_alone:
            self._check_embedder()
        self._derived: LoadedIndexes | None = None
        self._loading: Future[LoadedIndexes] | None = None
        self.swap_seconds = _SWAP_SECONDS
        self._record = RecordReader(self._directory.record)
        self._threads = ThreadPoolExecutor(max_workers=1)

    @property
    def directory(self) -> IndexDirectory:
        """The index that is asked."""
        return self._directory

    @cached_property
    def _embedder(self) -> Embedder:
        """Opened when it is needed: to go by words alone takes no key."""
        self._check_embedder()
        return self._given or self._embedders.opened(self._uri, self._hasty())

    def _check_embedder(self) -> None:
        if not self._is_checked:  # once: a model's folder is read for it
            named = self._given.uri if self._given else choose_uri(self._uri, self._settings).uri
            _refuse_another(self._directory, self._uri, named)
            self._is_checked = True

    def _hasty(self) -> Settings:
        patience = min(self._settings.retry_seconds, _PATIENCE)
        return replace(self._settings, retry_seconds=patience)

    def __enter__(self) -> "Searcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()
        self._record.close()

    def _snapshot(self, wanted: Generation | None = None) -> AbstractContextManager[Snapshot]:
        return open_snapshot(self._directory, wanted, self._record)

    def answers(self, questions: Iterable[str], wanted: SearchOptions) -> Iterator[Answer]:
        """The answers to some questions, in their order; they are embedded in full batches."""
        left = iter(questions)
        reranking = None
        if self._reranker is not None:
            reranking = Reranking(self._reranker, self._settings.rerank_candidates)
        while typed := list(islice(left, _BATCH)):
            asked = [understood(question, is_literal=wanted.is_literal) for question in typed]
            vectors = self._vectors(asked, wanted.mode or self._mode)
            for question, words, vector in zip(typed, asked, vectors, strict=True):
                # What is unlike something is a matter of vectors, which no reranker knows.
                by = reranking if words.unlike is None else None
                yield self._answer(question, _Asked(words, vector), wanted, by)

    def like(self, citation: str, wanted: SearchOptions) -> Answer:
        """Passages that are like the one which a citation or a digest names, without itself.

        There is no question that a reranker could be asked.
        """
        from semsearch.query.passage_context import (
            meant_passages,  # here: a question does not wait for it
        )

        self._want_vectors()
        with self._snapshot() as snapshot:
            passages = meant_passages(citation, snapshot)
            own = snapshot.generation.embedder
            _, vectors = snapshot.view.vectors.of_texts(own, [passage.text for passage in passages])
        if not len(vectors):
            raise SettingsError(f"{citation} names no passage of the index that has a vector")
        mean: Vectors = vectors.mean(axis=0)
        asked = _Asked(
            Question(passages[0].body),
            (mean / np.linalg.norm(mean)).astype(np.float32),
            frozenset(passage.text for passage in passages),
        )
        return self._answer(citation, asked, replace(wanted, mode=Mode.SEMANTIC))

    def _vectors(self, asked: Sequence[Question], mode: Mode) -> Sequence[Vectors | None]:
        """The questions' vectors, while the indexes are read by another thread.

        Reading is what the other thread does, since only the main thread can be interrupted. No
        transaction is open meanwhile: it would keep a writer's log from being cleared.
        """
        loading = None
        if mode is not Mode.KEYWORD:
            self._want_vectors()
        if self._derived is None:
            loading = self._load()
        try:
            return [None] * len(asked) if mode is Mode.KEYWORD else self._embedded(asked)
        finally:
            if loading is not None:
                self._derived = loading.result()

    def _want_vectors(self) -> None:
        """Questions go not by words alone, after all: what was read for that is read anew."""
        if self._by_words_alone:
            self._by_words_alone = False
            self._derived = self._loading = None

    def _load(self) -> Future[LoadedIndexes]:
        return self._threads.submit(
            load_newest_derived,
            self._directory,
            self._derived,
            by_words_alone=self._by_words_alone,
        )

    def _embedded(self, asked: Sequence[Question]) -> list[Vectors]:
        embedder = self._embedder
        if isinstance(embedder, Asking):
            embedder = embedder.for_questions()
        texts = [text for one in asked for text in (one.text, one.unlike) if text is not None]
        if any(embedder.count_tokens(text) > embedder.max_tokens for text in texts):
            raise SettingsError(
                f"a question is longer than the {embedder.max_tokens} tokens that {embedder.uri}"
                " takes at once; shorten it"
            )
        rows = iter(self._embedders.vectors(embedder, texts))
        return [
            next(rows) if one.unlike is None else _away(next(rows), next(rows)) for one in asked
        ]

    def _answer(
        self, typed: str, asked: "_Asked", wanted: SearchOptions, reranking: Reranking | None = None
    ) -> Answer:
        if reranking is not None and reranking.has_failed:
            reranking = None
        with self._opened() as (snapshot, derived):
            found = self._found(snapshot, derived, asked, wanted, keeps_all=reranking is not None)
        # From here on nothing of the index is open: a reranker may take its time.
        page, notices, by = found.passages, found.notices, None
        if reranking is not None:
            page, failure = reranking.reordered(asked.question.text, page)
            page = _arranged(page, wanted)
            notices = notices if failure is None else (*notices, failure)
            by = reranking.reranker.uri if failure is None else None
        checker = Checker(found.corpus, found.documents, self._settings)
        hits = [
            self._hit(rank, one, asked, checker, marks=wanted.marks)
            for rank, one in enumerate(page, start=1)
        ]
        is_filtered = bool(wanted.filter or asked.question.filter)
        relevant = _relevant(hits, wanted.min_relevance, is_filtered=is_filtered)
        return Answer(
            query=typed,
            index=self._directory.path,
            corpus=found.corpus,
            generation=found.generation.number,
            embedder=found.generation.embedder.uri,
            hits=tuple(relevant),
            notices=notices,
            closest=hits[0] if hits and not relevant else None,
            mode=found.mode,
            reranker=by,
        )

    def _found(
        self,
        snapshot: Snapshot,
        derived: LoadedIndexes,
        asked: "_Asked",
        wanted: SearchOptions,
        *,
        keeps_all: bool,
    ) -> "_Found":
        """What a generation has for a question: all candidates, for a reranker, or the page."""
        if asked.vector is not None:
            _refuse_another(self._directory, snapshot.generation.embedder.uri, self._uri)
        _refuse_other_dimension(snapshot, derived, asked.vector, self._uri)
        mode = wanted.mode or self._mode
        candidates = Candidates(
            snapshot,
            derived,
            text=asked.question.text,
            vector=asked.vector,
            mode=mode,
            weights=wanted.weights or self._weights,
            fluency=self._fluency(asked, mode),
            limit=wanted.limit,
            within=allowed(
                snapshot, wanted.filter.and_also(asked.question.filter), derived.keywords
            ),
            without=asked.without,
            exact=wanted.is_exact,
        )
        ranked: Iterable[Ranked] = candidates.ranked()
        if mode is not Mode.KEYWORD:
            ranked = self._varied(ranked, candidates.background, snapshot, wanted.limit)
        passages = list(ranked) if keeps_all else _arranged(ranked, wanted)
        known = snapshot.view.documents.by_id({one.passage.document for one in passages})
        return _Found(
            passages,
            {document.path: document for document in known.values()},
            snapshot.corpus,
            snapshot.generation,
            (
                *self._notices,
                *derived.notices,
                *candidates.notices,
                *withheld_notices(snapshot),
            ),
            candidates.mode,
        )

    @contextmanager
    def _opened(self) -> Iterator[tuple[Snapshot, LoadedIndexes]]:
        """A generation with the indexes that were made for it: the newest that is loaded.

        When a writer has committed, the next one is loaded by the other thread. A question waits
        for that a moment only, and is answered from the generation before as long as it is kept.
        """
        with ExitStack() as stack:
            snapshot = stack.enter_context(self._snapshot())
            if self._derived is not None and self._derived.generation != snapshot.generation:
                stack.close()
                self._derived = self._next(self._derived)
                try:
                    snapshot = stack.enter_context(self._snapshot(self._derived.generation))
                except IndexMissing:  # it is kept no longer
                    self._derived = None
                    snapshot = stack.enter_context(self._snapshot())
            if self._derived is None:
                self._derived = load_derived(snapshot, by_words_alone=self._by_words_alone)
            yield snapshot, self._derived

    def _next(self, before: LoadedIndexes) -> LoadedIndexes:
        """The newest indexes if they are loaded in a moment, else those of ``before``."""
        if self._loading is None:
            self._loading = self._load()
        try:
            newest = self._loading.result(timeout=self.swap_seconds)
        except TimeoutError:
            return before
        self._loading = None
        return newest

    def _fluency(self, asked: "_Asked", mode: Mode) -> float:
        if mode is not Mode.HYBRID:
            return 1.0  # nor is the embedder opened, which may want a key
        return fluency_in(self._embedder, asked.question.text)

    def _varied(
        self, ranked: Iterable[Ranked], background: CosineBaseline, snapshot: Snapshot, limit: int
    ) -> Iterator[Ranked]:
        """The same, but where the best are all about the same, what differs comes sooner."""
        left = iter(ranked)
        best = list(islice(left, 2 * limit))
        if len(best) > limit:
            own = snapshot.generation.embedder
            ids, vectors = snapshot.view.vectors.of_texts(own, [one.passage.text for one in best])
            row_of = {text: row for row, text in enumerate(ids.tolist())}
            if all(one.passage.text in row_of for one in best):
                rows = vectors[[row_of[one.passage.text] for one in best]]
                cosines = (rows @ rows.T)[np.triu_indices(len(rows), k=1)]
                if cosines.mean() > background.mean + _DENSE * background.deviation:
                    best = varied(best, rows, _VARIETY)
        yield from best
        yield from left

    def _hit(
        self, rank: int, one: Ranked, asked: "_Asked", checker: Checker, *, marks: bool
    ) -> Hit:
        marked = None
        if marks:
            embedder = None if asked.vector is None else self._embedder
            marked = best_sentence(
                asked.question.text, asked.vector, one.text, one.location.headings, embedder
            )
        return Hit(
            rank=rank,
            score=one.score,
            location=one.location,
            text=one.text,
            digest=one.passage.digest.hex(),
            relevance=one.relevance,
            signals=one.signals,
            marked=marked,
            checked=checker.check(one.location, one.text),
            copies=one.copies,
            passages=one.digests,
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question and its ``vector`` (dimension,), a unit row; texts ``without`` are no hits."""

    question: Question
    vector: Vectors | None
    without: frozenset[int] = frozenset()


def _own_values(snapshot: Snapshot) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The index's own settings; where they are damaged none, and what is to be told."""
    own, reason = readable_settings(snapshot.view)
    told = () if reason is None else (f"searching by the usual settings: {reason}",)
    return ({} if own is None else own.values(snapshot.generation.embedder.uri)), told


@dataclass(frozen=True, slots=True)
class _Found:
    """What a generation has for a question, read whole; ``documents`` are theirs, by path."""

    passages: Sequence[Ranked]
    documents: Mapping[str, StoredDocument]
    corpus: Path
    generation: Generation
    notices: tuple[str, ...]
    mode: Mode


def _arranged(ranked: Iterable[Ranked], wanted: SearchOptions) -> list[Ranked]:
    return arranged(ranked, wanted.limit, per_document=wanted.per_document, merges=wanted.merges)


def _relevant(hits: Sequence[Hit], least: float | None, *, is_filtered: bool) -> Sequence[Hit]:
    """What is as relevant as was asked for; else all, if the best is, or a filter chose them."""
    if least is not None:
        return [hit for hit in hits if hit.relevance >= least]
    is_any = any(hit.relevance >= DEFAULT_MIN_RELEVANCE for hit in hits)
    return hits if is_any or is_filtered else []


def _away(vector: Vectors, unlike: Vectors) -> Vectors:
    """A unit row that is like the one and unlike the other (Rocchio, 1971)."""
    away = vector - _UNLIKE * unlike
    length = float(np.linalg.norm(away))
    return (away / length).astype(np.float32) if length else vector


def _refuse_another(directory: IndexDirectory, own: str, uri: str) -> None:
    """Another embedder's vectors would mean nothing in this index."""
    if uri != own:
        raise EmbedderMismatch(
            f"the index in {directory.path} was built by {own} and cannot be searched by {uri};"
            f" leave the embedder out, or run: semsearch rebuild --embedder {quote(uri)}"
            f" --index {quote(str(directory.path))}"
        )


def _refuse_other_dimension(
    snapshot: Snapshot, derived: LoadedIndexes, vector: Vectors | None, uri: str
) -> None:
    if vector is None or derived.ann is None or len(vector) == derived.ann.dimension:
        return
    raise EmbedderMismatch(
        f"{uri} now gives vectors of {len(vector)} numbers, the index has"
        f" {derived.ann.dimension}; run: semsearch rebuild --fresh"
        f" --index {quote(str(snapshot.directory.path))}"
    )
