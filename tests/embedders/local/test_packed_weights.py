"""Weights in blocks of 4 bits."""

from pathlib import Path

import numpy as np
import pytest

from fakes.packed_model import HEADS, HIDDEN, LAYERS, write_packed
from semsearch.embedders.local.bert_reference import encoder_weights
from semsearch.embedders.local.packed_weights import read_packed
from semsearch.errors import ModelMissing

WORDS = [("▁bees", -1.0), ("▁", -2.0)]


def test_a_model_is_read_with_its_pieces(tmp_path: Path) -> None:
    """Shape, pieces, scores and replaced characters are those of the file."""
    write_packed(tmp_path / "model.bin", WORDS, {"\t": " ", "ﬁ": "fi", "\x01": ""})
    model = read_packed(tmp_path / "model.bin")
    shape = model.shape
    assert (shape.layers, shape.hidden, shape.heads, shape.epsilon) == (
        LAYERS,
        HIDDEN,
        HEADS,
        1e-12,
    )
    assert model.pieces.texts == ("<s>", "<pad>", "</s>", "<unk>", "▁bees", "▁")
    assert model.pieces.scores.tolist() == [0, 0, 0, 0, -1, -2]
    assert model.pieces.special == (0, 2, 1, 3)
    assert model.pieces.normalised == {9: " ", ord("ﬁ"): "fi", 1: ""}


def test_weights_differ_from_those_written_by_half_a_step(tmp_path: Path) -> None:
    """Float tensors are equal, blocks are within a step of 4 bits; all of a BERT are there."""
    written = write_packed(tmp_path / "model.bin", WORDS)
    model = read_packed(tmp_path / "model.bin")
    name = "encoder.layer.1.output.dense"
    np.testing.assert_array_equal(model.weights[f"{name}.bias"], written["l1.fo.b"])
    steps = np.abs(written["l1.fo.w"].reshape(-1, 32)).max(axis=1, keepdims=True) / 8
    off = np.abs(model.weights[f"{name}.weight"] - written["l1.fo.w"]).reshape(-1, 32) / steps
    assert 0 < off.max() < 1.01
    assert off.mean() < 0.3
    words = {"embeddings.word_embeddings.weight": model.words.floats()}
    assert encoder_weights({**model.weights, **words}, model.shape).keys() > words.keys()


def test_rows_of_words_are_found_by_their_numbers(tmp_path: Path) -> None:
    """Some rows are equal to the rows of the whole matrix."""
    write_packed(tmp_path / "model.bin", WORDS)
    words = read_packed(tmp_path / "model.bin").words
    np.testing.assert_array_equal(words.floats([5, 0]), words.floats()[[5, 0]])


@pytest.mark.parametrize("length", [0, 3, 60, 200, 3000])
def test_a_file_that_ends_early_is_refused(tmp_path: Path, length: int) -> None:
    """The error for a damaged file names it."""
    path = tmp_path / "model.bin"
    write_packed(path, WORDS)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ModelMissing, match=r"model\.bin holds no packed model"):
        read_packed(path)


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    """A later version of the format is not guessed at."""
    path = tmp_path / "model.bin"
    write_packed(path, WORDS)
    data = bytearray(path.read_bytes())
    data[4] = 2
    path.write_bytes(data)
    with pytest.raises(ModelMissing, match="of another format"):
        read_packed(path)
