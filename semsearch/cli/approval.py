"""Approval of a plan on the terminal, before text is sent to a server."""

import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from semsearch.cli.render.progress import Bar
    from semsearch.indexer.plan import Plan


def approved(plan: "Plan", bar: "Bar | None") -> bool:
    """Show the plan on stderr and ask; the progress bar is hidden meanwhile."""
    from semsearch.cli.render.plans import plan_text  # here: most runs need no approval

    if bar is not None:
        bar.hide()
    print(plan_text(plan), file=sys.stderr)
    answer = typer.confirm(f"Send this text to {plan.host}?", err=True)
    if bar is not None and answer:
        bar.unhide()
    return answer
