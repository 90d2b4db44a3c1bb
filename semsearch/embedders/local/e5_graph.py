"""The ONNX graph of multilingual-e5-small, built from its weights.

The graph takes one text at a time, without padding or mask: input ``ids`` (tokens,) int64, output
``vector`` (384,) float32, a unit row. Only needed to install the model.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from semsearch.embedders.local.bert_graph import BertGraph
from semsearch.embedders.local.packed_weights import ZERO, Blocks, PackedModel
from semsearch.embedders.local.safetensors import Array


def write_graph(model: PackedModel, factors: Mapping[str, Array], path: Path) -> None:
    """Write the graph: word embeddings in 4 bits as they are published, the rest in float32.

    ``factors`` smooth the products behind GELU (see ``channel_factors``).
    """
    graph = BertGraph(model.weights, model.shape, factors)
    found = _words(graph, model.words, "ids")
    graph.mean(graph.states("ids", found=found))
    built = graph.model(
        "multilingual-e5-small",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])],
        helper.make_tensor_value_info("vector", TensorProto.FLOAT, [model.shape.hidden]),
    )
    onnx.save(built, path)


def _words(graph: BertGraph, words: Blocks, ids: str) -> str:
    """Add the lookup of rows in blocks of 4 bits and return its output (tokens, hidden)."""
    codes = graph.add("Gather", [graph.constant("codes", words.codes), ids], "codes_found")
    scales = graph.add("Gather", [graph.constant("scales", words.scales), ids], "scales_half")
    scales = graph.add("Cast", [scales], "scales_found", to=TensorProto.FLOAT)
    last = graph.constant("last_axis", np.array([-1], dtype=np.int64))
    scales = graph.add("Unsqueeze", [scales, last], "scales_of_blocks")
    half = graph.constant("half", np.array(15, dtype=np.uint8))
    low = graph.add("BitwiseAnd", [codes, half], "codes_low")
    bits = graph.constant("bits", np.array(4, dtype=np.uint8))
    high = graph.add("BitShift", [codes, bits], "codes_high", direction="RIGHT")
    whole = graph.add("Concat", [low, high], "codes_whole", axis=-1)
    numbers = graph.add("Cast", [whole], "codes_float", to=TensorProto.FLOAT)
    zero = graph.constant("code_of_zero", np.array(ZERO, dtype=np.float32))
    numbers = graph.add("Sub", [numbers, zero], "codes_signed")
    scaled = graph.add("Mul", [numbers, scales], "words_scaled")
    columns = words.scales.shape[1] * words.codes.shape[2] * 2
    shape = graph.constant("row", np.array([-1, columns], dtype=np.int64))
    return graph.add("Reshape", [scaled, shape], "words_found")
