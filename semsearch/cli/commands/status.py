"""``semsearch status`` and ``semsearch missing``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from semsearch.cli.errors import FOUND, SOME_LEFT_OUT, STALE, one_line_errors
from semsearch.cli.options import All, AsJson, Index, Quiet
from semsearch.cli.render.terminal import say, to_json
from semsearch.cli.result import print_result
from semsearch.errors import SettingsError

if TYPE_CHECKING:
    from datetime import timedelta

    from semsearch.settings.schema import Settings
    from semsearch.store.collection.uri import CollectionUri


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

    Also says whether the folder has changed since. Opens no document, calls no embedder. Of a
    collection it shows the sources, with their generations, ages and counts.

    Exit codes: 0 there is an index, 1 it is older than --max-age, 2 error; with --all the worst.

    \b
    Examples:
      semsearch status
      semsearch status --all --max-age 48h
      semsearch status --index ~/documents --json
      semsearch status --index postgresql://db.example/team
      semsearch status --max-age 48h || echo "the index is out of date"
    """
    from semsearch.cli.render.reports import status_text
    from semsearch.settings.sources import run_settings
    from semsearch.store.locate import named_collection
    from semsearch.store.maintenance.status import (
        status as inspect,  # here: --help does not wait for faiss
    )

    most = None
    if max_age is not None:
        from semsearch.schedule.duration import duration  # here: most ask for no age

        most = duration(max_age, "--max-age")

    def inspected(name: str | None) -> tuple[int, dict[str, Any]]:
        settings = run_settings(None, index=name)
        if (uri := named_collection(settings)) is not None:
            return _collection(uri, settings, most, name if every else None, as_json=as_json)
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
        from semsearch.store.named_indexes import chosen_names

        return for_each(chosen_names(None), inspected, as_json=as_json)
    code, record = inspected(index)
    if as_json:
        print(to_json(record))
    return code


def _collection(
    uri: "CollectionUri",
    settings: "Settings",
    most: "timedelta | None",
    name: str | None,
    *,
    as_json: bool,
) -> tuple[int, dict[str, Any]]:
    """Show a collection, under its ``name`` beside others; STALE where a source is older."""
    # Here: most ask about the index of a folder.
    from semsearch.cli.render.collections import collection_text
    from semsearch.store.collection.status import collection_status

    found = collection_status(uri, settings)
    if not as_json:
        text = collection_text(found)
        print(text if name is None else f"{'name':<11}{name}\n{text}\n")
    old = [] if most is None else found.older_than(most)
    for source in old:
        say(f"semsearch: {source} was last brought up to date longer ago; run: semsearch publish")
    return STALE if old else FOUND, found.to_dict()


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
