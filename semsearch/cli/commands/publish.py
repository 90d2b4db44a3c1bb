"""``semsearch publish``."""

from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.render.progress import shown_steps
from semsearch.cli.result import print_result, print_values
from semsearch.errors import SettingsError


@one_line_errors
def publish(
    uri: Annotated[
        str | None,
        typer.Argument(
            metavar="[URI]",
            help="postgresql://HOST/DATABASE or milvus:ADDRESS, and #NAME/SOURCE; else the"
            " setting publish.",
        ),
    ] = None,
    index: Index = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Write everything, not only what has changed.")
    ] = False,
    take_over: Annotated[
        bool,
        typer.Option("--take-over", help="Replace a source that another index has published."),
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove the source …#NAME/SOURCE instead.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Bring the index to an engine, PostgreSQL or Milvus, where others ask it without the folder.

    Only what has changed goes over, and no text is embedded. Readers see all of a generation or
    all of the one before. A collection holds many sources: one for each folder that is published,
    under its folder's name or the one in the URI. Ask it by semsearch query --index URI.

    \b
    Examples:
      semsearch publish postgresql://db.example/team
      semsearch publish "postgresql://db.example/team#docs/handbook" --index ~/handbook
      semsearch publish milvus:https://milvus.example:19530
      semsearch publish "postgresql://db.example/team#docs/handbook" --remove
    """
    from semsearch.cli.render.collections import publication_text, withdrawal_text
    from semsearch.settings.sources import run_settings
    from semsearch.store.collection.index_publication import (
        collection_to_publish,  # here: --help does not wait for numpy
        withdraw,
    )
    from semsearch.store.collection.index_publication import publish as bring

    if remove:
        if index is not None or anew or take_over:
            raise SettingsError("--remove takes only the URI of a source")
        settings = run_settings(None)
        place = collection_to_publish(uri, settings)
        gone = withdraw(uri, settings=settings)
        record = {"collection": str(place), "source": gone.source, "removed": True}
        print_values(lambda: record, lambda: withdrawal_text(gone), as_json=as_json, quiet=quiet)
        return FOUND
    with shown_steps(not quiet) as steps:
        done = bring(
            uri,
            index=index,
            anew=anew,
            take_over=take_over,
            on_progress=lambda done, total: steps("publishing", done, total) if steps else None,
        )
    print_result(done, publication_text, as_json=as_json, quiet=quiet)
    return FOUND
