"""``semsearch map``."""

import os
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet
from semsearch.cli.result import print_values, say_notices
from semsearch.documents.text.printable import printable_path
from semsearch.errors import SettingsError
from semsearch.settings.paths import expanded


@one_line_errors
def map_(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The page: map.html unless --png."),
    ] = None,
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="A picture, too.")] = None,
    by: Annotated[
        str, typer.Option(metavar="WHAT", help="Colour points by cluster, or by folder.")
    ] = "cluster",
    documents: Annotated[
        bool, typer.Option("--documents", help="A point for each document, not each passage.")
    ] = False,
    most: Annotated[
        int, typer.Option(metavar="N", min=3, help="Draw so many points, where there are more.")
    ] = 5000,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Draw an index as a map, on a page that opens in a browser and needs no network.

    What is alike is near. Points are named when the mouse is on them; a search box lights up those
    that have some words; the wheel makes it larger. The page holds the beginnings of passages.

    Needs the extra insights. Exit codes: 0 done, 2 error.

    \b
    Examples:
      semsearch map
      semsearch map --by folder --output notes.html --png notes.png
    """
    # Here: --help does not wait for them.
    from semsearch.cli.render.map_picture import map_picture
    from semsearch.cli.render.progress import shown_steps
    from semsearch.insights.map import corpus_map
    from semsearch.insights.map_page import map_page, map_told
    from semsearch.store.disk.atomic_files import new_file

    page = output or (Path("map.html") if png is None else None)
    files = [_free(file, is_replaced=force) for file in (page, png) if file is not None]
    with shown_steps(not quiet) as steps:
        found = corpus_map(documents=documents, by=by, most=most, index=index, steps=steps)
    contents = [] if page is None else [map_page(found).encode()]
    contents += [] if png is None else [map_picture(found)]
    for file, content in zip(files, contents, strict=True):
        with new_file(file) as made:
            made.write_bytes(content)
    names = [str(file) for file in files]
    print_values(
        lambda: {**found.to_dict(), "files": names},
        lambda: f"{map_told(found)}: {', '.join(map(printable_path, names))}",
        as_json=as_json,
    )
    say_notices(found.notices, quiet=quiet)
    return FOUND


def _free(file: Path, *, is_replaced: bool) -> Path:
    path = expanded(file).absolute()
    if os.path.lexists(path) and not (is_replaced and path.is_file()):
        raise SettingsError(f"{path} is there already; name a new file, or give --force")
    if not path.parent.is_dir():
        raise SettingsError(f"there is no folder {path.parent}; make it first")
    return path
