"""``local:PATH`` without an ONNX file: BERT weights, compared with a forward pass in numpy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fakes.bert_folder import BertFolder, write_safetensors
from fakes.onnx_folder import unit
from semsearch.embedders.embedder import embedded
from semsearch.embedders.local.onnx_model import OnnxModel, open_model, whole_uri
from semsearch.errors import ModelMissing
from semsearch.query.rerankers.registry import open_reranker
from semsearch.settings.schema import Settings

TEXTS = ["Honey bees keep warm.", "x", "bread of the moon and tide, 12 pieces"]


def opened(folder: BertFolder, cache: Path) -> OnnxModel:
    """The model as the registry opens it."""
    return open_model(f"local:{folder.path}", cache)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"prefix": "bert."},
        {"kind": "roberta", "prefix": "roberta."},
        {"kind": "xlm-roberta"},
        {"activation": "gelu_new"},
        {"activation": "relu"},
        {"dtype": "F16"},
        {"dtype": "BF16"},
    ],
)
def test_vectors_are_those_of_the_definition(tmp_path: Path, options: dict[str, Any]) -> None:
    """Vectors equal the reference for each architecture, activation and weight type."""
    folder = BertFolder(tmp_path / "model", **options)
    found = embedded(opened(folder, tmp_path / "cache"), TEXTS)
    expected = [unit(folder.states(folder.ids(text)).mean(axis=0)) for text in TEXTS]
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize(("kind", "pieces"), [("bert", 40), ("roberta", 38)])
def test_a_window_has_as_many_pieces_as_there_are_positions(
    tmp_path: Path, kind: str, pieces: int
) -> None:
    """The window is the number of positions; RoBERTa's start after the padding index."""
    folder = BertFolder(tmp_path / "model", kind=kind)
    model = opened(folder, tmp_path / "cache")
    assert model.max_tokens == 4 * (pieces - 2) + 2
    text = "bees " * (pieces - 2)
    expected = unit(folder.states(folder.ids(text)).mean(axis=0))
    np.testing.assert_allclose(embedded(model, [text])[0], expected, atol=2e-6)


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta"])
def test_a_cross_encoder_is_built_too(tmp_path: Path, kind: str) -> None:
    """A cross-encoder is built from weights, with token types if the model has them."""
    prefix = "bert." if kind == "bert" else "roberta."
    folder = BertFolder(tmp_path / "model", kind=kind, prefix=prefix, labels=1)
    settings = Settings(models_directory=tmp_path / "cache")
    reranker = open_reranker(f"local:{folder.path}", settings)
    assert reranker is not None
    expected = [folder.logits("honey bees", text).item() for text in TEXTS]
    np.testing.assert_allclose(reranker.scores("honey bees", TEXTS), expected, atol=1e-5)


def test_a_graph_is_built_once_for_the_same_weights(tmp_path: Path) -> None:
    """A graph is built once per weights and shape, wherever the files are."""
    cache = tmp_path / "cache"
    folder = BertFolder(tmp_path / "a")
    first = embedded(opened(folder, cache), TEXTS)
    (built,) = (cache / "built").iterdir()
    made = built.stat().st_mtime_ns
    again = embedded(opened(BertFolder(tmp_path / "b"), cache), TEXTS)
    np.testing.assert_array_equal(first, again)
    assert [path.stat().st_mtime_ns for path in (cache / "built").iterdir()] == [made]
    embedded(opened(BertFolder(tmp_path / "a", seed=1), cache), TEXTS)
    folder.put_config(layer_norm_eps=0.1)
    embedded(opened(folder, cache), TEXTS)
    assert len(list((cache / "built").iterdir())) == 3
    assert {path.stat().st_mode & 0o777 for path in (cache / "built").iterdir()} == {0o600}


def test_nothing_is_built_before_a_text_is_embedded(tmp_path: Path) -> None:
    """Counting tokens and reading the URI build no graph."""
    folder = BertFolder(tmp_path / "model")
    model = opened(folder, tmp_path / "cache")
    assert model.count_tokens("Honey bees") == 4
    assert not (tmp_path / "cache").exists()


def test_the_fingerprint_is_that_of_weights_and_shape(tmp_path: Path) -> None:
    """Other entries of config.json do not change the fingerprint."""
    folder = BertFolder(tmp_path / "model")
    first = whole_uri(f"local:{folder.path}")
    folder.put_config(transformers_version="9")
    assert whole_uri(f"local:{folder.path}") == first
    folder.put_config(num_attention_heads=2)
    heads = whole_uri(f"local:{folder.path}")
    BertFolder(tmp_path / "model", seed=1)
    assert len({first, heads, whole_uri(f"local:{folder.path}")}) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_type": "mpnet"}, "model_type is mpnet.*optimum-cli export onnx"),
        ({"hidden_act": "silu"}, "activation is silu"),
        ({"position_embedding_type": "relative_key"}, "positions are relative_key"),
        ({"hidden_size": None}, "configuration of the model .* is damaged"),
        ({"num_attention_heads": 3}, "sizes do not fit"),
        ({"num_hidden_layers": 3}, "no encoder.layer.2.attention.self.query.weight that fits"),
        ({"hidden_size": 32}, r"embeddings.word_embeddings.weight is of \(\d+, 16\)"),
    ],
)
def test_what_cannot_be_built_is_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """A model that cannot be built is one error, and leaves nothing in the cache."""
    folder = BertFolder(tmp_path / "model")
    folder.put_config(**changes)
    with pytest.raises(ModelMissing, match=said):
        embedded(opened(folder, tmp_path / "cache"), TEXTS)
    assert not list(tmp_path.glob("cache/built/*"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 20,
        b"\x02\0\0\0\0\0\0\0[]",
        b'\x4e\0\0\0\0\0\0\0{"embeddings.word_embeddings.weight":{"dtype":"F32","shape":[9],'
        b'"data_offsets":[0,36]}}',
    ],
)
def test_weights_that_are_damaged_are_named(tmp_path: Path, content: bytes) -> None:
    """Any damage of the weights file is reported with the file."""
    folder = BertFolder(tmp_path / "model")
    (folder.path / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelMissing, match=r"model\.safetensors is no safetensors file"):
        embedded(opened(folder, tmp_path / "cache"), TEXTS)


def test_a_model_without_a_classifier_is_no_reranker(tmp_path: Path) -> None:
    """Weights without a classifier are refused as a reranker."""
    folder = BertFolder(tmp_path / "model")
    reranker = open_reranker(f"local:{folder.path}", Settings(models_directory=tmp_path / "cache"))
    assert reranker is not None
    with pytest.raises(ModelMissing, match="no classifier that could score a pair"):
        reranker.scores("bees", TEXTS)
    write_safetensors(folder.path / "model.safetensors", {}, "F32")
    with pytest.raises(ModelMissing, match=r"no embeddings\.word_embeddings\.weight"):
        embedded(opened(folder, tmp_path / "cache"), TEXTS)
