"""Train a model on vectors of examples; it gives the probability of each label. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from semsearch.embedders.vectors import Vectors
from semsearch.errors import SettingsError, TooLittle
from semsearch.insights.sklearn_door import Labels, Matrix, logistic_regression, stratified_folds

# Inverse regularisation strength for unit rows. Of 1, 3, 10, 30 and 100, on the passages and
# documents of two labelled corpora (local:minilm), 30 was within 0.01 of the best accuracy, and
# best calibrated.
_C: Final = 30.0
_FOLDS: Final = 5


class Learner(StrEnum):
    """The method by which a model is trained."""

    LOGISTIC = "logistic"
    CENTROID = "centroid"


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A linear model: label probabilities are the softmax of ``weights`` · vector + ``offsets``.

    ``weights`` (labels, dimension) and ``offsets`` (labels,) are float64. The model is valid for
    vectors of the embedder with this URI only.
    """

    embedder: str
    labels: tuple[str, ...]
    weights: Matrix
    offsets: Matrix

    def probabilities(self, rows: Vectors) -> Matrix:
        """Label probabilities (n, labels) of unit rows (n, dimension)."""
        scores = rows.astype(np.float64) @ self.weights.T + self.offsets
        scores -= scores.max(axis=1, keepdims=True)
        likely: Matrix = np.exp(scores)
        likely /= likely.sum(axis=1, keepdims=True)
        return likely


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Precision and recall of one label, from cross-validation."""

    label: str
    examples: int
    precision: float
    recall: float

    def to_dict(self) -> dict[str, Any]:
        """The figures of the label as JSON names and values."""
        return {
            "label": self.label,
            "examples": self.examples,
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """Cross-validated accuracy of a model on examples that it was not trained on."""

    folds: int
    accuracy: float
    labels: tuple[LabelFigures, ...]

    def to_dict(self) -> dict[str, Any]:
        """The trial as JSON names and values."""
        return {
            "folds": self.folds,
            "accuracy": round(self.accuracy, 4),
            "labels": [figures.to_dict() for figures in self.labels],
        }


def train_model(
    embedder: str, rows: Vectors, given: Sequence[str], learner: Learner, sharpness: float
) -> Model:
    """Train a model on examples: unit rows (n, dimension) with their labels ``given``.

    With nearest centroids the probability of a label is proportional to
    exp(−``sharpness`` · d² / 2), where d is the distance to the mean of its examples. Raises
    ``TooLittle`` when there is only one label.
    """
    labels = tuple(sorted(set(given)))
    if len(labels) < 2:
        raise TooLittle(
            f"the examples have only one label, {labels[0]!r}; give examples of two or more"
        )
    weights, offsets = _fitted(rows, _targets(given, labels), learner, sharpness)
    return Model(embedder, labels, weights, offsets)


def model_of_names(embedder: str, labels: Sequence[str], rows: Vectors, sharpness: float) -> Model:
    """A model without examples, from the vectors (labels, dimension) of the labels' names."""
    return Model(embedder, tuple(labels), sharpness * rows.astype(np.float64), np.zeros(len(rows)))


def cross_validate(
    rows: Vectors, given: Sequence[str], learner: Learner, sharpness: float
) -> Trial | None:
    """Stratified cross-validation with five folds.

    With fewer folds when no label has five examples; None when a label has only one example.
    """
    labels = tuple(sorted(set(given)))
    targets = _targets(given, labels)
    counts = np.bincount(targets)
    if counts.min() < 2:
        return None
    folds = min(_FOLDS, int(counts.max()))
    found = np.empty(len(targets), dtype=np.int32)
    for learn, test in stratified_folds(targets, folds):
        weights, offsets = _fitted(rows[learn], targets[learn], learner, sharpness)
        found[test] = Model("", labels, weights, offsets).probabilities(rows[test]).argmax(axis=1)
    right = np.bincount(targets[found == targets], minlength=len(labels))
    told = np.bincount(found, minlength=len(labels))
    figures = tuple(
        LabelFigures(label, int(count), float(hits / max(1, all_told)), float(hits / count))
        for label, count, hits, all_told in zip(labels, counts, right, told, strict=True)
    )
    return Trial(folds, float((found == targets).mean()), figures)


def learner_named(name: Learner | str) -> Learner:
    """The learner with a name; raises ``SettingsError`` when there is none."""
    try:
        return Learner(name)
    except ValueError as error:
        names = ", ".join(learner.value for learner in Learner)
        raise SettingsError(f"{name!r} is no method; give one of {names}") from error


def _targets(given: Sequence[str], labels: Sequence[str]) -> Labels:
    place = {label: position for position, label in enumerate(labels)}
    return np.array([place[label] for label in given], dtype=np.int32)


def _fitted(
    rows: Vectors, targets: Labels, learner: Learner, sharpness: float
) -> tuple[Matrix, Matrix]:
    if learner is Learner.LOGISTIC:
        return logistic_regression(rows, targets, _C)
    count = int(targets.max()) + 1
    means = np.stack([rows[targets == label].mean(axis=0) for label in range(count)])
    means = means.astype(np.float64)
    # The nearest mean has the largest x · m − |m|² / 2; scattered classes have short means.
    return sharpness * means, -sharpness * (means**2).sum(axis=1) / 2
