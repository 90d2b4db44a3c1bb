"""The texts of a folder as they are read, and read ahead of the caller who embeds them."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Final

from semsearch.store.disk.ids import IdSet

_MOST_CHARACTERS: Final = 16_000_000  # of texts in memory: minutes of work for most servers

Text = tuple[int, str]  # its id, and its body


class TextsAhead(Iterator[Text]):
    """Iterator over texts without a vector, each once, while the files that have them are read.

    ``groups`` reads files: each step records some of them, and gives their texts without a vector,
    or None before a file that takes long. ``rest`` reads texts without a vector from the record:
    when every file is read, those that were not given yet.

    ``read_ahead`` goes on with the files while the caller waits for a server. Texts that are read
    ahead stay in memory up to a limit; the record keeps the others.
    """

    def __init__(
        self,
        groups: Generator[Sequence[Text] | None, None, None],
        rest: Callable[[], Iterator[Text]],
    ) -> None:
        self._groups = groups
        self._rest: Iterator[Text] | None = None
        self._open_rest = rest
        self._kept: deque[Text] = deque()
        self._characters = 0
        self.given = IdSet()  # text ids; those in memory are among them

    def __next__(self) -> Text:
        while not self._kept and self._rest is None:
            self._step()
        if self._kept:
            text = self._kept.popleft()
            self._characters -= len(text[1])
            return text
        assert self._rest is not None  # the loop has ended
        for text in self._rest:
            if self.given.add(text[0]):
                return text
        raise StopIteration

    def is_at_hand(self) -> bool:
        """Whether the next text, or the end, comes without waiting for a file."""
        return bool(self._kept) or self._rest is not None

    def read_ahead(self) -> bool:
        """Read some files; False when all are read, or the next file takes a while."""
        return self._rest is None and self._step()

    def read_all(self) -> None:
        """Read the remaining files, though their texts are not wanted now."""
        for _ in self._groups:
            pass

    def close(self) -> None:
        """Read no further file, and end the processes that read."""
        self._groups.close()

    @property
    def waiting(self) -> int:
        """How many texts are in memory."""
        return len(self._kept)

    def _step(self) -> bool:
        """Read the next group; returns False when there is none, or it takes a while."""
        try:
            group = next(self._groups)
        except StopIteration:
            self._rest = self._open_rest()
            return False
        for text in group or ():
            if self._characters < _MOST_CHARACTERS and self.given.add(text[0]):
                self._kept.append(text)
                self._characters += len(text[1])
        return group is not None


class SendableTexts(Iterator[str]):
    """Bodies of texts in the order in which they are sent, made of texts that are read ahead."""

    def __init__(self, bodies: Iterator[str], ahead: TextsAhead) -> None:
        self._bodies = bodies
        self.is_at_hand = ahead.is_at_hand
        self.read_ahead = ahead.read_ahead
        self.close = ahead.close

    def __next__(self) -> str:
        return next(self._bodies)
