"""The figures of an index on a judged set as a table."""

from semsearch.cli.render.terminal import printable_line, printable_path
from semsearch.evaluation.evaluate import Evaluation
from semsearch.evaluation.statistics import Mean
from semsearch.settings.amounts import counted


def evaluation_text(found: Evaluation) -> str:
    """The figures, one a line."""
    lines = [
        f"{printable_line(found.name)}: {counted(found.questions, 'question')} to"
        f" {printable_path(str(found.corpus))} by {printable_line(found.embedder)}",
        "",
        f"{'':<12}{_column(found.setting)}",
    ]
    if found.against is not None:
        lines[-1] += f"{_column(found.against)}p"
    for row in found.figures:
        line = f"{row.figure:<12}{_shown(row.mean)}"
        if row.other is not None and row.chance is not None:
            line += f"{_shown(row.other)}{row.chance:.4f}"
        lines.append(line)
    return "\n".join(line.rstrip() for line in lines)


def _column(setting: str) -> str:
    return f"{printable_line(setting):<24}"


def _shown(mean: Mean) -> str:
    return f"{mean.value:.3f} ({mean.low:.3f}-{mean.high:.3f})".ljust(24)
