"""``semsearch canary``."""

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, NOTHING_FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.render.terminal import say
from semsearch.cli.result import print_list, print_removed, print_result

canary = typer.Typer(
    help="Questions that every new generation must still find the answer of.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Question = Annotated[str, typer.Argument(help="What is asked, as for query.")]


@canary.callback()
def _group() -> None:
    """Questions that every new generation must still find the answer of."""


@canary.command()
@one_line_errors
def add(
    question: Question,
    path: Annotated[Path, typer.Argument(help="The document that it must find, in the folder.")],
    within: Annotated[
        int, typer.Option("--within", metavar="N", min=1, help="Among the first N documents.")
    ] = 5,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Save a question, and the document that it must find from now on.

    It is asked at once, and saved only if it finds the document. Before index and rebuild show a
    new generation they ask it there; when it does not find the document any more, the old one is
    kept and they end with 15.

    Exit codes: 0 saved, 1 it does not find the document, 2 error, 11 another semsearch is writing.

    \b
    Examples:
      semsearch canary add "how long is the notice period?" work/handbook.md
      semsearch canary add "deposit" work/agreement.pdf --within 1
    """
    from semsearch.cli.render.canaries import canary_line, not_found
    from semsearch.indexer.questions.regression import (
        add_canary,  # here: --help does not wait for faiss
    )

    asked = add_canary(question, path, within=within, index=index)
    if asked.is_well or as_json:
        print_result(asked, lambda done: canary_line(done.saved), as_json=as_json, quiet=quiet)
    else:
        say(f"semsearch: {not_found(asked)}")
    return FOUND if asked.is_well else NOTHING_FOUND


@canary.command("list")
@one_line_errors
def list_(index: Index = None, as_json: AsJson = False, _quiet: Quiet = False) -> int:
    """Name the saved questions; asks nothing.

    Exit codes: 0 there are some, 1 there is none, 2 error.

    \b
    Examples:
      semsearch canary list
      semsearch canary list --json
    """
    from semsearch.cli.render.canaries import canary_line
    from semsearch.indexer.questions.regression import (
        list_canaries,  # here: --help does not wait for faiss
    )
    from semsearch.store.notes.regression_questions import SavedQuestion

    saved = list_canaries(index=index)
    return print_list("canaries", saved, canary_line, SavedQuestion.to_dict, as_json=as_json)


@canary.command()
@one_line_errors
def remove(
    question: Question, index: Index = None, as_json: AsJson = False, quiet: Quiet = False
) -> int:
    """Drop a saved question.

    Exit codes: 0 done, 1 there is none, 2 error, 11 another semsearch is writing.

    \b
    Examples:
      semsearch canary remove "how long is the notice period?"
    """
    from semsearch.cli.render.canaries import canary_line
    from semsearch.indexer.questions.regression import (
        remove_canary,  # here: --help does not wait for faiss
    )
    from semsearch.store.notes.regression_questions import SavedQuestion

    removed = remove_canary(question, index=index)
    return print_removed(
        "canaries",
        [] if removed is None else [removed],
        canary_line,
        SavedQuestion.to_dict,
        nothing="there is no such question; semsearch canary list names those there are",
        as_json=as_json,
        quiet=quiet,
    )
