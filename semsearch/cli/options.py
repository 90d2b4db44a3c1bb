"""Options that several commands share."""

from typing import Annotated

import typer

from semsearch.cli.completion import index_names, several_names

Index = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="DIR",
        autocompletion=index_names,
        help="The .semsearch directory, the folder that holds it, or a name from your settings.",
    ),
]
SearchedIndex = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="DIR",
        autocompletion=index_names,
        help="The .semsearch directory, the folder that holds it, a name from your settings, or the"
        " URI of a collection.",
    ),
]
IndexedFolder = Annotated[
    str | None,
    typer.Argument(
        help="A folder with an index, its name, or the URI of a collection; by default the nearest"
        " index upward."
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--in",
        metavar="NAME",
        autocompletion=several_names,
        help="The index of that name; NAME,NAME, or again.",
    ),
]
All = Annotated[bool, typer.Option("--all", help="Every folder that has a name (semsearch list).")]
Embedder = Annotated[
    str | None,
    typer.Option(
        "--embedder", metavar="URI", help="mistral:mistral-embed or local:minilm, for instance."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a program.")]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose", "-v", count=True, help="Say each request on stderr; twice: connections, too."
    ),
]
MaxCost = Annotated[
    float | None,
    typer.Option("--max-cost", metavar="USD", help="Stop before this run costs more."),
]
MaxTokens = Annotated[
    int | None,
    typer.Option("--max-tokens", metavar="N", help="Stop before this run takes more tokens."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before text goes to a server.")]
InBatches = Annotated[
    bool,
    typer.Option("--batch", help="Embed at half the price, later: a job of the Batch API."),
]
BatchCollect = Annotated[
    bool, typer.Option("--batch-collect", help="Wait for the jobs that --batch has begun.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what the run would do and cost; send nothing.")
]
Ocr = Annotated[
    bool | None,
    typer.Option(
        "--ocr/--no-ocr",
        help="Read pictures and scanned pages with tesseract, from now on; or no longer.",
    ),
]
Generated = Annotated[
    bool | None,
    typer.Option(
        "--generated/--no-generated",
        help="Read text that programs have made of other files, too, from now on; or no longer.",
    ),
]
Shard = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="N/COUNT",
        help="Index one part of COUNT of the folder, from now on, into an index of its own.",
    ),
]
Context = Annotated[
    str | None,
    typer.Option(
        "--context",
        metavar="WHAT",
        help="What is embedded with each passage, from now on: none, title, headings or full"
        " (both). Another one embeds everything anew.",
    ),
]
MinCoverage = Annotated[
    float | None,
    typer.Option(
        "--min-coverage",
        metavar="SHARE",
        min=0,
        max=1,
        help="End with 3 only when less of all pages and files can be found: 0.98, for instance.",
    ),
]
NewsCommand = Annotated[
    str | None,
    typer.Option(
        "--exec",
        metavar="COMMAND",
        help="Give news of watched questions to a command, as JSON on its standard input.",
    ),
]
NewsMail = Annotated[
    str | None,
    typer.Option("--mail", metavar="ADDRESS", help="Mail them, by the system's sendmail."),
]
NewsNotify = Annotated[
    bool | None,
    typer.Option("--notify/--no-notify", help="Show a notification of them, by notify-send."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors only.")]
Timeout = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        metavar="TIME",
        help="Stop as Ctrl-C does when 2h are over, and end with 124; the next run goes on.",
    ),
]
LogJson = Annotated[
    str | None,
    typer.Option(
        "--log-json",
        metavar="FILE",
        help="Add what becomes of the run to a file, a JSON object a line; auto: where your system"
        " has logs.",
    ),
]
Wait = Annotated[
    float,
    typer.Option(
        "--wait", metavar="SECONDS", min=0, help="How long to wait while another semsearch writes."
    ),
]
Whole = Annotated[
    bool,
    typer.Option(
        "--whole",
        help="Answer nothing new before every passage has a vector; read while embedding.",
    ),
]
Accept = Annotated[
    bool,
    typer.Option("--accept", help="Show the new generation, also if it is worse than the last."),
]
AllowMassDelete = Annotated[
    bool,
    typer.Option(
        "--allow-mass-delete", help="Go on when more than half of the documents are gone."
    ),
]
