"""``semsearch similarity``."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Embedder, Index, Quiet
from semsearch.cli.render.terminal import Style
from semsearch.cli.result import print_result, say_notices


@one_line_errors
def similarity(
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT TEXT...", help="Texts; - is each line of stdin."),
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option("--file", "-f", metavar="FILE", help="A document; may be given again."),
    ] = None,
    embedder: Embedder = None,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show how alike texts are: the simplest proof that an embedder works.

    Prints the dimension and the dot product of each pair of unit vectors; 1 is the same meaning.
    On a terminal the table is a heat map. A file counts by the mean of its passages. With
    --index, the index's own embedder is used.

    \b
    Examples:
      semsearch similarity "a cat on a sofa" "a kitten on the couch" "interest rates"
      semsearch similarity "bread" "Brot" --embedder mistral:mistral-embed
      semsearch similarity --file offer.pdf --file contract.docx "a lease of a flat"
      head -n 20 titles.txt | semsearch similarity -
    """
    from semsearch.cli.render.similarities import similarities_text
    from semsearch.insights.similarity import similarity as compare

    found = compare(_with_lines(texts or []), files=files or [], embedder=embedder, index=index)
    say_notices(found.notices, quiet=quiet)
    width, style = shutil.get_terminal_size().columns, Style.of(sys.stdout)
    print_result(found, lambda done: similarities_text(done, width, style), as_json=as_json)
    return FOUND


def _with_lines(texts: list[str]) -> list[str]:
    """The texts, with the lines of stdin that are not blank in the place of a dash."""
    found = []
    for text in texts:
        if text == "-":
            found += [line.strip() for line in sys.stdin if line.strip()]
        else:
            found.append(text)
    return found
