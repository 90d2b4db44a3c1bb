"""Whether a label fits a document at all."""

from pathlib import Path

import numpy as np
import pytest
from conftest import Run

import semsearch
from semsearch.insights.label_fit import SUBJECTS, label_fits

FIRST_AID = (
    "# First aid\n\nPress a clean cloth on the wound until the bleeding stops. Call an ambulance"
    " for burns larger than a hand, and for anyone who is not breathing. Turn an unconscious person"
    " on the side, and begin chest compressions if there is no pulse.\n"
)
BREAD = (
    "# Sourdough\n\nFeed the starter with flour and water in the evening. Knead the dough, let it"
    " rise overnight and bake the loaf in a hot oven until the crust is brown.\n"
)


def test_the_fit_is_in_deviations_of_usual_subjects() -> None:
    """A label as near as the usual subjects has a fit of zero; scale and offset do not matter."""
    subjects = np.array([[0.5], [0.7]], dtype=np.float32)
    labels = np.array([[0.6], [0.8]], dtype=np.float32)
    document = np.array([[1]], dtype=np.float32)
    np.testing.assert_allclose(label_fits(document, labels, subjects), [[0, 2]], atol=1e-5)
    np.testing.assert_allclose(label_fits(document / 10, labels, subjects), [[0, 2]], atol=1e-5)


def test_the_usual_subjects_are_forty() -> None:
    """No subject is named twice."""
    assert len(set(SUBJECTS)) == len(SUBJECTS) == 40


@pytest.fixture
def indexed(tmp_path: Path) -> Path:
    """An index of three documents, two of which are about bread."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    texts = {"first-aid.md": FIRST_AID, "bread.md": BREAD, "loaf.md": BREAD.replace("oven", "pan")}
    for name, text in texts.items():
        (folder / name).write_text(text)
    semsearch.index(folder, embedder="local:minilm")
    return folder


@pytest.mark.usefixtures("minilm")
def test_a_document_that_no_label_fits_has_none(indexed: Path) -> None:
    """A page on first aid is not about cooking only because it is even less about astronomy."""
    labels = ["cooking", "astronomy"]
    found = {one.path: one for one in semsearch.classify(labels=labels, index=indexed).predictions}
    assert (found["bread.md"].label, found["loaf.md"].label) == ("cooking", "cooking")
    assert (found["first-aid.md"].label, found["first-aid.md"].likeliest) == (None, "cooking")
    assert found["first-aid.md"].probability > 0.5
    assert found["bread.md"].fit is not None
    assert found["first-aid.md"].fit is not None
    assert found["bread.md"].fit > 2 > found["first-aid.md"].fit
    any_fit = semsearch.classify(labels=labels, index=indexed, least_fit=-9).predictions
    assert [one.label for one in any_fit] == ["cooking"] * 3


@pytest.mark.usefixtures("minilm")
def test_the_command_tells_none_from_unsure(indexed: Path, run: Run) -> None:
    """A label that does not fit is "none", one that is not likely enough "unsure"."""
    shown = run("classify", "--labels", "cooking,astronomy", "--index", indexed).stdout
    assert "none       first-aid.md (cooking?)" in shown
    assert "3 documents, unsure of 0, 1 that no label fits" in shown
    line = ("classify", "--labels", "cooking,baking", "--index", indexed, "--unsure-below", "0.999")
    assert "unsure   bread.md" in run(*line, "--least-fit", "-9").stdout
