"""A page of the manual: Markdown → plain text for a terminal or a pipe."""

import re
from io import StringIO
from typing import ClassVar, Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement, TableElement
from rich.table import Table
from rich.text import Text

from semsearch.documents.text.printable import printable

_COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_PICTURE: Final = re.compile(r"^!\[.*?\]\(.*?\)\n+", re.MULTILINE)
_LINK_TO_PAGE: Final = re.compile(r"\[([^\]\n]+)\]\((?!https?:)[^)\n]+\)")
_UNDERLINES: Final = {"h1": "=", "h2": "-"}


class _Heading(Heading):
    """At the left margin, underlined with signs."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        title = self.text.plain
        yield Text(title)
        if self.tag in _UNDERLINES:
            yield Text(_UNDERLINES[self.tag] * len(title))


class _CodeBlock(CodeBlock):
    """Indented, its lines as they are however long."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = self.text.plain.rstrip("\n").split("\n")
        yield Text("\n".join(f"    {row}" for row in rows), no_wrap=True, overflow="ignore")


class _Table(TableElement):
    """Long words go on in the next row; none is cut short."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in super().__rich_console__(console, options):
            if isinstance(part, Table):
                for column in part.columns:
                    column.overflow = "fold"
            yield part


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _CodeBlock,
        "code_block": _CodeBlock,
        "table_open": _Table,
    }


def page_text(markdown: str, width: int) -> str:
    """The page without marks, wrapped at ``width`` columns; links to other pages are their words.

    >>> print(page_text("# Title\\n\\nSee [other](other.md).\\n\\n```sh\\nls\\n```\\n", 40))
    Title
    =====
    <BLANKLINE>
    See other.
    <BLANKLINE>
        ls
    """
    for pattern, instead in ((_COMMENT, ""), (_PICTURE, ""), (_LINK_TO_PAGE, r"\1")):
        markdown = pattern.sub(instead, markdown)
    written = StringIO()
    console = Console(file=written, width=width, color_system=None, legacy_windows=False)
    console.print(_Page(markdown, hyperlinks=False), crop=False)
    rows = [row.rstrip() for row in written.getvalue().splitlines()]
    return printable(re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).strip("\n"))
