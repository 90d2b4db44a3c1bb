"""A tiny BERT or RoBERTa in the layout of sentence-transformers, with a reference in numpy."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fakes.onnx_folder import Rows, tiny_tokenizer

LAYERS, HIDDEN, HEADS, INNER, POSITIONS = 2, 16, 4, 24, 40
EPSILON = 1e-5


class BertFolder:
    """Random weights under their published names, with the ``prefix`` of larger models.

    ``labels`` makes it a classifier of texts and pairs.
    """

    def __init__(
        self,
        path: Path,
        *,
        kind: str = "bert",
        prefix: str = "",
        dtype: str = "F32",
        activation: str = "gelu",
        labels: int = 0,
        seed: int = 0,
    ) -> None:
        self.path = path
        self.kind = kind
        self.activation = activation
        self.first_position = 0 if kind == "bert" else 2  # behind the padding, which is 1
        path.mkdir(parents=True, exist_ok=True)
        self.tokenizer = tiny_tokenizer()
        self.tokenizer.save(str(path / "tokenizer.json"))
        self.config = {
            "model_type": kind,
            "num_hidden_layers": LAYERS,
            "hidden_size": HIDDEN,
            "num_attention_heads": HEADS,
            "intermediate_size": INNER,
            "hidden_act": activation,
            "layer_norm_eps": EPSILON,
            "max_position_embeddings": POSITIONS,
            "pad_token_id": 0 if kind == "bert" else 1,
        }
        self.put_config()
        random = np.random.default_rng(seed)
        self.weights = {
            name: _stored(random.normal(size=size) * 0.3, dtype)
            for name, size in _sizes(self.tokenizer.get_vocab_size(), kind, labels).items()
        }
        published = {
            name if name.startswith("classifier") else prefix + name: value
            for name, value in self.weights.items()
        }
        write_safetensors(path / "model.safetensors", published, dtype)

    def put_config(self, **changes: Any) -> None:
        """Write ``config.json`` with changes."""
        (self.path / "config.json").write_text(json.dumps({**self.config, **changes}))

    def ids(self, text: str) -> list[int]:
        """A text's word pieces, with the special pieces."""
        ids: list[int] = self.tokenizer.encode(text).ids
        return ids

    def logits(self, question: str, text: str) -> Rows:
        """The classifier's logits for a pair."""
        pair = self.tokenizer.encode(question, text)
        states = self.states(pair.ids, pair.type_ids if self.kind == "bert" else None)
        first, last = ("pooler.dense", "classifier")
        if self.kind != "bert":
            first, last = ("classifier.dense", "classifier.out_proj")
        return self._linear(last, np.tanh(self._linear(first, states[0])))

    def states(self, ids: Sequence[int], types: Sequence[int] | None = None) -> Rows:
        """The encoder's states, computed head by head and piece by piece as in the papers."""
        named = self.weights
        state = np.stack(
            [
                named["embeddings.word_embeddings.weight"][one]
                + named["embeddings.position_embeddings.weight"][self.first_position + at]
                + named["embeddings.token_type_embeddings.weight"][types[at] if types else 0]
                for at, one in enumerate(ids)
            ]
        )
        state = self._normal("embeddings.LayerNorm", state)
        size = HIDDEN // HEADS
        for layer in range(LAYERS):
            own = f"encoder.layer.{layer}."
            queries, keys, values = (
                self._linear(f"{own}attention.self.{part}", state)
                for part in ("query", "key", "value")
            )
            context = np.zeros_like(state)
            for head in range(HEADS):
                part = slice(head * size, (head + 1) * size)
                for at, query in enumerate(queries[:, part]):
                    scores = np.array([query @ key / math.sqrt(size) for key in keys[:, part]])
                    shares = np.exp(scores) / np.exp(scores).sum()
                    context[at, part] = shares @ values[:, part]
            attended = state + self._linear(f"{own}attention.output.dense", context)
            state = self._normal(f"{own}attention.output.LayerNorm", attended)
            inner = self._act(self._linear(f"{own}intermediate.dense", state))
            outer = state + self._linear(f"{own}output.dense", inner)
            state = self._normal(f"{own}output.LayerNorm", outer)
        rows: Rows = state
        return rows

    def _linear(self, name: str, state: Rows) -> Rows:
        rows: Rows = state @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return rows

    def _normal(self, name: str, state: Rows) -> Rows:
        mean, variance = state.mean(-1, keepdims=True), state.var(-1, keepdims=True)
        rows: Rows = (state - mean) / np.sqrt(variance + EPSILON)
        return rows * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def _act(self, state: Rows) -> Rows:
        one = {
            "relu": lambda x: max(x, 0.0),
            "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
            "gelu_new": lambda x: (
                x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
            ),
        }[self.activation]
        return np.vectorize(one)(state)


def write_safetensors(path: Path, tensors: Mapping[str, Rows], dtype: str) -> None:
    """Write the format by its description, with int64 positions as in some models."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    data = b""
    packed = {name: _packed(value, dtype) for name, value in tensors.items()}
    shapes = {name: list(value.shape) for name, value in tensors.items()}
    kinds = dict.fromkeys(tensors, dtype)
    packed["embeddings.position_ids"] = np.arange(POSITIONS, dtype="<i8").tobytes()
    shapes["embeddings.position_ids"], kinds["embeddings.position_ids"] = [1, POSITIONS], "I64"
    for name, content in packed.items():
        place = [len(data), len(data) + len(content)]
        header[name] = {"dtype": kinds[name], "shape": shapes[name], "data_offsets": place}
        data += content
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + data)


def _packed(value: Rows, dtype: str) -> bytes:
    if dtype == "BF16":
        return (value.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
    return value.astype("<f2" if dtype == "F16" else "<f4").tobytes()


def _stored(value: Any, dtype: str) -> Rows:
    """Numbers rounded to the stored type, in double precision."""
    single = np.asarray(value, dtype="<f4")
    if dtype == "BF16":
        single = (single.view("<u4") & 0xFFFF0000).view("<f4")
    rows: Rows = (single.astype("<f2") if dtype == "F16" else single).astype(np.float64)
    return rows


def _sizes(vocabulary: int, kind: str, labels: int) -> dict[str, tuple[int, ...]]:
    sizes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (vocabulary, HIDDEN),
        "embeddings.position_embeddings.weight": (POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": (2 if kind == "bert" else 1, HIDDEN),
    }
    linear = {}
    for layer in range(LAYERS):
        own = f"encoder.layer.{layer}."
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linear[f"{own}attention.{part}"] = (HIDDEN, HIDDEN)
        linear[f"{own}intermediate.dense"] = (INNER, HIDDEN)
        linear[f"{own}output.dense"] = (HIDDEN, INNER)
    if labels:
        first, last = ("pooler.dense", "classifier")
        if kind != "bert":
            first, last = ("classifier.dense", "classifier.out_proj")
        linear |= {first: (HIDDEN, HIDDEN), last: (labels, HIDDEN)}
    for name, size in linear.items():
        sizes |= {f"{name}.weight": size, f"{name}.bias": size[:1]}
    norms = [f"encoder.layer.{layer}." for layer in range(LAYERS)]
    for name in (
        "embeddings.LayerNorm",
        *(f"{own}{part}.LayerNorm" for own in norms for part in ("attention.output", "output")),
    ):
        sizes |= {f"{name}.weight": (HIDDEN,), f"{name}.bias": (HIDDEN,)}
    return sizes
