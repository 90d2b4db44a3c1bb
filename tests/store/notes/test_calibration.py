"""Numbers of an embedder that are kept with an index."""

import json
from dataclasses import asdict

import pytest

from semsearch.errors import IndexDamaged
from semsearch.store.notes.calibration import Calibration, as_note, stored_calibration
from semsearch.store.record.generations import StoredEmbedder

OWN = StoredEmbedder(1, "test:words", 64)
MEASURED = Calibration(0.2, 0.1, 0.6, 0.1)


class Notes:
    """One note, of any name."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def note(self, name: str) -> str | None:
        """The note."""
        return self._value


def test_a_calibration_is_read_as_it_was_stored() -> None:
    """And none is none."""
    assert stored_calibration(Notes(as_note(MEASURED)), OWN) == MEASURED
    assert stored_calibration(Notes(None), OWN) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unrelated", "a"),
        ("unrelated_deviation", 0.0),
        ("answers", float("nan")),
        ("answers_deviation", -0.1),
        ("another", 0.5),
    ],
)
def test_a_calibration_with_odd_values_is_damaged(name: str, value: object) -> None:
    """A foreign index may have any, and a hash that fits."""
    note = json.dumps({**asdict(MEASURED), name: value})
    with pytest.raises(IndexDamaged, match="note calibration of embedder 1"):
        stored_calibration(Notes(note), OWN)


def test_a_calibration_that_is_nested_deeply_is_damaged() -> None:
    """As any other that is no calibration."""
    with pytest.raises(IndexDamaged):
        stored_calibration(Notes("[" * 100_000), OWN)
