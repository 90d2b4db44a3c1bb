"""``semsearch watchlist``."""

from typing import Annotated

import typer

from semsearch.cli.errors import one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.result import print_list, print_removed

watchlist = typer.Typer(
    help="Questions that are asked of all that is new.", no_args_is_help=True, rich_markup_mode=None
)

Question = Annotated[str, typer.Argument(help="What is asked, as for query.")]


@watchlist.callback()
def _group() -> None:
    """Questions that are asked of all that is new."""


@watchlist.command()
@one_line_errors
def add(
    question: Question,
    min_relevance: Annotated[
        float,
        typer.Option(
            "--min-relevance", metavar="0-1", min=0, max=1, help="Tell what is as relevant as this."
        ),
    ] = 0.5,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Have a question asked of all that comes into the index from now on.

    Each index or rebuild tells the passages that are new and that it finds, each once: on stdout,
    and by what --exec, --mail, --notify or your settings name. What is there now is no news.

    Exit codes: 0 done, 2 error, 11 another semsearch is writing.

    \b
    Examples:
      semsearch watchlist add "changes to the notice period"
      semsearch watchlist add "flood insurance type:pdf" --min-relevance 0.7
    """
    from semsearch.cli.render.news import watched_line, watched_values
    from semsearch.indexer.questions.watchlist import (
        watch_question,  # here: --help does not wait for faiss
    )

    watched = watch_question(question, min_relevance=min_relevance, index=index)
    return print_list(
        "watchlist", [(watched, 0)], watched_line, watched_values, as_json=as_json, quiet=quiet
    )


@watchlist.command("list")
@one_line_errors
def list_(index: Index = None, as_json: AsJson = False, _quiet: Quiet = False) -> int:
    """Name the questions that are watched, and how much each has found.

    Exit codes: 0 there are some, 1 there is none, 2 error.

    \b
    Examples:
      semsearch watchlist list
      semsearch watchlist list --json
    """
    from semsearch.cli.render.news import watched_line, watched_values
    from semsearch.indexer.questions.watchlist import (
        watched,  # here: --help does not wait for faiss
    )

    found = watched(index=index)
    return print_list("watchlist", found, watched_line, watched_values, as_json=as_json)


@watchlist.command()
@one_line_errors
def remove(
    question: Question, index: Index = None, as_json: AsJson = False, quiet: Quiet = False
) -> int:
    """Watch a question no longer, and drop what it has found and nobody was told.

    Exit codes: 0 done, 1 there is none, 2 error, 11 another semsearch is writing.

    \b
    Examples:
      semsearch watchlist remove "changes to the notice period"
    """
    from semsearch.cli.render.news import watched_line, watched_values
    from semsearch.indexer.questions.watchlist import (
        unwatch_question,  # here: --help does not wait for faiss
    )

    removed = unwatch_question(question, index=index)
    return print_removed(
        "watchlist",
        [] if removed is None else [(removed, 0)],
        watched_line,
        watched_values,
        nothing="there is no such question; semsearch watchlist list names those there are",
        as_json=as_json,
        quiet=quiet,
    )
