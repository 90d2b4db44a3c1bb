"""Search several indexes: each is searched by itself, and the hits are merged by relevance.

Relevance is comparable between indexes, embedders and modes; scores are not. If a reranker has
ordered the hits of every index, its scores are comparable too, and come first.
"""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, Unpack

from semsearch.embedders.cache import OpenEmbedders
from semsearch.embedders.embedder import Embedder
from semsearch.errors import SemsearchError
from semsearch.query.hits import Answer, Hit, hits_to_dict
from semsearch.query.options import SearchKeywords, SearchOptions
from semsearch.query.parser import Question, parse_question
from semsearch.query.rerankers.reranker import Reranker
from semsearch.query.scoring import Mode
from semsearch.query.searcher import Searcher
from semsearch.query.source import Source
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings

_BATCH: Final = 200  # questions to an index before the next index is searched


@dataclass(frozen=True, slots=True)
class Failure:
    """An index that could not be searched."""

    name: str
    error: SemsearchError

    def to_dict(self) -> dict[str, Any]:
        """The failure as JSON names and values."""
        return {"name": self.name, "error": str(self.error), "exit_code": self.error.exit_code}


@dataclass(frozen=True, slots=True)
class JointAnswer:
    """The hits of several indexes for a question, the most relevant first.

    ``answers`` are the answers of each index, by its name; ``failures`` are the indexes without
    an answer. ``Hit.index`` names the index of a hit. Where the folders of two indexes overlap, a
    passage is a hit once.
    """

    query: str
    hits: tuple[Hit, ...]
    answers: dict[str, Answer]
    failures: tuple[Failure, ...]
    closest: Hit | None = None

    @property
    def notices(self) -> tuple[str, ...]:
        """The notices of each index, after its name."""
        return tuple(
            f"{name}: {notice}"
            for name, answer in self.answers.items()
            for notice in answer.notices
        )

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources of the collections that have answered."""
        return tuple(source for answer in self.answers.values() for source in answer.sources)

    @property
    def paths(self) -> list[str]:
        """The absolute paths of the hits and their copies, best first, distinct."""
        return list(
            dict.fromkeys(
                str(self.corpus_of(hit) / place.path)
                for hit in self.hits
                for place in (hit.location, *hit.copies)
            )
        )

    def index_of(self, hit: Hit) -> Path | str:
        """The index of a hit."""
        return self._answer_of(hit).index

    def mode_of(self, hit: Hit) -> Mode:
        """The mode in which a hit was ranked."""
        return self._answer_of(hit).mode

    def corpus_of(self, hit: Hit) -> Path:
        """The folder that the index of a hit is of."""
        return self._answer_of(hit).corpus_of(hit)

    def _answer_of(self, hit: Hit) -> Answer:
        assert hit.index is not None  # every hit of a joint answer has it
        return self.answers[hit.index]

    def to_dict(self, *, files_only: bool = False) -> dict[str, Any]:
        """The answer as JSON names and values; with ``files_only`` ``paths`` instead of hits."""
        return {
            "query": self.query,
            "indexes": [
                {"name": name, "folder": str(answer.corpus), **answer.source_to_dict()}
                for name, answer in self.answers.items()
            ],
            "failed": [failure.to_dict() for failure in self.failures],
            **hits_to_dict(self.hits, self.closest, self.paths if files_only else None),
        }


def search_all(
    question: str,
    options: SearchOptions | None = None,
    *,
    names: Sequence[str] | None = None,
    embedder: str | Embedder | None = None,
    reranker: str | Reranker | None = None,
    settings: Settings | None = None,
    wanted: SearchOptions | None = None,
    **changes: Unpack[SearchKeywords],
) -> JointAnswer:
    """Search several named indexes, or all; raises ``SemsearchError`` when none has answered.

    ``names`` are names from ``[indexes]`` in the user's settings. An index that cannot be searched
    is among the answer's failures. ``embedder``, ``reranker`` and ``settings`` are as for
    ``search``; ``changes`` are single fields of ``SearchOptions`` by keyword. ``wanted`` is the
    former name of ``options``, deprecated.
    """
    if wanted is not None:
        warnings.warn(
            "search_all(wanted=…) is search_all(options=…) now", DeprecationWarning, stacklevel=2
        )
        options = options or wanted
    searcher = JointSearcher(names, embedder=embedder, reranker=reranker, settings=settings)
    with searcher as ask:
        answer = ask(question, options, **changes)
    if not answer.answers:
        raise answer.failures[0].error
    return answer


class JointSearcher:
    """Several open indexes; a question is parsed once, and embedded once for each embedder."""

    def __init__(
        self,
        names: Sequence[str] | None = None,
        *,
        embedder: str | Embedder | None = None,
        reranker: str | Reranker | None = None,
        settings: Settings | None = None,
        by_words_alone: bool = False,
    ) -> None:
        """Open the indexes; raises ``SettingsError`` for a name that is not in the settings."""
        known = run_settings(settings)
        embedders = OpenEmbedders()
        self._searchers: dict[str, Searcher] = {}
        self._broken: list[Failure] = []
        self._stack = ExitStack()
        from semsearch.store.named_indexes import (
            chosen_names,  # here: a search of one index needs no names
        )

        for name in chosen_names(names, known):
            try:
                searcher = Searcher(
                    index=name,
                    embedder=embedder,
                    reranker=reranker,
                    settings=settings,
                    by_words_alone=by_words_alone,
                    embedders=embedders,
                )
            except SemsearchError as error:
                self._broken.append(Failure(name, error))
            else:
                self._searchers[name] = self._stack.enter_context(searcher)

    def __enter__(self) -> "JointSearcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __call__(
        self,
        question: str,
        options: SearchOptions | None = None,
        **changes: Unpack[SearchKeywords],
    ) -> JointAnswer:
        """Answer a question; keyword arguments change single options."""
        wanted = (options or SearchOptions()).changed(**changes)
        return next(self.answers([question], wanted))

    def answers(
        self, questions: Iterable[str], options: SearchOptions | None = None
    ) -> Iterator[JointAnswer]:
        """Answer questions in their order; a malformed question raises ``SettingsError``."""
        wanted = options or SearchOptions()
        parsed = (parse_question(question, literal=wanted.literal) for question in questions)
        return self.answers_to(parsed, wanted)

    def answers_to(
        self, questions: Iterable[Question], options: SearchOptions
    ) -> Iterator[JointAnswer]:
        """Answer parsed questions, like ``answers``."""
        left = iter(questions)
        while batch := list(islice(left, _BATCH)):
            failures = list(self._broken)
            answered: dict[str, list[Answer]] = {}
            for name, searcher in self._searchers.items():
                try:
                    answered[name] = list(searcher.answers_to(batch, options))
                except SemsearchError as error:
                    failures.append(Failure(name, error))
            for row, question in enumerate(batch):
                own = {name: answers[row] for name, answers in answered.items()}
                yield joined(question.typed, own, tuple(failures), options.limit)


def joined(
    question: str, answers: dict[str, Answer], failures: tuple[Failure, ...], limit: int
) -> JointAnswer:
    """Merge answers into one: at most ``limit`` hits, by relevance, each passage once.

    >>> joined("bees?", {}, (), 5).hits
    ()
    """
    is_reranked = all(answer.reranker is not None for answer in answers.values() if answer.hits)
    hits = [replace(hit, index=name) for name, answer in answers.items() for hit in answer.hits]
    hits.sort(key=lambda hit: _worth(hit, is_reranked=is_reranked), reverse=True)
    places = {
        (hit.digest, answers[str(hit.index)].corpus_of(hit) / hit.location.path): hit
        for hit in reversed(hits)
    }
    distinct = set(map(id, places.values()))
    kept = [hit for hit in hits if id(hit) in distinct][:limit]
    misses = [
        replace(answer.closest, index=name)
        for name, answer in answers.items()
        if answer.closest is not None
    ]
    return JointAnswer(
        question,
        tuple(replace(hit, rank=rank) for rank, hit in enumerate(kept, start=1)),
        answers,
        failures,
        None if kept else max(misses, key=lambda hit: hit.relevance, default=None),
    )


def _worth(hit: Hit, *, is_reranked: bool) -> tuple[float, float]:
    score = hit.signals.rerank
    return (score if is_reranked and score is not None else float("-inf"), hit.relevance)
