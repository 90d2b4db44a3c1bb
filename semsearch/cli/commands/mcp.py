"""``semsearch mcp``."""

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import All, Embedder, IndexedFolder, Names
from semsearch.cli.query_sources import split_names
from semsearch.cli.served_indexes import ServedIndexes
from semsearch.cli.version import VERSION
from semsearch.errors import SettingsError


@one_line_errors
def mcp(
    folder: IndexedFolder = None,
    names: Names = None,
    every: All = False,
    embedder: Embedder = None,
    config: Annotated[
        str | None,
        typer.Option(
            "--print-config",
            metavar="CLIENT",
            help="Print what makes a client start this server, and end: claude, claude-desktop,"
            " cursor, vscode, codex, windsurf, zed.",
        ),
    ] = None,
) -> int:
    """Let an assistant search and read the documents, by the Model Context Protocol.

    The assistant's program starts this command and talks to it on standard input and output; it is
    not for people. --print-config prints what to give that program. Three tools only read: search,
    read and status. No other files than those in the index are ever read.

    Clients start it with hardly any environment: an API key belongs into the settings.

    Exit codes: 0 the client has ended, 2 error, 130 interrupted.

    \b
    Examples:
      semsearch mcp ~/notes --print-config claude
      semsearch mcp ~/notes --print-config vscode
      semsearch mcp --in work,home --print-config claude-desktop
    """
    indexes = ServedIndexes(folder, names, every)
    if names is not None and not split_names(names):
        raise SettingsError("--in names no index")
    if config is not None:
        from semsearch.mcp.client_config import client_config  # here: a server needs none

        print(client_config(config, _arguments(indexes, embedder)))
        return FOUND
    from semsearch.mcp.launch import serve_library  # here: as above

    serve_library(indexes.library(embedder), VERSION)
    return FOUND


def _arguments(indexes: ServedIndexes, embedder: str | None) -> list[str]:
    """The arguments of the command for a client, which starts it in another directory."""
    if indexes.every:
        given = ["--all"]
    elif indexes.names is not None:
        given = ["--in", ",".join(split_names(indexes.names))]
    else:
        given = [_absolute(indexes.folder)]
    return given if embedder is None else [*given, "--embedder", embedder]


def _absolute(folder: str | None) -> str:
    """The folder of the index as an absolute path, or its name."""
    from semsearch.settings.sources import run_settings
    from semsearch.store.collection.uri import (
        from_anywhere,
        has_secret,
        is_collection,
        shown_place,
    )
    from semsearch.store.locate import find_index

    settings = run_settings(None, index=folder)
    if folder in settings.indexes:
        return str(folder)
    if folder is not None and is_collection(folder):
        if has_secret(folder):
            raise SettingsError(
                f"{shown_place(folder)} holds a password, which would be printed; give it a name:"
                " semsearch add NAME URI, then print the configuration of that name"
            )
        return from_anywhere(folder)
    found = find_index(settings).path
    return str(Path(found.parent if found.name == ".semsearch" else found).resolve())
