"""Reader of safetensors weight files: https://github.com/huggingface/safetensors.

Eight bytes, little-endian, give the length of the header. The header is JSON with each tensor's
type, shape and offsets in the data that follows.
"""

import json
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from semsearch.errors import ModelMissing

Array = npt.NDArray[np.float32]
Tensor = TypeVar("Tensor", bound=npt.NDArray[Any])

_HEADER_LENGTH: Final = 8  # bytes
_LARGEST_HEADER: Final = 1_000_000
_METADATA: Final = "__metadata__"
_FLOATS: Final = frozenset({"F32", "F16", "BF16"})
_OTHERS: Final = {"F64": "<f8", "I8": "i1", "I32": "<i4", "I64": "<i8"}  # as numpy calls them


def read_weights(path: Path) -> dict[str, Array]:
    """Return the float tensors of a file by name, as float32; all others are left out.

    Raises ``ModelMissing`` for any other file.
    """
    return _tensors(path, _FLOATS, _floats)


def read_tensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the tensors of a file by name: floats of up to 32 bits as float32, others as stored.

    Types that numpy does not have are left out. Raises ``ModelMissing`` for any other file.
    """
    return _tensors(path, _FLOATS | _OTHERS.keys(), _stored)


def _tensors(
    path: Path, types: Container[str], read: Callable[[memoryview, Mapping[str, Any]], Tensor]
) -> dict[str, Tensor]:
    try:
        data = path.read_bytes()
        end = _HEADER_LENGTH + int.from_bytes(data[:_HEADER_LENGTH], "little")
        if end > min(len(data), _LARGEST_HEADER):
            raise ValueError("it has no header")
        return {
            name: read(_bytes(data, end, tensor), tensor)
            for name, tensor in json.loads(data[_HEADER_LENGTH:end]).items()
            if name != _METADATA and tensor["dtype"] in types
        }
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise ModelMissing(f"{path} is no safetensors file: {error}") from error


def _bytes(data: bytes, header_end: int, tensor: Mapping[str, Any]) -> memoryview:
    start, end = (header_end + offset for offset in tensor["data_offsets"])
    if not header_end <= start <= end <= len(data):
        raise ValueError("a tensor lies outside of it")
    return memoryview(data)[start:end]


def _floats(stored: memoryview, tensor: Mapping[str, Any]) -> Array:
    if tensor["dtype"] == "F32":
        values = np.frombuffer(stored, dtype="<f4")
    elif tensor["dtype"] == "F16":
        values = np.frombuffer(stored, dtype="<f2").astype(np.float32)
    else:  # bfloat16 is the upper half of a float32
        values = (np.frombuffer(stored, dtype="<u2").astype("<u4") << 16).view("<f4")
    floats: Array = values.reshape(tensor["shape"])
    return floats


def _stored(stored: memoryview, tensor: Mapping[str, Any]) -> npt.NDArray[Any]:
    if tensor["dtype"] in _FLOATS:
        return _floats(stored, tensor)
    return np.frombuffer(stored, dtype=_OTHERS[tensor["dtype"]]).reshape(tensor["shape"])
