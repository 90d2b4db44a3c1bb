"""Figures of two embedders or contexts on the same questions, and what a switch costs."""

from shlex import quote

from semsearch.cli.render.evaluations import figure_lines
from semsearch.cli.render.plans import minutes_text, price_text
from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.evaluation.model_comparison import ModelComparison, named_context
from semsearch.settings.amounts import counted


def model_comparison_text(found: ModelComparison) -> str:
    """The figures, one a line; then the texts, the time and the money of a switch."""
    title = (
        f"{printable_path(str(found.corpus))}: {counted(found.questions, 'question')} to"
        f" {found.documents} of {counted(found.documents_in_index, 'document')},"
        f" {found.setting.mode.value}"
    )
    is_of_contexts = named_context(found.against) is not None
    present = f"context={found.context}" if is_of_contexts else found.embedder
    return "\n".join(
        [
            title,
            "",
            *figure_lines(found.figures, present, found.against),
            "",
            _switch(found),
            "do it: " + " ".join(printable_line(quote(word)) for word in found.command),
        ]
    )


def _switch(found: ModelComparison) -> str:
    plan = found.switch
    parts = [
        f"a switch embeds {counted(plan.needs.texts, 'text')}",
        counted(plan.needs.tokens, "token"),
    ]
    if plan.minutes is not None:
        parts.append(minutes_text(plan.minutes))
    if plan.host is not None:
        parts.append(price_text(plan))
    return ", ".join(parts)
