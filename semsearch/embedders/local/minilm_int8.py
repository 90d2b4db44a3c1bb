"""The graph of all-MiniLM-L6-v2 with all products in int8, made of the one that has some in floats.

The inputs of the products behind GELU have a few channels that are far above all others and would
stretch the scale of them all. These channels stay in float32, as a small product beside; the others
are quantised. Only needed to install the model.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import ExternalDataInfo, set_external_data

from semsearch.embedders.local.minilm_builds import (
    GRAPH_FILE,
    INT8_GRAPH_FILE,
    INT8_WEIGHTS_FILE,
)
from semsearch.embedders.local.safetensors import Array

# The four widest channels of each layer's GELU, over 330 texts: the reference pairs, the sample
# corpus, the chunking evaluation, code, and lines in other languages. The first of each layer, and
# the second of layer 2, reach 8.6 to 25 in nearly every text, all others of all layers 7.7. Pinned,
# as vectors must not depend on where a model was installed. Mean cosine to float32 over 104 texts:
# 0.9932 with none of them in float32, 0.9939 with smoothing (see ``channel_factors``), 0.9962 with
# 2, 4, 8 and 16, 0.9963 with 32; 0.9967 with all.
WIDE: Final = (
    (856, 329, 691, 585),
    (607, 251, 821, 116),
    (1004, 218, 606, 805),
    (358, 750, 201, 318),
    (637, 1031, 716, 1357),
    (1302, 499, 1300, 923),
)
_MOST: Final = 64  # 7 of 8 bits, as in ``quantisation``
_ALIGNMENT: Final = 64  # bytes, a line of the processor's cache
_LEAST_OUTSIDE: Final = 1024  # bytes; smaller tensors stay in the graph


def add_int8_graph(directory: Path) -> None:
    """Write the int8 graph beside the graph of build 3, in its folder.

    Both have the same inputs and outputs, and share all weights but those of the changed products.
    """
    model = onnx.load(directory / GRAPH_FILE, load_external_data=False)
    graph = model.graph
    constants = {one.name: one for one in graph.initializer}
    products = {f"{at}.product": wide for at, wide in zip(_dense_layers(), WIDE, strict=True)}
    nodes: list[Any] = []
    added: list[Any] = []
    for node in graph.node:
        if node.output[0] in products:
            hidden, columns = node.input
            weight = _floats(constants.pop(columns), directory)
            made = _product(node.output[0], hidden, weight, products[node.output[0]])
            nodes += made[0]
            added += made[1]
        else:
            nodes.append(node)
    _put_outside(added, directory / INT8_WEIGHTS_FILE)
    for field, values in ((graph.node, nodes), (graph.initializer, [*constants.values(), *added])):
        del field[:]
        field.extend(values)
    del graph.value_info[:]
    onnx.save(model, directory / INT8_GRAPH_FILE)


def _dense_layers() -> list[str]:
    return [f"encoder.layer.{layer}.output.dense" for layer in range(len(WIDE))]


def _product(
    name: str, hidden: str, weight: Array, wide: Sequence[int]
) -> tuple[list[Any], list[Any]]:
    """Nodes and constants of a product of ``hidden`` (tokens, channels) with weights in columns."""
    is_narrow = np.ones(len(weight), dtype=np.float32)
    is_narrow[list(wide)] = 0
    codes, scales = _quantised(weight * is_narrow[:, np.newaxis])
    constants = {
        "is_narrow": is_narrow,
        "columns_quantized": codes,
        "columns_scale": scales,
        "columns_zero_point": np.zeros(len(scales), dtype=np.int8),
        "wide": np.array(wide, dtype=np.int64),
        "columns_wide": np.ascontiguousarray(weight[list(wide)]),
    }
    named = {key: f"{name}.{key}" for key in constants}

    def node(operator: str, inputs: list[str], *outputs: str, **attributes: Any) -> Any:
        return helper.make_node(operator, inputs, [*outputs], name=outputs[0], **attributes)

    narrow, whole, scaled = f"{name}.narrow", f"{name}.integers", f"{name}.scales"
    quantised = [f"{narrow}_{part}" for part in ("quantized", "scale", "zero_point")]
    codes_in, scale_in, zero_in = quantised
    weights = [codes_in, named["columns_quantized"], zero_in, named["columns_zero_point"]]
    nodes = [
        node("Mul", [hidden, named["is_narrow"]], narrow),
        node("DynamicQuantizeLinear", [narrow], *quantised),
        node("MatMulInteger", weights, whole),
        node("Cast", [whole], f"{whole}_float", to=TensorProto.FLOAT),
        node("Mul", [scale_in, named["columns_scale"]], scaled),
        node("Mul", [f"{whole}_float", scaled], f"{name}.of_narrow"),
        node("Gather", [hidden, named["wide"]], f"{name}.found", axis=1),
        node("MatMul", [f"{name}.found", named["columns_wide"]], f"{name}.of_wide"),
        node("Add", [f"{name}.of_narrow", f"{name}.of_wide"], name),
    ]
    return nodes, [numpy_helper.from_array(constants[key], named[key]) for key in constants]


def _floats(tensor: Any, directory: Path) -> Array:
    """A float32 tensor that is outside the graph.

    onnx itself refuses a file with several hard links, as an installation may have
    (``findings/onnx-external-data-with-hard-links.sh``).
    """
    place = ExternalDataInfo(tensor)
    path = directory / place.location
    count = int(np.prod(tensor.dims))
    floats: Array = np.fromfile(path, dtype=np.float32, count=count, offset=place.offset or 0)
    return floats.reshape(*tensor.dims)


def _quantised(weight: Array) -> tuple[Any, Array]:
    """Codes (channels, columns) int8 and a scale for each column."""
    scales = (np.abs(weight).max(axis=0) / _MOST).astype(np.float32)
    return np.rint(weight / scales).astype(np.int8), scales


def _put_outside(tensors: Sequence[Any], path: Path) -> None:
    """Write large tensors to a file, which is memory-mapped when the graph is opened."""
    with path.open("wb") as file:
        for tensor in tensors:
            if len(tensor.raw_data) < _LEAST_OUTSIDE:
                continue
            file.write(b"\0" * (-file.tell() % _ALIGNMENT))
            set_external_data(tensor, path.name, file.tell(), len(tensor.raw_data))
            file.write(tensor.raw_data)
            tensor.ClearField("raw_data")
