"""What an index reaches on a judged set, as a table for a person and as JSON for a program."""

from typing import Any

from semsearch.cli.render.terminal import printable_line, printable_path
from semsearch.evaluation.evaluate import Evaluation
from semsearch.evaluation.statistics import Mean


def evaluation_text(found: Evaluation) -> str:
    """The figures, one a line."""
    lines = [
        f"{printable_line(found.name)}: {found.questions} questions to"
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


def evaluation_record(found: Evaluation) -> dict[str, Any]:
    """The same; ``against`` and ``p`` are null without another setting."""
    return {
        "set": found.name,
        "folder": str(found.corpus),
        "embedder": found.embedder,
        "questions": found.questions,
        "setting": found.setting,
        "against": found.against,
        "figures": {
            row.figure: {
                "mean": _record(row.mean),
                "against": None if row.other is None else _record(row.other),
                "p": None if row.chance is None else round(row.chance, 6),
            }
            for row in found.figures
        },
    }


def _record(mean: Mean) -> dict[str, float]:
    return {
        "value": round(mean.value, 6),
        "low": round(mean.low, 6),
        "high": round(mean.high, 6),
    }
