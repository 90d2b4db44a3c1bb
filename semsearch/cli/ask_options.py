"""Options of ``semsearch ask``, as one value."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.options import All, AsJson, Embedder, Names, Quiet, SearchedIndex, Verbose
from semsearch.cli.query_options import Literal, Refresh, Rerank, SearchArguments

if TYPE_CHECKING:
    from semsearch.query.options import SearchOptions


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AskArguments(SearchArguments):
    """The command line of ``semsearch ask``."""

    question: Annotated[
        str | None, typer.Argument(help="What you want to know, in words.", show_default=False)
    ] = None
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="URI",
            help="Who writes: mistral:mistral-small-latest or openai:MODEL@URL, for instance.",
        ),
    ] = None
    max_cost: Annotated[
        float | None,
        typer.Option("--max-cost", metavar="USD", help="Send nothing if it may cost more."),
    ] = None
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would be sent to the model, and send nothing."),
    ] = False
    unverified: Annotated[
        bool,
        typer.Option(
            "--unverified", help="Print also what could not be verified, marked, with the reason."
        ),
    ] = False
    literal: Literal = False
    rerank: Rerank = None
    embedder: Embedder = None
    index: SearchedIndex = None
    names: Names = None
    every: All = False
    as_json: AsJson = False
    refresh: Refresh = False
    verbose: Verbose = 0
    quiet: Quiet = False

    def search_options(self) -> "SearchOptions":
        """The options of the search; raises ``SettingsError``."""
        return self.options_of(merge=True, literal=self.literal, mark=not self.as_json)
