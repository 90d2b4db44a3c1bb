"""``semsearch evaluate``."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.approval import approved
from semsearch.cli.arguments import takes
from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Embedder, Index, MaxCost, MaxTokens, Quiet, Yes
from semsearch.cli.render.terminal import say
from semsearch.cli.result import print_result, print_values, say_notices
from semsearch.errors import SettingsError
from semsearch.settings.paths import expanded

if TYPE_CHECKING:
    from semsearch.indexer.plan import Plan


JudgedSet = Annotated[
    Path | None,
    typer.Argument(
        metavar="SET|FOLDER",
        help="A folder with questions that are judged. Else an indexed folder, of whose"
        " documents they are made; without it, that of --index.",
    ),
]
Setting = Annotated[
    str | None,
    typer.Option(
        metavar="SETTING",
        help="mode=MODE, words=WEIGHT, or both with a comma; else what is set.",
    ),
]
Against = Annotated[
    str | None,
    typer.Option(
        metavar="SETTING",
        help="Another one, compared question by question; or embedder=URI, another model;"
        " or context=WHAT, other words before each passage.",
    ),
]
Keep = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Where to keep the index of a set that brings its documents."),
]
Questions = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Without a set: the most questions, 300."),
]
Sizes = Annotated[
    list[int] | None,
    typer.Option(
        "--passage-characters",
        metavar="N",
        min=50,
        max=30_000,
        help="Without a set: a length of passages to try; again. Else half and double.",
    ),
]
Apply = Annotated[
    bool,
    typer.Option("--apply", help="Without a set: set what is better beyond noise."),
]
Reset = Annotated[bool, typer.Option("--reset", help="Take back what --apply has set.")]


@dataclass(frozen=True, slots=True)
class EvaluateArguments:
    """The command line of ``semsearch evaluate``."""

    judged: JudgedSet = None
    setting: Setting = None
    against: Against = None
    keep: Keep = None
    questions: Questions = None
    sizes: Sizes = None
    apply: Apply = False
    take_back: Reset = False
    embedder: Embedder = None
    index: Index = None
    max_cost: MaxCost = None
    max_tokens: MaxTokens = None
    yes: Yes = False
    as_json: AsJson = False
    quiet: Quiet = False


@one_line_errors
@takes(EvaluateArguments)
def evaluate(given: EvaluateArguments) -> int:
    """Show how well an index finds what it should, and which settings find more.

    Without a set, headings and sentences of the index's own documents are the questions, and are
    left out of what is searched. All modes, weights of words and some lengths of passages are tried
    on a sample of the documents. --apply sets what is better beyond noise in the index; a query,
    or the next index run, goes by that. Before text goes to a server the plan is shown; --yes
    agrees to it.

    --against embedder=URI compares the index's model with another one on the same questions, and
    tells the texts, the time and the money of a switch; --against context=title does so for another
    context. The index is not changed.

    A set is a folder with queries.jsonl, whose lines have a question and the path (and page) that
    answers it; or one in BEIR's layout, whose documents are indexed first. Figures are of the first
    ten hits, with 95 % intervals; p is how likely it is that chance alone tells two settings apart.

    Exit codes: 0 done, 2 error, and those of index.

    \b
    Examples:
      semsearch evaluate ~/documents
      semsearch evaluate ~/documents --apply
      semsearch evaluate judged --index ~/documents
      semsearch evaluate judged --index ~/documents --against mode=keyword
      semsearch evaluate ~/documents --against embedder=local:e5
      semsearch evaluate scifact --keep ~/sets --embedder local:minilm --json
    """
    if given.judged is not None and given.index is None and _is_indexed(given.judged):
        given = replace(given, judged=None, index=str(given.judged))
    if (given.against or "").startswith(("embedder=", "context=")):
        return _compare(given)
    if given.judged is None and (given.setting or given.against or given.keep):
        raise SettingsError("--setting, --against and --keep are for a set; name one")
    is_tuning = given.take_back or given.apply or given.questions or given.sizes
    if given.judged is not None and is_tuning:
        raise SettingsError("--apply, --reset, --questions and --passage-characters take no set")
    if given.take_back:
        return _reset(given.index, given.as_json)
    return _tune(given) if given.judged is None else _evaluate(given, given.judged)


def _evaluate(given: EvaluateArguments, judged: Path) -> int:
    # Here, as below: --help does not wait for it.
    from semsearch.cli.render.evaluations import evaluation_text
    from semsearch.evaluation.evaluate import evaluate as run

    is_watched = sys.stdin.isatty() and sys.stderr.isatty()
    found = run(
        judged,
        setting=given.setting,
        against=given.against,
        index=given.index,
        embedder=given.embedder,
        keep=given.keep,
        max_cost=given.max_cost,
        max_tokens=given.max_tokens,
        approve=(lambda plan: approved(plan, None)) if is_watched and not given.yes else None,
    )
    print_result(found, evaluation_text, as_json=given.as_json)
    return FOUND


def _compare(given: EvaluateArguments) -> int:
    from semsearch.cli.render.model_comparisons import model_comparison_text
    from semsearch.evaluation.model_comparison import compare_models, named_embedder
    from semsearch.evaluation.tune import QUESTIONS

    if given.keep or given.sizes or given.apply or given.embedder:
        raise SettingsError(
            "--against embedder=URI or context=WHAT compares with an index; leave --embedder,"
            " --keep, --passage-characters and --apply out"
        )
    against = given.against or ""
    is_told = not (given.quiet or given.as_json)
    found = compare_models(
        given.index,
        named_embedder(against) or against,
        judged=given.judged,
        setting=given.setting,
        questions=given.questions or QUESTIONS,
        max_cost=given.max_cost,
        max_tokens=given.max_tokens,
        approve=None if given.yes else _agreed,
        on_progress=(lambda what: say(f"semsearch: {what}")) if is_told else None,
    )
    print_result(found, model_comparison_text, as_json=given.as_json)
    return FOUND


def _tune(given: EvaluateArguments) -> int:
    from semsearch.cli.render.tunings import tuning_text
    from semsearch.evaluation.tune import QUESTIONS, tune

    is_told = not (given.quiet or given.as_json)
    found = tune(
        given.index,
        apply=given.apply,
        questions=given.questions or QUESTIONS,
        sizes=given.sizes,
        embedder=given.embedder,
        max_cost=given.max_cost,
        max_tokens=given.max_tokens,
        approve=None if given.yes else _agreed,
        on_progress=(lambda what: say(f"semsearch: {what}")) if is_told else None,
    )
    print_result(found, tuning_text, as_json=given.as_json)
    say_notices(found.notices, quiet=given.quiet)
    return FOUND


def _is_indexed(folder: Path) -> bool:
    """Whether a folder has an index and no judged questions."""
    # Here: --help does not wait for them.
    from semsearch.evaluation.judgments import QUESTIONS_FILE
    from semsearch.store.disk.directory import DIRECTORY_NAME

    place = expanded(folder)
    return (place / DIRECTORY_NAME).is_dir() and not (place / QUESTIONS_FILE).exists()


def _agreed(plan: "Plan") -> bool:
    """Show the plan, and ask on a terminal; without a terminal the answer is no."""
    from semsearch.cli.render.plans import plan_text

    if sys.stdin.isatty() and sys.stderr.isatty():
        return approved(plan, None)
    say(plan_text(plan))
    say(f"semsearch: give --yes to send this to {plan.host}")
    return False


def _reset(index: str | None, as_json: bool) -> int:
    from semsearch.evaluation.tune import reset  # here: --help does not wait for it

    was_set = reset(index)
    print_values(
        lambda: {"reset": was_set},
        lambda: "the index goes by the usual settings again" if was_set else "nothing had been set",
        as_json=as_json,
    )
    return FOUND
