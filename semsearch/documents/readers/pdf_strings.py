"""Strings of a content stream: the state of text, and glyphs one after another until a gap."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from semsearch.documents.readers.pdf_fonts import Glyphs, Typeface
from semsearch.documents.readers.pdf_fragments import WORD_GAP

_NO_WIDTH: Final = 0.05  # em: a blank that another spacing has taken back

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class TextState(NamedTuple):
    """What q saves of the graphics state (ISO 32000-1, 8.4 and 9.3)."""

    matrix: Matrix = IDENTITY
    typeface: Typeface | None = None
    size: float = 1.0
    character_spacing: float = 0.0
    word_spacing: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0


def product(m: Matrix, n: Matrix) -> Matrix:
    """Return the matrix that does what ``m`` does, and then what ``n`` does (8.3.4)."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


class Run:
    """Glyphs that are written one after another, until there is a gap between them."""

    __slots__ = ("_emit", "_end", "_gap", "_start", "_texts", "pen")

    def __init__(self, emit: Callable[[str, float, float], None], gap: float) -> None:
        self._emit = emit
        self._gap = gap
        self._texts: list[str] = []
        self._start = self._end = self.pen = 0.0

    def add(self, texts: Sequence[str], width: float, behind: float = 0.0) -> None:
        """Write glyphs of a width, after which the pen moves on by ``behind``."""
        if self._texts and abs(self.pen - self._end) > self._gap:
            self.flush()
        if not self._texts:
            self._start = self.pen
        self._texts += texts
        self._end = self.pen + width
        self.pen = self._end + behind

    def flush(self) -> None:
        """Put what is written on the page."""
        if self._texts:
            self._emit("".join(self._texts), self._start, self._end)
        self._texts = []


def write(run: Run, glyphs: Glyphs, data: bytes, state: TextState, face: Typeface) -> None:
    """Write a string with its spacing (9.3.2 and 9.3.3)."""
    texts, widths = glyphs
    if not texts:
        return
    size, spacing = state.size, state.character_spacing
    blanks = state.word_spacing if face.is_simple else 0.0
    em = abs(size) * face.em
    if abs(spacing) <= WORD_GAP * em and not _takes_blanks_back(
        glyphs, 2 * spacing + blanks, state, em
    ):
        width = sum(widths) * size + spacing * len(texts)
        if blanks:
            width += blanks * data.count(32)
        run.add(texts, width - spacing, spacing)
    else:
        # Letterspacing, or spacing that stands for a blank or takes one back, as ps2pdf writes
        # them: the row tells.
        for at, (text, width) in enumerate(zip(texts, widths, strict=True)):
            behind = spacing + (blanks if face.is_simple and data[at] == 32 else 0.0)
            if text.isspace() and width * size + behind + spacing < _NO_WIDTH * em:
                run.pen += width * size + behind
            else:
                run.add([text], width * size, behind)


def _takes_blanks_back(glyphs: Glyphs, moved: float, state: TextState, em: float) -> bool:
    """Whether spacing, on both sides of a blank, leaves no width to the blanks of a string."""
    if moved >= 0:
        return False
    blanks = (width for text, width in zip(*glyphs, strict=True) if text.isspace())
    return next(blanks, 1.0) * state.size + moved < _NO_WIDTH * em


def text_string(value: object) -> str:
    """Return a text string (7.9.2.2) as it stands in a stream, or as pypdf has decoded it."""
    if isinstance(value, str):
        return value
    data = value if isinstance(value, bytes) else b""
    if data.startswith(b"\xfe\xff"):
        return data[2:].decode("utf-16-be", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace")
    return data.decode("latin-1")
