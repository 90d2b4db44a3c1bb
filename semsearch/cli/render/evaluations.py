"""The figures of an index on a judged set as a table."""

from collections.abc import Sequence

from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.evaluation.evaluate import Evaluation, MetricComparison
from semsearch.evaluation.statistics import Mean
from semsearch.settings.amounts import counted


def evaluation_text(found: Evaluation) -> str:
    """The figures, one a line."""
    lines = [
        f"{printable_line(found.name)}: {counted(found.questions, 'question')} to"
        f" {printable_path(str(found.corpus))} by {printable_line(found.embedder)}",
        "",
        *figure_lines(found.figures, found.setting, found.against),
    ]
    return "\n".join(lines)


def figure_lines(
    figures: Sequence[MetricComparison], setting: str, against: str | None
) -> list[str]:
    """A line of column names, then one for each figure."""
    lines = [f"{'':<12}{_column(setting)}"]
    if against is not None:
        lines[-1] += f"{_column(against)}p"
    for row in figures:
        line = f"{row.figure:<12}{_shown(row.mean)}"
        if row.other is not None and row.chance is not None:
            line += f"{_shown(row.other)}{row.chance:.4f}"
        lines.append(line)
    return [line.rstrip() for line in lines]


def _column(setting: str) -> str:
    return f"{printable_line(setting):<24}"


def _shown(mean: Mean) -> str:
    return f"{mean.value:.3f} ({mean.low:.3f}-{mean.high:.3f})".ljust(24)
