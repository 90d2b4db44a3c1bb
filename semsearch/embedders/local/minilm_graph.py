"""The ONNX graph of all-MiniLM-L6-v2, built from its weights.

The graph takes one text at a time, without padding or mask: input ``ids`` (tokens,) int64, output
``vector`` (384,) float32, a unit row. Only needed to install the model.
"""

from collections.abc import Mapping
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from semsearch.embedders.local.bert_graph import BertGraph
from semsearch.embedders.local.bert_reference import MINILM_SHAPE
from semsearch.embedders.local.safetensors import Array


def write_graph(weights: Mapping[str, Array], path: Path) -> None:
    """Write the float32 graph, with word embeddings in half precision.

    That halves the file; the rounding is far below the error of quantisation.
    """
    graph = BertGraph(weights, MINILM_SHAPE)
    graph.mean(graph.states("ids", half_words=True))
    model = graph.model(
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])],
        helper.make_tensor_value_info("vector", TensorProto.FLOAT, [MINILM_SHAPE.hidden]),
    )
    onnx.save(model, path)
