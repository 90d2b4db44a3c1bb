"""``semsearch export`` and ``semsearch import``."""

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.failing import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.output.terminal import to_json

File = Annotated[Path, typer.Argument(help="The file that holds the whole index.")]


@one_line_errors
def export(file: File, index: Index = None, as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Write the whole index to one new file, for another machine or as a backup.

    It holds the documents' text, and is readable by you only.

    \b
    Examples:
      semsearch export notes.semsearch
      semsearch export ~/backup/notes.semsearch --index ~/notes
    """
    from semsearch.exporting import export as write  # here: --help does not wait for faiss
    from semsearch.output.safekeeping import carried_record, exported_text

    done = write(file, index=index)
    if as_json:
        print(to_json(carried_record(done)))
    elif not quiet:
        print(exported_text(done))
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
    from semsearch.exporting import import_ as read  # here: --help does not wait for faiss
    from semsearch.output.safekeeping import carried_record, imported_text

    done = read(file, folder, index=index)
    if as_json:
        print(to_json(carried_record(done)))
    elif not quiet:
        print(imported_text(done))
    return FOUND
