"""An HTTP answer that is read while it comes, by another thread than the one that receives it."""

import queue
import time
from collections.abc import Iterator, Mapping
from typing import Final

from semsearch.errors import EmbedderUnavailable, ReplyInvalid, SemsearchError
from semsearch.settings.amounts import counted, duration_text

_Event = bytes | SemsearchError | tuple[int, Mapping[str, str]] | None

_MOST_WAITING: Final = 64  # pieces that are received and not read: of at most 64 KiB each
_LOOK: Final = 0.5  # seconds between two looks whether a reader is still there


class HttpStream:
    """Status, headers, then the pieces of the body; ``HttpClient.stream`` makes it."""

    def __init__(
        self, host: str, largest: int, total_seconds: float, silent_seconds: float
    ) -> None:
        """``silent_seconds`` is the longest time between two pieces."""
        self.host = host
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.is_closed = False
        self._largest = largest
        self._total_seconds = total_seconds
        self._silent_seconds = silent_seconds
        self._deadline = time.monotonic() + total_seconds
        self._events: queue.Queue[_Event] = queue.Queue(_MOST_WAITING)

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Hand over the head of the answer; called by the receiving thread."""
        self._hand_over((status, headers))

    def put(self, piece: bytes) -> None:
        """Hand over a piece of the body; called by the receiving thread.

        Waits while the reader is behind: a fast server fills no memory.
        """
        self._hand_over(piece)

    def end(self, error: SemsearchError | None) -> None:
        """Hand over the end of the body, or what ended it; called by the receiving thread."""
        self._hand_over(error)

    def wait_for_head(self) -> None:
        """Wait for status and headers; raises ``SemsearchError``."""
        head = self._next(self._total_seconds)
        assert isinstance(head, tuple)  # the first event, if it is no error
        self.status, self.headers = head

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces of the body; raises ``EmbedderUnavailable`` and ``ReplyInvalid``."""
        size = 0
        seconds = self._total_seconds
        while isinstance(piece := self._next(seconds), bytes):
            size += len(piece)
            if size > self._largest:
                raise ReplyInvalid(
                    f"{self.host} sent more than the {counted(self._largest, 'byte')} expected"
                )
            yield piece
            seconds = self._silent_seconds

    def read(self) -> bytes:
        """Return the whole body; raises as reading it piece by piece does."""
        return b"".join(self)

    def close(self) -> None:
        """Want no more of the answer: its connection is closed with the next piece."""
        self.is_closed = True

    def _hand_over(self, event: _Event) -> None:
        while not self.is_closed:
            try:
                self._events.put(event, timeout=_LOOK)
                return
            except queue.Full:
                if time.monotonic() > self._deadline:  # the reader has gone without a word
                    self.close()

    def _next(self, seconds: float) -> _Event:
        left = self._deadline - time.monotonic()
        try:
            event = self._events.get(timeout=max(min(seconds, left), 0.0))
        except queue.Empty:
            self.close()
            waited = (
                f"did not end its answer within {duration_text(self._total_seconds)}"
                if seconds >= left
                else f"sent nothing for {duration_text(seconds)}"
            )
            raise EmbedderUnavailable(f"{self.host} {waited}; try again later") from None
        if isinstance(event, SemsearchError):
            raise event
        return event
