"""Similarities as a table for a person and as JSON for a program."""

from typing import Any

from semsearch.comparing import Similarities
from semsearch.output.terminal import printable_line


def similarities_text(similarities: Similarities) -> str:
    """A table of the pairwise similarities, with the texts in full below it."""
    numbers = range(1, len(similarities.texts) + 1)
    lines = [f"{printable_line(similarities.embedder)}, {similarities.dimension} dimensions", ""]
    lines += [
        f"{number}  {printable_line(text)}"
        for number, text in zip(numbers, similarities.texts, strict=True)
    ]
    lines += ["", "     " + "".join(f"{number:>8}" for number in numbers)]
    for number, row in zip(numbers, similarities.matrix, strict=True):
        lines.append(f"{number:>5}" + "".join(f"{value:>8.3f}" for value in row))
    return "\n".join(lines)


def similarities_record(similarities: Similarities) -> dict[str, Any]:
    """The pairwise similarities of some texts."""
    return {
        "embedder": similarities.embedder,
        "dimension": similarities.dimension,
        "texts": similarities.texts,
        "similarities": [[round(float(v), 6) for v in row] for row in similarities.matrix],
    }
