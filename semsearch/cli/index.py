"""``semsearch index`` and ``semsearch rebuild``."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.failing import FOUND, SOME_LEFT_OUT, one_line_errors
from semsearch.cli.options import AsJson, Embedder, Index, Quiet
from semsearch.output.terminal import say, to_json

if TYPE_CHECKING:
    from semsearch.indexing import IndexReport

Folder = Annotated[
    Path | None,
    typer.Argument(
        help="The folder to index; without it that of the nearest index, else this one."
    ),
]


@one_line_errors
def index(
    folder: Folder = None,
    embedder: Embedder = None,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Make the index of a folder, or bring it up to date.

    Only text that is new is embedded. A run that is stopped loses nothing: run it again.

    Exit codes: 0 done, 2 error, 3 done but some documents could not be read, 11 another semsearch
    is writing to the index, 130 interrupted.

    \b
    Examples:
      semsearch index ~/documents
      semsearch index                      again, from anywhere inside the folder
      semsearch index ~/documents --embedder local:minilm
      semsearch index ~/documents --json --quiet
    """
    from semsearch.indexing import index as run  # here: a query does not wait for the readers

    return _run(run, folder, index, embedder, as_json, quiet)


@one_line_errors
def rebuild(
    folder: Folder = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Embed every passage again, also what is paid for.")
    ] = False,
    embedder: Embedder = None,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Read and cut every document anew, while the old generation keeps answering.

    Vectors of text that has not changed are used again unless --fresh. With --embedder the index
    changes its embedder.

    \b
    Examples:
      semsearch rebuild ~/documents
      semsearch rebuild ~/documents --embedder mistral:mistral-embed
      semsearch rebuild ~/documents --fresh
    """
    from semsearch.indexing import rebuild as run  # here: a query does not wait for the readers

    return _run(run, folder, index, embedder, as_json, quiet, fresh=fresh)


def _run(
    run: "Callable[..., IndexReport]",
    folder: Path | None,
    index: str | None,
    embedder: str | None,
    as_json: bool,
    quiet: bool,
    **options: bool,
) -> int:
    from semsearch.output.progress import shown_progress
    from semsearch.output.reports import report_record, report_text

    with shown_progress(not (quiet or as_json)) as on_progress:
        report = run(folder, index=index, embedder=embedder, on_progress=on_progress, **options)
    if not quiet:
        for notice in report.notices:
            say(f"semsearch: {notice}")
    if as_json:
        print(to_json(report_record(report)))
    elif not quiet:
        print(report_text(report))
    return SOME_LEFT_OUT if report.not_searchable else FOUND
