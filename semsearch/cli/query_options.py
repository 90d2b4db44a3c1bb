"""Options of ``semsearch query``."""

from typing import Annotated

import typer

from semsearch.cli.completion import modes

Question = Annotated[
    str | None,
    typer.Argument(help="What you want to know, in words; without it, a prompt asks."),
]
Limit = Annotated[
    int, typer.Option("--limit", "-k", min=1, max=1000, help="How many passages to show.")
]
SearchMode = Annotated[
    str | None,
    typer.Option(
        metavar="MODE",
        autocompletion=modes,
        help="hybrid, semantic (by meaning), keyword (by words).",
    ),
]
MinRelevance = Annotated[
    float | None,
    typer.Option(
        "--min-relevance", metavar="0-1", min=0, max=1, help="Leave out what is less relevant."
    ),
]
Paths = Annotated[
    list[str] | None,
    typer.Option(
        "--path",
        metavar="GLOB",
        help="Only documents that match, as in a .gitignore; ! negates; may be given again.",
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="ENDING", help="Only pdf, md, …; ! negates; again."),
]
Languages = Annotated[
    list[str] | None,
    typer.Option("--lang", metavar="CODE", help="Only passages in en, de, zh, …; ! negates."),
]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="NAME", help="Only what classify --apply has tagged so; ! negates."
    ),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Only files changed since: 2026-01-31, 7d, 12h, 6m."),
]
Before = Annotated[str | None, typer.Option(metavar="TIME", help="Only files changed before.")]
PerDocument = Annotated[
    int | None,
    typer.Option("--per-document", metavar="N", min=1, help="At most so many of one document."),
]
Merge = Annotated[
    bool | None,
    typer.Option(
        "--merge/--no-merge",
        help="Make one hit of neighbouring passages; done for a person unless told otherwise.",
    ),
]
Like = Annotated[
    str | None,
    typer.Option(metavar="PATH:LINES", help="More like the passage that is cited, no question."),
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="Ask each line of a file, - for stdin."),
]
Literal = Annotated[
    bool, typer.Option("--literal", help="Take file:, -word and quotes as words like any.")
]
Full = Annotated[bool, typer.Option("--full", help="Print passages whole.")]
Context = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, help="Print N rows of the file around each hit, too."),
]
Explain = Annotated[bool, typer.Option("--explain", help="Say what each hit was ranked by.")]
FilesOnly = Annotated[
    bool, typer.Option("--files-only", help="Print the paths only, each once, best first.")
]
Null = Annotated[bool, typer.Option("--null", "-0", help="End paths with NUL, for xargs -0.")]
Exact = Annotated[
    bool, typer.Option("--exact", help="Compare with every vector, also in a large index.")
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
AsJsonLines = Annotated[
    bool, typer.Option("--jsonl", help="Print a JSON object a line: a hit, or an answer.")
]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print hits as CSV.")]
AsMarkdown = Annotated[bool, typer.Option("--md", help="Print hits as Markdown.")]
Refresh = Annotated[
    bool,
    typer.Option("--refresh", help="Bring the index up to date first, if that takes little."),
]
