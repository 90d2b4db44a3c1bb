"""How far an index run has come."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come; ``file`` is the path of the file that was looked at last.

    ``texts_total`` are all texts that the run embeds, once every file is read; None before.
    ``bytes_total`` counts the files that seem to have changed. ``tokens`` are those that the
    embedder counted, ``cost`` is their price in USD, None where no price is known.
    """

    files_done: int = 0
    files_total: int = 0
    file: str = ""
    bytes_done: int = 0
    bytes_total: int = 0
    texts_embedded: int = 0
    texts_waiting: int = 0
    texts_total: int | None = None
    tokens: int = 0
    cost: float | None = None

    def total_without(self, texts: int) -> int | None:
        """The number of texts of the run without some that need not be embedded any more."""
        return None if self.texts_total is None else self.texts_total - texts
