"""``semsearch repair``."""

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.result import print_result


@one_line_errors
def repair(index: Index = None, as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Take out of the index what is damaged, and make anew what is derived from the rest.

    Costs nothing. Documents whose rows or vectors are damaged are left out until semsearch index
    reads them again; the report says how much text that will embed.

    Exit codes: 0 done, 2 error, 11 another semsearch is writing to the index.

    \b
    Examples:
      semsearch repair
      semsearch repair --index ~/documents --json
    """
    from semsearch.cli.render.integrity import repair_text
    from semsearch.store.maintenance.repair import (
        repair as mend,  # here: --help does not wait for faiss
    )

    print_result(mend(index), repair_text, as_json=as_json, quiet=quiet)
    return FOUND
