"""Options that several commands share."""

from typing import Annotated

import typer

Index = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="DIR",
        help="The .semsearch directory, the folder that holds it, or a name from your settings.",
    ),
]
Embedder = Annotated[
    str | None,
    typer.Option(
        "--embedder", metavar="URI", help="mistral:mistral-embed or local:minilm, for instance."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a program.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors only.")]
