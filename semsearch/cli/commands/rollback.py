"""``semsearch rollback``."""

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.result import print_result


@one_line_errors
def rollback(index: Index = None, as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Go back to the generation before the newest: a new one, with what that had.

    Run again, it takes that back. The next semsearch index brings it in line with its folder.

    Exit codes: 0 done, 2 there is none or an error, 11 another semsearch is writing to the index.

    \b
    Examples:
      semsearch rollback
      semsearch rollback --index ~/documents --json
    """
    from semsearch.cli.render.history import rollback_text
    from semsearch.store.maintenance.rollback import (
        rollback as restore,  # here: --help does not wait for faiss
    )

    print_result(restore(index), rollback_text, as_json=as_json, quiet=quiet)
    return FOUND
