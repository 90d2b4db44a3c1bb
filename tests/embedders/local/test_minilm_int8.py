"""The int8 graph of minilm."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from semsearch.embedders.local.minilm import MiniLM
from semsearch.embedders.local.minilm_builds import INT8_GRAPH_FILE
from semsearch.embedders.local.minilm_int8 import WIDE
from semsearch.embedders.reference_pairs import REFERENCE_PAIRS
from semsearch.embedders.vectors import Vectors


def peaks(model: MiniLM, texts: list[str]) -> list[Vectors]:
    """The highest magnitude of each channel behind GELU, for each layer."""
    names = [f"encoder.layer.{layer}.gelu" for layer in range(len(WIDE))]
    graph = onnx.load(model.folder / INT8_GRAPH_FILE, load_external_data=False)
    for name in names:
        graph.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(model.folder)
    )
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options)
    found = [session.run(names, {"ids": np.array(model.token_ids(text))}) for text in texts]
    return [np.max([np.abs(one[layer]).max(axis=0) for one in found], axis=0) for layer in range(6)]


def test_the_channels_in_floats_are_the_widest(minilm: MiniLM) -> None:
    """Behind GELU no other channel stretches the scale of a layer: all are below 8."""
    found = peaks(minilm, [pair.passage for pair in REFERENCE_PAIRS])
    widest = [float(peak[list(wide)].max()) for wide, peak in zip(WIDE, found, strict=True)]
    others = [float(np.delete(peak, wide).max()) for wide, peak in zip(WIDE, found, strict=True)]
    assert max(others) < 8
    assert [peak > 12 for peak in widest] == [True] * 4 + [False] * 2
