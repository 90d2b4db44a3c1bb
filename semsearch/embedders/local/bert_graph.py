"""Builds the ONNX graph of BERT's encoder from its weights.

The graph takes one text at a time, so it needs neither padding nor an attention mask.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from semsearch.embedders.local.bert_reference import Activation, BertShape, head_of
from semsearch.embedders.local.safetensors import Array

_OPSET: Final = 20  # the first with Gelu
_IR_VERSION: Final = 9


class BertGraph:
    """Builder of an ONNX graph; each node is named after its output."""

    def __init__(
        self,
        weights: Mapping[str, Array],
        shape: BertShape,
        factors: Mapping[str, Array] | None = None,
    ) -> None:
        """``weights`` are those returned by ``bert_reference.encoder_weights``.

        ``factors`` are those of ``channel_factors``: the inputs of a product are divided by them.
        """
        self._weights = weights
        self._shape = shape
        self._factors = factors or {}
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def states(
        self,
        ids: str,
        types: str | None = None,
        *,
        half_words: bool = False,
        found: str | None = None,
    ) -> str:
        """Add the encoder and return its output (tokens, hidden); ``ids`` is (tokens,) int64.

        ``types`` (tokens,) are token types, 0 or 1; without them all are 0. With ``half_words`` the
        word embeddings are stored in half precision. ``found`` are the word embeddings of ``ids``
        (tokens, hidden), if they are looked up already.
        """
        hidden = self._embeddings(ids, types, found or self._words(ids, half_words=half_words))
        for layer in range(self._shape.layers):
            hidden = self._layer(f"encoder.layer.{layer}", hidden)
        return hidden

    def logits(self, states: str) -> str:
        """Add the classifier and return its output (labels,) for the states of a text or pair."""
        first, last = head_of(self._weights)
        begin = self.constant("begin", np.array([0], dtype=np.int64))
        head = self.add("Gather", [states, begin], "head", axis=0)
        head = self.add("Tanh", [self._dense(first, head)], "pooled")
        labels = self._dense(last, head)
        return self.add("Squeeze", [labels, begin], "labels")

    def mean(self, states: str) -> str:
        """Add the mean of the states of a text as a unit row and return that output (hidden,)."""
        axis = self.constant("axis", np.array([0], dtype=np.int64))
        mean = self.add("ReduceMean", [states, axis], "mean", keepdims=0)
        return self.add("LpNormalization", [mean], "vector", axis=0, p=2)

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name: str, values: Any) -> str:
        """Add a constant and return its name."""
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def model(self, name: str, given: list[Any], made: Any) -> Any:
        """Return the checked ONNX model with the inputs ``given`` and the output ``made``."""
        graph = helper.make_graph(self._nodes, name, given, [made], self._constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
        )
        # Tells the quantiser that shapes are inferred already, so it need not preprocess the graph.
        helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
        onnx.checker.check_model(model)
        return model

    def _words(self, ids: str, *, half_words: bool) -> str:
        """Add the lookup of word embeddings and return its output (tokens, hidden)."""
        words = self._weight("embeddings.word_embeddings.weight")
        if not half_words:
            return self.add("Gather", [self.constant("words", words), ids], "words_found")
        found = self.add(
            "Gather", [self.constant("words", words.astype(np.float16)), ids], "words_half"
        )
        return self.add("Cast", [found], "words_found", to=TensorProto.FLOAT)

    def _embeddings(self, ids: str, types: str | None, found: str) -> str:
        kinds = self._weight("embeddings.token_type_embeddings.weight")
        # The embedding of type 0 is added to all positions; types add only their difference to it.
        positions = (
            self._weight("embeddings.position_embeddings.weight")[self._shape.first_position :]
            + kinds[:1]
        )
        tokens = self.add("Shape", [ids], "tokens")
        zero = self.constant("zero", np.array([0], dtype=np.int64))
        placed = self.add("Slice", [self.constant("positions", positions), zero, tokens], "placed")
        summed = self.add("Add", [found, placed], "embedded")
        if types is not None:
            differences = self.constant("types", kinds - kinds[:1])
            typed = self.add("Gather", [differences, types], "typed")
            summed = self.add("Add", [summed, typed], "typed_embedded")
        return self._layer_norm("embeddings.LayerNorm", summed)

    def _layer(self, at: str, hidden: str) -> str:
        attended = self._dense(f"{at}.attention.output.dense", self._attention(at, hidden))
        summed = self.add("Add", [hidden, attended], f"{at}.attended")
        hidden = self._layer_norm(f"{at}.attention.output.LayerNorm", summed)
        inner = self._dense(f"{at}.intermediate.dense", hidden)
        inner = self._activated(inner, f"{at}.gelu")
        outer = self._dense(f"{at}.output.dense", inner)
        summed = self.add("Add", [hidden, outer], f"{at}.summed")
        return self._layer_norm(f"{at}.output.LayerNorm", summed)

    def _activated(self, hidden: str, name: str) -> str:
        match self._shape.activation:
            case Activation.RELU:
                return self.add("Relu", [hidden], name)
            case Activation.GELU_TANH:
                return self.add("Gelu", [hidden], name, approximate="tanh")
            case Activation.GELU:
                return self.add("Gelu", [hidden], name)

    def _attention(self, at: str, hidden: str) -> str:
        """Scaled dot-product attention; query, key and value come from one matrix product."""
        names = [f"{at}.attention.self.{name}" for name in ("query", "key", "value")]
        weight = np.concatenate([self._weight(f"{name}.weight") for name in names])
        bias = np.concatenate([self._weight(f"{name}.bias") for name in names])
        # The scaling of the scores is folded into the query's weights.
        weight[: self._shape.hidden] /= math.sqrt(self._shape.head)
        bias[: self._shape.hidden] /= math.sqrt(self._shape.head)
        joined = self._product(f"{at}.qkv", hidden, weight, bias)
        shape = self.constant(
            f"{at}.split", np.array([-1, 3, self._shape.heads, self._shape.head], dtype=np.int64)
        )
        split = self.add("Reshape", [joined, shape], f"{at}.qkv_heads")
        turned = self.add("Transpose", [split], f"{at}.qkv_turned", perm=[1, 2, 0, 3])
        parts = [f"{at}.{name}" for name in ("query", "key", "value")]
        self._nodes.append(
            helper.make_node("Split", [turned], [f"{p}_1" for p in parts], axis=0, num_outputs=3)
        )
        axis = self.constant(f"{at}.first", np.array([0], dtype=np.int64))
        query, key, value = (self.add("Squeeze", [f"{p}_1", axis], p) for p in parts)
        key = self.add("Transpose", [key], f"{at}.key_turned", perm=[0, 2, 1])
        scores = self.add("MatMul", [query, key], f"{at}.scores")
        weights = self.add("Softmax", [scores], f"{at}.shares", axis=-1)
        context = self.add("MatMul", [weights, value], f"{at}.context")
        context = self.add("Transpose", [context], f"{at}.context_turned", perm=[1, 0, 2])
        whole = self.constant(f"{at}.join", np.array([-1, self._shape.hidden], dtype=np.int64))
        return self.add("Reshape", [context, whole], f"{at}.joined")

    def _dense(self, name: str, hidden: str) -> str:
        weight = self._weight(f"{name}.weight")
        if name in self._factors:
            factors = self._factors[name]
            shares = self.constant(f"{name}.shares", 1 / factors)
            hidden = self.add("Mul", [hidden, shares], f"{name}.smoothed")
            weight = weight * factors
        return self._product(name, hidden, weight, self._weight(f"{name}.bias"))

    def _product(self, name: str, hidden: str, weight: Array, bias: Array) -> str:
        columns = self.constant(f"{name}.columns", np.ascontiguousarray(weight.T))
        product = self.add("MatMul", [hidden, columns], f"{name}.product")
        return self.add("Add", [product, self.constant(f"{name}.bias", bias)], f"{name}.dense")

    def _layer_norm(self, name: str, hidden: str) -> str:
        scale = self.constant(f"{name}.scale", self._weight(f"{name}.weight"))
        shift = self.constant(f"{name}.shift", self._weight(f"{name}.bias"))
        return self.add(
            "LayerNormalization",
            [hidden, scale, shift],
            f"{name}.normal",
            axis=-1,
            epsilon=self._shape.epsilon,
        )

    def _weight(self, name: str) -> Array:
        return self._weights[name]
