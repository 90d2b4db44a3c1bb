"""Options of an index run, declared once for ``index`` and ``rebuild``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.completion import index_names
from semsearch.cli.options import (
    Accept,
    All,
    AllowMassDelete,
    AsJson,
    BatchCollect,
    Context,
    DryRun,
    Embedder,
    Generated,
    InBatches,
    Index,
    LogJson,
    MaxCost,
    MaxTokens,
    MinCoverage,
    NewsCommand,
    NewsMail,
    NewsNotify,
    Ocr,
    Quiet,
    Shard,
    Timeout,
    Verbose,
    Wait,
    Whole,
    Yes,
)
from semsearch.indexer.options import BatchUse, RunOptions
from semsearch.settings.sources import load_settings

Folder = Annotated[
    Path | None,
    typer.Argument(
        autocompletion=index_names,
        help="The folder to index; without it that of the nearest index, else this one.",
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Embed every passage again, also what is paid for.")
]


@dataclass(frozen=True, eq=False, repr=False)
class RunArguments:
    """Options common to ``index`` and ``rebuild``."""

    folder: Folder = None
    embedder: Embedder = None
    index: Index = None
    dry_run: DryRun = False
    max_cost: MaxCost = None
    max_tokens: MaxTokens = None
    batch: InBatches = False
    batch_collect: BatchCollect = False
    yes: Yes = False
    ocr: Ocr = None
    generated: Generated = None
    context: Context = None
    shard: Shard = None
    min_coverage: MinCoverage = None
    allow_mass_delete: AllowMassDelete = False
    accept: Accept = False
    whole: Whole = False
    wait: Wait = 0
    command: NewsCommand = None
    mail: NewsMail = None
    notify: NewsNotify = None
    timeout: Timeout = None
    log_json: LogJson = None
    as_json: AsJson = False
    quiet: Quiet = False
    verbose: Verbose = 0

    @property
    def options(self) -> RunOptions:
        """Return the options of the run; raises ``SettingsError``."""
        return RunOptions(
            max_cost=self.max_cost,
            max_tokens=self.max_tokens,
            ocr=_ocr_languages(self.ocr),
            generated=self.generated,
            context=self.context,
            shard=self.shard,
            batch=_batch_use(self.batch, self.batch_collect),
            allow_mass_delete=self.allow_mass_delete,
            accept=self.accept,
            whole=self.whole,
            wait=self.wait,
        )


@dataclass(frozen=True, eq=False, repr=False)
class IndexArguments(RunArguments):
    """Options of ``index``."""

    every: All = False


@dataclass(frozen=True, eq=False, repr=False)
class RebuildArguments(RunArguments):
    """Options of ``rebuild``."""

    fresh: Fresh = False


def _batch_use(batch: bool, batch_collect: bool) -> BatchUse:
    if batch_collect:
        return BatchUse.WAIT
    return BatchUse.SUBMIT if batch else BatchUse.NONE


def _ocr_languages(wanted: bool | None) -> str | None:
    """Return the OCR languages: those set, else English; "" for none; None as in the index."""
    if wanted is None:
        return None
    return (load_settings().ocr or "eng") if wanted else ""
