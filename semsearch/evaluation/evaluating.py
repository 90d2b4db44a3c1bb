"""The straight line: read the judged set → index its documents → ask → figures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from semsearch.discovery import find_index
from semsearch.errors import SettingsError
from semsearch.evaluation.judged import JudgedSet, read_judged, write_documents
from semsearch.evaluation.statistics import Mean, chance_of_difference, mean_of
from semsearch.evaluation.trials import DEPTH, FIGURES, Trial, try_out
from semsearch.indexing import index as make_index
from semsearch.plans import Plan
from semsearch.ranking import Weights
from semsearch.searching import Searcher, Wanted, mode_named
from semsearch.settings import expanded, run_settings
from semsearch.store.directory import DIRECTORY_NAME
from semsearch.store.snapshot import open_snapshot

_LARGEST_WEIGHT: Final = 100.0


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure: its mean, that of the other setting, and how likely chance explains the two."""

    figure: str
    mean: Mean
    other: Mean | None
    chance: float | None  # two-sided p


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an index reaches on a judged set; ``setting`` and ``against`` as they were named."""

    name: str
    corpus: Path
    embedder: str
    questions: int
    setting: str
    against: str | None
    figures: tuple[Compared, ...]


def evaluate(
    judged: str | Path,
    *,
    setting: str = "mode=hybrid",
    against: str | None = None,
    index: str | Path | None = None,
    embedder: str | None = None,
    keep: str | Path | None = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    approve: Callable[[Plan], bool] | None = None,
) -> Evaluation:
    """Ask the questions of a judged set and hold the first ten hits against what was judged.

    ``judged`` is a folder in one of the layouts of ``judged``. Where the set brings its documents
    they are written and indexed under ``keep``, or for this call only; else ``index`` is asked.
    ``setting`` and ``against`` are ``mode=MODE`` and ``words=WEIGHT`` with commas between; the
    latter is compared with the former, question by question. ``max_cost``, ``max_tokens`` and
    ``approve`` are as for ``index``. Raises ``SemsearchError``.
    """
    found = read_judged(expanded(judged))
    per_document = None if found.documents is None else 1
    wanted = [
        replace(setting_named(name), per_document=per_document)
        for name in (setting, against)
        if name is not None
    ]
    with _documents(found, index, keep) as own:
        if own is not None:
            make_index(
                own,
                index=own / DIRECTORY_NAME,  # whatever index is set
                embedder=embedder,
                max_cost=max_cost,
                max_tokens=max_tokens,
                approve=approve,
            )
        corpus = index if own is None else own
        with Searcher(index=corpus, embedder=embedder) as searcher:
            trials = [try_out(searcher, found.questions, one) for one in wanted]
        with open_snapshot(find_index(run_settings(None, index=corpus))) as snapshot:
            return Evaluation(
                name=found.name,
                corpus=snapshot.corpus,
                embedder=snapshot.generation.embedder.uri,
                questions=len(found.questions),
                setting=setting,
                against=against,
                figures=tuple(_compared(figure, trials) for figure in FIGURES),
            )


def setting_named(text: str) -> Wanted:
    """What hits are asked for, of ``mode=keyword`` or ``mode=hybrid,words=0.8``.

    ``words`` is what their evidence weighs against that of the meaning. Raises ``SettingsError``.
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
    return Wanted(
        DEPTH,
        mode=mode_named(values.get("mode", "hybrid")),
        weights=weights,
        min_relevance=0.0,
        is_literal=True,
    )


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= _LARGEST_WEIGHT:
        raise SettingsError(f"words={text} must be a number from 0 to {_LARGEST_WEIGHT:.0f}")
    return weight


@contextmanager
def _documents(
    found: JudgedSet, index: str | Path | None, keep: str | Path | None
) -> Iterator[Path | None]:
    """The folder with the set's own documents; None when it brings none."""
    if found.documents is None:
        yield None
    elif index is not None:
        raise SettingsError(f"the set {found.name} brings its documents; leave --index out")
    elif keep is not None:
        write_documents(found.documents, expanded(keep) / found.name)
        yield expanded(keep) / found.name
    else:
        with TemporaryDirectory(prefix="semsearch-") as folder:
            write_documents(found.documents, Path(folder) / "documents")
            yield Path(folder) / "documents"


def _compared(figure: str, trials: list[Trial]) -> Compared:
    own, *others = [trial.figures[figure] for trial in trials]
    if not others:
        return Compared(figure, mean_of(own), None, None)
    return Compared(figure, mean_of(own), mean_of(others[0]), chance_of_difference(own, others[0]))
