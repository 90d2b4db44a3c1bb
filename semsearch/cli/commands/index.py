"""``semsearch index``, ``rebuild`` and ``plan``."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semsearch.cli.completion import index_names
from semsearch.cli.errors import FOUND, SOME_LEFT_OUT, ending, one_line_errors
from semsearch.cli.for_each import for_each
from semsearch.cli.news_channels import Stdout, channels
from semsearch.cli.options import (
    Accept,
    All,
    AllowMassDelete,
    AsJson,
    BatchCollect,
    Context,
    DryRun,
    Embedder,
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
    Timeout,
    Verbose,
    Wait,
    Yes,
)
from semsearch.cli.render.terminal import say, show_log, to_json
from semsearch.cli.time_limit import time_limit
from semsearch.errors import SettingsError
from semsearch.settings.sources import load_settings

if TYPE_CHECKING:
    from semsearch.cli.render.progress import Bar
    from semsearch.cli.render.run_log import RunLog
    from semsearch.indexer.plan import BatchUse, Plan
    from semsearch.indexer.run import IndexReport
    from semsearch.indexer.update import Progress

Done = tuple[int, dict[str, Any]]  # an exit code, and what --json prints

Folder = Annotated[
    Path | None,
    typer.Argument(
        autocompletion=index_names,
        help="The folder to index; without it that of the nearest index, else this one.",
    ),
]


@one_line_errors
def index(
    folder: Folder = None,
    embedder: Embedder = None,
    index: Index = None,
    every: All = False,
    dry_run: DryRun = False,
    max_cost: MaxCost = None,
    max_tokens: MaxTokens = None,
    batch: InBatches = False,
    batch_collect: BatchCollect = False,
    yes: Yes = False,
    ocr: Ocr = None,
    context: Context = None,
    min_coverage: MinCoverage = None,
    allow_mass_delete: AllowMassDelete = False,
    accept: Accept = False,
    wait: Wait = 0,
    command: NewsCommand = None,
    mail: NewsMail = None,
    notify: NewsNotify = None,
    timeout: Timeout = None,
    log_json: LogJson = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Make the index of a folder, or bring it up to date.

    Only text that is new is embedded. A run that is stopped loses nothing: run it again. On a
    terminal the plan is shown, and asked for, before the first text of a folder goes to a server.

    Exit codes: 0 done, 2 error, 3 done but some documents could not be read, 11 another semsearch
    is writing to the index, 12 no key or a wrong one, 13 another embedder, 14 the budget is
    reached, 15 the new generation is much worse and not shown, 28 the disk is full, 74 the disk
    failed, 75 the server is out of reach or a batch job has not ended, 124 the time is up, 130
    interrupted, 143 terminated. With --all the worst of them; --max-cost and --max-tokens hold for
    each.

    \b
    Examples:
      semsearch index ~/documents
      semsearch index                      again, from anywhere inside the folder
      semsearch index ~/documents --embedder local:minilm
      semsearch index ~/documents --dry-run
      semsearch index ~/documents --max-cost 0.50 --yes
      semsearch index ~/documents --batch              at half the price, within a day
      semsearch index ~/documents --batch-collect
      semsearch index ~/documents --json --quiet
      semsearch index ~/documents --quiet --timeout 2h --log-json auto
      semsearch index --all --quiet                    each folder that has a name
    """
    show_log(verbose)
    if every and (folder is not None or index is not None):
        raise SettingsError("--all is every folder that has a name; leave FOLDER and --index out")
    if dry_run:

        def planned(name: str | None) -> Done:
            return _planned(folder, name, embedder, context, as_json)

        return (
            for_each(_names(), planned, as_json=as_json)
            if every
            else _ended(planned(index), as_json)
        )
    from semsearch.indexer.run import index as run  # here: a query does not wait for the readers

    options = {
        "max_cost": max_cost,
        "max_tokens": max_tokens,
        "ocr": _ocr_languages(ocr),
        "context": context,
        "batch": _batch_use(batch, batch_collect),
        "allow_mass_delete": allow_mass_delete,
        "accept": accept,
        "wait": wait,
        "channels": channels(command, mail, notify),
    }

    def done(name: str | None) -> Done:
        with _logged(log_json, "index", folder, name) as log:
            return _run(
                run, folder, name, embedder, yes, min_coverage, as_json, quiet, log, options
            )

    with time_limit(timeout):
        return for_each(_names(), done, as_json=as_json) if every else _ended(done(index), as_json)


@one_line_errors
def rebuild(
    folder: Folder = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Embed every passage again, also what is paid for.")
    ] = False,
    embedder: Embedder = None,
    index: Index = None,
    dry_run: DryRun = False,
    max_cost: MaxCost = None,
    max_tokens: MaxTokens = None,
    batch: InBatches = False,
    batch_collect: BatchCollect = False,
    yes: Yes = False,
    ocr: Ocr = None,
    context: Context = None,
    min_coverage: MinCoverage = None,
    allow_mass_delete: AllowMassDelete = False,
    accept: Accept = False,
    wait: Wait = 0,
    command: NewsCommand = None,
    mail: NewsMail = None,
    notify: NewsNotify = None,
    timeout: Timeout = None,
    log_json: LogJson = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Read and cut every document anew, while the old generation keeps answering.

    Vectors of text that has not changed are used again unless --fresh. With --embedder the index
    changes its embedder.

    \b
    Examples:
      semsearch rebuild ~/documents
      semsearch rebuild ~/documents --embedder mistral:mistral-embed --dry-run
      semsearch rebuild ~/documents --fresh
    """
    show_log(verbose)
    if dry_run:
        planned = _planned(folder, index, embedder, context, as_json, everything=True, fresh=fresh)
        return _ended(planned, as_json)
    from semsearch.indexer.run import rebuild as run  # here: a query does not wait for the readers

    options = {
        "max_cost": max_cost,
        "max_tokens": max_tokens,
        "ocr": _ocr_languages(ocr),
        "context": context,
        "batch": _batch_use(batch, batch_collect),
        "allow_mass_delete": allow_mass_delete,
        "accept": accept,
        "wait": wait,
        "channels": channels(command, mail, notify),
        "fresh": fresh,
    }
    with time_limit(timeout), _logged(log_json, "rebuild", folder, index) as log:
        done = _run(run, folder, index, embedder, yes, min_coverage, as_json, quiet, log, options)
    return _ended(done, as_json)


@one_line_errors
def plan(
    folder: Folder = None,
    embedder: Embedder = None,
    index: Index = None,
    context: Context = None,
    as_json: AsJson = False,
    _quiet: Quiet = False,
) -> int:
    """Show what semsearch index would read, embed and cost; send nothing, write nothing.

    \b
    Examples:
      semsearch plan ~/documents
      semsearch plan ~/documents --embedder mistral:mistral-embed --json
    """
    return _ended(_planned(folder, index, embedder, context, as_json), as_json)


def run_index(name: str, *, as_json: bool, quiet: bool) -> int:
    """Index a folder by its name, as semsearch index does when it is told nothing else."""
    from semsearch.indexer.run import index as run  # here: a query does not wait for the readers

    options = {"channels": channels()}
    return _ended(_run(run, None, name, None, False, None, as_json, quiet, None, options), as_json)


def _names() -> list[str]:
    from semsearch.store.named_indexes import chosen_names  # here: nobody else waits for it

    return chosen_names(None)


def _ended(done: Done, as_json: bool) -> int:
    code, record = done
    if as_json:
        print(to_json(record))
    return code


def _batch_use(batch: bool, batch_collect: bool) -> "BatchUse":
    from semsearch.indexer.plan import BatchUse  # here: a query does not wait for it

    if batch_collect:
        return BatchUse.WAIT
    return BatchUse.SUBMIT if batch else BatchUse.NONE


def _planned(
    folder: Path | None,
    index: str | None,
    embedder: str | None,
    context: str | None,
    as_json: bool,
    *,
    everything: bool = False,
    fresh: bool = False,
) -> Done:
    from semsearch.cli.render.plans import plan_text
    from semsearch.indexer.planner import (
        plan as look,  # here: a query does not wait for the readers
    )

    found = look(
        folder, index=index, embedder=embedder, context=context, everything=everything, fresh=fresh
    )
    if not as_json:
        print(plan_text(found))
    return FOUND, found.to_dict()


def _ocr_languages(wanted: bool | None) -> str | None:
    """The languages that are set, else English; none, or what the index has."""
    if wanted is None:
        return None
    return (load_settings().ocr or "eng") if wanted else ""


def _run(
    run: "Callable[..., IndexReport]",
    folder: Path | None,
    index: str | None,
    embedder: str | None,
    yes: bool,
    min_coverage: float | None,
    as_json: bool,
    quiet: bool,
    log: "RunLog | None",
    options: dict[str, Any],
) -> Done:
    from semsearch.cli.malloc import keep_together
    from semsearch.cli.render.progress import shown_progress
    from semsearch.cli.render.reports import report_text

    keep_together()
    is_watched = sys.stdin.isatty() and sys.stderr.isatty()
    with shown_progress(not (quiet or as_json)) as bar:
        stdout = Stdout(prints=not as_json, before=bar.hide if bar else None)
        report = run(
            folder,
            index=index,
            embedder=embedder,
            on_progress=_both(bar.show if bar else None, log.show if log else None),
            approve=(lambda plan: approved(plan, bar)) if is_watched and not yes else None,
            **{**options, "channels": [*options.get("channels", ()), stdout]},
        )
    code = SOME_LEFT_OUT if _is_lacking(report, min_coverage) else FOUND
    record = report.to_dict()
    news = record.pop("news")
    if log is not None:
        log.write("end", exit_code=code, **record)
    if not quiet:
        for notice in report.notices:
            say(f"semsearch: {notice}")
    for reason in report.not_told:
        say(f"semsearch: news are told again by the next run: {reason}")
    if not (as_json or quiet):
        print(report_text(report))
    return code, {**record, "news": news}


def _is_lacking(report: "IndexReport", min_coverage: float | None) -> bool:
    if min_coverage is not None:
        return report.coverage < min_coverage
    return bool(report.not_searchable)


@contextmanager
def _logged(
    name: str | None, command: str, folder: Path | None, index: str | None
) -> "Iterator[RunLog | None]":
    """The log of that name, with how the run begins and, if it fails, how it ends."""
    if name is None:
        yield None
        return
    from semsearch.cli.render.run_log import RunLog  # here: few runs have a log

    log = RunLog(name)
    where = None if folder is None else str(folder.absolute())
    log.write("begin", command=command, folder=where, index=index)
    try:
        yield log
    except (Exception, KeyboardInterrupt) as error:
        said, code = ending(error, command)
        log.write("end", exit_code=code, folder=where, error=said)
        raise
    finally:
        log.close()


def _both(*shows: "Callable[[Progress], None] | None") -> "Callable[[Progress], None] | None":
    """What calls each of those that are there; None when none is."""
    there = [show for show in shows if show is not None]
    if len(there) < 2:
        return there[0] if there else None

    def show_all(now: "Progress") -> None:
        for show in there:
            show(now)

    return show_all


def approved(plan: "Plan", bar: "Bar | None") -> bool:
    """Show the plan and ask, on stderr."""
    from semsearch.cli.render.plans import plan_text

    if bar is not None:
        bar.hide()
    print(plan_text(plan), file=sys.stderr)
    answer = typer.confirm(f"Send this text to {plan.host}?", err=True)
    if bar is not None and answer:
        bar.unhide()
    return answer
