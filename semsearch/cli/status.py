"""``semsearch status``."""

from semsearch.cli.failing import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.output.terminal import to_json


@one_line_errors
def status(index: Index = None, as_json: AsJson = False, _quiet: Quiet = False) -> int:
    """Show where the index is, what it holds, what was left out and why.

    Also says whether the folder has changed since. Opens no document, calls no embedder.

    Exit codes: 0 there is an index, 2 error.

    \b
    Examples:
      semsearch status
      semsearch status --index ~/documents --json
    """
    from semsearch.inspecting import status as inspect  # here: --help does not wait for faiss
    from semsearch.output.reports import status_record, status_text

    found = inspect(index)
    if as_json:
        print(to_json(status_record(found)))
    else:
        print(status_text(found))
    return FOUND
