"""A row of an HTML page, as a browser shows it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Row:
    """One row of a future block: its source lines and its words."""

    first: int
    last: int
    pieces: list[str]
    _joined: tuple[int, str] = (0, "")  # so many pieces, without spaces that no page shows

    @property
    def text(self) -> str:
        """The words, joined once while no piece is added."""
        if self._joined[0] != len(self.pieces):
            self._joined = (len(self.pieces), collapsed("".join(self.pieces)))
        return self._joined[1]


def collapsed(text: str) -> str:
    """Return the text with each run of white space as a blank, as a browser shows it."""
    return " ".join(text.split())


def without_blank_ends(rows: list[tuple[str, Row]]) -> list[tuple[str, Row]]:
    """Return the rows of a block, each with its text, without those that are blank at its ends."""
    filled = [number for number, (text, _) in enumerate(rows) if text.strip()]
    return rows[filled[0] : filled[-1] + 1] if filled else []
