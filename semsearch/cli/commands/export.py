"""``semsearch export`` and ``semsearch import``."""

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.render.progress import shown_steps
from semsearch.cli.result import print_result, say_notices
from semsearch.errors import SettingsError

File = Annotated[Path, typer.Argument(help="The file that holds a whole index.")]


@one_line_errors
def export(
    file: Annotated[
        Path | None, typer.Argument(help="The file that is to hold the whole index.")
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(
            "--vectors", metavar="FILE.npy", help="Write the vectors as an array of numpy's."
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--table",
            metavar="FILE.parquet|.csv|.jsonl",
            help="Write a row for each passage: its place, text and row in the array.",
        ),
    ] = None,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Write the whole index to one new file, for another machine or as a backup.

    With --vectors and --table: the vectors and passages for other programs. Both hold the
    documents' text or what follows from it, and are readable by you only.

    \b
    Examples:
      semsearch export notes.semsearch
      semsearch export ~/backup/notes.semsearch --index ~/notes
      semsearch export --vectors notes.npy --table notes.parquet
    """
    if vectors is not None or table is not None:
        if file is not None:
            raise SettingsError(
                "name either a file for the whole index, or --vectors and --table, not both"
            )
        return _export_vectors(vectors, table, index, as_json=as_json, quiet=quiet)
    if file is None:
        raise SettingsError(
            "name a file for the whole index, or --vectors FILE.npy and --table FILE.parquet"
        )
    from semsearch.cli.render.history import exported_text
    from semsearch.store.maintenance.bundle import (
        export as write,  # here: --help does not wait for faiss
    )

    print_result(write(file, index=index), exported_text, as_json=as_json, quiet=quiet)
    return FOUND


def _export_vectors(
    vectors: Path | None, table: Path | None, index: str | None, *, as_json: bool, quiet: bool
) -> int:
    from semsearch.cli.render.history import vectors_text
    from semsearch.insights.vector_export import (
        export_vectors,  # here: --help does not wait for numpy
    )

    with shown_steps(not quiet) as steps:
        done = export_vectors(vectors, table, index=index, steps=steps)
    say_notices(done.notices, quiet=quiet)
    print_result(done, vectors_text, as_json=as_json, quiet=quiet)
    return FOUND


@one_line_errors
def import_(
    file: File,
    folder: Annotated[
        Path | None, typer.Argument(help="The folder that the index is of; else this one.")
    ] = None,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Make the index of a folder from a file that semsearch export has written.

    Embeds nothing. Every row is checked; what is derived is made anew here.

    \b
    Examples:
      semsearch import notes.semsearch ~/notes
    """
    from semsearch.cli.render.history import imported_text
    from semsearch.store.maintenance.bundle import (
        import_ as read,  # here: --help does not wait for faiss
    )

    print_result(read(file, folder, index=index), imported_text, as_json=as_json, quiet=quiet)
    return FOUND
