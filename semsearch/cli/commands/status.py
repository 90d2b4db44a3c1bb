"""``semsearch status`` and ``semsearch missing``."""

from typing import Annotated, Any

import typer

from semsearch.cli.errors import FOUND, SOME_LEFT_OUT, STALE, one_line_errors
from semsearch.cli.options import All, AsJson, Index, Quiet
from semsearch.cli.render.terminal import say, to_json
from semsearch.cli.result import print_result
from semsearch.errors import SettingsError


@one_line_errors
def status(
    max_age: Annotated[
        str | None,
        typer.Option(
            "--max-age",
            metavar="TIME",
            help="End with 1 when the folder has changed and the index is older than 48h.",
        ),
    ] = None,
    index: Index = None,
    every: All = False,
    as_json: AsJson = False,
    _quiet: Quiet = False,
) -> int:
    """Show where the index is, what it holds, what was left out and why.

    Also says whether the folder has changed since. Opens no document, calls no embedder.

    Exit codes: 0 there is an index, 1 it is older than --max-age, 2 error; with --all the worst.

    \b
    Examples:
      semsearch status
      semsearch status --all --max-age 48h
      semsearch status --index ~/documents --json
      semsearch status --max-age 48h || echo "the index is out of date"
    """
    from semsearch.cli.render.reports import status_text
    from semsearch.store.maintenance.status import (
        status as inspect,  # here: --help does not wait for faiss
    )

    most = None
    if max_age is not None:
        from semsearch.schedule.duration import duration  # here: most ask for no age

        most = duration(max_age, "--max-age")

    def inspected(name: str | None) -> tuple[int, dict[str, Any]]:
        found = inspect(name)
        if not as_json:
            print(f"{'name':<11}{name}\n" * every + status_text(found) + "\n" * every)
        if most is None or not found.is_stale(most):
            return FOUND, found.to_dict()
        say(
            f"semsearch: the index {f'of {name} ' if every else ''}is older than {max_age} and its"
            " folder has changed; run: semsearch index"
        )
        return STALE, found.to_dict()

    if every:
        if index is not None:
            raise SettingsError("give one of --all and --index")
        from semsearch.cli.for_each import for_each  # here: most ask about one index
        from semsearch.store.named_indexes import named_folders

        return for_each(named_folders(), inspected, as_json=as_json)
    code, record = inspected(index)
    if as_json:
        print(to_json(record))
    return code


@one_line_errors
def missing(
    skipped: Annotated[
        bool, typer.Option("--skipped", help="Also name files of types that are not read.")
    ] = False,
    index: Index = None,
    as_json: AsJson = False,
    _quiet: Quiet = False,
) -> int:
    """Name every file and page that no query can find as it is: since when, why, what to do.

    Exit codes: 0 everything can be found (but generated files), 2 error, 3 something cannot.

    \b
    Examples:
      semsearch missing
      semsearch missing --skipped --json
    """
    from semsearch.cli.render.reports import missing_text
    from semsearch.documents.coverage import is_generated
    from semsearch.store.maintenance.status import (
        missing as look,  # here: --help does not wait for faiss
    )

    found = look(index, skipped=skipped)
    print_result(found, missing_text, as_json=as_json)
    is_lost = any(skipped or not is_generated(item.why) for item in found.left_out)
    return SOME_LEFT_OUT if is_lost else FOUND
