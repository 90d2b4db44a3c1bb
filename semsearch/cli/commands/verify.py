"""``semsearch verify``."""

from typing import Annotated

import typer

from semsearch.cli.errors import DAMAGED, FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.render.terminal import to_json


@one_line_errors
def verify(
    full: Annotated[bool, typer.Option("--full", help="Read every row and file.")] = False,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Compare the index with the hashes that were kept of it.

    Opens no document, calls no embedder.

    Exit codes: 0 everything is as it was written, 1 something is damaged, 2 error.

    \b
    Examples:
      semsearch verify
      semsearch verify --full --json
    """
    from semsearch.cli.render.integrity import verification_record, verification_text
    from semsearch.store.maintenance.verify import (
        verify as check,  # here: --help does not wait for faiss
    )

    found = check(index, full=full)
    if as_json:
        print(to_json(verification_record(found)))
    elif found.damages or not quiet:
        print(verification_text(found))
    return DAMAGED if found.damages else FOUND
