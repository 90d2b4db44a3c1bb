"""``semsearch man``."""

import shutil
import sys
from typing import Annotated

import typer

from semsearch.cli.completion import manual_topics
from semsearch.cli.errors import EXIT_CODES, FOUND, one_line_errors
from semsearch.cli.render.terminal import say
from semsearch.cli.version import VERSION


@one_line_errors
def man(
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="TOPIC",
            help="The page to print, such as quickstart or settings; topics: the list.",
            autocompletion=manual_topics,
        ),
    ] = None,
    *,
    lists: Annotated[bool, typer.Option("--list", help="Print the topics.")] = False,
) -> int:
    """Print a page of the manual; without a topic, all commands as a page for man.

    \b
    Examples:
      semsearch man --list
      semsearch man quickstart | less
      semsearch man | man -l -
      semsearch man > ~/.local/share/man/man1/semsearch.1
    """
    from semsearch.cli import manual_pages  # here: only this command reads the manual

    if lists or topic == "topics":
        print(manual_pages.topic_list(_width()))
    elif topic is not None:
        print(_page(manual_pages.page(topic)))
    else:
        print(_roff())
        if sys.stdout.isatty():
            say("semsearch: for man(1): semsearch man | man -l -; topics: semsearch man --list")
    return FOUND


def _page(markdown: str) -> str:
    from semsearch.cli.render.manual_text import page_text  # rich's Markdown takes 0.1 s

    return page_text(markdown, _width())


def _width() -> int:
    return min(100, max(60, shutil.get_terminal_size().columns))


def _roff() -> str:
    from semsearch.cli.command_reference import about, all_commands
    from semsearch.cli.render.manual import manual_page

    return manual_page(VERSION, about(), all_commands(), EXIT_CODES)
