"""``semsearch similarity``."""

from typing import Annotated

import typer

from semsearch.cli.failing import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Embedder, Index, Quiet
from semsearch.output.terminal import say, to_json


@one_line_errors
def similarity(
    texts: Annotated[list[str], typer.Argument(metavar="TEXT TEXT...", help="Two texts or more.")],
    embedder: Embedder = None,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show how alike texts are: the simplest proof that an embedder works.

    Prints the dimension and the dot product of each pair of unit vectors; 1 is the same meaning.
    With --index, the index's own embedder is used.

    \b
    Examples:
      semsearch similarity "a cat on a sofa" "a kitten on the couch" "interest rates"
      semsearch similarity "bread" "Brot" --embedder mistral:mistral-embed
    """
    from semsearch.comparing import similarity as compare
    from semsearch.output.similarities import similarities_record, similarities_text

    found = compare(texts, embedder=embedder, index=index)
    if not quiet:
        for notice in found.notices:
            say(f"semsearch: {notice}")
    print(to_json(similarities_record(found)) if as_json else similarities_text(found))
    return FOUND
