"""The straight line: question → vector → candidates → ranking → rerank → grouping → hits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.errors import SettingsError
from semsearch.query.candidates import CandidateQuery, Candidates
from semsearch.query.filter import unknown_types
from semsearch.query.hits import Answer, Hit, relevant_of
from semsearch.query.open_index import Loader
from semsearch.query.open_searchable import (
    embedder_and_settings,
    hasty,
    named_reranker,
    open_searchable,
)
from semsearch.query.options import SearchKeywords, SearchOptions, mode_named
from semsearch.query.page import grouped_page, page_of
from semsearch.query.parser import Filter, Question, parse_question
from semsearch.query.question_encoder import EncodedQuestion, QuestionEncoder
from semsearch.query.ranked import Ranked
from semsearch.query.scoring import Mode, Weights
from semsearch.query.searchable import OpenGeneration
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.completeness import notices_of
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.loaded_indexes import load_newest_derived
from semsearch.store.snapshot import withheld_notices

if TYPE_CHECKING:
    from semsearch.embedders.cache import OpenEmbedders
    from semsearch.embedders.embedder import Embedder
    from semsearch.query.citation import Checker
    from semsearch.query.rerank import Reranking
    from semsearch.query.rerankers.reranker import Reranker
    from semsearch.query.source import Source

_BATCH: Final = 200  # questions that are embedded at once


def search(
    question: str,
    *,
    limit: int = 5,
    paths: str | Sequence[str | Path] = (),
    index: str | Path | None = None,
    embedder: "str | Embedder | None" = None,
    reranker: "str | Reranker | None" = None,
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
    that match are searched. The other options of the search are those of ``SearchOptions``; a
    question may hold filters of its own (see ``parse_question``).

    ``index`` is a folder with an index, the URI of a collection, a name from the settings, or by
    default the nearest index upward from the current directory. ``embedder`` must be the embedder
    that built the index. ``reranker`` reads the question with the best candidates and reorders
    them: a URI, "none", or an object with the members of ``Reranker``; if it fails, a notice of the
    answer says so.
    Raises ``SemsearchError``.
    """
    options = SearchOptions().changed(
        limit=limit,
        paths=paths,
        mark=mark,
        mode=mode,
        min_relevance=min_relevance,
        filter=filter,
        per_document=per_document,
        merge=merge,
        literal=literal,
        exact=exact,
    )
    asked = parse_question(question, literal=options.literal)  # before the index: its errors first
    with Searcher(
        index=index,
        embedder=embedder,
        reranker=reranker,
        settings=settings,
        by_words_alone=options.mode is Mode.KEYWORD,
    ) as searcher:
        return next(searcher.answers_to([asked], options))


class Searcher:
    """An open index, for many questions. Files are read again only after a new commit.

    >>> with Searcher(index="notes") as ask:                      # doctest: +SKIP
    ...     answer = ask("how do bees keep warm?", limit=3)
    """

    def __init__(
        self,
        *,
        index: str | Path | None = None,
        embedder: "str | Embedder | None" = None,
        reranker: "str | Reranker | None" = None,
        settings: Settings | None = None,
        by_words_alone: bool = False,
        embedders: "OpenEmbedders | None" = None,
        load: Loader = load_newest_derived,
    ) -> None:
        """The arguments are those of ``search``; raises ``SemsearchError``.

        ``by_words_alone`` announces questions in the keyword mode only: the embedder is not checked
        and the FAISS index not read until a question in another mode comes. ``embedders`` is a
        cache of embedders to share with other searchers. ``load`` reads the derived indexes.
        """
        named = reranker if isinstance(reranker, str) else None
        given = None if isinstance(reranker, str) else reranker
        self._settings = run_settings(settings, index=index, embedder=embedder, reranker=named)
        self._reranker = given or named_reranker(self._settings)
        self.open_index = open_searchable(self._settings, load, by_words_alone=by_words_alone)
        try:
            built_by, (tuned, self._notices) = self.open_index.read_records(embedder_and_settings)
            if settings is None and tuned:
                self._settings = run_settings(
                    None, index=index, embedder=embedder, reranker=named, own=tuned
                )
            self._mode = mode_named(self._settings.mode or Mode.HYBRID)
            self._weights = Weights.of(self._settings.words_weight)
            own = None if isinstance(embedder, str) else embedder
            self._encoder = QuestionEncoder(
                self.open_index.place, built_by, own, embedders, hasty(self._settings)
            )
            if not by_words_alone:
                self._encoder.check()
        except BaseException:
            self.open_index.close()
            raise

    @property
    def directory(self) -> IndexDirectory | None:
        """The directory of the index; None of a collection."""
        return self.open_index.directory

    def __enter__(self) -> "Searcher":
        return self

    def __exit__(self, *_: object) -> None:
        self.open_index.close()

    def __call__(
        self,
        question: str,
        options: SearchOptions | None = None,
        **changes: Unpack[SearchKeywords],
    ) -> Answer:
        """Answer a question; keyword arguments change single options. Raises ``SemsearchError``."""
        wanted = (options or SearchOptions()).changed(**changes)
        return next(self.answers([question], wanted))

    def preload(self) -> None:
        """Read what the first question would wait for: derived indexes, a local model."""
        with self.open_index.preloading():
            self._encoder.preload()

    def answers(
        self, questions: Iterable[str], options: SearchOptions | None = None
    ) -> Iterator[Answer]:
        """Answer questions in their order. They are taken and embedded in batches of 200."""
        wanted = options or SearchOptions()
        parsed = (parse_question(question, literal=wanted.literal) for question in questions)
        return self.answers_to(parsed, wanted)

    def answers_to(self, questions: Iterable[Question], options: SearchOptions) -> Iterator[Answer]:
        """Answer parsed questions, like ``answers``."""
        left = iter(questions)
        reranking = None
        if self._reranker is not None:
            from semsearch.query.rerank import Reranking  # here: few have one

            reranking = Reranking(self._reranker, self._settings.rerank_candidates)
        while batch := list(islice(left, _BATCH)):
            for encoded in self._encoded(batch, options.mode or self._mode):
                # "Unlike" is a matter of vectors, of which a reranker knows nothing.
                by = reranking if encoded.question.unlike is None else None
                yield self._answer(encoded, options, by)

    def like(self, citation: str, options: SearchOptions | None = None) -> Answer:
        """Find passages similar to those that a citation or a digest names, without these.

        The mode is semantic, and no reranker is asked: there is no question to give it.
        """
        from semsearch.query.cited_place import cited_vectors  # here: a question does not need it

        self.open_index.need_vectors()
        passages, vectors = self.open_index.read(
            lambda opened: cited_vectors(citation, opened.records)
        )
        if not len(vectors):
            raise SettingsError(f"{citation} names no passage of the index that has a vector")
        mean: Vectors = vectors.mean(axis=0)
        encoded = EncodedQuestion(
            Question(passages[0].body, typed=citation),
            (mean / np.linalg.norm(mean)).astype(np.float32),
            frozenset(passage.text for passage in passages),
        )
        return self._answer(encoded, replace(options or SearchOptions(), mode=Mode.SEMANTIC))

    def _encoded(self, questions: Sequence[Question], mode: Mode) -> list[EncodedQuestion]:
        """The questions, embedded while the derived indexes load; no vectors by words alone."""
        if mode is not Mode.KEYWORD:
            self.open_index.need_vectors()
        with self.open_index.preloading():
            if mode is Mode.KEYWORD:
                return [EncodedQuestion(question, None) for question in questions]
            return self._encoder.encoded(questions)

    def _answer(
        self, encoded: EncodedQuestion, options: SearchOptions, reranking: "Reranking | None" = None
    ) -> Answer:
        if reranking is not None and reranking.has_failed:
            reranking = None
        is_reranked = reranking is not None
        retrieved = self.open_index.read(
            lambda opened: self._retrieved(opened, encoded, options, is_reranked=is_reranked)
        )
        # From here on nothing of the index is open: a reranker may take its time.
        page, answer = retrieved.passages, retrieved.outline
        if reranking is not None:
            page, failure = reranking.reordered(encoded.question.text, page)
            page = grouped_page(page, options)
            answer = (
                replace(answer, reranker=reranking.reranker.uri)
                if failure is None
                else replace(answer, notices=(*answer.notices, failure))
            )
        is_filtered = bool(options.filter or encoded.question.filter)
        relevant = relevant_of(page, options.min_relevance, is_filtered=is_filtered)
        hits = [
            self._hit(rank, ranked, encoded, retrieved, mark=options.mark)
            for rank, ranked in enumerate(relevant or page[:1], start=1)
        ]
        if relevant:
            return replace(answer, hits=tuple(hits))
        return replace(answer, closest=hits[0] if hits else None)

    def _retrieved(
        self,
        opened: OpenGeneration,
        encoded: EncodedQuestion,
        options: SearchOptions,
        *,
        is_reranked: bool,
    ) -> "_Retrieved":
        """The page of hits from a generation; all candidates if they are to be reranked."""
        snapshot, derived, place = opened.records, opened.indexes, self.open_index.place
        self._encoder.refuse_other_vectors(snapshot, derived, encoded.vector)
        question, mode = encoded.question, options.mode or self._mode
        wanted = options.filter.and_also(question.filter)
        within = self.open_index.filters.allowed(snapshot, wanted, derived.keywords)
        types = unknown_types(snapshot, wanted, within)
        # Not for passages like another, nor by words: the embedder would be opened for it.
        is_asked = mode is not Mode.KEYWORD and not encoded.excluded
        query = CandidateQuery(
            encoded,
            mode,
            options.weights or self._weights,
            fluency=self._encoder.fluency(question.text) if is_asked else 1.0,
            encode=self._encoder.encode_locally if is_asked else None,
            limit=options.limit,
            within=within,
            exact=options.exact,
        )
        candidates = Candidates(snapshot, derived, query)
        ranked: Iterable[Ranked] = candidates.ranked()
        if mode is not Mode.KEYWORD:
            from semsearch.query.diversity import diversified  # here: as for the embedder

            ranked = diversified(ranked, candidates.background, snapshot, options.limit)
        passages = list(ranked) if is_reranked else page_of(ranked, options, candidates.skip_below)
        documents = snapshot.view.documents.by_id({hit.passage.document for hit in passages})
        known = {document.path: document for document in documents.values()}
        outline = Answer(
            query=question.typed,
            index=place.shown,
            corpus=snapshot.corpus,
            generation=snapshot.generation.number,
            embedder=snapshot.generation.embedder.uri,
            hits=(),
            notices=(
                *self._notices,
                *notices_of(opened.completeness, by_meaning_alone=mode is Mode.SEMANTIC),
                *opened.notices,
                *candidates.notices,
                *withheld_notices(snapshot, place.repaired_by),
                *([types] if types else ()),
            ),
            mode=candidates.mode,
            completeness=opened.completeness,
            sources=opened.sources,
        )
        checker = None if opened.checker is None else opened.checker(known, self._settings)
        sources = {one: opened.source_of(one) for one in documents} if opened.sources else {}
        return _Retrieved(passages, checker, sources, outline)

    def _hit(
        self,
        rank: int,
        ranked: Ranked,
        encoded: EncodedQuestion,
        found: "_Retrieved",
        *,
        mark: bool,
    ) -> Hit:
        marked = None
        if mark:
            from semsearch.query.highlight import best_sentence  # here: programs want no marks

            marked = best_sentence(
                encoded.question.text,
                encoded.vector,
                ranked.text,
                {heading for place, _ in ranked.parts for heading in place.headings},
                None if encoded.vector is None else self._encoder.embedder,
            )
        checker, source = found.checker, found.sources.get(ranked.passage.document)
        checked = None if checker is None else checker.check_parts(ranked.parts, ranked.location)
        return Hit(rank, ranked, marked, checked, source=source)


@dataclass(frozen=True, slots=True)
class _Retrieved:
    """Ranked passages of a generation, a checker of their citations, an answer without hits.

    ``checker`` is None where the files are elsewhere; ``sources`` has those of documents, by id.
    """

    passages: Sequence[Ranked]
    checker: "Checker | None"
    sources: "Mapping[int, Source | None]"
    outline: Answer
