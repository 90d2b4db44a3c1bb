"""Models are trained on examples, saved and loaded."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid

from semsearch.embedders.vectors import Vectors
from semsearch.errors import SettingsError, TooLittle
from semsearch.insights.classifier import (
    Learner,
    Model,
    cross_validate,
    model_of_names,
    train_model,
)
from semsearch.insights.model_files import load_model, save_model


def examples(labels: str, each: int = 12) -> tuple[Vectors, list[str]]:
    """Unit rows around a direction for each label, and the labels."""
    random = np.random.default_rng(2)
    centres = random.normal(size=(len(labels), 8))
    given = [label for label in labels for _ in range(each)]
    rows = np.repeat(centres, each, axis=0) + random.normal(scale=0.8, size=(len(given), 8))
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit, given


@pytest.mark.parametrize("labels", ["ab", "abc"])
def test_logistic_regression_is_that_of_scikit_learn(labels: str) -> None:
    """Probabilities equal scikit-learn's, also with two labels."""
    rows, given = examples(labels)
    model = train_model("test:words", rows, given, Learner.LOGISTIC, 10)
    direct = LogisticRegression(C=30, max_iter=1000).fit(rows, given)
    assert model.labels == tuple(direct.classes_)
    np.testing.assert_allclose(
        model.probabilities(rows), direct.predict_proba(rows.astype(np.float64)), atol=1e-3
    )


@pytest.mark.filterwarnings("ignore:self.within_class_std_dev_:UserWarning")
def test_the_nearest_centroid_is_that_of_scikit_learn() -> None:
    """The label is scikit-learn's nearest centroid; more sharpness gives more certainty."""
    rows, given = examples("abc")
    model = train_model("test:words", rows, given, Learner.CENTROID, 10)
    likely = model.probabilities(rows)
    direct = NearestCentroid().fit(rows, given)
    assert [model.labels[best] for best in likely.argmax(axis=1)] == direct.predict(rows).tolist()
    np.testing.assert_allclose(likely.sum(axis=1), 1)
    sharper = train_model("test:words", rows, given, Learner.CENTROID, 40).probabilities(rows)
    assert sharper.max(axis=1).mean() > likely.max(axis=1).mean()


def test_a_model_of_names_goes_by_their_vectors() -> None:
    """A model without examples predicts the label with the nearest vector."""
    model = model_of_names("test:words", ["b", "a"], np.eye(2, dtype=np.float32), 5)
    likely = model.probabilities(np.eye(2, dtype=np.float32)[::-1].copy())
    assert [model.labels[best] for best in likely.argmax(axis=1)] == ["a", "b"]


def test_a_trial_counts_what_is_right_of_what_was_left_out() -> None:
    """Cross-validation gives accuracy, and precision and recall by label."""
    rows, given = examples("abc")
    found = cross_validate(rows, given, Learner.CENTROID, 10)
    assert found is not None
    assert found.folds == 5
    assert 0.5 < found.accuracy < 1
    hits = sum(one.recall * one.examples for one in found.labels)
    assert hits == pytest.approx(found.accuracy * len(given))
    wrong = ["a", "b"] * 12  # of rows that say nothing of them
    random = cross_validate(rows[:24], wrong, Learner.LOGISTIC, 10)
    assert random is not None
    assert random.accuracy < 0.8


def test_labels_of_two_examples_are_tried_and_of_one_not() -> None:
    """Cross-validation needs two examples of each label."""
    rows, given = examples("ab")
    found = cross_validate(rows[10:], given[10:], Learner.LOGISTIC, 10)
    assert found is not None
    assert [one.examples for one in found.labels] == [2, 12]
    assert cross_validate(rows[11:], given[11:], Learner.LOGISTIC, 10) is None
    with pytest.raises(TooLittle, match="only one label, 'b'"):
        train_model("test:words", rows[12:], given[12:], Learner.LOGISTIC, 10)


def test_a_model_comes_back_from_its_file(tmp_path: Path) -> None:
    """A loaded model equals the saved one; its file has mode 0600."""
    rows, given = examples("äb")
    model = train_model("test:words", rows, given, Learner.LOGISTIC, 10)
    save_model(tmp_path / "model.npz", model)
    again = load_model(tmp_path / "model.npz")
    assert (again.embedder, again.labels) == ("test:words", model.labels)
    np.testing.assert_allclose(again.probabilities(rows), model.probabilities(rows), atol=1e-5)
    assert (tmp_path / "model.npz").stat().st_mode & 0o777 == 0o600


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    """Pickles, misfit arrays, large and other files raise SettingsError."""
    good = {
        "format": np.array(1),
        "embedder": np.array("test:words"),
        "labels": np.array(["a", "b"]),
        "weights": np.eye(2),
        "offsets": np.zeros(2),
    }
    path = tmp_path / "model.npz"
    np.savez(path, **good)  # type: ignore[arg-type]
    assert isinstance(load_model(path), Model)
    for wrong in (
        {"labels": np.array(["a", None])},
        {"weights": np.eye(3)},
        {"weights": np.array([[np.nan, 1], [0, 1]])},
        {"offsets": np.zeros((2, 2))},
        {"labels": np.array(["a", "a"])},
        {"format": np.array(9)},
    ):
        np.savez(path, **{**good, **wrong})  # type: ignore[arg-type]
        with pytest.raises(SettingsError, match=r"is no model that classify --save has written"):
            load_model(path)
    path.write_bytes(b"no archive")
    with pytest.raises(SettingsError, match="is no model"):
        load_model(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("weights.npy", io.BytesIO(bytes(1 << 28)).getvalue() + b"1")
    with pytest.raises(SettingsError, match="it is too large"):
        load_model(path)
    with pytest.raises(SettingsError, match="cannot read the model"):
        load_model(tmp_path / "nowhere.npz")
