"""``semsearch query``."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.failing import FOUND, NOTHING_FOUND, one_line_errors
from semsearch.cli.options import AsJson, Embedder, Index, Quiet
from semsearch.cli.prompting import prompted
from semsearch.errors import SettingsError
from semsearch.output.terminal import Style, say


@one_line_errors
def query(
    question: Annotated[
        str | None,
        typer.Argument(help="What you want to know, in words; without it, a prompt asks."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-k", min=1, max=1000, help="How many passages to show.")
    ] = 5,
    mode: Annotated[
        str | None,
        typer.Option(metavar="MODE", help="hybrid, semantic (by meaning), keyword (by words)."),
    ] = None,
    min_relevance: Annotated[
        float | None,
        typer.Option(
            "--min-relevance", metavar="0-1", min=0, max=1, help="Leave out what is less relevant."
        ),
    ] = None,
    paths: Annotated[
        list[str] | None,
        typer.Option(
            "--path",
            metavar="GLOB",
            help="Only documents that match, as in a .gitignore; ! negates; may be given again.",
        ),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="ENDING", help="Only pdf, md, …; ! negates; again."),
    ] = None,
    languages: Annotated[
        list[str] | None,
        typer.Option("--lang", metavar="CODE", help="Only passages in en, de, zh, …; ! negates."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only files changed since: 2026-01-31, 7d, 12h, 6m."),
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only files changed before.")
    ] = None,
    per_document: Annotated[
        int | None,
        typer.Option("--per-document", metavar="N", min=1, help="At most so many of one document."),
    ] = None,
    merge: Annotated[
        bool | None,
        typer.Option(
            "--merge/--no-merge",
            help="Make one hit of neighbouring passages; done for a person unless told otherwise.",
        ),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            metavar="PATH:LINES", help="More like the passage that is cited, no question."
        ),
    ] = None,
    questions: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="Ask each line of a file, - for stdin."),
    ] = None,
    literal: Annotated[
        bool, typer.Option("--literal", help="Take file:, -word and quotes as words like any.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Print passages whole.")] = False,
    context: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Print N rows of the file around each hit, too."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what each hit was ranked by.")
    ] = False,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="Print the paths only, each once, best first.")
    ] = False,
    null: Annotated[
        bool, typer.Option("--null", "-0", help="End paths with NUL, for xargs -0.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Compare with every vector, also in a large index.")
    ] = False,
    rerank: Annotated[
        str | None,
        typer.Option(
            "--rerank",
            metavar="URI",
            help="Have the best read again, with the question, by local:PATH, hf:NAME or"
            " rerank:MODEL@URL; none: whatever is set, do not.",
        ),
    ] = None,
    embedder: Embedder = None,
    index: Index = None,
    as_json: AsJson = False,
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print a JSON object a line: a hit, or an answer.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print hits as CSV.")] = False,
    as_md: Annotated[bool, typer.Option("--md", help="Print hits as Markdown.")] = False,
    quiet: Quiet = False,
) -> int:
    """Print the passages that answer a question best, with their exact places.

    In a question, file:GLOB type:pdf lang:de after:2026-01-31 before:7d "exact words" -word
    restrict the hits, and A -- not B asks for what is like A and unlike B.

    Exit codes: 0 found, 1 nothing relevant found, 2 error, 130 interrupted.

    \b
    Examples:
      semsearch query "how do I keep my dough alive over the holidays?"
      semsearch query "notice period" -k 3 --path "contracts/*.pdf"
      semsearch query "notice period type:pdf -draft" --json
      semsearch query --from questions.txt --jsonl
      semsearch query --like notes/bread.md:12-20
    """
    # Here: --help does not wait for faiss.
    from semsearch.asking import filter_of
    from semsearch.output.answers import Form, Printer, nothing_found
    from semsearch.ranking import Mode
    from semsearch.searching import Answer, Hit, Searcher, Wanted, mode_named
    from semsearch.showing import Shown, show

    if sum(given is not None for given in (question, like, questions)) > 1:
        raise SettingsError("give one of a question, --like and --from")
    if question is None and like is None and questions is None and not sys.stdin.isatty():
        raise SettingsError(
            "there is no question; give one, or --from FILE with one a line, - for stdin"
        )
    form = Form(_form(json=as_json, jsonl=as_jsonl, csv=as_csv, md=as_md))
    is_for_person = form is Form.TEXT and not files_only
    wanted = Wanted(
        limit,
        filter_of(
            paths=paths or (),
            types=types or (),
            languages=languages or (),
            since=since,
            before=before,
        ),
        None if mode is None else mode_named(mode),
        min_relevance=min_relevance,
        per_document=per_document,
        merges=(is_for_person and context is None) if merge is None else merge,
        marks=is_for_person or form is Form.MARKDOWN,
        is_literal=literal,
        is_exact=exact,
    )

    def surroundings(hit: Hit, answer: Answer) -> Shown:
        return show(hit.digest, context=context or 0, index=answer.index)

    printer = Printer(
        form,
        shutil.get_terminal_size().columns,
        Style.of(sys.stdout),
        is_full=full,
        explains=explain,
        files_only=files_only,
        ends_with_nul=null,
        is_batch=questions is not None,
        surroundings=None if context is None else surroundings,
    )
    found = False
    lines = None if questions is None else _lines(questions)
    with Searcher(
        index=index,
        embedder=embedder,
        reranker=rerank,
        by_words_alone=wanted.mode is Mode.KEYWORD and like is None,
    ) as searcher:
        if like is not None:
            answers: Iterator[Answer] = iter([searcher.like(like, wanted)])
        elif lines is not None:
            answers = searcher.answers(lines, wanted)
        elif question is not None:
            answers = searcher.answers([question], wanted)
        else:
            answers = prompted(searcher, wanted)
        for answer in answers:
            found = found or bool(answer.hits)
            if not quiet:
                for notice in answer.notices:
                    say(f"semsearch: {notice}")
            printer.show(answer)
            if not answer.hits and not quiet:
                say(f"semsearch: {nothing_found(answer, is_filtered=bool(wanted.filter))}")
    printer.close()
    return FOUND if found else NOTHING_FOUND


def _form(**given: bool) -> str:
    forms = [form for form, is_given in given.items() if is_given]
    if len(forms) > 1:
        raise SettingsError("give one of --json, --jsonl, --csv and --md")
    return forms[0] if forms else "text"


def _lines(name: str) -> Iterator[str]:
    """The lines of a file, or as they come on stdin, that are not blank: one question each."""
    if name == "-":
        return (line.strip() for line in sys.stdin if line.strip())
    try:
        rows = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read questions from {name}: {error}") from error
    return (row.strip() for row in rows if row.strip())
