"""Evaluation: read the judged set → index its documents → search → compute metrics."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from semsearch.embedders.embedder import Embedder
from semsearch.embedders.registry import choose_uri, open_embedder
from semsearch.errors import IndexMissing, SettingsError
from semsearch.evaluation.approval import CostApproval
from semsearch.evaluation.corpus_files import sync_documents
from semsearch.evaluation.judgments import JudgedSet, read_judged, write_documents
from semsearch.evaluation.statistics import Mean, chance_of_difference, mean_of
from semsearch.evaluation.trials import DEPTH, FIGURES, run_trial
from semsearch.indexer.options import RunHooks, RunOptions
from semsearch.indexer.plan import Plan
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.query.options import SearchOptions, mode_named
from semsearch.query.scoring import Mode, Weights
from semsearch.query.searcher import Searcher
from semsearch.settings.paths import expanded
from semsearch.settings.schema import LARGEST_WEIGHT, Settings
from semsearch.settings.sources import run_settings
from semsearch.store.disk.directory import DIRECTORY_NAME, IndexDirectory
from semsearch.store.locate import find_index
from semsearch.store.notes.tuned_settings import readable_settings
from semsearch.store.snapshot import open_snapshot

AS_SET: Final = "as set"  # the settings in force: flags, environment, index, files


@dataclass(frozen=True, slots=True)
class MetricComparison:
    """Metric of a setting: mean, mean of the other setting, and the p-value between them."""

    figure: str
    mean: Mean
    other: Mean | None
    chance: float | None  # two-sided p-value

    def to_dict(self) -> dict[str, Any]:
        """The figure as JSON names and values."""
        return {
            "mean": self.mean.to_dict(),
            "against": None if self.other is None else self.other.to_dict(),
            "p": None if self.chance is None else round(self.chance, 6),
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Metrics of an index on a judged set, for ``setting`` and ``against`` as they were given."""

    name: str
    corpus: Path
    embedder: str
    questions: int
    setting: str
    against: str | None
    figures: tuple[MetricComparison, ...]

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON names and values."""
        return {
            "set": self.name,
            "folder": str(self.corpus),
            "embedder": self.embedder,
            "questions": self.questions,
            "setting": self.setting,
            "against": self.against,
            "figures": {row.figure: row.to_dict() for row in self.figures},
        }


def evaluate(
    judged: str | Path,
    *,
    setting: str | None = None,
    against: str | None = None,
    index: str | Path | None = None,
    embedder: str | None = None,
    keep: str | Path | None = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    approve: Callable[[Plan], bool] | None = None,
) -> Evaluation:
    """Search for the questions of a judged set and compare the first ten hits with its judgments.

    ``judged`` is a folder in a layout of ``evaluation.judgments``. If the set brings its
    documents, they are indexed under ``keep``, or in a temporary folder; otherwise ``index`` is
    searched. ``setting`` and ``against`` are ``mode=MODE`` and ``words=WEIGHT``, separated by
    commas. ``setting`` defaults to the settings in force; ``against`` is compared with it question
    by question. ``max_cost``, ``max_tokens`` and ``approve`` work as in ``index``. Raises
    ``SemsearchError``.
    """
    found = read_judged(expanded(judged))
    per_document = None if found.documents is None else 1
    names = [setting] if against is None else [setting, against]
    wanted = [replace(_search_options(name), per_document=per_document) for name in names]
    settings = run_settings(
        None, index=index, embedder=embedder, max_cost=max_cost, max_tokens=max_tokens
    )
    with _documents(found, index, keep) as own:
        directory = find_index(settings) if own is None else IndexDirectory(own / DIRECTORY_NAME)
        opened = _opened(directory, settings, wanted) if own is None else _of_set(own, settings)
        approval = None
        if opened is not None and approve is not None:
            texts = [question.text for question in found.questions]
            approval = CostApproval(opened, texts, approve)
        if own is not None:
            run_index(
                Target(own, index=directory.path, embedder=opened),  # not the index of the settings
                RunOptions(allow_mass_delete=True),  # the set may have dropped documents
                RunHooks(approve=None if approval is None else approval.approve_documents),
            )
        with open_snapshot(directory) as snapshot:
            if approval is not None:
                approval.approve_questions(snapshot)
            corpus, uri = snapshot.corpus, snapshot.generation.embedder.uri
        with Searcher(index=directory.path, embedder=opened or embedder) as searcher:
            trials = [run_trial(searcher, found.questions, options) for options in wanted]
    return Evaluation(
        name=found.name,
        corpus=corpus,
        embedder=uri,
        questions=len(found.questions),
        setting=setting or AS_SET,
        against=against,
        figures=tuple(
            compared(figure, *(trial.figures[figure] for trial in trials)) for figure in FIGURES
        ),
    )


def _opened(
    directory: IndexDirectory, settings: Settings, wanted: Sequence[SearchOptions]
) -> Embedder | None:
    """The embedder of an index; None when all searches use mode keyword."""
    with open_snapshot(directory) as snapshot:
        own, _ = readable_settings(snapshot.view)
        uri = snapshot.generation.embedder.uri
    as_set = run_settings(None, own=None if own is None else own.values(uri)).mode
    if all((options.mode or as_set) == Mode.KEYWORD for options in wanted):
        return None
    return open_embedder(choose_uri(uri, settings).uri, settings)


def _of_set(folder: Path, settings: Settings) -> Embedder:
    """The embedder of a set's documents: that of their index, else the default."""
    try:
        with open_snapshot(IndexDirectory(folder / DIRECTORY_NAME)) as snapshot:
            own: str | None = snapshot.generation.embedder.uri
    except IndexMissing:
        own = None
    return open_embedder(choose_uri(own, settings).uri, settings)


def _search_options(name: str | None) -> SearchOptions:
    if name is None:
        return SearchOptions(DEPTH, min_relevance=0.0, literal=True)
    return setting_named(name)


def setting_named(text: str) -> SearchOptions:
    """Parse ``mode=keyword`` or ``mode=hybrid,words=0.8`` into search options.

    ``words`` is the weight of the keyword scores relative to the semantic scores. Raises
    ``SettingsError``.
    """
    values: dict[str, str] = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        if name not in ("mode", "words") or not value or name in values:
            raise SettingsError(
                f"{text!r} is no setting; give mode=MODE, words=WEIGHT or both with a comma"
            )
        values[name] = value
    weights = Weights(words=_weight(values["words"])) if "words" in values else Weights()
    return SearchOptions(
        DEPTH,
        mode=mode_named(values.get("mode", "hybrid")),
        weights=weights,
        min_relevance=0.0,
        literal=True,
    )


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= LARGEST_WEIGHT:
        raise SettingsError(f"words={text} must be a number from 0 to {LARGEST_WEIGHT:.0f}")
    return weight


@contextmanager
def _documents(
    found: JudgedSet, index: str | Path | None, keep: str | Path | None
) -> Iterator[Path | None]:
    """The folder with the set's own documents; None when the set brings none."""
    if found.documents is None and keep is not None:
        raise SettingsError(f"the set {found.name} brings no documents to keep; leave --keep out")
    if found.documents is None:
        yield None
    elif index is not None:
        raise SettingsError(f"the set {found.name} brings its documents; leave --index out")
    elif keep is not None:
        sync_documents(found.documents, expanded(keep) / found.name)
        yield expanded(keep) / found.name
    else:
        with TemporaryDirectory(prefix="semsearch-") as folder:
            write_documents(found.documents, Path(folder) / "documents")
            yield Path(folder) / "documents"


def compared(
    figure: str, own: Sequence[float], other: Sequence[float] | None = None
) -> MetricComparison:
    """Compare the values of a metric question by question."""
    if other is None:
        return MetricComparison(figure, mean_of(own), None, None)
    return MetricComparison(figure, mean_of(own), mean_of(other), chance_of_difference(own, other))
