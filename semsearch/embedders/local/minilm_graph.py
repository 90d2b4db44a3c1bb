"""The ONNX graph of all-MiniLM-L6-v2, built from its weights.

The graph takes one text at a time, without padding or mask: input ``ids`` (tokens,) int64, outputs
``vector`` (384,) float32, a unit row, and ``states`` (tokens, 384) float32, whose mean it is. Only
needed to install the model.
"""

from collections.abc import Mapping
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from semsearch.embedders.local.bert_graph import BertGraph
from semsearch.embedders.local.bert_reference import MINILM_SHAPE
from semsearch.embedders.local.minilm import STATES, VECTOR
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
        helper.make_tensor_value_info(VECTOR, TensorProto.FLOAT, [MINILM_SHAPE.hidden]),
    )
    onnx.save(model, path)


def show_states(graph: Path) -> None:
    """Make the states of the word pieces a second output of a graph, in place.

    No weight is touched: the file with the weights may be absent. ``vector`` stays bit-identical.
    """
    model = onnx.load(graph, load_external_data=False)
    (mean,) = (node for node in model.graph.node if node.op_type == "ReduceMean")
    hidden = mean.input[0]
    for node in model.graph.node:
        for names in (node.input, node.output):
            for at, name in enumerate(names):
                if name == hidden:
                    names[at] = STATES
    shape: list[str | int | None] = ["tokens", MINILM_SHAPE.hidden]
    model.graph.output.append(helper.make_tensor_value_info(STATES, TensorProto.FLOAT, shape))
    onnx.save(model, graph)
