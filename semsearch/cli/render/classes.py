"""The labels of classified documents as tables."""

from typing import Final

from semsearch.cli.render.terminal import Style, printable_line, printable_path
from semsearch.insights.classifier import Trial
from semsearch.insights.classify import Classification, Prediction

_UNSURE: Final = "unsure"


def classification_text(found: Classification, style: Style) -> str:
    """The figures on the examples, then the label of each document, and where the model is."""
    lines: list[str] = []
    if found.examples:
        lines += _trial_lines(found, found.trial)
    widest = max(map(len, map(printable_line, (*found.labels, _UNSURE))))
    lines += [_prediction_text(one, widest, style) for one in found.predictions]
    unsure = sum(one.tag is None for one in found.predictions)
    told = f"{len(found.predictions)} documents, unsure of {unsure}"
    if found.saved is not None:
        told += f"; the model is in {printable_path(str(found.saved))}"
    if found.tagged is not None:
        told += f"; {found.tagged} tagged"
    return "\n".join([*lines, "", told])


def _trial_lines(found: Classification, trial: Trial | None) -> list[str]:
    told = f"{found.examples} examples of {len(found.labels)} labels"
    if trial is None:
        return [told, ""]
    widest = max(len(printable_line(one.label)) for one in trial.labels)
    lines = [
        f"{told}; accuracy {trial.accuracy:.2f} on those left out, in {trial.folds} folds",
        "",
        f"{'label':<{widest}}  examples  precision  recall",
    ]
    for one in trial.labels:
        name = printable_line(one.label)
        lines.append(
            f"{name:<{widest}}  {one.examples:>8}  {one.precision:>9.2f}  {one.recall:>6.2f}"
        )
    return [*lines, ""]


def _prediction_text(one: Prediction, widest: int, style: Style) -> str:
    label = f"{printable_line(one.tag or _UNSURE):<{widest}}"
    told = f"{one.probability:.2f}  {style.bold(label) if one.tag else style.dim(label)}"
    told += f"  {style.path(printable_path(one.path))}"
    if one.given is not None:
        return f"{told} (example)"
    return told if one.label else f"{told} ({printable_line(one.likeliest)}?)"
