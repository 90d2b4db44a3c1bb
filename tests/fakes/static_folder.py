"""Folders of static models, as model2vec 0.10 and sentence-transformers 6.2 write them."""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fakes.onnx_folder import tiny_tokenizer

DIMENSION: Final = 16
_TYPES: Final = {"float32": "F32", "float16": "F16", "int8": "I8", "int64": "I64"}
_BY_SENTENCE_TRANSFORMERS: Final = (
    "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
)
_BY_MODEL2VEC: Final = "sentence_transformers.models.StaticEmbedding"
Values = npt.NDArray[Any]


class StaticFolder:
    """A table of random vectors, and the sums that its library makes of them."""

    def __init__(
        self,
        path: Path,
        *,
        is_model2vec: bool = True,
        within: str = "",
        kind: str = "float32",
        has_weights: bool = False,
        has_mapping: bool = False,
    ) -> None:
        self.path = path
        self.files = path / within
        self.files.mkdir(parents=True)
        self.tokenizer = tiny_tokenizer()
        self.tokenizer.save(str(self.files / "tokenizer.json"))
        pieces = self.tokenizer.get_vocab_size()
        random = np.random.default_rng(7)
        rows = 20 if has_mapping else pieces
        self.table = (random.normal(size=(rows, DIMENSION)) * 40).astype(kind)
        self.weights = random.uniform(0.1, 2, size=pieces).astype(np.float32)
        self.mapping = random.integers(0, rows, size=pieces)
        tensors: dict[str, Values] = {
            "embeddings" if is_model2vec else "embedding.weight": self.table
        }
        if has_weights:
            tensors["weights"] = self.weights
        else:
            self.weights = np.ones(pieces, dtype=np.float32)
        if has_mapping:
            tensors["mapping"] = self.mapping
        else:
            self.mapping = np.arange(pieces)
        self.put_tensors(tensors)
        named = _BY_MODEL2VEC if is_model2vec else _BY_SENTENCE_TRANSFORMERS
        part = {"idx": 0, "name": "0", "path": within or ("." if is_model2vec else "")}
        self.put("modules.json", [{**part, "type": named}])
        if is_model2vec:
            self.put("config.json", {"max_length": 512, "normalize": True})
        self.unknown = 0 if is_model2vec else None

    def put(self, name: str, value: Any) -> None:
        """Write one of the folder's JSON files."""
        (self.path / name).write_text(json.dumps(value), encoding="utf-8")

    def put_tensors(self, tensors: dict[str, Values]) -> None:
        """Write the weights by the format's description."""
        header, data = {}, b""
        for name, values in tensors.items():
            content = values.astype(values.dtype.newbyteorder("<")).tobytes()
            header[name] = {
                "dtype": _TYPES[values.dtype.name],
                "shape": list(values.shape),
                "data_offsets": [len(data), len(data) + len(content)],
            }
            data += content
        head = json.dumps(header).encode()
        whole = len(head).to_bytes(8, "little") + head + data
        (self.files / "model.safetensors").write_bytes(whole)

    def vector(self, text: str) -> npt.NDArray[np.float64]:
        """The unit row of a text, piece by piece."""
        total = np.zeros(DIMENSION)
        for piece in self.tokenizer.encode(text, add_special_tokens=False).ids:
            if piece != self.unknown:
                row = self.table[self.mapping[piece]].astype(np.float64)
                total += row * float(self.weights[piece])
        return total / np.linalg.norm(total)
