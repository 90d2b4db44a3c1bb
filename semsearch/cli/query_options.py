"""Options of ``semsearch query``, as one value."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.completion import modes
from semsearch.cli.options import All, AsJson, Embedder, Names, Quiet, SearchedIndex
from semsearch.errors import SettingsError

if TYPE_CHECKING:
    from semsearch.query.options import SearchOptions
    from semsearch.query.parser import Filter

Literal = Annotated[
    bool, typer.Option("--literal", help="Take file:, -word and quotes as words like any.")
]
Refresh = Annotated[
    bool,
    typer.Option("--refresh", help="Bring the index up to date first, if that takes little."),
]
Rerank = Annotated[
    str | None,
    typer.Option(
        "--rerank",
        metavar="URI",
        help="Have the best read again, with the question, by local:PATH, hf:NAME or"
        " rerank:MODEL@URL; none: whatever is set, do not.",
    ),
]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SearchArguments:
    """Options of a search that ``query`` and ``ask`` share."""

    limit: Annotated[
        int, typer.Option("--limit", "-k", min=1, max=1000, help="How many passages to show.")
    ] = 5
    mode: Annotated[
        str | None,
        typer.Option(
            metavar="MODE",
            autocompletion=modes,
            help="hybrid, semantic (by meaning), keyword (by words).",
        ),
    ] = None
    min_relevance: Annotated[
        float | None,
        typer.Option(
            "--min-relevance", metavar="0-1", min=0, max=1, help="Leave out what is less relevant."
        ),
    ] = None
    paths: Annotated[
        list[str] | None,
        typer.Option(
            "--path",
            metavar="GLOB",
            help="Only documents that match, as in a .gitignore; ! negates; may be given again.",
        ),
    ] = None
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="ENDING", help="Only pdf, md, …; ! negates; again."),
    ] = None
    languages: Annotated[
        list[str] | None,
        typer.Option("--lang", metavar="CODE", help="Only passages in en, de, zh, …; ! negates."),
    ] = None
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", metavar="NAME", help="Only what classify --apply has tagged so; ! negates."
        ),
    ] = None
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only files changed since: 2026-01-31, 7d, 12h, 6m."),
    ] = None
    before: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only files changed before.")
    ] = None
    per_document: Annotated[
        int | None,
        typer.Option("--per-document", metavar="N", min=1, help="At most so many of one document."),
    ] = None

    @property
    def filter(self) -> "Filter":
        """What restricts the hits; raises ``SettingsError``."""
        from semsearch.query.parser import filter_of  # here: --help does not wait for numpy

        return filter_of(
            paths=self.paths or (),
            types=self.types or (),
            languages=self.languages or (),
            tags=self.tags or (),
            since=self.since,
            before=self.before,
        )

    def options_of(
        self, *, merge: bool, literal: bool, mark: bool, exact: bool = False
    ) -> "SearchOptions":
        """The options of the search, with what a command decides itself.

        Raises ``SettingsError``.
        """
        from semsearch.query.options import SearchOptions  # here: as above

        return SearchOptions().changed(
            limit=self.limit,
            filter=self.filter,
            mode=self.mode,
            min_relevance=self.min_relevance,
            per_document=self.per_document,
            merge=merge,
            literal=literal,
            exact=exact,
            mark=mark,
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QueryArguments(SearchArguments):
    """The command line of ``semsearch query``."""

    question: Annotated[
        str | None,
        typer.Argument(help="What you want to know, in words; without it, a prompt asks."),
    ] = None
    merge: Annotated[
        bool | None,
        typer.Option(
            "--merge/--no-merge",
            help="Make one hit of neighbouring passages; done for a person unless told otherwise.",
        ),
    ] = None
    like: Annotated[
        str | None,
        typer.Option(
            metavar="PATH:LINES", help="More like the passage that is cited, no question."
        ),
    ] = None
    questions: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="Ask each line of a file, - for stdin."),
    ] = None
    literal: Literal = False
    full: Annotated[bool, typer.Option("--full", help="Print passages whole.")] = False
    context: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Print N rows of the file around each hit, too."),
    ] = None
    explain: Annotated[bool, typer.Option("--explain", help="Say what each hit was ranked by.")] = (
        False
    )
    files_only: Annotated[
        bool, typer.Option("--files-only", help="Print the paths only, each once, best first.")
    ] = False
    null: Annotated[
        bool,
        typer.Option(
            "--null", "-0", help="Paths as they open from here, each ended by NUL, for xargs -0."
        ),
    ] = False
    exact: Annotated[
        bool, typer.Option("--exact", help="Compare with every vector, also in a large index.")
    ] = False
    rerank: Rerank = None
    embedder: Embedder = None
    index: SearchedIndex = None
    names: Names = None
    every: All = False
    as_json: AsJson = False
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print a JSON object a line: a hit with its question.")
    ] = False
    as_csv: Annotated[bool, typer.Option("--csv", help="Print hits as CSV.")] = False
    as_vimgrep: Annotated[
        bool,
        typer.Option("--vimgrep", help="Print file:line:column:text, for an editor's list."),
    ] = False
    line_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="TEXT",
            help="Print a line a hit, such as '{path}:{line}: {text}'; of path, file, line, column,"
            " last_line, page, citation, headings, text, passage, rank, relevance, score, digest.",
        ),
    ] = None
    as_md: Annotated[bool, typer.Option("--md", help="Print hits as Markdown.")] = False
    refresh: Refresh = False
    quiet: Quiet = False

    @property
    def form(self) -> str:
        """The name of the output format; raises ``SettingsError`` for two formats."""
        given = {
            "json": self.as_json,
            "jsonl": self.as_jsonl,
            "csv": self.as_csv,
            "md": self.as_md,
            "line": self.as_vimgrep or self.line_format is not None,
        }
        forms = [form for form, is_given in given.items() if is_given]
        if len(forms) > 1:
            raise SettingsError("give one of --json, --jsonl, --csv, --md, --vimgrep and --format")
        return forms[0] if forms else "text"

    def search_options(self) -> "SearchOptions":
        """The options of the search; raises ``SettingsError``."""
        is_for_person = self.form == "text" and not self.files_only
        is_merged = is_for_person and self.context is None
        return self.options_of(
            merge=is_merged if self.merge is None else self.merge,
            literal=self.literal,
            exact=self.exact,
            mark=is_for_person or self.form in ("md", "line"),
        )
