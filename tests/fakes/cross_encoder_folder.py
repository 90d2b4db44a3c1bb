"""A tiny cross-encoder in the layout of sentence-transformers, with its reference."""

import json
from pathlib import Path
from typing import Any

import onnx
from numpy import array, int64
from onnx import TensorProto, helper, numpy_helper

from fakes.onnx_folder import tiny_tokenizer


class CrossEncoderFolder:
    """A model whose logit is the number of equal pairs of word pieces of two texts.

    The end mark of each text counts as a word piece.
    """

    def __init__(self, path: Path, *, length: int = 24, outputs: int = 1) -> None:
        self.path = path
        self.tokenizer = tiny_tokenizer()
        (path / "onnx").mkdir(parents=True)
        self.tokenizer.save(str(path / "tokenizer.json"))
        (path / "config.json").write_text(json.dumps({"max_position_embeddings": length}))
        onnx.save(_model(outputs), path / "onnx" / "model.onnx")

    def logit(self, question: str, text: str) -> int:
        """The model's logit, counted directly."""
        asked, found = (self.tokenizer.encode(one).ids[1:] for one in (question, text))
        return sum(found.count(piece) for piece in asked)


def _model(outputs: int) -> Any:
    nodes = [
        helper.make_node("Unsqueeze", ["input_ids", "two"], ["down"]),
        helper.make_node("Unsqueeze", ["input_ids", "one"], ["across"]),
        helper.make_node("Equal", ["down", "across"], ["same"]),
        helper.make_node("Cast", ["same"], ["pairs"], to=TensorProto.INT64),
        helper.make_node("Unsqueeze", ["token_type_ids", "one"], ["of_text"]),
        helper.make_node("Sub", ["one", "token_type_ids"], ["first"]),
        helper.make_node("Unsqueeze", ["first", "two"], ["of_question"]),
        helper.make_node("Mul", ["pairs", "of_text"], ["half"]),
        helper.make_node("Mul", ["half", "of_question"], ["counted"]),
        helper.make_node("ReduceSum", ["counted", "both"], ["sum"], keepdims=0),
        helper.make_node("Cast", ["sum"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["number", "one"], ["logit"]),
        helper.make_node("Concat", ["logit"] * outputs, ["logits"], axis=1),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "pieces"])
        for name in ("input_ids", "token_type_ids")
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", outputs])
    constants = [
        numpy_helper.from_array(array(axes, dtype=int64), name)
        for name, axes in {"one": [1], "two": [2], "both": [1, 2]}.items()
    ]
    graph = helper.make_graph(nodes, "pairs", inputs, [output], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
