"""Compare embedder or context of an index with another one, and tell what a switch costs.

Both embed a sample of the documents into an index of its own, which is thrown away; the vectors of
the index's own embedder are those of the index. Both get the same questions: those of a judged set,
or sentences and headings of the sample.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from semsearch.documents.coverage import Coverage
from semsearch.documents.document import Document
from semsearch.embedders.registry import choose_uri, open_embedder
from semsearch.errors import IndexMissing, SettingsError
from semsearch.evaluation.evaluate import MetricComparison, compared, setting_named
from semsearch.evaluation.judgments import JudgedQuestion, read_judged
from semsearch.evaluation.question_generation import GeneratedQuestions, generate_questions
from semsearch.evaluation.trial_bench import (
    TrialBench,
    TrialVectors,
    chunked_in_sizes,
    sampled_documents,
    trial_vectors,
)
from semsearch.evaluation.tune import QUESTIONS, SEED, present_setting, refuse_few
from semsearch.evaluation.verdict import Setting
from semsearch.indexer.options import RunOptions
from semsearch.indexer.plan import Plan
from semsearch.indexer.planner import plan_run
from semsearch.indexer.target import PreparedRun, Target, prepare
from semsearch.query.scoring import Mode, Weights
from semsearch.settings.paths import expanded
from semsearch.store.record.documents import StoredDocument
from semsearch.store.snapshot import Snapshot, open_snapshot

_EMBEDDER: Final = "embedder="  # begins a setting that names a model
_CONTEXT: Final = "context="  # begins one that names what is embedded before each passage


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """Figures of two embedders or contexts on the same questions.

    ``embedder`` is the index's. ``against`` is another one, or ``context=WHAT``. ``switch`` is the
    plan of a rebuild with it.
    """

    index: Path
    corpus: Path
    embedder: str
    context: str
    against: str
    setting: Setting
    documents: int  # read as the sample
    documents_in_index: int
    questions: int
    figures: tuple[MetricComparison, ...]
    switch: Plan

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the command that makes the switch."""
        context = named_context(self.against)
        changed = ("--embedder", self.against) if context is None else ("--context", context)
        return ("semsearch", "rebuild", str(self.corpus), "--index", str(self.index), *changed)

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON names and values."""
        return {
            "index": str(self.index),
            "folder": str(self.corpus),
            "embedder": self.embedder,
            "context": self.context,
            "against": self.against,
            "setting": self.setting.to_dict(),
            "documents": self.documents,
            "documents_in_index": self.documents_in_index,
            "questions": self.questions,
            "figures": {row.figure: row.to_dict() for row in self.figures},
            "switch": self.switch.needs_to_dict(),
        }


@dataclass(frozen=True, slots=True)
class _Asked:
    """Documents and the questions about them; ``judged`` is empty for generated questions."""

    generated: GeneratedQuestions
    judged: Sequence[JudgedQuestion]

    @property
    def texts(self) -> list[str]:
        """The texts of the questions."""
        return [question.text for question in (self.judged or self.generated.questions)]


def named_embedder(setting: str) -> str | None:
    """Return the URI of a setting ``embedder=URI``; None for another setting."""
    return setting.removeprefix(_EMBEDDER) if setting.startswith(_EMBEDDER) else None


def named_context(setting: str) -> str | None:
    """Return the value of a setting ``context=WHAT``; None for another setting."""
    return setting.removeprefix(_CONTEXT) if setting.startswith(_CONTEXT) else None


def compare_models(
    index: str | Path | None,
    against: str,
    *,
    judged: str | Path | None = None,
    setting: str | None = None,
    questions: int = QUESTIONS,
    seed: int = SEED,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    approve: Callable[[Plan], bool] | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> ModelComparison:
    """Compare an index's embedder with ``against``, a URI, on a sample of its documents.

    ``against`` may also be ``context=WHAT``: the same embedder with another context. The sample has
    all documents that a judged set asks for. ``setting`` is as in ``evaluate``, by default that in
    force. Nothing in the index changes. ``approve`` is called before text is sent
    to a server; if it returns False, ``RunDeclined`` is raised. Raises ``SemsearchError``.
    """
    tell = on_progress or (lambda _: None)
    run = prepare(Target(index=index), RunOptions(max_cost=max_cost, max_tokens=max_tokens))
    if run.own is None:
        raise IndexMissing(f"there is no index in {run.directory.path}; run: semsearch index")
    present = _with_setting(present_setting(run.own, run.settings), setting)
    other, name = _other(run, against)
    with open_snapshot(run.directory) as snapshot:
        known = [d for d in snapshot.view.documents.all() if d.coverage is Coverage.INDEXED]
        asked = _asked(run, known, judged, questions, seed)
        benches = [
            _bench(one, snapshot, asked, present, len(known), approve, tell) for one in (run, other)
        ]
    own, its = [bench.figures(present, asked.judged) for bench in benches]
    return ModelComparison(
        index=run.directory.path,
        corpus=run.corpus,
        embedder=run.embedder.uri,
        context=run.profile.context,
        against=name,
        setting=present,
        documents=len(asked.generated.documents),
        documents_in_index=len(known),
        questions=len(asked.texts),
        figures=tuple(compared(name, own[name], its[name]) for name in own),
        switch=_switch(run, other),
    )


def _other(run: PreparedRun, against: str) -> tuple[PreparedRun, str]:
    """The run with the other embedder or context, and how that is named."""
    context = named_context(against)
    if context is not None:
        if context == run.settings.context:
            raise SettingsError(f"{against} is the context of the index; name another one")
        return replace(run, settings=replace(run.settings, context=context)), against
    uri = choose_uri(None, replace(run.settings, embedder=against)).uri
    if uri == run.embedder.uri:
        raise SettingsError(f"{uri} is the embedder of the index; name another one")
    return replace(run, embedder=open_embedder(uri, run.settings)), uri


def _with_setting(present: Setting, setting: str | None) -> Setting:
    if setting is None:
        return present
    named = setting_named(setting)
    weights = named.weights or Weights()
    return replace(present, mode=named.mode or Mode.HYBRID, words=weights.words)


def _asked(
    run: PreparedRun,
    known: Sequence[StoredDocument],
    judged: str | Path | None,
    questions: int,
    seed: int,
) -> _Asked:
    if judged is None:
        generated = generate_questions(sampled_documents(run, known, seed), questions, seed)
        refuse_few(generated, run.corpus)
        return _Asked(generated, ())
    found = read_judged(expanded(judged))
    if found.documents is not None:
        raise SettingsError(
            f"the set {found.name} brings its documents; index them with --keep, and compare the"
            " embedders of that index"
        )
    wanted = {item.partition("#")[0] for question in found.questions for item in question.grades}
    documents: dict[str, Document] = sampled_documents(run, known, seed, first=wanted)
    return _Asked(GeneratedQuestions((), documents), found.questions)


def _bench(
    run: PreparedRun,
    snapshot: Snapshot,
    asked: _Asked,
    present: Setting,
    documents: int,
    approve: Callable[[Plan], bool] | None,
    tell: Callable[[str], None],
) -> TrialBench:
    """Chunk and embed the sample as a run would that has this embedder."""
    cuts = chunked_in_sizes(run, asked.generated, present.characters, [present.characters])
    is_own = run.embedder.uri == snapshot.generation.embedder.uri
    vectors: TrialVectors = trial_vectors(
        run, snapshot, asked.generated, cuts, documents, approve, tell, asked=asked.texts
    )
    canaries = snapshot.view.vectors.probes(snapshot.generation.embedder) if is_own else None
    return TrialBench(run, asked.generated, cuts, vectors, canaries, tell)


def _switch(run: PreparedRun, other: PreparedRun) -> Plan:
    """The plan of a rebuild of the whole index with the other embedder or context."""
    settings = replace(other.settings, embedder=other.embedder.uri, index=str(run.directory.path))
    target = Target(embedder=other.embedder, settings=settings)
    return plan_run(target, RunOptions(everything=True), needs_key=False)
