"""Compressed files (gzip, bzip2, xz, zstd) unpacked in memory, up to a limit."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, Protocol

from semsearch.documents.reason import DocumentUnreadable, Reason, ReasonCode

_MOST: Final = 200_000_000  # bytes unpacked; plain text of a thousand books
_PIECE: Final = 65_536  # bytes that are unpacked at a time
_ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"


class _Decompressor(Protocol):
    """The part of the standard library's decompressors that is used."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Unpacked(NamedTuple):
    """A file that was compressed; ``fault`` says why its end is missing, None where it is whole."""

    content: bytes
    fault: Reason | None = None


def unpacked(data: bytes) -> Unpacked:
    """Return the file within, of a damaged one what stands before the damage.

    Raises ``DocumentUnreadable`` where it is too large, or nothing can be unpacked.
    """
    pieces: list[bytes] = []
    fault = None
    try:
        pieces.extend(_of_zstandard(data) if data.startswith(_ZSTANDARD) else _joined(data))
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error) as error:
        if not any(pieces):
            raise DocumentUnreadable(ReasonCode.DAMAGED, f"damaged file: {error}") from error
        detail = f"damaged file: {error}; it is read as far as it unpacks"
        fault = Reason(ReasonCode.DAMAGED, detail)
    content = b"".join(pieces)
    if len(content) > _MOST:
        raise DocumentUnreadable(
            ReasonCode.TOO_LARGE_UNPACKED,
            f"it unpacks to more than the {_MOST / 1e6:.0f} MB that a document may have",
        )
    return Unpacked(content, fault)


def _joined(data: bytes) -> Iterator[bytes]:
    """Yield what the streams of a file unpack to; bytes behind the first that are none are left."""
    left, at = _MOST + 1, 0
    while at < len(data) and left > 0:
        begin = at
        stream = _opened(data, begin)
        try:
            # In pieces: what is unpacked before a damage is not lost with it.
            while not stream.eof and left > 0:
                if at >= len(data):
                    raise EOFError("it ends in the middle")
                piece = stream.decompress(data[at : at + _PIECE], left)
                at += _PIECE
                left -= len(piece)
                yield piece
        except (OSError, lzma.LZMAError, zlib.error):
            if not begin:
                raise
            return
        behind = min(at, len(data)) - len(stream.unused_data)
        at = next((n for n in range(behind, len(data)) if data[n]), len(data))


def _opened(data: bytes, at: int) -> _Decompressor:
    opened: Callable[[], _Decompressor]
    if data.startswith(b"BZh", at):
        opened = bz2.BZ2Decompressor
    elif data.startswith(b"\x1f\x8b", at):
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    else:
        opened = lzma.LZMADecompressor
    return opened()


def _of_zstandard(data: bytes) -> Iterator[bytes]:
    import zstandard  # here: an extra brings it

    try:
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as stream:
            left = _MOST + 1
            while left > 0 and (piece := bytes(stream.read(min(left, _PIECE)))):
                left -= len(piece)
                yield piece
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
