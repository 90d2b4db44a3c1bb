"""``semsearch serve``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import All, Embedder, IndexedFolder, Names
from semsearch.cli.render.terminal import say
from semsearch.cli.served_indexes import ServedIndexes
from semsearch.cli.version import VERSION
from semsearch.errors import SemsearchError, SettingsError, Terminated
from semsearch.settings.paths import expanded

if TYPE_CHECKING:
    from semsearch.mcp.library import Library


@one_line_errors
def serve(
    folder: IndexedFolder = None,
    names: Names = None,
    every: All = False,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Where to listen; others than this machine: 0.0.0.0."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 for any that is free.")
    ] = 8787,
    known: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="A name that this machine has; again."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The token, in a private file; else a new one each time."
        ),
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Let every program of this machine ask.")
    ] = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    embedder: Embedder = None,
) -> int:
    """Serve a search page, a JSON API and the Model Context Protocol, until Ctrl-C.

    The page's address is printed on stderr, with a token that lets a browser in. Only this machine
    can reach it unless --host says otherwise. Nothing is ever changed by a request; no other files
    than those in the index are read. A new generation of the index is served by itself.

    At /api/search?q=… is what query --json prints, at /openapi.json a description; assistants
    connect to /mcp. Programs send the token as Authorization: Bearer TOKEN.

    Needs the extra serve. Exit codes: 0 Ctrl-C, 2 error, 143 terminated.

    \b
    Examples:
      semsearch serve ~/notes --open
      semsearch serve --all --port 9000
      semsearch serve ~/notes --host 0.0.0.0 --allow-host notes.lan --token-file ~/.notes-token
    """
    indexes = ServedIndexes(folder, names, every)
    if no_token and token_file is not None:
        raise SettingsError("give one of --token-file and --no-token")
    try:
        from semsearch.serve import server  # here: it is an extra
    except ImportError as error:
        raise SettingsError(
            f"{error.name} is not installed; run: pip install 'semsearch[serve]'"
        ) from error
    from semsearch.serve.access import Access, new_token, token_in

    token = None
    if not no_token:
        token = new_token() if token_file is None else token_in(expanded(token_file))
    library = indexes.library(embedder)
    _look_at(library)
    with server.listening(host, port) as listener:
        access = Access.of(host, known or (), token, listener.port)
        running = server.WebServer(library, listener, access, VERSION)
        page = listener.address
        is_new = token is not None and token_file is None  # another is known, and kept out of logs
        shown = f"{page}?token={token.reveal()}" if token is not None and is_new else page
        say(f"semsearch: serving at {shown} until Ctrl-C")
        if open_page:
            import webbrowser  # here: few want it

            webbrowser.open(page if token is None else f"{page}?token={access.invitations.new()}")
        try:
            running.run()
        except KeyboardInterrupt as interrupt:
            if isinstance(interrupt, Terminated) or Terminated.was_asked:
                raise
    return FOUND


def _look_at(library: "Library") -> None:
    """Tell now what cannot be asked; raises ``SemsearchError`` where that is every index."""
    names = library.names or ("",)
    wrong: list[SemsearchError] = []
    for name in names:
        try:
            library.outline(name)
        except SemsearchError as error:
            wrong.append(error)
            if len(names) > 1:
                say(f"semsearch: {name} is not served: {error}")
    if len(wrong) == len(names):
        raise wrong[0]
