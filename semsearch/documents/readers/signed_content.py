"""The message within a signature of S/MIME that holds it (RFC 5652, 5.1; BER of X.690)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

_SEQUENCE, _CONTENT, _OCTETS, _PIECES = 0x30, 0xA0, 0x04, 0x24  # tags
_SIGNED_DATA: Final = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"  # an object identifier
_NO_LENGTH: Final = 0x80  # the element goes on to a mark of its end
_END: Final = b"\0\0"
_DEEPEST: Final = 20  # elements within elements


class _Element(NamedTuple):
    """An element: its tag, where its content begins and ends, and where the next begins."""

    tag: int
    start: int
    end: int
    after: int


def signed_content(data: bytes) -> bytes | None:
    """Return what is signed; None where nothing is, as in a message that is encrypted."""
    try:
        return _signed(data)
    except (IndexError, StopIteration):  # a damaged file
        return None


def _signed(data: bytes) -> bytes | None:
    kind, content = list(_within(data, _element(data, 0)))[:2]
    if data[kind.start : kind.end] != _SIGNED_DATA:
        return None
    signed = next(_within(data, content))
    wrapped = next(one for one in _within(data, signed) if one.tag == _SEQUENCE)
    held = next(one for one in _within(data, wrapped) if one.tag == _CONTENT)
    octets = next(_within(data, held))
    if octets.tag == _OCTETS:
        return data[octets.start : octets.end]
    pieces = _within(data, octets) if octets.tag == _PIECES else ()
    return b"".join(data[piece.start : piece.end] for piece in pieces)


def _within(data: bytes, element: _Element) -> Iterator[_Element]:
    at = element.start
    while at < element.end:
        found = _element(data, at)
        yield found
        at = found.after


def _element(data: bytes, at: int, depth: int = 0) -> _Element:
    """The element at a place; raises ``IndexError`` where there is none."""
    tag, length = data[at], data[at + 1]
    start = at + 2
    if length == _NO_LENGTH:
        if depth > _DEEPEST:
            raise IndexError
        end = start
        while data[end : end + 2] != _END:
            end = _element(data, end, depth + 1).after
        return _Element(tag, start, end, end + 2)
    if length > _NO_LENGTH:
        start += length - _NO_LENGTH
        length = int.from_bytes(data[at + 2 : start], "big")
    if start + length > len(data):
        raise IndexError
    return _Element(tag, start, start + length, start + length)
