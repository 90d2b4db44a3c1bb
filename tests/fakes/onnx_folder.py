"""A tiny ONNX model in the layout of sentence-transformers, with a reference in numpy."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

DIMENSION = 16
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,:#"
WORDS = "query passage bees honey moon tide bread the of and keep warm winter cluster".split()
Rows = npt.NDArray[np.float32]


class OnnxFolder:
    """A model whose word pieces see the mean of the text.

    Its states are tanh(E[ids] + mean(E[ids]) · M) for the table E and the matrix M.
    """

    def __init__(
        self,
        path: Path,
        *,
        seed: int = 0,
        pooling: str = "mean_tokens",
        length: int = 24,
        prompts: dict[str, str] | None = None,
        graph: str = "onnx/model.onnx",
    ) -> None:
        self.path = path
        self.graph = path / graph
        self.graph.parent.mkdir(parents=True, exist_ok=True)
        self.tokenizer = tiny_tokenizer()
        self.tokenizer.save(str(path / "tokenizer.json"))
        random = np.random.default_rng(seed)
        self.table = random.normal(size=(self.tokenizer.get_vocab_size(), DIMENSION))
        self.table = self.table.astype(np.float32)
        self.matrix = random.normal(size=(DIMENSION, DIMENSION)).astype(np.float32)
        onnx.save(self._model(), self.graph)
        kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
        self.put(
            "modules.json",
            [
                {"idx": at, "name": str(at), "path": part, "type": f"sentence_transformers.{kind}"}
                for at, (part, kind) in enumerate(kinds.items())
            ],
        )
        flags = ("cls_token", "mean_tokens", "max_tokens", "lasttoken")
        self.put(
            "1_Pooling/config.json",
            {
                "word_embedding_dimension": DIMENSION,
                **{f"pooling_mode_{flag}": flag == pooling for flag in flags},
            },
        )
        self.put("sentence_bert_config.json", {"max_seq_length": length})
        self.put("config_sentence_transformers.json", {"prompts": prompts or {}})

    def put(self, name: str, value: Any) -> None:
        """Write one of the folder's JSON files."""
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value), encoding="utf-8")

    def states(self, ids: Sequence[int]) -> Rows:
        """The model's states in numpy: (pieces, dimension)."""
        rows = self.table[list(ids)]
        states: Rows = np.tanh(rows + rows.mean(axis=0) @ self.matrix)
        return states

    def ids(self, text: str) -> list[int]:
        """A text's word pieces, with the special pieces."""
        ids: list[int] = self.tokenizer.encode(text).ids
        return ids

    def _model(self) -> Any:
        nodes = [
            helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
            helper.make_node("ReduceMean", ["rows", "axis"], ["mean"], keepdims=1),
            helper.make_node("MatMul", ["mean", "matrix"], ["turned"]),
            helper.make_node("Add", ["rows", "turned"], ["sum"]),
            helper.make_node("Tanh", ["sum"], ["last_hidden_state"]),
        ]
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "pieces"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        output = helper.make_tensor_value_info(
            "last_hidden_state", TensorProto.FLOAT, ["batch", "pieces", DIMENSION]
        )
        constants = [
            numpy_helper.from_array(self.table, "table"),
            numpy_helper.from_array(self.matrix, "matrix"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"),
        ]
        graph = helper.make_graph(nodes, "tiny", inputs, [output], constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def unit(row: Rows) -> Rows:
    """The vector scaled to unit length."""
    scaled: Rows = row / np.linalg.norm(row)
    return scaled


def tiny_tokenizer() -> Any:
    """A tokenizer of letters and a few words, with BERT's special pieces."""
    vocabulary = ["[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{one}" for one in LETTERS), *WORDS]
    numbered = {piece: number for number, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(numbered, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    return tokenizer
