"""``semsearch query``."""

import shutil
import sys
from typing import Annotated

import typer

from semsearch.cli.failing import FOUND, NOTHING_FOUND, one_line_errors
from semsearch.cli.options import AsJson, Embedder, Index, Quiet
from semsearch.output.terminal import Style, say, to_json


@one_line_errors
def query(
    question: Annotated[str, typer.Argument(help="What you want to know, in words.")],
    limit: Annotated[
        int, typer.Option("--limit", "-k", min=1, max=1000, help="How many passages to show.")
    ] = 5,
    paths: Annotated[
        list[str] | None,
        typer.Option(
            "--path",
            metavar="GLOB",
            help="Search only documents that match, as in a .gitignore; may be given again.",
        ),
    ] = None,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="Print the paths only, each once, best first.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Compare with every vector, also in a large index.")
    ] = False,
    embedder: Embedder = None,
    index: Index = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Print the passages that answer a question best, with their exact places.

    Exit codes: 0 found, 1 nothing found, 2 error, 130 interrupted.

    \b
    Examples:
      semsearch query "how do I keep my dough alive over the holidays?"
      semsearch query "notice period" -k 3 --path "contracts/*.pdf"
      semsearch query "notice period" --json
    """
    from semsearch.output.hits import answer_record, answer_text, paths_text
    from semsearch.searching import search  # here: --help does not wait for faiss

    is_text = not (as_json or files_only)
    answer = search(
        question,
        limit=limit,
        paths=paths or (),
        index=index,
        embedder=embedder,
        mark=is_text,
        exact=exact,
    )
    if not quiet:
        for notice in answer.notices:
            say(f"semsearch: {notice}")
    if as_json:
        print(to_json(answer_record(answer, files_only=files_only)))
    elif files_only and answer.hits:
        print(paths_text(answer))
    elif answer.hits:
        print(answer_text(answer, shutil.get_terminal_size().columns, Style.of(sys.stdout)))
    elif not quiet:
        say("semsearch: nothing found" + (" among the documents of --path" if paths else ""))
    return FOUND if answer.hits else NOTHING_FOUND
