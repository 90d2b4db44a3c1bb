"""``semsearch cluster``."""

import sys
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.render.terminal import Style
from semsearch.cli.result import print_result, say_notices
from semsearch.errors import SettingsError


@one_line_errors
def cluster(
    number: Annotated[
        str,
        typer.Option(
            "-n", "--number", metavar="N|auto", help="How many clusters; auto finds that out."
        ),
    ] = "auto",
    documents: Annotated[
        bool, typer.Option("--documents", help="Put whole documents together, not passages.")
    ] = False,
    method: Annotated[
        str,
        typer.Option(metavar="METHOD", help="kmeans, or hdbscan: what is dense; the rest in none."),
    ] = "kmeans",
    least: Annotated[
        int | None,
        typer.Option(metavar="N", min=2, help="For hdbscan: the fewest members of a cluster."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget the numbers and names of the last time.")
    ] = False,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show what an index is about: passages that are alike, in clusters named by their words.

    Each has a number, the words that tell it from the others, its cohesion (the mean similarity of
    its passages to its centre), and its most central passages. It keeps number and name the next
    time, as far as what is in it stays.

    Needs the extra insights. Exit codes: 0 done, 2 error.

    \b
    Examples:
      semsearch cluster --documents
      semsearch cluster -n 12 --json
      semsearch cluster --method hdbscan --least 10
    """
    # Here: --help does not wait for them.
    from semsearch.cli.render.clusters import clustering_text
    from semsearch.cli.render.progress import shown_steps
    from semsearch.insights.clusters import cluster as find

    with shown_steps(not quiet) as steps:
        found = find(
            _count(number),
            documents=documents,
            method=method,
            least=least,
            fresh=fresh,
            index=index,
            steps=steps,
        )
    style = Style.of(sys.stdout)
    print_result(found, lambda done: clustering_text(done, style), as_json=as_json)
    say_notices(found.notices, quiet=quiet)
    return FOUND


def _count(number: str) -> int | None:
    if number == "auto":
        return None
    if not number.isdecimal():
        raise SettingsError(f"{number!r} is no number of clusters; give -n 12, or -n auto")
    return int(number)
