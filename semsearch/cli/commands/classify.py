"""``semsearch classify``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.errors import FOUND, one_line_errors
from semsearch.cli.options import AsJson, Index, Quiet, Yes
from semsearch.cli.render.terminal import Style
from semsearch.cli.result import print_result, print_values, say_notices
from semsearch.errors import SettingsError

Examples = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE|FOLDER",
        help="A CSV or TSV file with columns label and path, or text; or a folder that has a"
        " folder of files for each label.",
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(metavar="A,B,…", help="No examples: go by what these words mean."),
]
ModelFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="No examples: a model of --save.")
]
Method = Annotated[
    str, typer.Option(metavar="METHOD", help="logistic (regression), or (nearest) centroid.")
]
UnsureBelow = Annotated[
    float,
    typer.Option(
        "--unsure-below", metavar="0-1", min=0, max=1, help="Give no label that is less likely."
    ),
]
LeastFit = Annotated[
    float,
    typer.Option(
        "--least-fit",
        metavar="Z",
        help="With --labels: give no label that is less above usual subjects, in deviations.",
    ),
]
Save = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the model to a new file (.npz).")
]
Apply = Annotated[
    bool, typer.Option("--apply", help="Tag the documents: query --tag NAME goes by that.")
]
Reset = Annotated[bool, typer.Option("--reset", help="Take all tags back.")]


@one_line_errors
def classify(
    examples: Examples = None,
    labels: Labels = None,
    model: ModelFile = None,
    method: Method = "logistic",
    unsure_below: UnsureBelow = 0.5,
    least_fit: LeastFit = 2.0,
    save: Save = None,
    apply: Apply = False,
    take_back: Reset = False,
    index: Index = None,
    yes: Yes = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Give each document one of your labels, by examples of them.

    First it shows how often it is right about examples that it has not learned from, over all and
    for each label; then each document's label and how likely that is. Documents of the index that
    are examples keep the label they have. Only texts that are not in the index are embedded.
    By --labels a document that fits none of them gets none.

    Needs the extra insights. Exit codes: 0 done, 2 error.

    \b
    Examples:
      semsearch classify --examples labels.csv
      semsearch classify --examples sorted/ --apply --save sorted.npz
      semsearch classify --labels "invoices,contracts,letters" --unsure-below 0.7
      semsearch query "notice period" --tag contracts
    """
    if take_back:
        return _reset(index, as_json)
    # Here: --help does not wait for them.
    from semsearch.cli.render.classes import classification_text
    from semsearch.cli.render.progress import shown_steps
    from semsearch.insights.classify import classify as run

    if sum(given is not None for given in (examples, labels, model)) != 1:
        raise SettingsError("give one of --examples, --labels and --model")
    with shown_steps(not quiet) as steps:
        found = run(
            examples,
            labels=labels.split(",") if labels is not None else (),
            model=model,
            method=method,
            unsure_below=unsure_below,
            least_fit=least_fit,
            save=save,
            apply=apply,
            index=index,
            approve=(lambda _what, _host: True) if yes else _agreed,
            steps=steps,
        )
    style = Style.of(sys.stdout)
    print_result(found, lambda done: classification_text(done, style), as_json=as_json)
    say_notices(found.notices, quiet=quiet)
    return FOUND


def _agreed(what: str, host: str) -> bool:
    """Ask on a terminal; without a terminal the answer is no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return typer.confirm(f"Send {what} to {host}?", err=True)


def _reset(index: str | None, as_json: bool) -> int:
    from semsearch.insights.classify import reset_tags  # here: --help does not wait for it

    were_any = reset_tags(index)
    print_values(
        lambda: {"reset": were_any},
        lambda: "nothing is tagged any more" if were_any else "nothing had been tagged",
        as_json=as_json,
    )
    return FOUND
