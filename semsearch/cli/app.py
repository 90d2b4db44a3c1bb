"""The typer application with all commands."""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Final

import typer

from semsearch.cli.completion import show_plain_help
from semsearch.cli.version import VERSION
from semsearch.settings.environment import command_in_completion

# In the order of the help: command name, module and function.
_COMMANDS: Final = {
    "index": "index.index",
    "query": "query.query",
    "ask": "ask.ask",
    "plan": "index.plan",
    "rebuild": "index.rebuild",
    "status": "status.status",
    "watch": "watch.watch",
    "missing": "status.missing",
    "similarity": "similarity.similarity",
    "cluster": "cluster.cluster",
    "classify": "classify.classify",
    "map": "map.map_",
    "related": "related.related",
    "duplicates": "duplicates.duplicates",
    "outliers": "outliers.outliers",
    "evaluate": "evaluate.evaluate",
    "verify": "verify.verify",
    "repair": "repair.repair",
    "rollback": "rollback.rollback",
    "forget": "forget.forget",
    "export": "export.export",
    "publish": "publish.publish",
    "show": "show.show",
    "open": "show.open_",
    "import": "export.import_",
    "add": "named.add",
    "list": "named.list_",
    "remove": "named.remove",
    "models": "models.models",
    "schedule": "schedule.schedule",
    "man": "man.man",
    "canary": "canary.canary",
    "watchlist": "watchlist.watchlist",
    "mcp": "mcp.mcp",
    "serve": "serve.serve",
}


def command_line(arguments: Sequence[str]) -> typer.Typer:
    """Return the command that the arguments name, else all commands.

    Only the named command is imported: importing all commands, and building their options in typer,
    takes longer than many commands run.
    """
    app = typer.Typer(
        help="Semantic search over a folder of documents, with exact citations.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help, without importing rich
    )
    app.callback()(_options)
    show_plain_help()
    named = [name for name in command_in_completion() or arguments[:1] if name in _COMMANDS]
    for name in named or _COMMANDS:
        module, function = _COMMANDS[name].split(".")
        command = getattr(import_module(f"semsearch.cli.commands.{module}"), function)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"semsearch {VERSION}")
        raise typer.Exit


def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Semantic search over a folder of documents, with exact citations."""
