"""The public face: an index as an object, and functions over it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from semsearch.embedders.embedder import Embedder
from semsearch.indexer.options import BatchUse, RunHooks, RunOptions
from semsearch.indexer.plan import Plan
from semsearch.indexer.planner import plan_run
from semsearch.indexer.progress import Progress
from semsearch.indexer.questions.news import Channel
from semsearch.indexer.report import IndexReport
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.settings.schema import Settings


def index(
    folder: str | Path | None = None,
    *,
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    ocr: str | None = None,
    context: str | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    approve: Callable[[Plan], bool] | None = None,
    allow_mass_delete: bool = False,
    accept: bool = False,
    wait: float = 0,
    batch: BatchUse = BatchUse.NONE,
    channels: Sequence[Channel] = (),
) -> IndexReport:
    """Make the index of a folder, or bring it up to date; pays only for new texts.

    ``folder``, ``index``, ``embedder`` and ``settings`` are described at ``Target``,
    ``on_progress``, ``approve`` and ``channels`` at ``RunHooks``, all others at ``RunOptions``.
    Raises ``SemsearchError``; vectors that came before the error are kept, and the next run resumes
    there.
    """
    options = RunOptions(
        max_cost=max_cost,
        max_tokens=max_tokens,
        ocr=ocr,
        context=context,
        batch=batch,
        allow_mass_delete=allow_mass_delete,
        accept=accept,
        wait=wait,
    )
    target = Target(folder, index, embedder, settings)
    return run_index(target, options, RunHooks(on_progress, approve, channels))


def rebuild(
    folder: str | Path | None = None,
    *,
    fresh: bool = False,
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    max_cost: float | None = None,
    max_tokens: int | None = None,
    ocr: str | None = None,
    context: str | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    approve: Callable[[Plan], bool] | None = None,
    allow_mass_delete: bool = False,
    accept: bool = False,
    wait: float = 0,
    batch: BatchUse = BatchUse.NONE,
    channels: Sequence[Channel] = (),
) -> IndexReport:
    """Read and cut every document anew into a new generation, while the old one answers.

    Vectors of texts that have not changed are reused unless ``fresh``. A rebuild may change the
    embedder of an index. All other arguments are those of ``index``.
    """
    options = RunOptions(
        everything=True,
        fresh=fresh,
        max_cost=max_cost,
        max_tokens=max_tokens,
        ocr=ocr,
        context=context,
        batch=batch,
        allow_mass_delete=allow_mass_delete,
        accept=accept,
        wait=wait,
    )
    target = Target(folder, index, embedder, settings)
    return run_index(target, options, RunHooks(on_progress, approve, channels))


def plan(
    folder: str | Path | None = None,
    *,
    everything: bool = False,
    fresh: bool = False,
    index: str | Path | None = None,
    embedder: str | Embedder | None = None,
    context: str | None = None,
    settings: Settings | None = None,
) -> Plan:
    """Return what ``index`` would do, or ``rebuild`` with ``everything`` (and ``fresh``).

    Reads what has changed, sends nothing and writes nothing. Raises ``SemsearchError``.
    """
    options = RunOptions(everything=everything, fresh=everything and fresh, context=context)
    return plan_run(Target(folder, index, embedder, settings), options)
