"""``semsearch query``."""

import shutil
import sys
from typing import TYPE_CHECKING

from semsearch.cli import query_options as given
from semsearch.cli.errors import FOUND, NOTHING_FOUND, SOME_LEFT_OUT, one_line_errors
from semsearch.cli.for_each import worst
from semsearch.cli.options import All, AsJson, Embedder, Index, Names, Quiet
from semsearch.cli.query_sources import Indexes, Questions, refresh_first, surroundings_of
from semsearch.cli.render.terminal import Style
from semsearch.errors import SettingsError

if TYPE_CHECKING:
    from semsearch.cli.render.answers import Outcome


@one_line_errors
def query(
    question: given.Question = None,
    limit: given.Limit = 5,
    mode: given.SearchMode = None,
    min_relevance: given.MinRelevance = None,
    paths: given.Paths = None,
    types: given.Types = None,
    languages: given.Languages = None,
    tags: given.Tags = None,
    since: given.Since = None,
    before: given.Before = None,
    per_document: given.PerDocument = None,
    merge: given.Merge = None,
    like: given.Like = None,
    questions: given.From = None,
    literal: given.Literal = False,
    full: given.Full = False,
    context: given.Context = None,
    explain: given.Explain = False,
    files_only: given.FilesOnly = False,
    null: given.Null = False,
    exact: given.Exact = False,
    rerank: given.Rerank = None,
    embedder: Embedder = None,
    index: Index = None,
    names: Names = None,
    every: All = False,
    as_json: AsJson = False,
    as_jsonl: given.AsJsonLines = False,
    as_csv: given.AsCsv = False,
    as_md: given.AsMarkdown = False,
    refresh: given.Refresh = False,
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
    # Here: --help does not wait for numpy.
    from semsearch.cli.render.answers import Form, Printer, print_answers
    from semsearch.query.freshness import FreshnessCheck
    from semsearch.query.options import SearchOptions
    from semsearch.query.parser import filter_of
    from semsearch.query.scoring import Mode
    from semsearch.query.searcher import Searcher

    indexes = Indexes(index, names, every)
    if indexes.are_several and refresh:
        raise SettingsError("--refresh is of one index; semsearch index --all refreshes all")
    if indexes.are_several and like is not None:
        raise SettingsError("--like is of one index; name that by --index")
    asked = Questions.of(question, like, questions)
    form = Form(_form(json=as_json, jsonl=as_jsonl, csv=as_csv, md=as_md))
    is_for_person = form is Form.TEXT and not files_only
    options = SearchOptions().changed(
        limit=limit,
        filter=filter_of(
            paths=paths or (),
            types=types or (),
            languages=languages or (),
            tags=tags or (),
            since=since,
            before=before,
        ),
        mode=mode,
        min_relevance=min_relevance,
        per_document=per_document,
        merge=(is_for_person and context is None) if merge is None else merge,
        literal=literal,
        exact=exact,
        mark=is_for_person or form is Form.MARKDOWN,
    )
    printer = Printer(
        form,
        shutil.get_terminal_size().columns,
        Style.of(sys.stdout),
        is_full=full,
        explains=explain,
        files_only=files_only,
        ends_with_nul=null,
        is_batch=questions is not None,
        surroundings=None if context is None else surroundings_of(context),
    )
    if refresh:
        refresh_first(index, embedder, quiet=quiet)
    by_words_alone = options.mode is Mode.KEYWORD and like is None
    with indexes.opened(embedder, rerank, by_words_alone=by_words_alone) as searcher:
        check = None
        if isinstance(searcher, Searcher) and not quiet:
            check = FreshnessCheck(searcher.directory)
        outcome = print_answers(
            asked.answers(searcher, options),
            printer,
            check,
            is_filtered=bool(options.filter),
            quiet=quiet,
        )
    return _exit_code(outcome)


def _form(**given: bool) -> str:
    forms = [form for form, is_given in given.items() if is_given]
    if len(forms) > 1:
        raise SettingsError("give one of --json, --jsonl, --csv and --md")
    return forms[0] if forms else "text"


def _exit_code(outcome: "Outcome") -> int:
    if outcome.failed:
        return SOME_LEFT_OUT if outcome.was_asked else worst(list(outcome.failed.values()))
    return FOUND if outcome.found else NOTHING_FOUND
