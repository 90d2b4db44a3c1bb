"""``semsearch add``, ``list`` and ``remove``: folders by names of your own."""

from shlex import quote
from typing import Annotated

import typer

from semsearch.cli.completion import index_names
from semsearch.cli.errors import FOUND, NOTHING_FOUND, one_line_errors
from semsearch.cli.index_run import run_by_name
from semsearch.cli.options import AsJson, Quiet
from semsearch.cli.render.terminal import say
from semsearch.cli.result import print_values
from semsearch.documents.text.printable import printable_path
from semsearch.store.collection.uri import is_collection

Name = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits, - and _.")]
Known = Annotated[
    str, typer.Argument(metavar="NAME", autocompletion=index_names, help="One of semsearch list.")
]


@one_line_errors
def add(
    name: Name,
    folder: Annotated[
        str, typer.Argument(help="A folder, an index that is kept elsewhere, or a collection.")
    ] = ".",
    now: Annotated[bool, typer.Option("--now", help="Index it, too.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Give a folder a name, in your settings, by which every command then knows it.

    Nothing is indexed unless --now says so.

    Exit codes: 0 done, 2 error; with --now those of semsearch index.

    \b
    Examples:
      semsearch add notes ~/notes
      semsearch index notes
      semsearch query "when do the bees swarm?" --in notes
      semsearch add team postgresql://db.example/papers
    """
    from semsearch.store.named_indexes import add_name  # here: no other command waits for it

    place = add_name(name, folder)
    if now:
        return run_by_name(name, as_json=as_json, quiet=quiet)
    print_values(
        lambda: {"name": name, "place": str(place)},
        lambda: f"{name} is {printable_path(str(place))}; {_next_step(name)}",
        as_json=as_json,
        quiet=quiet,
    )
    return FOUND


def _next_step(name: str) -> str:
    """The command that comes next: a search where there is an index, else the run that makes it."""
    from semsearch.store.named_indexes import named_indexes  # here: no other command waits for it

    is_made = any(
        named.name == name and (named.created is not None or isinstance(named.place, str))
        for named in named_indexes()
    )
    then = f'query "…" --in {quote(name)}' if is_made else f"index {quote(name)}"
    return f"next: semsearch {then}"


@one_line_errors
def list_(as_json: AsJson = False, _quiet: Quiet = False) -> int:
    """Name the folders that have a name, each with its index and how old that is.

    Exit codes: 0 there are some, 1 there is none, 2 error.

    \b
    Examples:
      semsearch list
      semsearch list --json
    """
    from semsearch.cli.render.named import named_text
    from semsearch.store.named_indexes import named_indexes  # here: no other command waits for it

    found = named_indexes()
    if not found:
        say("semsearch: no folder has a name yet; give one: semsearch add NAME FOLDER")
    if found or as_json:
        print_values(
            lambda: {"indexes": [named.to_dict() for named in found]},
            lambda: named_text(found),
            as_json=as_json,
        )
    return FOUND if found else NOTHING_FOUND


@one_line_errors
def remove(name: Known, as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Forget a name. The folder and its index stay as they are.

    Exit codes: 0 done, 2 there is no such name or an error.

    \b
    Examples:
      semsearch remove notes
    """
    from semsearch.store.named_indexes import remove_name  # here: no other command waits for it

    place = remove_name(name)
    print_values(
        lambda: {"name": name, "place": place},
        lambda: (
            f"{name} is no name any more; {printable_path(place)}"
            f" {'is as it was' if is_collection(place) else 'and its index are as they were'}"
        ),
        as_json=as_json,
        quiet=quiet,
    )
    return FOUND
