"""The ONNX graph of all-MiniLM-L6-v2, built from its weights and quantised.

The graph takes one text at a time, without padding or mask: input ``ids`` (tokens,) int64, outputs
``vector`` (384,) float32, a unit row, and ``states`` (tokens, 384) float32, whose mean it is. Only
needed to install the model.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from semsearch.embedders.local.bert_graph import BertGraph
from semsearch.embedders.local.bert_reference import MINILM_SHAPE
from semsearch.embedders.local.minilm import STATES, VECTOR
from semsearch.embedders.local.safetensors import Array
from semsearch.settings.environment import decline_telemetry


def write_graph(weights: Mapping[str, Array], path: Path) -> None:
    """Write the float32 graph, with word embeddings in half precision.

    That halves the file; the rounding is far below the error of quantisation.
    """
    graph = BertGraph(weights, MINILM_SHAPE)
    hidden = graph.states("ids", half_words=True)
    axis = graph.constant("axis", np.array([0], dtype=np.int64))
    mean = graph.add("ReduceMean", [hidden, axis], "mean", keepdims=0)
    graph.add("LpNormalization", [mean], VECTOR, axis=0, p=2)
    model = graph.model(
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])],
        helper.make_tensor_value_info(VECTOR, TensorProto.FLOAT, [MINILM_SHAPE.hidden]),
    )
    onnx.save(model, path)


def quantise_graph(source: Path, target: Path) -> None:
    """Write the int8 graph: a scale per column of a weight matrix, activations scaled dynamically.

    The weights are in a file beside it, which is memory-mapped when the graph is opened. Mean
    cosine to float32 over 100 passages: 0.936 with a scale per matrix, 0.9935 per column, 0.9973
    when the products after Gelu, whose outliers stretch the scale, stay float32. Weights use 7 of
    the 8 bits (0.9963), because processors without VNNI add pairs in 16 bits.
    """
    decline_telemetry()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        nodes_to_exclude=[
            f"encoder.layer.{layer}.output.dense.product" for layer in range(MINILM_SHAPE.layers)
        ],
        use_external_data_format=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )


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
