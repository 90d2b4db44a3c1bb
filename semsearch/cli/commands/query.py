"""``semsearch query``."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.completion import modes
from semsearch.cli.errors import FOUND, NOTHING_FOUND, SOME_LEFT_OUT, one_line_errors
from semsearch.cli.for_each import worst
from semsearch.cli.options import All, AsJson, Embedder, Index, Names, Quiet
from semsearch.cli.prompt import prompted
from semsearch.cli.render.terminal import Style, say
from semsearch.errors import SemsearchError, SettingsError

if TYPE_CHECKING:
    from semsearch.query.federated import Failure
    from semsearch.query.passage_context import Shown


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
        typer.Option(
            metavar="MODE",
            autocompletion=modes,
            help="hybrid, semantic (by meaning), keyword (by words).",
        ),
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
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", metavar="NAME", help="Only what classify --apply has tagged so; ! negates."
        ),
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
    names: Names = None,
    every: All = False,
    as_json: AsJson = False,
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print a JSON object a line: a hit, or an answer.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print hits as CSV.")] = False,
    as_md: Annotated[bool, typer.Option("--md", help="Print hits as Markdown.")] = False,
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Bring the index up to date first, if that takes little."),
    ] = False,
    quiet: Quiet = False,
) -> int:
    """Print the passages that answer a question best, with their exact places.

    In a question, file:GLOB type:pdf lang:de tag:NAME after:2026-01-31 before:7d "exact words"
    -word restrict the hits, and A -- not B asks for what is like A and unlike B.

    With --in or --all several indexes are asked, and their hits merged by relevance, which is one
    scale for all; one that cannot be asked costs a line on stderr and the exit code.

    When the folder has changed since it was indexed, as far as can be seen in a twentieth of a
    second, a line on stderr says so; --refresh indexes up to 200 such files first.

    Exit codes: 0 found, 1 nothing relevant found, 2 error, 3 an index of several could not be
    asked, 130 interrupted.

    \b
    Examples:
      semsearch query "how do I keep my dough alive over the holidays?"
      semsearch query "notice period" -k 3 --path "contracts/*.pdf"
      semsearch query "notice period type:pdf -draft" --json
      semsearch query --from questions.txt --jsonl
      semsearch query --like notes/bread.md:12-20
      semsearch query "notice period" --in work,home
      semsearch query "notice period" --refresh
    """
    # Here: --help does not wait for faiss.
    from semsearch.cli.render.answers import Form, Printer, nothing_found, seen_text
    from semsearch.query.federated import JointAnswer, JointSearcher
    from semsearch.query.freshness import Look
    from semsearch.query.hits import Answer, Hit
    from semsearch.query.options import SearchOptions, mode_named
    from semsearch.query.parser import filter_of
    from semsearch.query.scoring import Mode
    from semsearch.query.searcher import Searcher

    is_joint = every or names is not None
    if sum((every, names is not None, index is not None)) > 1:
        raise SettingsError("give one of --index, --in and --all")
    if is_joint and refresh:
        raise SettingsError("--refresh is of one index; semsearch index --all refreshes all")
    if is_joint and like is not None:
        raise SettingsError("--like is of one index; name that by --index")
    if sum(given is not None for given in (question, like, questions)) > 1:
        raise SettingsError("give one of a question, --like and --from")
    if question is None and like is None and questions is None and not sys.stdin.isatty():
        raise SettingsError(
            "there is no question; give one, or --from FILE with one a line, - for stdin"
        )
    form = Form(_form(json=as_json, jsonl=as_jsonl, csv=as_csv, md=as_md))
    is_for_person = form is Form.TEXT and not files_only
    wanted = SearchOptions(
        limit,
        filter_of(
            paths=paths or (),
            types=types or (),
            languages=languages or (),
            tags=tags or (),
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

    def surroundings(hit: Hit, answer: Answer | JointAnswer) -> "Shown":
        from semsearch.query.passage_context import show  # here: few ask for it

        return show(hit.digest, context=context or 0, index=answer.index_of(hit))

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
    lines = None if questions is None else _lines(questions)
    if refresh:
        _refresh(index, embedder, quiet=quiet)
    by_words_alone = wanted.mode is Mode.KEYWORD and like is None
    searcher: Searcher | JointSearcher = (
        JointSearcher(
            None if every else _split(names or ()),
            embedder=embedder,
            reranker=rerank,
            by_words_alone=by_words_alone,
        )
        if is_joint
        else Searcher(
            index=index, embedder=embedder, reranker=rerank, by_words_alone=by_words_alone
        )
    )
    look = Look(searcher.directory) if isinstance(searcher, Searcher) and not quiet else None
    found = was_asked = False
    failed: dict[str, int] = {}
    with searcher:
        answers: Iterator[Answer | JointAnswer]
        if like is not None and isinstance(searcher, Searcher):
            answers = iter([searcher.like(like, wanted)])
        elif lines is not None:
            answers = iter(searcher.answers(lines, wanted))
        elif question is not None:
            answers = iter(searcher.answers([question], wanted))
        else:
            answers = prompted(searcher, wanted)
        for answer in answers:
            found = found or bool(answer.hits)
            was_asked = was_asked or not isinstance(answer, JointAnswer) or bool(answer.answers)
            if isinstance(answer, JointAnswer):
                _tell(answer.failures, failed)
            if not quiet:
                for notice in answer.notices:
                    say(f"semsearch: {notice}")
            printer.show(answer)
            if look is not None and look.seen:
                say(f"semsearch: {seen_text(look.seen)}")
            look = None  # once, and only of what was seen meanwhile
            if not answer.hits and was_asked and not quiet:
                say(f"semsearch: {nothing_found(answer, is_filtered=bool(wanted.filter))}")
    printer.close()
    if failed:
        return SOME_LEFT_OUT if was_asked else worst(list(failed.values()))
    return FOUND if found else NOTHING_FOUND


def _refresh(index: str | None, embedder: str | None, *, quiet: bool) -> None:
    """Bring the index up to date; where that fails, the question is asked all the same."""
    from semsearch.cli.render.refreshing import refresh_text
    from semsearch.indexer.refresh import (
        refresh,  # here: other questions do not wait for the readers
    )

    try:
        told = refresh_text(refresh(index, embedder=embedder))
    except SemsearchError as error:
        told = f"not brought up to date first: {error}"
    if told is not None and not quiet:
        say(f"semsearch: {told}")


def _tell(failures: "Iterable[Failure]", failed: dict[str, int]) -> None:
    """Say of each index once why it cannot be asked, and note its exit code."""
    for one in failures:
        if one.name not in failed:
            say(f"semsearch: {one.name}: {one.error}")
        failed[one.name] = one.error.exit_code


def _split(names: Iterable[str]) -> list[str]:
    """The names of a list, each of which may be several with commas between them."""
    return [name.strip() for some in names for name in some.split(",") if name.strip()]


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
