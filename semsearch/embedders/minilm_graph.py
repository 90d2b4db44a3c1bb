"""The ONNX graph of all-MiniLM-L6-v2, built from its weights and quantised.

One text at a time goes through it, so there is neither padding nor a mask: input ``ids`` (tokens,)
int64, output ``vector`` (384,) float32, of unit length. Only needed when the model is installed.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from semsearch.embedders.minilm_weights import HEADS, HIDDEN, LAYER_NORM_EPSILON, LAYERS, Array

_OPSET: Final = 20  # the first with Gelu
_IR_VERSION: Final = 9


def write_graph(weights: Mapping[str, Array], path: Path) -> None:
    """Write the float32 graph."""
    onnx.save(_Graph(weights).model(), path)


def quantise_graph(source: Path, target: Path) -> None:
    """Write the int8 graph: a scale for each column of a weight matrix, activations as they come.

    Mean cosine to float32 over 100 passages: 0.936 with one scale a matrix, 0.9935 with one a
    column, 0.9973 when the products behind Gelu, whose outliers stretch the scale, stay float32.
    Weights take 7 of the 8 bits (0.9963), since processors without VNNI add pairs in 16 bits.
    """
    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        nodes_to_exclude=[f"encoder.layer.{layer}.output.dense.product" for layer in range(LAYERS)],
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )


class _Graph:
    """Puts the nodes together, each named after what it makes."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> Any:
        """The whole model."""
        hidden = self._embeddings()
        for layer in range(LAYERS):
            hidden = self._layer(f"encoder.layer.{layer}", hidden)
        axis = self._constant("axis", np.array([0], dtype=np.int64))
        mean = self._add("ReduceMean", [hidden, axis], "mean", keepdims=0)
        self._add("LpNormalization", [mean], "vector", axis=0, p=2)
        graph = helper.make_graph(
            self._nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [HIDDEN])],
            self._constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
        )
        # Says that the quantiser's own preparation is not wanted: the shapes are known already.
        helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
        onnx.checker.check_model(model)
        return model

    def _embeddings(self) -> str:
        # Half precision: half the file, and its rounding is far below the quantisation's.
        words = self._weight("embeddings.word_embeddings.weight").astype(np.float16)
        # Every token is of type 0, so that its embedding is part of each position's.
        positions = (
            self._weight("embeddings.position_embeddings.weight")
            + self._weight("embeddings.token_type_embeddings.weight")[:1]
        )
        found = self._add("Gather", [self._constant("words", words), "ids"], "words_half")
        found = self._add("Cast", [found], "words_found", to=TensorProto.FLOAT)
        tokens = self._add("Shape", ["ids"], "tokens")
        zero = self._constant("zero", np.array([0], dtype=np.int64))
        placed = self._add(
            "Slice", [self._constant("positions", positions), zero, tokens], "placed"
        )
        summed = self._add("Add", [found, placed], "embedded")
        return self._layer_norm("embeddings.LayerNorm", summed)

    def _layer(self, at: str, hidden: str) -> str:
        attended = self._dense(f"{at}.attention.output.dense", self._attention(at, hidden))
        summed = self._add("Add", [hidden, attended], f"{at}.attended")
        hidden = self._layer_norm(f"{at}.attention.output.LayerNorm", summed)
        inner = self._dense(f"{at}.intermediate.dense", hidden)
        inner = self._add("Gelu", [inner], f"{at}.gelu")
        outer = self._dense(f"{at}.output.dense", inner)
        summed = self._add("Add", [hidden, outer], f"{at}.summed")
        return self._layer_norm(f"{at}.output.LayerNorm", summed)

    def _attention(self, at: str, hidden: str) -> str:
        """Scaled dot-product attention; query, key and value come of one product."""
        names = [f"{at}.attention.self.{name}" for name in ("query", "key", "value")]
        weight = np.concatenate([self._weight(f"{name}.weight") for name in names])
        bias = np.concatenate([self._weight(f"{name}.bias") for name in names])
        # The scaling of the scores is folded into the query's weights.
        weight[:HIDDEN] /= math.sqrt(HIDDEN // HEADS)
        bias[:HIDDEN] /= math.sqrt(HIDDEN // HEADS)
        joined = self._product(f"{at}.qkv", hidden, weight, bias)
        shape = self._constant(
            f"{at}.split", np.array([-1, 3, HEADS, HIDDEN // HEADS], dtype=np.int64)
        )
        split = self._add("Reshape", [joined, shape], f"{at}.qkv_heads")
        turned = self._add("Transpose", [split], f"{at}.qkv_turned", perm=[1, 2, 0, 3])
        parts = [f"{at}.{name}" for name in ("query", "key", "value")]
        self._nodes.append(
            helper.make_node("Split", [turned], [f"{p}_1" for p in parts], axis=0, num_outputs=3)
        )
        axis = self._constant(f"{at}.first", np.array([0], dtype=np.int64))
        query, key, value = (self._add("Squeeze", [f"{p}_1", axis], p) for p in parts)
        key = self._add("Transpose", [key], f"{at}.key_turned", perm=[0, 2, 1])
        scores = self._add("MatMul", [query, key], f"{at}.scores")
        weights = self._add("Softmax", [scores], f"{at}.shares", axis=-1)
        context = self._add("MatMul", [weights, value], f"{at}.context")
        context = self._add("Transpose", [context], f"{at}.context_turned", perm=[1, 0, 2])
        whole = self._constant(f"{at}.join", np.array([-1, HIDDEN], dtype=np.int64))
        return self._add("Reshape", [context, whole], f"{at}.joined")

    def _dense(self, name: str, hidden: str) -> str:
        return self._product(
            name, hidden, self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        )

    def _product(self, name: str, hidden: str, weight: Array, bias: Array) -> str:
        columns = self._constant(f"{name}.columns", np.ascontiguousarray(weight.T))
        product = self._add("MatMul", [hidden, columns], f"{name}.product")
        return self._add("Add", [product, self._constant(f"{name}.bias", bias)], f"{name}.dense")

    def _layer_norm(self, name: str, hidden: str) -> str:
        scale = self._constant(f"{name}.scale", self._weight(f"{name}.weight"))
        shift = self._constant(f"{name}.shift", self._weight(f"{name}.bias"))
        return self._add(
            "LayerNormalization",
            [hidden, scale, shift],
            f"{name}.normal",
            axis=-1,
            epsilon=LAYER_NORM_EPSILON,
        )

    def _weight(self, name: str) -> Array:
        return self._weights[name]

    def _constant(self, name: str, values: Any) -> str:
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def _add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output
