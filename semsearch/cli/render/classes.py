"""The labels of classified documents as tables."""

from typing import Final

from semsearch.cli.render.terminal import Style
from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.insights.classifier import Trial
from semsearch.insights.classify import Classification, Prediction
from semsearch.settings.amounts import counted

_UNSURE: Final = "unsure"
_NONE: Final = "none"


def classification_text(found: Classification, style: Style) -> str:
    """The figures on the examples, then the label of each document, and where the model is."""
    lines: list[str] = []
    if found.examples:
        lines += _trial_lines(found, found.trial)
    widest = max(map(len, map(printable_line, (*found.labels, _UNSURE, _NONE))))
    told_of = [_withheld(prediction, found.least_fit) for prediction in found.predictions]
    lines += [
        _prediction_text(prediction, withheld, widest, style)
        for prediction, withheld in zip(found.predictions, told_of, strict=True)
    ]
    told = f"{counted(len(found.predictions), 'document')}, unsure of {told_of.count(_UNSURE)}"
    if _NONE in told_of:
        told += f", {told_of.count(_NONE)} that no label fits"
    if found.saved is not None:
        told += f"; the model is in {printable_path(str(found.saved))}"
    if found.tagged is not None:
        told += f"; {found.tagged} tagged"
    return "\n".join([*lines, "", told])


def _trial_lines(found: Classification, trial: Trial | None) -> list[str]:
    told = f"{counted(found.examples, 'example')} of {counted(len(found.labels), 'label')}"
    if trial is None:
        return [told, ""]
    widest = max(len(printable_line(figures.label)) for figures in trial.labels)
    lines = [
        f"{told}; accuracy {trial.accuracy:.2f} on those left out, in {trial.folds} folds",
        "",
        f"{'label':<{widest}}  examples  precision  recall",
    ]
    for figures in trial.labels:
        name = printable_line(figures.label)
        lines.append(
            f"{name:<{widest}}  {figures.examples:>8}  {figures.precision:>9.2f}"
            f"  {figures.recall:>6.2f}"
        )
    return [*lines, ""]


def _withheld(prediction: Prediction, least_fit: float) -> str:
    """What stands in the place of a label that is not given; empty for a given one."""
    if prediction.tag is not None:
        return ""
    return _UNSURE if prediction.fit is None or prediction.fit >= least_fit else _NONE


def _prediction_text(prediction: Prediction, withheld: str, widest: int, style: Style) -> str:
    label = f"{printable_line(prediction.tag or withheld):<{widest}}"
    told = (
        f"{prediction.probability:.2f}  {style.bold(label) if prediction.tag else style.dim(label)}"
    )
    told += f"  {style.path(printable_path(prediction.path))}"
    if prediction.given is not None:
        return f"{told} (example)"
    return told if prediction.label else f"{told} ({printable_line(prediction.likeliest)}?)"
