"""Content streams of PDF pages (ISO 32000-1, 7.8.2) as operators with their operands.

Only operators that can bear on text are yielded. Those of a drawing are passed over in one step
each, or all together where they stand between q and Q: pages are read several times as fast as with
an object an operand.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

_SPACE: Final = rb"\x00\t\n\x0c\r "
_DELIMITER: Final = rb"\x00\t\n\x0c\r ()<>\[\]{}/%"
_OPERAND: Final = rb"(?:[-+]?+[\d.]++[%s]++)" % _SPACE
# Operators of paths, colours and lines, with their operands: nothing of them bears on text.
_DRAWN: Final = (
    rb"(?:%(n)s{1,6}+(?:re|rg|RG|scn?|SCN?|[mlcvygGkKwJjMi])|[Wfb]\*?+|B\*?+|[hnSsF])"
    % {b"n": _OPERAND}
)
_TOKEN: Final = re.compile(
    rb"""[%(space)s]++ | %%[^\r\n]*+
    | (?P<drawing>(?:q[%(space)s]++(?:(?:%(drawn)s|%(number)s{6}+cm)[%(space)s]++)*+Q|%(drawn)s)
      (?=[%(space)s]|\Z))
    | (?P<number>[-+]*+(?:\d++\.?+\d*+|\.\d++)(?:-\d*+)?+)
    | \((?P<text>[^()\\]*+(?:\\.[^()\\]*+)*+)\)
    | (?P<nested>\()
    | <(?P<hex>[\dA-Fa-f%(space)s]*+)>
    | (?P<open>\[|<<) | (?P<close>\]|>>)
    | (?P<name>/[^%(delimiter)s]*+)
    | (?P<operator>[^%(delimiter)s]++)
    | (?P<other>.)
    """
    % {b"space": _SPACE, b"delimiter": _DELIMITER, b"number": _OPERAND, b"drawn": _DRAWN},
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|[\r\n])|(.))", re.DOTALL)
_ESCAPED: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_PARENTHESIS: Final = re.compile(rb"\\.|[()]", re.DOTALL)
_NOT_HEX: Final = re.compile(rb"[^\dA-Fa-f]")
_NAME_ESCAPE: Final = re.compile(r"#([\dA-Fa-f]{2})")
# The end of an inline picture: EI between blanks, before bytes that a content stream may have.
_PICTURE_END: Final = re.compile(
    rb"[%(space)s]EI(?=[%(space)s]|\Z)(?=[\t\n\r\x20-\x7e]{0,20}(?:[\t\n\r\x20-\x7e]|\Z))"
    % {b"space": _SPACE}
)
_CONSTANTS: Final = {b"true": True, b"false": False, b"null": None}
_DEEPEST: Final = 50  # arrays and dictionaries within each other
_MOST_OPERANDS: Final = 100_000  # of an operator; more come of damage


# An operator with its operands: numbers, bytes, names as str, lists and dictionaries.
Operation = tuple[bytes, list[Any]]


def operations(content: bytes) -> Iterator[Operation]:
    """Yield the operations of a content stream; damaged tokens are passed over.

    >>> list(operations(b"BT 10 20 Td [(Ti) -20 <64>] TJ ET"))[2]
    (b'TJ', [[b'Ti', -20.0, b'd']])
    """
    operands: list[Any] = []
    open_lists: list[list[Any]] = []
    current = operands
    at = 0
    while True:
        for match in _TOKEN.finditer(content, at):
            kind = match.lastgroup
            if kind is None or kind == "other":
                continue
            if kind == "drawing":
                operands, open_lists = [], []
                current = operands
            elif kind == "number":
                current.append(_number(match[0]))
            elif kind == "text":
                text = match["text"]
                current.append(_unescaped(text) if b"\\" in text else text)
            elif kind == "hex":
                current.append(_bytes_of_hex(match["hex"]))
            elif kind == "name":
                current.append(name_of(match["name"]))
            elif kind == "operator":
                if (word := match["operator"]) in _CONSTANTS:
                    current.append(_CONSTANTS[word])
                    continue
                if word == b"ID":
                    end = _PICTURE_END.search(content, match.end())
                    at = end.end() if end else len(content)
                    operands, open_lists = [], []
                    current = operands
                    break
                yield word, operands
                operands, open_lists = [], []
                current = operands
            elif kind == "open":
                if len(open_lists) < _DEEPEST:
                    open_lists.append(current)
                    current = []
            elif kind == "close":
                if open_lists:
                    made = current if match["close"] == b"]" else _dictionary(current)
                    current = open_lists.pop()
                    current.append(made)
            elif kind == "nested":
                text, at = _nested(content, match.end())
                current.append(_unescaped(text))
                break
            if len(current) > _MOST_OPERANDS:
                current.clear()
        else:
            return


def name_of(written: bytes) -> str:
    """Return a name as pypdf has it, with its slash."""
    name = written.decode("latin-1")
    return _NAME_ESCAPE.sub(lambda found: chr(int(found[1], 16)), name) if "#" in name else name


def _number(written: bytes) -> float:
    try:
        return float(written)
    except ValueError:  # "--5" and "5-3", which viewers read as 5 and 5
        digits = written.lstrip(b"+-").partition(b"-")[0]
        return -float(digits) if written.startswith(b"-") else float(digits)


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(_escape, text)


def _escape(found: re.Match[bytes]) -> bytes:
    if found[1] is not None:
        return bytes((int(found[1], 8) & 255,))
    return b"" if found[2] is not None else _ESCAPED.get(found[3], found[3])


def _nested(content: bytes, start: int) -> tuple[bytes, int]:
    """The string that begins at ``start`` and has parentheses within, and where it ends."""
    depth = 1
    for match in _PARENTHESIS.finditer(content, start):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if not depth:
            return content[start : match.start()], match.end()
    return content[start:], len(content)


def _bytes_of_hex(digits: bytes) -> bytes:
    digits = _NOT_HEX.sub(b"", digits)
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _dictionary(items: list[Any]) -> dict[str, Any]:
    pairs = zip(items[::2], items[1::2], strict=False)
    return {key: value for key, value in pairs if isinstance(key, str)}
