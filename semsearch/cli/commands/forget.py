"""``semsearch forget``."""

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.render.terminal import say
from semsearch.cli.result import print_result


@one_line_errors
def forget(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Files or folders, as the shell has them or relative to the indexed folder.",
        ),
    ],
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Remove documents from the index for good, with their words and vectors, old generations too.

    The files of the index are written anew without them. Copies made before, and what a disk keeps
    of files that were overwritten, are out of reach.

    Exit codes: 0 done, 2 no such document or an error, 11 another semsearch is writing to it.

    \b
    Examples:
      semsearch forget letters/2019.pdf
      semsearch forget private/ --index ~/documents
    """
    from semsearch.cli.render.history import forget_text
    from semsearch.store.maintenance.forget import (
        forget as remove,  # here: --help does not wait for faiss
    )

    report = remove(paths, index=index)
    print_result(report, forget_text, as_json=as_json, quiet=quiet)
    if report.still_there and not quiet:
        say(
            f"semsearch: {len(report.still_there)} of them are still in the folder, and the next"
            " semsearch index reads them again; name them in .semsearchignore"
        )
    return FOUND
