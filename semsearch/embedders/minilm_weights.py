"""The published weights of all-MiniLM-L6-v2: read, and run in plain numpy as the reference."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from semsearch.errors import ModelMissing

Array = npt.NDArray[np.float32]

# config.json of sentence-transformers/all-MiniLM-L6-v2
LAYERS: Final = 6
HIDDEN: Final = 384
HEADS: Final = 12
LAYER_NORM_EPSILON: Final = 1e-12

_HEADER_LENGTH: Final = 8  # bytes, little-endian: https://github.com/huggingface/safetensors
_LARGEST_HEADER: Final = 1_000_000


def read_weights(path: Path) -> dict[str, Array]:
    """The tensors of a safetensors file by name; raises ``ModelMissing`` for anything else."""
    data = path.read_bytes()
    header_end = _HEADER_LENGTH + int.from_bytes(data[:_HEADER_LENGTH], "little")
    if header_end > min(len(data), _LARGEST_HEADER):
        raise ModelMissing(f"{path} is no safetensors file")
    weights = {}
    for name, tensor in json.loads(data[_HEADER_LENGTH:header_end]).items():
        if name == "__metadata__" or tensor["dtype"] != "F32":
            continue  # position_ids, the only one of integers, is a range
        start, end = tensor["data_offsets"]
        values = np.frombuffer(data[header_end + start : header_end + end], dtype="<f4")
        weights[name] = values.reshape(tensor["shape"])
    return weights


def reference_vector(weights: Mapping[str, Array], ids: Sequence[int]) -> Array:
    """The unit vector (384,) of one text's word pieces, by the model's definition.

    BERT's encoder (Devlin et al., 2019), the mean over the tokens, and L2 normalisation. Slow; what
    the quantised graph is measured against.
    """
    hidden = (
        weights["embeddings.word_embeddings.weight"][list(ids)]
        + weights["embeddings.position_embeddings.weight"][: len(ids)]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    hidden = _normalised(weights, "embeddings.LayerNorm", hidden)
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        attended = _dense(weights, f"{at}.attention.output.dense", _attention(weights, at, hidden))
        hidden = _normalised(weights, f"{at}.attention.output.LayerNorm", hidden + attended)
        inner = _gelu(_dense(weights, f"{at}.intermediate.dense", hidden))
        outer = _dense(weights, f"{at}.output.dense", inner)
        hidden = _normalised(weights, f"{at}.output.LayerNorm", hidden + outer)
    mean = hidden.mean(axis=0)
    unit: Array = (mean / np.linalg.norm(mean)).astype(np.float32)
    return unit


def _attention(weights: Mapping[str, Array], at: str, hidden: Array) -> Array:
    """Scaled dot-product attention of all heads, joined: (tokens, hidden)."""
    tokens = len(hidden)
    query, key, value = (
        _dense(weights, f"{at}.attention.self.{name}", hidden)
        .reshape(tokens, HEADS, HIDDEN // HEADS)
        .transpose(1, 0, 2)
        for name in ("query", "key", "value")
    )
    scores: Array = query @ key.transpose(0, 2, 1) / np.float32(math.sqrt(HIDDEN // HEADS))
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    scores /= scores.sum(axis=-1, keepdims=True)
    joined: Array = (scores @ value).transpose(1, 0, 2).reshape(tokens, HIDDEN)
    return joined


def _dense(weights: Mapping[str, Array], name: str, hidden: Array) -> Array:
    result: Array = hidden @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
    return result


def _normalised(weights: Mapping[str, Array], name: str, hidden: Array) -> Array:
    mean = hidden.mean(axis=-1, keepdims=True)
    variance = hidden.var(axis=-1, keepdims=True)
    scaled = (hidden - mean) * (variance + LAYER_NORM_EPSILON) ** -0.5
    result: Array = scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return result


def _gelu(hidden: Array) -> Array:
    """GELU: x Φ(x), exact, with the error function."""
    erf: Array = np.asarray(np.frompyfunc(math.erf, 1, 1)(hidden / math.sqrt(2)), dtype=np.float32)
    result: Array = hidden * (1 + erf) / np.float32(2)
    return result
