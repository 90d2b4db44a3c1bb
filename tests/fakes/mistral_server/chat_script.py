"""A scripted answer of a chat model, and the events in which it is sent."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

_CREATED: Final = 1_763_856_000
_ID: Final = "cmpl-0190"
_REASONS: Final = ("stop", "length", "error")
Split = Literal["words", "letters", "lines"]


@dataclass(frozen=True, slots=True)
class ChatScript:
    """What a model writes, and how its server sends it.

    split: the parts of the text in an event each.
    bytes_a_packet: packets that know neither events nor letters; 0 for a packet an event.
    as_chunks: content as a list of chunks, with a reference behind each.
    thinks: a thinking chunk, or ``reasoning_content``, before the text.
    line_end, has_comments: of the events.
    reason: the finish_reason; None for none.
    has_usage, has_done: whether the last event has the usage, and ``[DONE]`` follows.
    keeps: how many of the events are sent before the connection breaks; None for all.
    error: an error object that is sent behind those events.
    joins: how many of the first events are in one packet.
    streams: False for a single JSON object, as servers send that cannot stream.
    """

    text: str
    split: Split = "words"
    bytes_a_packet: int = 0
    as_chunks: bool = False
    thinks: str = ""
    line_end: str = "\n"
    has_comments: bool = False
    reason: str | None = "stop"
    has_usage: bool = True
    has_done: bool = True
    keeps: int | None = None
    error: Any = None
    streams: bool = True
    joins: int = 1

    def parts(self) -> list[str]:
        """The parts of the text."""
        if self.split == "letters":
            return list(self.text)
        pattern = r"[^\n]*\n|[^\n]+" if self.split == "lines" else r"\s*\S+|\s+"
        return re.findall(pattern, self.text)

    @property
    def is_odd(self) -> bool:
        """Whether the events cannot be those of the published contract."""
        return self.error is not None or not self.streams or self.reason not in _REASONS

    def packets(self, model: str, usage: dict[str, int]) -> Sequence[bytes]:
        """The packets of a stream."""
        events = list(self._events(model, usage))
        if self.keeps is not None:
            events = events[: self.keeps]
        if self.error is not None:
            events.append({"error": self.error})
        rows = [self._row(json.dumps(event, ensure_ascii=False)) for event in events]
        if self.has_done and self.keeps is None:
            rows.append(self._row("[DONE]"))
        rows = ["".join(rows[: self.joins]), *rows[self.joins :]]
        if not self.bytes_a_packet:
            return [row.encode() for row in rows]
        whole, size = "".join(rows).encode(), self.bytes_a_packet
        return [whole[at : at + size] for at in range(0, len(whole), size)]

    def whole(self, model: str, usage: dict[str, int]) -> dict[str, Any]:
        """The answer as one object."""
        message = {"role": "assistant", "content": self.text}
        choice = {"index": 0, "message": message, "finish_reason": self.reason}
        head = {"id": _ID, "object": "chat.completion", "created": _CREATED, "model": model}
        return {**head, "choices": [choice], "usage": usage}

    def _row(self, data: str) -> str:
        comment = f": keep-alive{self.line_end}" if self.has_comments else ""
        return f"{comment}data: {data}{self.line_end}{self.line_end}"

    def _events(self, model: str, usage: dict[str, int]) -> Iterator[dict[str, Any]]:
        yield _event(model, {"role": "assistant", "content": ""}, None)
        if self.thinks:
            yield _event(model, self._thought(), None)
        for part in self.parts():
            yield _event(model, {"content": self._content(part)}, None)
        last = _event(model, {"content": ""}, self.reason)
        yield {**last, "usage": usage} if self.has_usage else last

    def _content(self, part: str) -> Any:
        if not self.as_chunks:
            return part
        reference = {"type": "reference", "reference_ids": [0]}
        return [{"type": "text", "text": part}, reference]

    def _thought(self) -> dict[str, Any]:
        if not self.as_chunks:
            return {"content": "", "reasoning_content": self.thinks}
        thinking = [{"type": "text", "text": self.thinks}]
        return {"content": [{"type": "thinking", "thinking": thinking}]}


def _event(model: str, delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    head = {"id": _ID, "object": "chat.completion.chunk", "created": _CREATED, "model": model}
    return {**head, "choices": [choice]}
