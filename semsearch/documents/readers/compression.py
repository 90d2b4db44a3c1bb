"""Compressed files (gzip, bzip2, xz, zstd) unpacked in memory, up to a limit."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Final, Protocol

from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_MOST: Final = 200_000_000  # bytes unpacked; plain text of a thousand books
_ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"


class _Decompressor(Protocol):
    """The part of the standard library's decompressors that is used."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def unpacked(data: bytes) -> bytes:
    """Return the file within; raises ``DocumentUnreadable`` where it is too large or damaged."""
    try:
        content = _of_zstandard(data) if data.startswith(_ZSTANDARD) else _joined(data)
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error) as error:
        raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged file: {error}") from error
    if len(content) > _MOST:
        raise DocumentUnreadable(
            ReasonCode.TOO_LARGE_UNPACKED,
            f"it unpacks to more than the {_MOST / 1e6:.0f} MB that a document may have",
        )
    return content


def _joined(data: bytes) -> bytes:
    """What the streams of a file unpack to; bytes behind the first that are no stream are left."""
    content = b""
    while data and len(content) <= _MOST:
        try:
            stream = _opened(data)
            piece = stream.decompress(data, _MOST + 1 - len(content))
        except (OSError, lzma.LZMAError, zlib.error):
            if content:
                break
            raise
        content += piece
        if not stream.eof and len(content) <= _MOST:
            raise EOFError("it ends in the middle")
        data = stream.unused_data.lstrip(b"\0")
    return content


def _opened(data: bytes) -> _Decompressor:
    opened: Callable[[], _Decompressor]
    if data.startswith(b"BZh"):
        opened = bz2.BZ2Decompressor
    elif data.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    else:
        opened = lzma.LZMADecompressor
    return opened()


def _of_zstandard(data: bytes) -> bytes:
    import zstandard  # here: an extra brings it

    try:
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as stream:
            return bytes(stream.read(_MOST + 1))
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
