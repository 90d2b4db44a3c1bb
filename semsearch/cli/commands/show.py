"""``semsearch show`` and ``semsearch open``."""

import sys
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, NOTHING_FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.render.terminal import Style, say
from semsearch.cli.result import print_result

What = Annotated[
    str,
    typer.Argument(
        metavar="PLACE",
        help="A citation as query prints it, or the first digits of a hit's digest.",
    ),
]


@one_line_errors
def show(
    what: What,
    context: Annotated[
        int, typer.Option("--context", "-C", min=0, max=1000, help="Rows before and behind it.")
    ] = 3,
    index: Index = None,
    as_json: AsJson = False,
    _quiet: Quiet = False,
) -> int:
    """Print a passage, or lines of a document, as the file is now, in their surroundings.

    Exit codes: 0 shown, 1 the text does not stand in the file any more, 2 error.

    \b
    Examples:
      semsearch show kitchen/sourdough.md:12-14
      semsearch show "contracts/lease.pdf p.3" --context 10
      semsearch show 93b0c2f1 --json
    """
    from semsearch.cli.render.showings import shown_text
    from semsearch.query.passage_context import show as look  # here: --help does not wait for it

    shown = look(what, context=context, index=index)
    style = Style.of(sys.stdout)
    print_result(shown, lambda found: shown_text(found, style), as_json=as_json)
    return FOUND if shown.rows else NOTHING_FOUND


@one_line_errors
def open_(what: What, index: Index = None, quiet: Quiet = False) -> int:
    """Open a document at the place of a passage, in your editor or what your system opens it with.

    A text opens at its line in $VISUAL or $EDITOR. For other documents set an opener in your
    settings, if it can turn to a page: opener = "evince --page-index={page} {path}".

    \b
    Examples:
      semsearch open kitchen/sourdough.md:12-14
      semsearch open "contracts/lease.pdf p.3"
    """
    from semsearch.cli.opener import launch
    from semsearch.query.citation_text import citation
    from semsearch.query.passage_context import show as look  # here: --help does not wait for it
    from semsearch.settings.sources import load_settings

    shown = look(what, context=0, index=index)
    if not quiet:
        say(f"semsearch: opening {citation(shown.location)}")
    return launch(shown.corpus, shown.location, load_settings())
