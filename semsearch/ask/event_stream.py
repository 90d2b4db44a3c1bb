"""Server-sent events: the bytes of an answer → JSON objects.

https://html.spec.whatwg.org/multipage/server-sent-events.html: lines end with CR, LF or both;
``data:`` lines up to a blank one are one event; lines that begin with a colon are comments. The
text is UTF-8, whatever the header says (requests takes it for ISO-8859-1).
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

DONE: Final[dict[str, Any]] = {"done": True}  # in place of ``[DONE]``
_DONE: Final = "[DONE]"
_LINE_END: Final = re.compile(r"\r\n|\n|\r(?!$)")  # a CR at the end may be half of a CRLF


def events_of(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the JSON object of each event, up to ``[DONE]``, for which ``DONE`` comes, or the end.

    Events that are no JSON object are left out. The last event needs no blank line behind it.

    >>> list(events_of([b'data: {"a": "F', "ü".encode()[:1], "ü".encode()[1:], b'r"}', b"\\n\\n"]))
    [{'a': 'Für'}]
    """
    data: list[str] = []
    for line in _lines(pieces):
        if not line:
            event, data = "\n".join(data), []
            if event.strip() == _DONE:
                yield DONE
                return
            yield from _parsed(event)
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
            # Some servers leave the blank lines out: what is whole is an event.
            if len(data) == 1 and (data[0].strip() == _DONE or data[0].endswith("}")):
                event, data = data[0], []
                if event.strip() == _DONE:
                    yield DONE
                    return
                parsed = list(_parsed(event))
                yield from parsed
                data = [] if parsed else [event]
    yield from _parsed("\n".join(data))


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """The lines of the text, and at its end an empty one."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    begun: list[str] = []  # the parts of a line, joined once it has an end: linear time
    for piece in pieces:
        begun.append(decoder.decode(piece))
        if b"\n" in piece or b"\r" in piece or (begun[-2:-1] and begun[-2].endswith("\r")):
            *lines, rest = _LINE_END.split("".join(begun))
            yield from lines
            begun = [rest]
    begun.append(decoder.decode(b"", final=True))
    yield from _LINE_END.split("".join(begun).rstrip("\r"))
    yield ""


def _parsed(event: str) -> Iterator[dict[str, Any]]:
    try:
        content = orjson.loads(event) if event.strip() else None
    except ValueError:
        return
    if isinstance(content, dict):
        yield content
