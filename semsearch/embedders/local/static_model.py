"""Static models: a table of vectors, one a word piece; a text's vector is their mean.

The folders of model2vec (Tulkens and van Dongen, 2024) and of the module StaticEmbedding of
sentence-transformers, without either library:

model.safetensors   ``embeddings`` or ``embedding.weight`` (rows, dimension), float or int8;
                    of model2vec perhaps ``weights`` (pieces,), a weight a piece, and ``mapping``
                    (pieces,), its row
tokenizer.json      special pieces are not added
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np

from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.embedders.local.fluency import fluency_of, pieces_of
from semsearch.embedders.local.model_folder import ModelDirectory
from semsearch.embedders.local.onnx_runtime import EmbeddedText, in_order, open_tokenizer
from semsearch.embedders.local.safetensors import Array, read_tensors
from semsearch.embedders.vectors import Vectors
from semsearch.errors import ModelMissing

_TABLES: Final = ("embeddings", "embedding.weight")
_WITHOUT_WORDS: Final = 1e-6  # a mean as short as this has no direction


class StaticModel:
    """Embedder of a static model; tokens are word pieces, counted exactly.

    All pieces of a text count; the libraries leave those above the first 512 out.
    """

    is_local = True

    def __init__(self, uri: str, table: "StaticTable", prefix: str, query_prefix: str) -> None:
        """``prefix`` is put before each text, ``query_prefix`` before questions."""
        self.uri = uri
        self.max_tokens = table.directory.length
        self._table = table
        self._prefix = prefix
        self._query_prefix = query_prefix

    def for_questions(self) -> "StaticModel":
        """Return the embedder of this model with the prefix for questions."""
        return StaticModel(self.uri, self._table, self._query_prefix, self._query_prefix)

    def count_tokens(self, text: str) -> int:
        """Return the exact number of word pieces of a text, with the prefix."""
        return len(self._table.pieces(self._prefix + text))

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield the vectors of up to 32 texts at a time, in order; raises ``EmbedderError``."""
        return in_order(texts, self._embedded, 1)

    def fluency(self, text: str) -> float:
        """How well the model knows the language of a text, 0.1 to 1, by its word pieces."""
        return fluency_of(text, pieces_of(text, self._table.tokenizer))

    def _embedded(self, text: str) -> EmbeddedText:
        pieces = self._table.pieces(self._prefix + text)
        return EmbeddedText(self._table.mean(pieces), len(pieces))


class StaticTable:
    """Tokenizer and vectors of a folder, each loaded at its first use."""

    def __init__(self, directory: ModelDirectory) -> None:
        self.directory = directory

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer of the model."""
        return open_tokenizer(self.directory.tokenizer)

    def pieces(self, text: str) -> list[int]:
        """The ids of a text's word pieces."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def mean(self, pieces: Sequence[int]) -> Vectors:
        """The unit row (dimension,) of some word pieces.

        Where the library would give a row of zeros (no piece, or unknown ones only) it is that of
        the whole table: some direction that says nothing.
        """
        known = [piece for piece in pieces if piece != self._left_out]
        rows = self._rows(np.array(known, dtype=np.int64))
        length = float(np.linalg.norm(mean := rows.mean(axis=0))) if known else 0.0
        if length < _WITHOUT_WORDS:
            return self._nowhere
        return _unit(mean, length)

    def _rows(self, pieces: "np.ndarray[Any, np.dtype[np.int64]]") -> Array:
        rows: Array = self._vectors[pieces if self._mapping is None else self._mapping[pieces]]
        rows = rows.astype(np.float32)
        if self._weights is not None:
            rows *= self._weights[pieces, None].astype(np.float32)
        return rows

    @cached_property
    def _nowhere(self) -> Vectors:
        mean = self._vectors.astype(np.float32).mean(axis=0)
        length = float(np.linalg.norm(mean))
        if length < _WITHOUT_WORDS:
            mean, length = np.ones_like(mean), float(np.sqrt(len(mean)))
        return _unit(mean, length)

    @cached_property
    def _left_out(self) -> int | None:
        """The unknown piece, which model2vec leaves out and sentence-transformers does not."""
        if not self._tensors["is_model2vec"]:
            return None
        name = getattr(self.tokenizer.model, "unk_token", None)
        return None if name is None else self.tokenizer.token_to_id(name)

    @cached_property
    def _tensors(self) -> dict[str, Any]:
        found = read_tensors(self.directory.weights)
        table = next((found[name] for name in _TABLES if name in found), None)
        pieces = self.tokenizer.get_vocab_size()
        mapping, weights = found.get("mapping"), found.get("weights")
        if table is None or table.ndim != 2:
            raise ModelMissing(f"{self.directory.weights} has no table of vectors")
        per_piece = [one for one in (mapping, weights) if one is not None]
        enough = all(one.ndim == 1 and len(one) >= pieces for one in per_piece)
        rows = pieces if mapping is None else int(mapping.max(initial=0)) + 1
        if not enough or len(table) < rows or (mapping is not None and mapping.min(initial=0) < 0):
            raise ModelMissing(
                f"the vectors in {self.directory.weights} are not those of its tokenizer"
            )
        kept = self.directory.dimension
        if kept is not None and kept > table.shape[1]:
            raise ModelMissing(
                f"{self.directory.weights} has vectors of {table.shape[1]} numbers, not {kept}"
            )
        return {
            "table": table[:, :kept],
            "mapping": mapping,
            "weights": weights,
            "is_model2vec": _TABLES[0] in found,
        }

    @property
    def _vectors(self) -> Array:
        table: Array = self._tensors["table"]
        return table

    @property
    def _mapping(self) -> Any:
        return self._tensors["mapping"]

    @property
    def _weights(self) -> Any:
        return self._tensors["weights"]


def _unit(row: Array, length: float) -> Vectors:
    unit: Vectors = (row / length).astype(np.float32)
    return unit
