"""``semsearch ask``."""

import shutil
import sys
from typing import TYPE_CHECKING

from semsearch.cli.arguments import takes
from semsearch.cli.ask_options import AskArguments
from semsearch.cli.errors import FOUND, NOTHING_FOUND, SOME_LEFT_OUT, UNVERIFIED, one_line_errors
from semsearch.cli.query_sources import Indexes, refresh_first
from semsearch.cli.render.terminal import Style, say, show_log, to_json
from semsearch.errors import SettingsError

if TYPE_CHECKING:
    from semsearch.ask.answer import WrittenAnswer
    from semsearch.ask.answer_writer import AnswerWriter
    from semsearch.query.federated import JointAnswer
    from semsearch.query.hits import Answer
    from semsearch.settings.schema import Settings


@one_line_errors
@takes(AskArguments)
def ask(given: AskArguments) -> int:
    """Have a chat model write an answer from the passages that a search finds, and check it.

    The passages are printed first, then each sentence of the answer as soon as it is checked: its
    quotation must stand word for word in a passage, and its numbers and dates, too. What does not
    is left out, and said. That is a check of words: read the passages that are cited.

    Nothing is sent to a model that you have not named, by --model or the setting ask_model. It gets
    the question, and the passages with their headings. Where nothing relevant is found, none is
    asked. --dry-run shows what would be sent.

    A question may have the filters of semsearch query in it.

    Exit codes: 0 answered, 1 nothing relevant found or no answer in it, 2 error, 3 the answer is
    cut or an index of several could not be asked, 12 no key or a wrong one, 14 it may cost more
    than --max-cost, 17 nothing of the answer could be verified, 75 the server is out of reach or
    broke off, 130 interrupted.

    \b
    Examples:
      semsearch ask "how long is the notice period?" --model mistral:mistral-small-latest
      semsearch ask "how do bees keep warm?" --model openai:llama3.2@http://localhost:11434
      semsearch ask "notice period type:pdf" --max-cost 0.01 --json
      semsearch ask "notice period" --in work,home --dry-run
    """
    # Here: --help does not wait for numpy.
    from semsearch.ask.answer_writer import AnswerWriter
    from semsearch.ask.registry import open_chat_model
    from semsearch.embedders.registry import with_any_key
    from semsearch.settings.sources import run_settings

    show_log(given.verbose)
    if given.question is None or not given.question.strip():
        raise SettingsError('there is no question; ask one: semsearch ask "how …?"')
    settings = run_settings(None, ask_model=given.model, max_cost=given.max_cost)
    model = open_chat_model(
        settings.ask_model, with_any_key(settings) if given.dry_run else settings
    )
    found = _found(given, given.question)
    if not given.as_json:
        _print_hits(found)
    if not found.hits:
        return _nothing_found(given, found, settings)
    writer = AnswerWriter(found, model, settings, literal=given.literal)
    if given.dry_run:
        return _dry_run(given, writer)
    return _written(given, writer)


def _found(given: AskArguments, question: str) -> "Answer | JointAnswer":
    """The answer of the search; what is to be said of it goes to stderr."""
    from semsearch.cli.render.answers import say_elsewhere, say_failures, seen_text
    from semsearch.query.federated import JointAnswer
    from semsearch.query.freshness import FreshnessCheck
    from semsearch.query.scoring import Mode
    from semsearch.query.searcher import Searcher

    indexes = Indexes(given.index, given.names, given.every)
    if given.refresh:
        if indexes.are_several:
            raise SettingsError("--refresh is of one index; semsearch index --all refreshes all")
        refresh_first(given.index, given.embedder, quiet=given.quiet)
    options = given.search_options()
    by_words_alone = options.mode is Mode.KEYWORD
    with indexes.opened(given.embedder, given.rerank, by_words_alone=by_words_alone) as searcher:
        check = None
        directory = searcher.directory if isinstance(searcher, Searcher) else None
        if directory is not None and not given.quiet:  # a collection's folder is elsewhere
            check = FreshnessCheck(directory)
        found = searcher(question, options)
    if isinstance(found, JointAnswer):
        say_failures(found.failures, {})
    if not given.quiet:
        for notice in found.notices:
            say(f"semsearch: {notice}")
        if found.hits and not given.as_json:
            say_elsewhere(found)
        if check is not None and check.seen:
            say(f"semsearch: {seen_text(check.seen)}")
    return found


def _print_hits(found: "Answer | JointAnswer") -> None:
    from semsearch.cli.render.hits import brief_text

    if found.hits:
        print(brief_text(found, shutil.get_terminal_size().columns, Style.of(sys.stdout)))
        sys.stdout.flush()


def _nothing_found(given: AskArguments, found: "Answer | JointAnswer", settings: "Settings") -> int:
    """Say that no model was asked; the exit code."""
    from semsearch.ask.answer import WrittenAnswer
    from semsearch.cli.for_each import worst
    from semsearch.cli.render.answers import nothing_found

    failures = getattr(found, "failures", ())
    if given.as_json:
        print(to_json(WrittenAnswer(found).to_dict()))
    if failures and not getattr(found, "answers", ()):
        return worst([failure.error.exit_code for failure in failures])
    if not given.quiet:
        told = nothing_found(found, is_filtered=bool(given.filter))
        say(f"semsearch: {told}; {settings.ask_model} was not asked")
    return SOME_LEFT_OUT if failures else NOTHING_FOUND


def _dry_run(given: AskArguments, writer: "AnswerWriter") -> int:
    """Show what would be sent."""
    from semsearch.cli.render.written_answers import forecast_text, messages_text

    if given.as_json:
        print(to_json(writer.unsent().to_dict()))
    else:
        print(f"\n{messages_text(writer.messages)}\n")
        print(forecast_text(writer.answer, "This would send"))
    return FOUND


def _written(given: AskArguments, writer: "AnswerWriter") -> int:
    """Print the claims as they come, then what is to be said of the answer; the exit code."""
    from semsearch.cli.render.written_answers import AnswerPrinter

    printer = AnswerPrinter(
        writer,
        shutil.get_terminal_size().columns,
        Style.of(sys.stdout),
        as_json=given.as_json,
        with_unverified=given.unverified,
        quiet=given.quiet,
    )
    printer.print()
    return _exit_code(writer.answer)


def _exit_code(answer: "WrittenAnswer") -> int:
    if answer.failure is not None:
        return answer.failure.exit_code
    if answer.claims:
        is_partial = answer.is_cut or bool(getattr(answer.found, "failures", ()))
        return SOME_LEFT_OUT if is_partial else FOUND
    return NOTHING_FOUND if answer.has_no_answer else UNVERIFIED
