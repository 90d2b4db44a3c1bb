"""``semsearch related``."""

import sys
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, NOTHING_FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.render.terminal import Style, say
from semsearch.cli.result import print_result, say_notices


@one_line_errors
def related(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A document of the index.")],
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=1000, help="How many documents.")
    ] = 5,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show the documents that are nearest to one, with the passage of each that is nearest.

    The number is the mean, over the document's passages, of the cosine to the nearest of the
    other one's. Calls no embedder.

    Exit codes: 0 found, 1 there is no other document with text, 2 error.

    \b
    Examples:
      semsearch related kitchen/sourdough.md
      semsearch related notes/2024-03.md -n 20 --json
    """
    from semsearch.cli.render.neighbours import related_text
    from semsearch.insights.related import related as find  # here: --help does not wait for numpy

    found = find(path, limit=limit, index=index)
    say_notices(found.notices, quiet=quiet)
    if found.documents or as_json:
        style = Style.of(sys.stdout)
        print_result(found, lambda done: related_text(done, style), as_json=as_json)
    elif not quiet:
        say(f"semsearch: the index has no other document with text than {found.path}")
    return FOUND if found.documents else NOTHING_FOUND
