"""A small model in the layout of ``e5-small-q4.bin``."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 2, 64, 512
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_NORMS = ("aln", "oln")
_ROWS = {"q": HIDDEN, "k": HIDDEN, "v": HIDDEN, "ao": HIDDEN, "fi": INNER, "fo": HIDDEN}


def blocks(numbers: Floats) -> bytes:
    """Numbers in blocks of 32: a scale, then two numbers in each byte."""
    rows = numbers.reshape(-1, 32)
    widest = rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)]
    scales = (widest / -8).astype(np.float16)
    codes = np.clip(np.round(rows / scales.astype(np.float32)[:, None]) + 8, 0, 15).astype(np.uint8)
    packed = codes[:, :16] | (codes[:, 16:] << 4)
    return b"".join(
        scale.tobytes() + row.tobytes() for scale, row in zip(scales, packed, strict=True)
    )


def write_packed(
    path: Path,
    scored: Sequence[tuple[str, float]],
    normalised: Mapping[str, str] | None = None,
) -> dict[str, Floats]:
    """Write a model with random weights and these pieces; returns the tensors by their names."""
    random = np.random.default_rng(1)
    pieces = [*((name, 0.0) for name in SPECIAL), *scored]
    tensors: dict[str, tuple[int, Floats]] = {}

    def put(name: str, kind: int, *shape: int) -> None:
        tensors[name] = (kind, random.normal(0, 0.5, shape).astype(np.float32))

    put("emb.word", 1, len(pieces), HIDDEN)
    put("emb.pos", 0, POSITIONS, HIDDEN)
    put("emb.type", 0, 2, HIDDEN)
    for name in ("emb.ln.w", "emb.ln.b"):
        put(name, 0, HIDDEN)
    for layer in range(LAYERS):
        for name, rows in _ROWS.items():
            put(f"l{layer}.{name}.w", 1, rows, INNER if name == "fo" else HIDDEN)
            put(f"l{layer}.{name}.b", 0, rows)
        for name in _NORMS:
            put(f"l{layer}.{name}.w", 0, HIDDEN)
            put(f"l{layer}.{name}.b", 0, HIDDEN)
    path.write_bytes(_packed(pieces, normalised or {}, tensors))
    return {name: numbers for name, (_, numbers) in tensors.items()}


def _packed(
    pieces: Sequence[tuple[str, float]],
    normalised: Mapping[str, str],
    tensors: Mapping[str, tuple[int, Floats]],
) -> bytes:
    texts = [text.encode() for text, _ in pieces]
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4")
    rows = b"".join(
        struct.pack(f"<IB{len(to)}I", ord(one), len(to), *map(ord, to))
        for one, to in normalised.items()
    )
    data = b"E5S1" + struct.pack(
        "<I7ifi", 1, HIDDEN, LAYERS, HEADS, INNER, len(pieces), POSITIONS, 2, 1e-12, 32
    )
    data += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(ends[-1])) + ends.tobytes()
    data += np.array([score for _, score in pieces], dtype="<f4").tobytes() + b"".join(texts)
    data += struct.pack("<iI", len(normalised), len(rows)) + rows
    data += struct.pack("<i", len(tensors))
    offset = len(data) + sum(2 + len(name) + 21 for name in tensors)
    contents = b""
    for name, (kind, numbers) in tensors.items():
        content = blocks(numbers) if kind else numbers.astype("<f4").tobytes()
        data += struct.pack("<H", len(name)) + name.encode()
        data += struct.pack("<BIQQ", kind, numbers.size, offset + len(contents), len(content))
        contents += content
    return data + contents
