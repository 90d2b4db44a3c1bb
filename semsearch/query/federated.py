"""A question to several indexes: each is asked by itself, and the hits are merged by relevance.

Relevance is one scale for all indexes, embedders and modes, which scores are not; where a reranker
has read the best of all of them, its scores are one scale, too, and count first.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from semsearch.embedders.cache import OpenEmbedders
from semsearch.embedders.embedder import Embedder
from semsearch.errors import SemsearchError
from semsearch.query.hits import Answer, Hit
from semsearch.query.options import SearchOptions
from semsearch.query.parser import understood
from semsearch.query.scoring import Mode
from semsearch.query.searcher import Searcher
from semsearch.rerankers.reranker import Reranker
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings

_BATCH: Final = 200  # questions that one index is asked before the next one is


@dataclass(frozen=True, slots=True)
class Failure:
    """An index that could not be asked."""

    name: str
    error: SemsearchError


@dataclass(frozen=True, slots=True)
class JointAnswer:
    """The hits of several indexes for one question, the most relevant first.

    ``answers`` are those of each index by its name, as they were; ``failures`` are of indexes that
    gave none. Each of the ``hits`` says in ``index`` which it is from; where folders lie in each
    other, a passage is a hit once.
    """

    query: str
    hits: tuple[Hit, ...]
    answers: dict[str, Answer]
    failures: tuple[Failure, ...]
    closest: Hit | None = None

    @property
    def notices(self) -> tuple[str, ...]:
        """What each index has to say, behind its name."""
        return tuple(
            f"{name}: {notice}"
            for name, answer in self.answers.items()
            for notice in answer.notices
        )

    def index_of(self, hit: Hit) -> Path:
        """The index that a hit is from."""
        return self._answer_of(hit).index

    def mode_of(self, hit: Hit) -> Mode:
        """What its index has ranked it by."""
        return self._answer_of(hit).mode

    def corpus_of(self, hit: Hit) -> Path:
        """The folder that its document is in."""
        return self._answer_of(hit).corpus

    def _answer_of(self, hit: Hit) -> Answer:
        assert hit.index is not None  # every hit of a joint answer has it
        return self.answers[hit.index]


def search_all(
    question: str,
    wanted: SearchOptions | None = None,
    *,
    names: Sequence[str] | None = None,
    embedder: str | Embedder | None = None,
    reranker: str | Reranker | None = None,
    settings: Settings | None = None,
) -> JointAnswer:
    """Ask the indexes of some names, or of all; raises ``SemsearchError`` when none has answered.

    ``names`` are those of ``[indexes]`` in the user's settings. An index that cannot be asked is
    among the answer's failures. The rest is as for ``search``.
    """
    searcher = JointSearcher(names, embedder=embedder, reranker=reranker, settings=settings)
    with searcher:
        answer = next(searcher.answers([question], wanted or SearchOptions()))
    if not answer.answers:
        raise answer.failures[0].error
    return answer


class JointSearcher:
    """Several indexes that are asked the same; the question is embedded once for each embedder."""

    def __init__(
        self,
        names: Sequence[str] | None = None,
        *,
        embedder: str | Embedder | None = None,
        reranker: str | Reranker | None = None,
        settings: Settings | None = None,
        by_words_alone: bool = False,
    ) -> None:
        """Open each that can be; raises ``SettingsError`` when a name is none."""
        known = run_settings(settings)
        embedders = OpenEmbedders()
        self._searchers: dict[str, Searcher] = {}
        self._broken: list[Failure] = []
        self._stack = ExitStack()
        from semsearch.store.named_indexes import (
            chosen_names,  # here: one index is asked without names
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

    def answers(self, questions: Iterable[str], wanted: SearchOptions) -> Iterator[JointAnswer]:
        """The answers to some questions, in their order; a wrong one raises ``SettingsError``."""
        left = iter(questions)
        while typed := list(islice(left, _BATCH)):
            for question in typed:
                understood(
                    question, is_literal=wanted.is_literal
                )  # a wrong one is no index's fault
            failures = list(self._broken)
            answered: dict[str, list[Answer]] = {}
            for name, searcher in self._searchers.items():
                try:
                    answered[name] = list(searcher.answers(typed, wanted))
                except SemsearchError as error:
                    failures.append(Failure(name, error))
            for row, question in enumerate(typed):
                own = {name: answers[row] for name, answers in answered.items()}
                yield joined(question, own, tuple(failures), wanted.limit)


def joined(
    question: str, answers: dict[str, Answer], failures: tuple[Failure, ...], limit: int
) -> JointAnswer:
    """One answer of several: hits by relevance, at most ``limit``, each passage once.

    >>> joined("bees?", {}, (), 5).hits
    ()
    """
    is_reranked = all(answer.reranker is not None for answer in answers.values() if answer.hits)
    hits = [replace(hit, index=name) for name, answer in answers.items() for hit in answer.hits]
    hits.sort(key=lambda hit: _worth(hit, is_reranked=is_reranked), reverse=True)
    places = {
        (hit.digest, answers[str(hit.index)].corpus / hit.location.path): hit
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
