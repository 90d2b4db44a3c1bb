"""``semsearch outliers``."""

import shutil
import sys
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, NOTHING_FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.render.progress import shown_steps
from semsearch.cli.render.terminal import Style, say
from semsearch.cli.result import print_result, say_notices


@one_line_errors
def outliers(
    passages: Annotated[
        bool, typer.Option("--passages", help="Look for passages, not for whole documents.")
    ] = False,
    neighbours: Annotated[
        int, typer.Option("--neighbours", metavar="N", min=1, max=100, help="How many count.")
    ] = 5,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Find the documents that belong to nothing else in the index, the farthest first.

    The number is the mean cosine to the nearest others. What is three deviations below the median
    of all is an outlier. Calls no embedder.

    Exit codes: 0 found, 1 there is none, 2 error, or fewer than 3 documents.

    \b
    Examples:
      semsearch outliers
      semsearch outliers --passages --json
    """
    from semsearch.cli.render.neighbours import outliers_text
    from semsearch.insights.outliers import outliers as find  # here: --help does not wait for numpy

    with shown_steps(not quiet) as steps:
        found = find(index, passages=passages, neighbours=neighbours, steps=steps)
    say_notices(found.notices, quiet=quiet)
    if found.found or as_json:
        width, style = shutil.get_terminal_size().columns, Style.of(sys.stdout)
        print_result(found, lambda done: outliers_text(done, width, style), as_json=as_json)
    elif not quiet:
        say(
            f"semsearch: nothing stands apart (below {found.threshold:.3f}, where"
            f" {found.usual:.3f} is usual)"
        )
    return FOUND if found.found else NOTHING_FOUND
