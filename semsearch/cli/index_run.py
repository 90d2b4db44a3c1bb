"""An index run on the command line: progress, approval, log, report and exit code."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.cli.approval import approved
from semsearch.cli.errors import ending
from semsearch.cli.news_channels import Stdout, channels
from semsearch.cli.render.terminal import say, to_json
from semsearch.errors import ExitCode, SemsearchError
from semsearch.indexer.options import RunHooks, RunOptions, agreed
from semsearch.settings.secrets import without_passwords

if TYPE_CHECKING:
    from semsearch.cli.render.progress import Bar
    from semsearch.cli.render.run_log import RunLog
    from semsearch.cli.run_options import RunArguments
    from semsearch.indexer.plan import Plan
    from semsearch.indexer.progress import Progress
    from semsearch.indexer.questions.news import Channel
    from semsearch.indexer.report import IndexReport

Done = tuple[int, dict[str, Any]]  # exit code and values for --json


@dataclass(frozen=True, slots=True)
class ShownRun:
    """How a run is shown and logged: the command's options beside those of the run."""

    command: str  # the name of the command, for the log
    folder: Path | None = None
    embedder: str | None = None
    yes: bool = False  # send text to a server without asking
    min_coverage: float | None = None  # 0 to 1; below it the exit code is 3
    log_name: str | None = None
    as_json: bool = False
    quiet: bool = False

    @classmethod
    def of(cls, command: str, given: "RunArguments") -> "ShownRun":
        """Return the value for a command's options."""
        return cls(
            command,
            given.folder,
            given.embedder,
            given.yes,
            given.min_coverage,
            given.log_json,
            given.as_json,
            given.quiet,
        )

    def run(self, index: str | None, options: RunOptions, channels: "Sequence[Channel]") -> Done:
        """Run, and print the report unless JSON is wanted; raises ``SemsearchError``."""
        with self._logged(index) as log:
            return self._run(index, options, channels, log)

    def _run(
        self,
        index: str | None,
        options: RunOptions,
        channels: "Sequence[Channel]",
        log: "RunLog | None",
    ) -> Done:
        from semsearch.cli.malloc import keep_together
        from semsearch.cli.priority import yield_processors
        from semsearch.cli.render.progress import shown_progress
        from semsearch.indexer.run import run_index  # here: a query does not wait for the readers
        from semsearch.indexer.target import Target

        keep_together()
        yield_processors()
        with shown_progress(not (self.quiet or self.as_json)) as bar:
            stdout = Stdout(prints=not self.as_json, before=bar.hide if bar else None)
            told: list[str] = []

            def tell(notice: str) -> None:
                told.append(notice)
                if not self.quiet:
                    say(f"semsearch: {notice}")

            hooks = RunHooks(
                on_progress=_both(bar.show if bar else None, log.show if log else None),
                approve=self._approve(bar),
                channels=[*channels, stdout],
                on_notice=tell,
            )
            try:
                report = run_index(Target(self.folder, index, self.embedder), options, hooks)
            except SemsearchError as error:
                self._tell_before(error, told)
                raise
        code = ExitCode.SOME_LEFT_OUT if self._is_lacking(report) else ExitCode.DONE
        record = report.to_dict()
        news = record.pop("news")
        if log is not None:
            log.write("end", exit_code=code, **record)
        self._tell(report, told)
        return code, {**record, "news": news}

    def _approve(self, bar: "Bar | None") -> "Callable[[Plan], bool] | None":
        """The answer to a plan: yes by the option, a person's on a terminal, else none."""
        if self.yes:
            return agreed
        is_watched = sys.stdin.isatty() and sys.stderr.isatty()
        return (lambda plan: approved(plan, bar)) if is_watched else None

    def _is_lacking(self, report: "IndexReport") -> bool:
        if self.min_coverage is not None:
            return report.coverage < self.min_coverage
        return bool(report.not_searchable)

    def _tell_before(self, error: SemsearchError, told: Sequence[str]) -> None:
        """Print the report of a run that had ended before the error, if it had."""
        from semsearch.indexer.report import IndexReport  # here: as above

        if isinstance(error.report, IndexReport):
            self._tell(error.report, told)
            if self.as_json:
                print(to_json(error.report.to_dict()))

    def _tell(self, report: "IndexReport", told: Sequence[str]) -> None:
        if not self.quiet:
            for notice in report.notices:
                if notice in told:
                    continue
                say(f"semsearch: {notice}")
        for reason in report.not_told:
            say(f"semsearch: news are told again by the next run: {reason}")
        if not (self.as_json or self.quiet):
            from semsearch.cli.render.reports import report_text  # here: many runs print none

            print(report_text(report))

    @contextmanager
    def _logged(self, index: str | None) -> "Iterator[RunLog | None]":
        """Open the log, if any; log the start of the run, and its end if it fails."""
        if self.log_name is None:
            yield None
            return
        from semsearch.cli.render.run_log import RunLog  # here: few runs have a log

        log = RunLog(self.log_name)
        where = None if self.folder is None else without_passwords(str(self.folder.absolute()))
        told = None if index is None else without_passwords(index)
        log.write("begin", command=self.command, folder=where, index=told)
        try:
            yield log
        except (Exception, KeyboardInterrupt) as error:
            said, code = ending(error, self.command)
            log.write("end", exit_code=code, folder=where, error=said)
            raise
        finally:
            log.close()


def run_by_name(name: str, *, as_json: bool, quiet: bool) -> int:
    """Index a named folder like ``semsearch index`` without options; returns the exit code."""
    shown = ShownRun("index", as_json=as_json, quiet=quiet)
    return ended(shown.run(name, RunOptions(), channels()), as_json=as_json)


def ended(done: Done, *, as_json: bool) -> int:
    """Print the JSON of a finished run, if any, and return its exit code."""
    code, record = done
    if as_json:
        print(to_json(record))
    return code


def planned(
    folder: Path | None,
    index: str | None,
    embedder: str | None,
    options: RunOptions,
    *,
    as_json: bool,
    quiet: bool,
) -> Done:
    """Compute the plan of a run, and print it unless JSON is wanted; raises ``SemsearchError``."""
    from semsearch.cli.render.plans import plan_text
    from semsearch.indexer.planner import plan_run  # here: a query does not wait for the readers
    from semsearch.indexer.target import Target

    found = plan_run(Target(folder, index, embedder), options, needs_key=False)
    for notice in () if quiet else found.notices:
        say(f"semsearch: {notice}")
    if not as_json:
        print(plan_text(found))
    return ExitCode.DONE, found.to_dict()


def _both(*shows: "Callable[[Progress], None] | None") -> "Callable[[Progress], None] | None":
    """Return a function that calls each given function; None if all are None."""
    there = [show for show in shows if show is not None]
    if len(there) < 2:
        return there[0] if there else None

    def show_all(now: "Progress") -> None:
        for show in there:
            show(now)

    return show_all
