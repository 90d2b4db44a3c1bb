"""``semsearch query``."""

import shutil
import sys
from typing import TYPE_CHECKING

from semsearch.cli.arguments import takes
from semsearch.cli.errors import FOUND, NOTHING_FOUND, SOME_LEFT_OUT, one_line_errors
from semsearch.cli.for_each import worst
from semsearch.cli.query_options import QueryArguments
from semsearch.cli.query_sources import Indexes, Questions, refresh_first, surroundings_of
from semsearch.cli.render.terminal import Style
from semsearch.errors import SettingsError

if TYPE_CHECKING:
    from semsearch.cli.render.answers import Outcome, Printer


@one_line_errors
@takes(QueryArguments)
def query(given: QueryArguments) -> int:
    """Print the passages that answer a question best, with their exact places.

    In a question, file:GLOB type:pdf lang:de tag:NAME after:2026-01-31 before:7d "exact words"
    -word restrict the hits, word* stands for all words that begin so, and A -- not B asks for what
    is like A and unlike B.

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
      semsearch query "notice period" --vimgrep
      semsearch query --like notes/bread.md:12-20
      semsearch query "notice period" --in work,home
      semsearch query "notice period" --refresh
    """
    # Here: --help does not wait for numpy.
    from semsearch.cli.render.answers import print_answers
    from semsearch.query.freshness import FreshnessCheck
    from semsearch.query.scoring import Mode
    from semsearch.query.searcher import Searcher

    indexes = _indexes(given)
    questions = Questions.of(given.question, given.like, given.questions)
    options = given.search_options()
    printer = _printer(given)
    if given.refresh:
        refresh_first(given.index, given.embedder, quiet=given.quiet)
    by_words_alone = options.mode is Mode.KEYWORD and given.like is None
    with indexes.opened(given.embedder, given.rerank, by_words_alone=by_words_alone) as searcher:
        check = None
        directory = searcher.directory if isinstance(searcher, Searcher) else None
        if directory is not None and not given.quiet:  # a collection's folder is elsewhere
            check = FreshnessCheck(directory)
        outcome = print_answers(
            questions.answers(searcher, options),
            printer,
            check,
            is_filtered=bool(options.filter),
            quiet=given.quiet,
        )
    return _exit_code(outcome)


def _indexes(given: QueryArguments) -> Indexes:
    """The index or indexes to search; raises ``SettingsError`` for what several cannot do."""
    indexes = Indexes(given.index, given.names, given.every)
    if indexes.are_several and given.refresh:
        raise SettingsError("--refresh is of one index; semsearch index --all refreshes all")
    if indexes.are_several and given.like is not None:
        raise SettingsError("--like is of one index; name that by --index")
    return indexes


def _printer(given: QueryArguments) -> "Printer":
    from semsearch.cli.render.answers import Form, Printer  # here: as above
    from semsearch.cli.render.hit_lines import VIMGREP, LineFormat

    if given.as_vimgrep and given.line_format is not None:
        raise SettingsError("give one of --vimgrep and --format")
    template = VIMGREP if given.as_vimgrep else given.line_format
    return Printer(
        Form(given.form),
        shutil.get_terminal_size().columns,
        Style.of(sys.stdout),
        is_full=given.full,
        explains=given.explain,
        files_only=given.files_only,
        ends_with_nul=given.null,
        is_batch=given.questions is not None,
        line_format=None if template is None else LineFormat.of(template),
        surroundings=None if given.context is None else surroundings_of(given.context),
    )


def _exit_code(outcome: "Outcome") -> int:
    if outcome.failed:
        return SOME_LEFT_OUT if outcome.was_asked else worst(list(outcome.failed.values()))
    return FOUND if outcome.found else NOTHING_FOUND
