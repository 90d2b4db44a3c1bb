"""The commands, put together."""

from typing import Annotated

import typer

from semsearch.cli.canary import canary
from semsearch.cli.duplicates import duplicates
from semsearch.cli.evaluate import evaluate
from semsearch.cli.export import export, import_
from semsearch.cli.forget import forget
from semsearch.cli.index import index, plan, rebuild
from semsearch.cli.models import models
from semsearch.cli.named import add, list_, remove
from semsearch.cli.query import query
from semsearch.cli.repair import repair
from semsearch.cli.rollback import rollback
from semsearch.cli.schedule import schedule
from semsearch.cli.show import open_, show
from semsearch.cli.similarity import similarity
from semsearch.cli.status import missing, status
from semsearch.cli.verify import verify

app = typer.Typer(
    help="Semantic search over a folder of documents, with exact citations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help, and no import of rich for it
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version  # here: no other command waits for it

        print(f"semsearch {version('semsearch')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Semantic search over a folder of documents, with exact citations."""


for _command in (
    index,
    query,
    plan,
    rebuild,
    status,
    missing,
    similarity,
    duplicates,
    evaluate,
    verify,
    repair,
    rollback,
    forget,
    export,
):
    app.command()(_command)
app.command()(show)
app.command("open")(open_)
app.command("import")(import_)
app.command()(add)
app.command("list")(list_)
app.command()(remove)
app.add_typer(models, name="models")
app.add_typer(schedule, name="schedule")
app.add_typer(canary, name="canary")
