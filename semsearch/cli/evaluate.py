"""``semsearch evaluate``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.failing import FOUND, one_line_errors
from semsearch.cli.index import approved
from semsearch.cli.options import AsJson, Embedder, Index, MaxCost, MaxTokens, Quiet, Yes
from semsearch.output.terminal import to_json


@one_line_errors
def evaluate(
    judged: Annotated[
        Path, typer.Argument(metavar="SET", help="A folder with questions that are judged.")
    ],
    setting: Annotated[
        str,
        typer.Option(metavar="SETTING", help="mode=MODE, words=WEIGHT, or both with a comma."),
    ] = "mode=hybrid",
    against: Annotated[
        str | None,
        typer.Option(metavar="SETTING", help="Another one, compared question by question."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where to keep the index of a set that brings its documents."
        ),
    ] = None,
    embedder: Embedder = None,
    index: Index = None,
    max_cost: MaxCost = None,
    max_tokens: MaxTokens = None,
    yes: Yes = False,
    as_json: AsJson = False,
    _quiet: Quiet = False,
) -> int:
    """Show how well an index finds what somebody has judged to be the answers.

    A set is a folder with queries.jsonl, whose lines have a question and the path (and page) that
    answers it; or one in BEIR's layout, whose documents are indexed first. Figures are of the first
    ten hits, with 95 % intervals; p is how likely it is that chance alone tells two settings apart.

    Exit codes: 0 done, 2 error, and those of index.

    \b
    Examples:
      semsearch evaluate judged --index ~/documents
      semsearch evaluate judged --index ~/documents --against mode=keyword
      semsearch evaluate scifact --keep ~/sets --embedder local:minilm --json
    """
    from semsearch.evaluation.evaluating import evaluate as run  # here: --help does not wait for it
    from semsearch.output.evaluations import evaluation_record, evaluation_text

    is_watched = sys.stdin.isatty() and sys.stderr.isatty()
    found = run(
        judged,
        setting=setting,
        against=against,
        index=index,
        embedder=embedder,
        keep=keep,
        max_cost=max_cost,
        max_tokens=max_tokens,
        approve=(lambda plan: approved(plan, None)) if is_watched and not yes else None,
    )
    print(to_json(evaluation_record(found)) if as_json else evaluation_text(found))
    return FOUND
