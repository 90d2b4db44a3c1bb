"""Similarities as a table."""

from typing import Final

import numpy as np

from semsearch.cli.render.terminal import Style
from semsearch.documents.text.printable import printable_line
from semsearch.embedders.vectors import Vectors
from semsearch.insights.similarity import Similarities
from semsearch.settings.amounts import counted

_NUMBER: Final = 5  # columns of a row's number
_CELL: Final = 8
_SMALL_CELL: Final = 2


def similarities_text(similarities: Similarities, width: int, style: Style) -> str:
    """A table of the pairwise similarities, below the texts or files in full.

    With colours it is a heat map, whose cells have no numbers where a line has no room for them.
    """
    names = similarities.texts
    lines = [
        f"{printable_line(similarities.embedder)}, {counted(similarities.dimension, 'dimension')}",
        "",
    ]
    lines += [f"{number}  {printable_line(name)}" for number, name in enumerate(names, start=1)]
    lines.append("")
    if style.is_on and _NUMBER + _CELL * len(names) > width:
        return "\n".join(lines + _map(similarities.matrix, style))
    lines.append(" " * _NUMBER + "".join(f"{n:>{_CELL}}" for n in range(1, len(names) + 1)))
    shares = _shares(similarities.matrix)
    for number, (row, own) in enumerate(zip(similarities.matrix, shares, strict=True), start=1):
        cells = (
            style.heat(f"{value:>{_CELL}.3f}", share) for value, share in zip(row, own, strict=True)
        )
        lines.append(f"{number:>{_NUMBER}}" + "".join(cells))
    return "\n".join(lines)


def _map(matrix: Vectors, style: Style) -> list[str]:
    lines = []
    for number, own in enumerate(_shares(matrix), start=1):
        cells = "".join(style.heat(" " * _SMALL_CELL, share) for share in own)
        lines.append(f"{number:>{_NUMBER}} {cells}")
    scale = "".join(style.heat(" " * _SMALL_CELL, share) for share in np.linspace(0, 1, 11))
    return [*lines, "", f"{matrix.min():>{_NUMBER}.3f} {scale} {matrix.max():.3f}"]


def _shares(matrix: Vectors) -> list[list[float]]:
    """From the least similar pair (0) to the most (1)."""
    spread = max(float(matrix.max() - matrix.min()), 1e-6)
    shares: list[list[float]] = ((matrix - matrix.min()) / spread).tolist()
    return shares
