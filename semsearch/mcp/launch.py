"""Start the server for an index, for several, or for arguments that need no option parser."""

import sys
from collections.abc import Sequence

from semsearch.errors import SettingsError

_ABOUT = (
    "semsearch: this speaks the Model Context Protocol to a program on standard input;"
    " semsearch mcp --print-config CLIENT prints how to connect one, Ctrl-C ends it"
)


def serve_indexes(
    folder: str | None, names: Sequence[str], embedder: str | None, version: str, *, every: bool
) -> None:
    """Serve the index of a folder, those of some names, or every named one, until the input ends.

    Raises ``SemsearchError`` before the first message.
    """
    if sum((folder is not None, bool(names), every)) > 1:
        raise SettingsError("give one of a folder, --in and --all")
    from semsearch.mcp.library import Library
    from semsearch.mcp.server import Server
    from semsearch.mcp.stdio import serve_stdio
    from semsearch.mcp.tools import instructions, tools_of

    if sys.stdin.isatty():
        print(_ABOUT, file=sys.stderr)
    chosen: list[str] | None = None
    if every or names:
        from semsearch.store.named_indexes import chosen_names

        chosen = chosen_names(None if every else list(names))
    library = Library(folder, chosen, embedder=embedder)
    serve_stdio(Server(tools_of(library), version, lambda: instructions(library)), library.preload)


def plain_folder(arguments: Sequence[str]) -> str | None:
    """The folder of ``mcp FOLDER``, as clients give it; None for any other arguments.

    Without typer a client is connected in half the time.
    """
    if len(arguments) != 2 or arguments[0] != "mcp" or arguments[1].startswith("-"):
        return None
    return arguments[1] or None
