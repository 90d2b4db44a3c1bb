"""``semsearch verify``."""

from typing import Annotated

import typer

from semsearch.cli.errors import DAMAGED, FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.result import print_result


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
    from semsearch.cli.render.integrity import verification_text
    from semsearch.store.maintenance.verify import (
        verify as check,  # here: --help does not wait for faiss
    )

    found = check(index, full=full)
    is_quiet = quiet and not found.damages  # damages are printed in any case
    print_result(found, verification_text, as_json=as_json, quiet=is_quiet)
    return DAMAGED if found.damages else FOUND
