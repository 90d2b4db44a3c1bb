"""Tuning without labels: questions generated from the documents compare settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from semsearch.documents.coverage import Coverage
from semsearch.embedders.embedder import Embedder
from semsearch.errors import IndexMissing, SettingsError
from semsearch.evaluation.question_generation import GeneratedQuestions, Kind, generate_questions
from semsearch.evaluation.trial_bench import (
    TrialBench,
    chunked_in_sizes,
    overlap_for,
    sampled_documents,
    trial_vectors,
)
from semsearch.evaluation.verdict import Setting, Verdict, best_of, verdict_on
from semsearch.indexer.options import RunOptions
from semsearch.indexer.plan import Plan
from semsearch.indexer.planner import plan_run
from semsearch.indexer.target import IndexState, PreparedRun, Target, prepare
from semsearch.query.options import mode_named
from semsearch.query.scoring import DEFAULT_WORDS_WEIGHT, Mode
from semsearch.settings.amounts import counted
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.locate import find_index
from semsearch.store.notes.tuned_settings import OWN_SETTINGS, OwnSettings
from semsearch.store.snapshot import open_snapshot
from semsearch.store.writer import open_writer

QUESTIONS: Final = 300
SEED: Final = 7
_WEIGHTS: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
_FEW: Final = 50  # fewer questions give no significant result


@dataclass(frozen=True, slots=True)
class Tuning:
    """Results of the tried settings on generated questions, and the setting that was applied."""

    index: Path
    corpus: Path
    embedder: str
    documents: int  # read as the sample
    documents_in_index: int
    questions: Mapping[Kind, int]
    present: Setting
    tried: tuple[Verdict, ...]
    best: Setting  # the present setting when none is significantly better
    is_applied: bool
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the results as JSON names and values."""
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
    """Compare settings on questions that are generated from the index's own documents.

    At most ``questions`` questions are taken from the headings and sentences of a sample of the
    documents and removed from the searched text; an equal ``seed`` gives equal questions. Modes,
    keyword weights and passage lengths (``sizes``; by default half and double the present length)
    are compared with the present setting. With ``apply``, a significantly better setting is stored
    with the index.

    ``approve`` is called before text is sent to a server, and before the index is set to a passage
    length whose texts the next index run must send. If it returns False, the former raises
    ``RunDeclined`` and the latter leaves the length as it is. Other parameters work as in
    ``index``. Raises ``SemsearchError``.
    """
    target = Target(index=index, embedder=embedder, settings=settings)
    run = prepare(target, RunOptions(max_cost=max_cost, max_tokens=max_tokens))
    if run.own is None:
        raise IndexMissing(f"there is no index in {run.directory.path}; run: semsearch index")
    present = present_setting(run.own, run.settings)
    trial = _prepared_trial(run, present, questions, sizes, seed, approve, on_progress or _ignore)
    tried, best = _compared(trial.bench, present)
    chosen, notices = _applied(run, present, best, approve) if apply else (present, ())
    return Tuning(
        index=run.directory.path,
        corpus=run.corpus,
        embedder=run.embedder.uri,
        documents=trial.documents,
        documents_in_index=trial.documents_in_index,
        questions=trial.questions,
        present=present,
        tried=tried,
        best=best,
        is_applied=chosen != present,
        notices=notices,
    )


@dataclass(frozen=True, slots=True)
class _PreparedTrial:
    """Bench with all vectors, and the number of documents and questions in its sample."""

    bench: TrialBench
    documents: int
    documents_in_index: int
    questions: Mapping[Kind, int]


def _prepared_trial(
    run: PreparedRun,
    present: Setting,
    questions: int,
    sizes: Sequence[int] | None,
    seed: int,
    approve: Callable[[Plan], bool] | None,
    tell: Callable[[str], None],
) -> _PreparedTrial:
    """Sample the documents, generate questions, and embed the texts of all trials.

    Raises ``SettingsError`` for documents that give too few questions.
    """
    with open_snapshot(run.directory) as snapshot:
        run.recall(snapshot.view.note(run.learned_limits_note))
        known = [d for d in snapshot.view.documents.all() if d.coverage is Coverage.INDEXED]
        documents = sampled_documents(run, known, seed)
        generated = generate_questions(documents, questions, seed)
        refuse_few(generated, run.corpus)
        cuts = chunked_in_sizes(run, generated, present.characters, sizes)
        vectors = trial_vectors(run, snapshot, generated, cuts, len(known), approve, tell)
        canaries = snapshot.view.vectors.probes(snapshot.generation.embedder)
    return _PreparedTrial(
        bench=TrialBench(run, generated, cuts, vectors, canaries, tell),
        documents=len(documents),
        documents_in_index=len(known),
        questions={kind: sum(q.kind is kind for q in generated.questions) for kind in Kind},
    )


def refuse_few(generated: GeneratedQuestions, corpus: Path) -> None:
    """Raise ``SettingsError`` for questions that are too few to tell anything."""
    if len(generated.questions) < _FEW:
        raise SettingsError(
            f"only {counted(len(generated.questions), 'question')} can be made of the headings and"
            f" sentences of {corpus}, which tell nothing; give a judged set, see semsearch man"
            " evaluation"
        )


def reset(index: str | Path | None = None, *, settings: Settings | None = None) -> bool:
    """Remove the settings that ``tune`` stored; False if none. Raises ``SemsearchError``."""
    directory = find_index(run_settings(settings, index=index))
    with open_writer(directory) as writer:
        is_set = writer.view.note(OWN_SETTINGS) is not None
        writer.notes.put(OWN_SETTINGS, None)
    return is_set


def _ignore(_: str) -> None:
    """Ignore progress messages."""


def present_setting(own: IndexState, settings: Settings) -> Setting:
    """Return the setting in force: passages as they are cut now, ranked as a query ranks them."""
    weight = settings.words_weight
    return Setting(
        own.profile.characters,
        mode_named(settings.mode or Mode.HYBRID),
        DEFAULT_WORDS_WEIGHT if weight is None else weight,
    )


def _compared(bench: TrialBench, present: Setting) -> tuple[tuple[Verdict, ...], Setting]:
    """Judge all settings and find the best: the ranking first, then the length of passages."""
    rankings = [present]
    rankings += [replace(present, mode=mode) for mode in (Mode.SEMANTIC, Mode.KEYWORD)]
    rankings += [replace(present, mode=Mode.HYBRID, words=weight) for weight in _WEIGHTS]
    distinct = {str(setting): setting for setting in reversed(rankings)}
    rankings = [present, *(one for one in reversed(distinct.values()) if one != present)]
    kinds = [question.kind for question in bench.generated.questions]
    first, *others = bench.tried(rankings)
    judged = [verdict_on(first, None, kinds, 0)]
    judged += [verdict_on(one, first, kinds, len(others)) for one in others]
    best = best_of(first, others, judged)
    sized = [
        next(bench.tried([replace(best.setting, characters=size)])) for size in bench.sizes[1:]
    ]
    of_sizes = [verdict_on(one, best, kinds, len(sized)) for one in sized]
    return (*judged, *of_sizes), best_of(best, sized, of_sizes).setting


def _applied(
    run: PreparedRun, present: Setting, best: Setting, approve: Callable[[Plan], bool] | None
) -> tuple[Setting, tuple[str, ...]]:
    """Store the best setting with the index; return the setting in force, and notices."""
    if best == present:
        return present, ()
    chosen, notices = _agreed(run, present, best, approve)
    if chosen != present:
        _set(run, present, chosen)
    return chosen, notices


def _agreed(
    run: PreparedRun, present: Setting, best: Setting, approve: Callable[[Plan], bool] | None
) -> tuple[Setting, tuple[str, ...]]:
    """Return the setting to apply, without a passage length whose cost was declined."""
    if best.characters == present.characters:
        return best, ()
    settings = replace(
        run.settings,
        passage_characters=best.characters,
        overlap_characters=overlap_for(best.characters, run.settings.overlap_characters),
        index=str(run.directory.path),
        embedder=run.embedder.uri,
    )
    plan = plan_run(Target(embedder=run.embedder, settings=settings))
    if plan.host is None or approve is None or approve(plan):
        told = f"the next semsearch index cuts every document anew and embeds {plan.needs.texts:,}"
        return best, (f"{told} texts",)
    told = "was not set: the next semsearch index would send"
    return replace(best, characters=present.characters), (
        f"passage_characters={best.characters} {told} {counted(plan.needs.texts, 'text')} to"
        f" {plan.host}",
    )


def _set(run: PreparedRun, present: Setting, chosen: Setting) -> None:
    """Store the chosen setting with the index, beside what was set before."""
    assert run.own is not None  # it was evaluated
    before = run.own.settings
    kept = {} if before is None else dict(before.values(run.embedder.uri))
    if (chosen.mode, chosen.words) != (present.mode, present.words):
        kept |= {"mode": chosen.mode.value, "words_weight": chosen.words}
    if chosen.characters != present.characters:
        overlap = overlap_for(chosen.characters, run.settings.overlap_characters)
        kept |= {"passage_characters": chosen.characters, "overlap_characters": overlap}
    with open_writer(run.directory) as writer:
        writer.notes.put(OWN_SETTINGS, OwnSettings(run.embedder.uri, **kept).as_note)
