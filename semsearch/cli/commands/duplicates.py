"""``semsearch duplicates``."""

import shutil
import sys
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, NOTHING_FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.render.progress import shown_steps
from semsearch.cli.render.terminal import Style, say
from semsearch.cli.result import print_result, say_notices

MinSimilarity = Annotated[
    float,
    typer.Option(
        "--min-similarity",
        metavar="COSINE",
        min=0.5,
        max=1,
        help="How alike two passages must be; 1 is the same.",
    ),
]
MinShare = Annotated[
    float,
    typer.Option(
        "--min-share",
        metavar="SHARE",
        min=0.01,
        max=1,
        help="How much of a document another one must have for both to be shown.",
    ),
]
AcrossDocuments = Annotated[
    bool,
    typer.Option("--across-documents", help="Passages of one document alone do not count."),
]


@one_line_errors
def duplicates(
    min_similarity: MinSimilarity = 0.95,
    min_share: MinShare = 0.5,
    across_documents: AcrossDocuments = False,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Find what stands in the index more than once, word for word or nearly.

    Groups of documents come first, with the share of each one's passages that another has, too;
    then groups of passages, the largest first, with the cosine of each to the group's first. What
    a chain of pairs links is one group. Calls no embedder.

    Exit codes: 0 found, 1 nothing is alike, 2 error.

    \b
    Examples:
      semsearch duplicates
      semsearch duplicates --across-documents --min-similarity 0.98
      semsearch duplicates --index ~/notes --json
    """
    from semsearch.cli.render.duplicates import duplicates_text
    from semsearch.insights.duplicates import duplicates as find  # here: --help waits for no numpy

    with shown_steps(not quiet) as steps:
        found = find(
            index,
            min_similarity=min_similarity,
            min_share=min_share,
            across_documents=across_documents,
            steps=steps,
        )
    say_notices(found.notices, quiet=quiet)
    if found or as_json:
        width, style = shutil.get_terminal_size().columns, Style.of(sys.stdout)
        print_result(found, lambda done: duplicates_text(done, width, style), as_json=as_json)
    elif not quiet:
        say(f"semsearch: no two passages are as alike as {min_similarity:g}")
    return FOUND if found else NOTHING_FOUND
