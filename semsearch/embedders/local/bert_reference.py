"""BERT's encoder (Devlin et al., 2019): shape, weight names and reference in numpy.

RoBERTa and XLM-RoBERTa have the same architecture; their positions start after the padding index.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from semsearch.embedders.local.safetensors import Array
from semsearch.errors import ModelMissing

_PREFIXES: Final = ("", "bert.", "roberta.")  # prefixes of weight names in models with a head
_HEADS: Final = (("pooler.dense", "classifier"), ("classifier.dense", "classifier.out_proj"))
_PARTS: Final = ("weight", "bias")
_BERT: Final = "bert"
FROM_PADDING: Final = frozenset(
    {"roberta", "xlm-roberta", "camembert"}
)  # positions start after pad_token_id


class Activation(StrEnum):
    """Activation between the two products of a layer; the values are those of ``hidden_act``."""

    GELU = "gelu"
    GELU_TANH = "gelu_new"  # approximation of GELU by a hyperbolic tangent
    RELU = "relu"


_ACTIVATIONS: Final = {
    **{one.value: one for one in Activation},
    "gelu_pytorch_tanh": Activation.GELU_TANH,
    "gelu_fast": Activation.GELU_TANH,
}


@dataclass(frozen=True, slots=True)
class BertShape:
    """Shape of an encoder, from ``config.json``.

    ``first_position`` is the row of the position embeddings for the first word piece.
    """

    layers: int
    hidden: int
    heads: int
    epsilon: float
    activation: Activation = Activation.GELU
    first_position: int = 0

    @property
    def head(self) -> int:
        """Dimension of an attention head."""
        return self.hidden // self.heads


MINILM_SHAPE: Final = BertShape(layers=6, hidden=384, heads=12, epsilon=1e-12)


def bert_shape(config: Mapping[str, Any]) -> BertShape:
    """Return the shape from the content of ``config.json``.

    Raises ``ModelMissing`` for another architecture, and ``KeyError``, ``TypeError`` or
    ``ValueError`` for an invalid file.
    """
    kind = config["model_type"]
    activation = config.get("hidden_act", Activation.GELU.value)
    positions = config.get("position_embedding_type") or "absolute"
    if kind != _BERT and kind not in FROM_PADDING:
        raise ModelMissing(f"its model_type is {kind}")
    if activation not in _ACTIVATIONS or positions != "absolute":
        raise ModelMissing(f"its activation is {activation} and its positions are {positions}")
    shape = BertShape(
        layers=int(config["num_hidden_layers"]),
        hidden=int(config["hidden_size"]),
        heads=int(config["num_attention_heads"]),
        epsilon=float(config["layer_norm_eps"]),
        activation=_ACTIVATIONS[activation],
        first_position=0 if kind == _BERT else int(config["pad_token_id"]) + 1,
    )
    if min(shape.layers, shape.hidden, shape.heads) < 1 or shape.hidden % shape.heads:
        raise ValueError("its sizes do not fit each other")
    return shape


def encoder_weights(weights: Mapping[str, Array], shape: BertShape) -> dict[str, Array]:
    """Return the encoder's weights by their names in BERT, without a model's prefix.

    Raises ``ModelMissing`` when a weight is missing or has a wrong shape.
    """
    words = "embeddings.word_embeddings.weight"
    prefix = next((one for one in _PREFIXES if one + words in weights), None)
    if prefix is None:
        raise ModelMissing(f"its weights have no {words}")
    found = {name.removeprefix(prefix): value for name, value in weights.items()}
    for name, sizes in _sizes(shape).items():
        if name not in found or found[name].ndim != len(sizes):
            raise ModelMissing(f"its weights have no {name} that fits")
        pairs = zip(found[name].shape, sizes, strict=True)
        if any(size not in (wanted, wanted or size) for size, wanted in pairs):
            raise ModelMissing(f"its {name} is of {found[name].shape}")
    return found


def _sizes(shape: BertShape) -> dict[str, tuple[int, ...]]:
    """The shape of each weight of an encoder; 0 for a size that ``config.json`` need not state."""
    hidden = shape.hidden
    sizes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (0, hidden),
        "embeddings.position_embeddings.weight": (0, hidden),
        "embeddings.token_type_embeddings.weight": (0, hidden),
        "embeddings.LayerNorm.weight": (hidden,),
        "embeddings.LayerNorm.bias": (hidden,),
    }
    for layer in range(shape.layers):
        at = f"encoder.layer.{layer}"
        square = [f"attention.self.{name}" for name in ("query", "key", "value")]
        for name in (*square, "attention.output.dense"):
            sizes |= {f"{at}.{name}.weight": (hidden, hidden), f"{at}.{name}.bias": (hidden,)}
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            sizes |= {f"{at}.{name}.weight": (hidden,), f"{at}.{name}.bias": (hidden,)}
        sizes |= {
            f"{at}.intermediate.dense.weight": (0, hidden),
            f"{at}.intermediate.dense.bias": (0,),
            f"{at}.output.dense.weight": (hidden, 0),
            f"{at}.output.dense.bias": (hidden,),
        }
    return sizes


def head_of(weights: Mapping[str, Array]) -> tuple[str, str]:
    """Return the names of a classifier's two layers, of BERT's or RoBERTa's form.

    Raises ``ModelMissing`` for weights without a classifier.
    """
    for first, last in _HEADS:
        if {f"{name}.{part}" for name in (first, last) for part in _PARTS} <= weights.keys():
            return first, last
    raise ModelMissing("its weights have no classifier that could score a pair")


def reference_logits(
    weights: Mapping[str, Array], shape: BertShape, ids: Sequence[int], types: Sequence[int]
) -> Array:
    """Return a classifier's logits (labels,) for the word pieces of a pair, in numpy."""
    first, last = head_of(weights)
    states = reference_states(weights, shape, ids, types)
    return _dense(weights, last, np.tanh(_dense(weights, first, states[0])))


def reference_states(
    weights: Mapping[str, Array],
    shape: BertShape,
    ids: Sequence[int],
    types: Sequence[int] | None = None,
    see: Callable[[str, Array], None] | None = None,
) -> Array:
    """The states (tokens, hidden) of word pieces, by the definition; without ``types`` all are 0.

    ``see`` is called with the name of each product behind an activation, and with its input. Slow;
    built graphs are compared with it.
    """
    places = slice(shape.first_position, shape.first_position + len(ids))
    hidden = (
        weights["embeddings.word_embeddings.weight"][list(ids)]
        + weights["embeddings.position_embeddings.weight"][places]
        + weights["embeddings.token_type_embeddings.weight"][list(types or [0] * len(ids))]
    )
    hidden = _normalised(weights, shape, "embeddings.LayerNorm", hidden)
    for layer in range(shape.layers):
        at = f"encoder.layer.{layer}"
        context = _attention(weights, shape, at, hidden)
        attended = _dense(weights, f"{at}.attention.output.dense", context)
        hidden = _normalised(weights, shape, f"{at}.attention.output.LayerNorm", hidden + attended)
        inner = _dense(weights, f"{at}.intermediate.dense", hidden)
        inner = _activated(inner, shape.activation)
        if see is not None:
            see(f"{at}.output.dense", inner)
        outer = _dense(weights, f"{at}.output.dense", inner)
        hidden = _normalised(weights, shape, f"{at}.output.LayerNorm", hidden + outer)
    return hidden


def _attention(weights: Mapping[str, Array], shape: BertShape, at: str, hidden: Array) -> Array:
    """Scaled dot-product attention of all heads, joined: (tokens, hidden)."""
    tokens = len(hidden)
    query, key, value = (
        _dense(weights, f"{at}.attention.self.{name}", hidden)
        .reshape(tokens, shape.heads, shape.head)
        .transpose(1, 0, 2)
        for name in ("query", "key", "value")
    )
    scores: Array = query @ key.transpose(0, 2, 1) / np.float32(math.sqrt(shape.head))
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    scores /= scores.sum(axis=-1, keepdims=True)
    joined: Array = (scores @ value).transpose(1, 0, 2).reshape(tokens, shape.hidden)
    return joined


def _dense(weights: Mapping[str, Array], name: str, hidden: Array) -> Array:
    result: Array = hidden @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
    return result


def _normalised(weights: Mapping[str, Array], shape: BertShape, name: str, hidden: Array) -> Array:
    mean = hidden.mean(axis=-1, keepdims=True)
    variance = hidden.var(axis=-1, keepdims=True)
    scaled = (hidden - mean) * (variance + shape.epsilon) ** -0.5
    result: Array = scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return result


def _activated(hidden: Array, activation: Activation) -> Array:
    """The activation; GELU is x Φ(x) (Hendrycks and Gimpel, 2016), by the error function."""
    match activation:
        case Activation.RELU:
            share: Array = (hidden > 0).astype(np.float32)
        case Activation.GELU_TANH:
            cubic = math.sqrt(2 / math.pi) * (hidden + 0.044715 * hidden**3)
            share = ((1 + np.tanh(cubic)) / 2).astype(np.float32)
        case Activation.GELU:
            erf = np.frompyfunc(math.erf, 1, 1)(hidden / math.sqrt(2))
            share = (1 + np.asarray(erf, dtype=np.float32)) / np.float32(2)
    result: Array = hidden * share
    return result
