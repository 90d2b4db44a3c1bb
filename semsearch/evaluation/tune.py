"""Without labels: read some documents → draw questions → cut → embed → ask → what is better."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Final

from semsearch.documents.chunker import budget_of
from semsearch.documents.coverage import Coverage
from semsearch.documents.document import Document
from semsearch.documents.passage import text_digest
from semsearch.documents.pool.pool import Limits, ReaderPool, Request
from semsearch.documents.readers.reader import ReadDocument
from semsearch.embedders.api.protocols import forecast_of
from semsearch.embedders.embedder import Asking, Embedder, Vectors, embedded
from semsearch.errors import IndexMissing, RunDeclined, SettingsError
from semsearch.evaluation.metrics import gain_by_reading
from semsearch.evaluation.question_generation import Drawing, Kind, draw
from semsearch.evaluation.statistics import Mean, chance_of_difference, mean_of
from semsearch.evaluation.trial_index import Cut, Told, answers_of, cut_all, trial_index
from semsearch.indexer.plan import Plan, plan_of
from semsearch.indexer.planner import plan as plan_index
from semsearch.indexer.target import Own, Prepared, prepare
from semsearch.query.options import SearchOptions, mode_named
from semsearch.query.scoring import DEFAULT_WORDS_WEIGHT, Mode, Weights
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index
from semsearch.store.notes.tuned_settings import OWN_SETTINGS, OwnSettings
from semsearch.store.record.documents import StoredDocument
from semsearch.store.snapshot import Snapshot, open_snapshot
from semsearch.store.writer import open_writer

QUESTIONS: Final = 300
SEED: Final = 7
_MOST_CHARACTERS: Final = 600_000  # of the documents that are read: minutes, for a model here
_WEIGHTS: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
_SIZES: Final = (200, 6_000)  # characters of a passage that are tried
_HITS: Final = 30
_BY_CHANCE: Final = 0.05  # how likely chance may explain any of the differences that are looked at
_FEW: Final = 50  # questions: fewer tell nothing
_FEW_OF_KIND: Final = 20


@dataclass(frozen=True, slots=True)
class Setting:
    """What is tried: how long passages are, and how they are ranked."""

    characters: int
    mode: Mode
    words: float

    def to_dict(self) -> dict[str, Any]:
        """The setting as JSON names and values."""
        return {
            "mode": self.mode.value,
            "words_weight": self.words,
            "passage_characters": self.characters,
        }

    def __str__(self) -> str:
        words = f",words={self.words:g}" if self.mode is Mode.HYBRID else ""
        return f"mode={self.mode.value}{words},passage_characters={self.characters}"


@dataclass(frozen=True, slots=True)
class Tried:
    """What a setting has reached: a figure for each question, in their order.

    ``gains`` are those of ``metrics.gain_by_reading``, ``recalls`` 1 where an answer was among the
    first five hits.
    """

    setting: Setting
    passages: int
    gains: Sequence[float]
    recalls: Sequence[float]


@dataclass(frozen=True, slots=True)
class Judged:
    """A setting beside the one it was compared with; ``chance`` is None of what is set.

    ``chance`` is the p of ``statistics.chance_of_difference``. ``is_better`` says whether it is
    better beyond noise: see ``_judged``.
    """

    setting: Setting
    passages: int
    gain: Mean
    recall: float
    by_kind: Mapping[Kind, float]
    chance: float | None
    is_better: bool

    def to_dict(self) -> dict[str, Any]:
        """The setting and its figures as JSON names and values."""
        return {
            **self.setting.to_dict(),
            "passages": self.passages,
            "gain": self.gain.to_dict(),
            "recall@5": round(self.recall, 6),
            "gain_by_kind": {kind.value: round(gain, 6) for kind, gain in self.by_kind.items()},
            "p": None if self.chance is None else round(self.chance, 6),
            "better": self.is_better,
        }


@dataclass(frozen=True, slots=True)
class Tuning:
    """What the settings reach on questions from an index's own documents, and what was set."""

    index: Path
    corpus: Path
    embedder: str
    documents: int  # that were read
    documents_in_index: int
    questions: Mapping[Kind, int]
    present: Setting
    tried: tuple[Judged, ...]
    best: Setting  # the present one when none is better beyond noise
    is_applied: bool
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The tried settings, and the best as JSON names and values."""
        return {
            "index": str(self.index),
            "folder": str(self.corpus),
            "embedder": self.embedder,
            "documents": self.documents,
            "documents_in_index": self.documents_in_index,
            "questions": {kind.value: count for kind, count in self.questions.items()},
            "present": self.present.to_dict(),
            "best": self.best.to_dict(),
            "applied": self.is_applied,
            "tried": [judged.to_dict() for judged in self.tried],
        }


def tune(
    index: str | Path | None = None,
    *,
    apply: bool = False,
    questions: int = QUESTIONS,
    sizes: Sequence[int] | None = None,
    seed: int = SEED,
    embedder: str | Embedder | None = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    settings: Settings | None = None,
    approve: Callable[[Plan], bool] | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> Tuning:
    """Try settings on questions that are taken out of the index's own documents.

    The questions, at most as many as ``questions``, are headings and sentences of a sample of the
    documents, the same for the same ``seed``, and are left out of what is searched. The modes,
    weights of words and ``sizes`` of passages (half and double of what is set, when not given) are
    compared with what is set. With ``apply`` the index is set to what is better beyond noise.

    ``approve`` is asked before text goes to a server, and before the index is set to another size
    of passages whose texts the next index run will send; ``RunDeclined`` is raised when it says no
    to the former. The rest is as for ``index``. Raises ``SemsearchError``.
    """
    tell = on_progress or _ignore
    run = prepare(
        None, index, embedder, settings, may_change=False, max_cost=max_cost, max_tokens=max_tokens
    )
    if run.own is None:
        raise IndexMissing(f"there is no index in {run.directory.path}; run: semsearch index")
    with open_snapshot(run.directory) as snapshot:
        run.recall(snapshot.view.note(run.experience_note))
        known = [d for d in snapshot.view.documents() if d.coverage is Coverage.INDEXED]
        documents = _sample(run, known, seed)
        drawing = draw(documents, questions, seed)
        if len(drawing.questions) < _FEW:
            raise SettingsError(
                f"only {len(drawing.questions)} questions can be made of the headings and sentences"
                f" of {run.corpus}, which tell nothing; give a judged set, see the README,"
                " Evaluation"
            )
        present = _present(run.own, run.settings)
        cuts = _cuts(run, drawing, present.characters, sizes)
        vectors = _vectors(run, snapshot, drawing, cuts, len(known), approve, tell)
        canaries = snapshot.view.canaries(snapshot.generation.embedder)
    bench = _Bench(run, drawing, cuts, vectors, canaries, tell)
    tried, best = _compared(bench, present)
    chosen = best
    notices: tuple[str, ...] = ()
    if apply and best != present:
        chosen, notices = _agreed(run, present, best, approve)
        if chosen != present:
            _set(run, present, chosen)
    return Tuning(
        index=run.directory.path,
        corpus=run.corpus,
        embedder=run.embedder.uri,
        documents=len(documents),
        documents_in_index=len(known),
        questions={kind: sum(q.kind is kind for q in drawing.questions) for kind in Kind},
        present=present,
        tried=tried,
        best=best,
        is_applied=apply and chosen != present,
        notices=notices,
    )


def reset(index: str | Path | None = None, *, settings: Settings | None = None) -> bool:
    """Take back what ``tune`` has set; False when nothing was. Raises ``SemsearchError``."""
    directory = find_index(run_settings(settings, index=index))
    with open_writer(directory) as writer:
        is_set = writer.view.note(OWN_SETTINGS) is not None
        writer.put_note(OWN_SETTINGS, None)
    return is_set


def _ignore(_: str) -> None:
    """Nobody watches this run."""


def _present(own: Own, settings: Settings) -> Setting:
    """What is set: passages as they are cut now, ranked as a query would."""
    weight = settings.words_weight
    return Setting(
        int(json.loads(own.chunking)["characters"]),
        mode_named(settings.mode or Mode.HYBRID),
        DEFAULT_WORDS_WEIGHT if weight is None else weight,
    )


def _sample(run: Prepared, known: Sequence[StoredDocument], seed: int) -> dict[str, Document]:
    """Documents of the index in a random order, as they are read now, up to so many characters."""
    order = sorted(known, key=lambda document: document.path)
    Random(seed).shuffle(order)  # noqa: S311 - nothing secret hangs on it
    requests = ((d.path, Request(d.path, d.stat.size)) for d in order)
    found: dict[str, Document] = {}
    left = _MOST_CHARACTERS
    with ReaderPool(run.corpus, Limits.of(run.settings)) as pool:
        for path, outcome in pool.in_order(requests):
            if isinstance(outcome, ReadDocument) and outcome.document.blocks:
                found[path] = _beginning(outcome.document, left)
                left -= sum(len(block.text) for block in found[path].blocks)
            if left <= 0:
                break
    return found


def _beginning(document: Document, characters: int) -> Document:
    """The blocks that begin within so many characters."""
    count = 0
    while count < len(document.blocks) and characters > 0:
        characters -= len(document.blocks[count].text)
        count += 1
    return replace(document, blocks=document.blocks[:count])


def _cuts(
    run: Prepared, drawing: Drawing, present: int, sizes: Sequence[int] | None
) -> dict[int, Cut]:
    """The documents cut in each size, the present one first; none that comes out the same."""
    least, most = _SIZES
    wanted = sizes or [size for size in (present // 2, present * 2) if least <= size <= most]
    cuts: dict[int, Cut] = {}
    for size in dict.fromkeys([present, *wanted]):
        sized = replace(
            run.settings,
            passage_characters=size,
            overlap_characters=_overlap(size, run.settings.overlap_characters),
        )
        cut = cut_all(drawing.documents, budget_of(run.embedder, sized))
        if all(cut.texts != other.texts for other in cuts.values()):
            cuts[size] = cut
    return cuts


def _overlap(characters: int, wanted: int) -> int:
    return min(wanted, characters // 2)


def _vectors(
    run: Prepared,
    snapshot: Snapshot,
    drawing: Drawing,
    cuts: Mapping[int, Cut],
    documents: int,
    approve: Callable[[Plan], bool] | None,
    tell: Callable[[str], None],
) -> "_Vectors":
    """The vectors of each question, and of each text that is cut in any size.

    Those that the index has are taken from it, the rest is embedded.
    """
    texts = list(dict.fromkeys(text for cut in cuts.values() for text in cut.texts))
    digests = {text_digest(text): text for text in texts}
    stored = snapshot.view.vectors_of_digests(snapshot.generation.embedder, list(digests))
    vectors = {digests[digest]: row for digest, row in stored.items()}
    asked = list(dict.fromkeys(question.text for question in drawing.questions))
    missing = [text for text in texts if text not in vectors]
    forecast = forecast_of(run.embedder)
    for text in (*missing, *asked):
        forecast.add(text)
    plan = plan_of(
        run.embedder,
        forecast.needs(),
        run.corpus,
        run.directory.path,
        to_read=len(drawing.documents),
        gone=0,
        unchanged=documents - len(drawing.documents),
        unreadable=0,
        passages=len(asked) + sum(len(some) for c in cuts.values() for some in c.passages.values()),
    )
    if plan.host is not None and approve is not None and not approve(plan):
        raise RunDeclined("nothing was sent and nothing has changed")
    tell(f"embedding {len(missing):,} texts and {len(asked):,} questions")
    if missing:
        vectors |= zip(missing, embedded(run.embedder, missing), strict=True)
    return _Vectors(vectors, _of_questions(run.embedder, asked))


def _of_questions(embedder: Embedder, asked: Sequence[str]) -> Mapping[str, Vectors]:
    asking = embedder.for_questions() if isinstance(embedder, Asking) else embedder
    return dict(zip(asked, embedded(asking, asked), strict=True))


@dataclass(frozen=True, slots=True)
class _Vectors:
    """(dimension,) each, by text; an embedder may want other words before a question."""

    of_texts: Mapping[str, Vectors]
    of_questions: Mapping[str, Vectors]


class _Bench:
    """Where settings are tried."""

    def __init__(
        self,
        run: Prepared,
        drawing: Drawing,
        cuts: Mapping[int, Cut],
        vectors: _Vectors,
        canaries: Vectors | None,
        tell: Callable[[str], None],
    ) -> None:
        self.drawing = drawing
        self.sizes = list(cuts)
        self._embedder = Told(run.embedder, vectors.of_questions)
        self._vectors = vectors.of_texts
        self._cuts = cuts
        self._canaries = canaries
        self._tell = tell

    def tried(self, settings: Sequence[Setting]) -> Iterator[Tried]:
        """What each reaches; all are of one size."""
        size = settings[0].characters
        self._tell(f"asking {len(self.drawing.questions)} questions, passages of {size}")
        cut = self._cuts[size]
        answers = answers_of(self.drawing.questions, self.drawing.documents, cut)
        with (
            trial_index(cut, self._vectors, self._embedder.uri, self._canaries) as place,
            Searcher(index=place, embedder=self._embedder, settings=Settings()) as searcher,
        ):
            for setting in settings:
                yield self._asked(searcher, setting, cut, answers)

    def _asked(
        self, searcher: Searcher, setting: Setting, cut: Cut, answers: Sequence[frozenset[str]]
    ) -> Tried:
        wanted = SearchOptions(
            _HITS,
            mode=setting.mode,
            weights=Weights(words=setting.words),
            min_relevance=0.0,
            literal=True,
        )
        gains, recalls = [], []
        asked = [question.text for question in self.drawing.questions]
        for right, answer in zip(answers, searcher.answers(asked, wanted), strict=True):
            is_right = [hit.digest in right for hit in answer.hits]
            gains.append(gain_by_reading([len(hit.text) for hit in answer.hits], is_right))
            recalls.append(float(any(is_right[:5])))
        return Tried(setting, sum(map(len, cut.passages.values())), gains, recalls)


def _compared(bench: _Bench, present: Setting) -> tuple[tuple[Judged, ...], Setting]:
    """All settings, and the best: how to rank is settled first, then how long passages are."""
    rankings = [present]
    rankings += [replace(present, mode=mode) for mode in (Mode.SEMANTIC, Mode.KEYWORD)]
    rankings += [replace(present, mode=Mode.HYBRID, words=weight) for weight in _WEIGHTS]
    distinct = {str(setting): setting for setting in reversed(rankings)}
    rankings = [present, *(one for one in reversed(distinct.values()) if one != present)]
    kinds = [question.kind for question in bench.drawing.questions]
    first, *others = bench.tried(rankings)
    judged = [_judged(first, None, kinds, 0)]
    judged += [_judged(one, first, kinds, len(others)) for one in others]
    best = _best(first, others, judged)
    sized = [
        next(bench.tried([replace(best.setting, characters=size)])) for size in bench.sizes[1:]
    ]
    of_sizes = [_judged(one, best, kinds, len(sized)) for one in sized]
    return (*judged, *of_sizes), _best(best, sized, of_sizes).setting


def _judged(one: Tried, other: Tried | None, kinds: Sequence[Kind], count: int) -> Judged:
    """A setting beside another, of which it is one of ``count`` alternatives.

    It is better beyond noise when chance alone explains none of the differences that were looked
    at (Bonferroni), and when it loses on neither kind of question: those of one kind may favour
    words, or the meaning, more than a person's questions do.
    """
    chance, is_better = None, False
    if other is not None:
        chance = chance_of_difference(one.gains, other.gains)
        pairs = [
            (_mean(one.gains, kinds, kind), _mean(other.gains, kinds, kind))
            for kind in Kind
            if kinds.count(kind) >= _FEW_OF_KIND
        ]
        is_ahead = sum(one.gains) > sum(other.gains) and all(mine >= its for mine, its in pairs)
        is_better = is_ahead and chance * count < _BY_CHANCE
    return Judged(
        one.setting,
        one.passages,
        mean_of(one.gains),
        sum(one.recalls) / len(one.recalls),
        {kind: _mean(one.gains, kinds, kind) for kind in Kind if kind in kinds},
        chance,
        is_better,
    )


def _mean(figures: Sequence[float], kinds: Sequence[Kind], kind: Kind) -> float:
    some = [figure for figure, its in zip(figures, kinds, strict=True) if its is kind]
    return sum(some) / len(some)


def _best(present: Tried, others: Sequence[Tried], judged: Sequence[Judged]) -> Tried:
    """The best of those that are better than the present one beyond noise, else that."""
    better = {one.setting for one in judged if one.is_better}
    return max(
        [present, *(one for one in others if one.setting in better)],
        key=lambda one: sum(one.gains),
    )


def _agreed(
    run: Prepared, present: Setting, best: Setting, approve: Callable[[Plan], bool] | None
) -> tuple[Setting, tuple[str, ...]]:
    """What is set of the best: not a size that nobody agrees to pay for."""
    if best.characters == present.characters:
        return best, ()
    settings = replace(
        run.settings,
        passage_characters=best.characters,
        overlap_characters=_overlap(best.characters, run.settings.overlap_characters),
        index=str(run.directory.path),
        embedder=run.embedder.uri,
    )
    plan = plan_index(embedder=run.embedder, settings=settings)
    if plan.host is None or approve is None or approve(plan):
        told = f"the next semsearch index cuts every document anew and embeds {plan.needs.texts:,}"
        return best, (f"{told} texts",)
    told = "was not set: the next semsearch index would send"
    return replace(best, characters=present.characters), (
        f"passage_characters={best.characters} {told} {plan.needs.texts:,} texts to {plan.host}",
    )


def _set(run: Prepared, present: Setting, chosen: Setting) -> None:
    """Keep what was chosen among the index's own settings, beside what was set before."""
    assert run.own is not None  # it was evaluated
    before = run.own.settings
    kept = {} if before is None else dict(before.values(run.embedder.uri))
    if (chosen.mode, chosen.words) != (present.mode, present.words):
        kept |= {"mode": chosen.mode.value, "words_weight": chosen.words}
    if chosen.characters != present.characters:
        overlap = _overlap(chosen.characters, run.settings.overlap_characters)
        kept |= {"passage_characters": chosen.characters, "overlap_characters": overlap}
    with open_writer(run.directory) as writer:
        writer.put_note(OWN_SETTINGS, OwnSettings(run.embedder.uri, **kept).as_note)
