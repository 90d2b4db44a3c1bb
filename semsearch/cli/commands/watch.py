"""``semsearch watch``."""

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.approval import approved
from semsearch.cli.completion import index_names
from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.news_channels import Stdout, channels
from semsearch.cli.options import (
    AsJson,
    Embedder,
    Index,
    NewsCommand,
    NewsMail,
    NewsNotify,
    Quiet,
    Yes,
)
from semsearch.cli.render.terminal import say, to_json
from semsearch.errors import SemsearchError, Terminated

if TYPE_CHECKING:
    from semsearch.indexer.report import IndexReport


Folder = Annotated[
    Path | None,
    typer.Argument(
        autocompletion=index_names,
        help="The folder; without it that of the nearest index, else this one.",
    ),
]
Poll = Annotated[
    bool, typer.Option("--poll", help="Look through the folder every few seconds, by no event.")
]


@one_line_errors
def watch(
    folder: Folder = None,
    poll: Poll = False,
    embedder: Embedder = None,
    index: Index = None,
    yes: Yes = False,
    command: NewsCommand = None,
    mail: NewsMail = None,
    notify: NewsNotify = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Bring the index up to date after each change of the folder, until Ctrl-C.

    Each run is that of semsearch index, with all that it guarantees. Many changes at once are
    waited for and make one run. One that fails is told and tried again; so is one that finds
    another semsearch at work. With --json each run that has changed something is an object on one
    line.

    Exit codes: 0 Ctrl-C, 2 error, 14 the budget is reached, 143 terminated.

    \b
    Examples:
      semsearch watch ~/notes
      semsearch watch ~/notes --quiet --notify
      semsearch watch /mnt/share --index ~/share.index --poll
    """
    from semsearch.cli.malloc import keep_together
    from semsearch.schedule.watch import (
        watch as keep_watching,  # here: a query does not wait for it
    )

    keep_together()
    output = _Output(as_json, quiet)
    is_asked = sys.stdin.isatty() and sys.stderr.isatty() and not yes
    try:
        keep_watching(
            folder,
            index=index,
            embedder=embedder,
            poll=poll,
            approve=(lambda plan: approved(plan, None)) if is_asked else None,
            channels=[*channels(command, mail, notify), Stdout(not as_json, None)],
            on_report=output.report,
            on_failure=output.fail,
            on_notice=output.notice,
            on_watching=lambda corpus: output.notice(f"watching {corpus}"),
        )
    except KeyboardInterrupt as interrupt:
        if isinstance(interrupt, Terminated) or Terminated.was_asked:
            raise
    return FOUND


@dataclass(frozen=True, slots=True)
class _Output:
    """Prints the runs of a watched folder: results on stdout, errors and notices on stderr."""

    as_json: bool
    quiet: bool

    def report(self, done: "IndexReport") -> None:
        """Print the report of a run that has changed the index or found news."""
        from semsearch.cli.render.reports import report_line

        for reason in done.not_told:
            say(f"semsearch: news are told again by the next run: {reason}")
        if not done.is_new_generation and not done.news:
            return
        if self.as_json:
            print(to_json(done.to_dict(), indent=None), flush=True)
        elif not self.quiet:
            print(f"{datetime.now():%H:%M:%S} {report_line(done)}", flush=True)

    def fail(self, error: SemsearchError) -> None:
        """Print the error of a run that will be retried."""
        say(f"semsearch: {error}; trying again")

    def notice(self, text: str) -> None:
        """Print a notice about the watching."""
        if not self.quiet:
            say(f"semsearch: {text}")
