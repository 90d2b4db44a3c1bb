"""What is near one document, and what is near none, as text for a person and as JSON."""

from typing import Any

from semsearch.cli.render.hits import citation, location_record
from semsearch.cli.render.terminal import Style, beginning, printable_path
from semsearch.insights.outliers import Outliers
from semsearch.insights.related import Related


def related_text(found: Related, style: Style) -> str:
    """A line for each document: how near, and which passage is nearest to which."""
    return "\n".join(
        f"{document.similarity:.3f} {style.path(citation(document.location))}"
        f"  {style.dim(f'near {citation(document.to)}')}"
        for document in found.documents
    )


def related_record(found: Related) -> dict[str, Any]:
    """The documents, with the nearest passages."""
    return {
        "index": str(found.index),
        "generation": found.generation,
        "embedder": found.embedder,
        "path": found.path,
        "documents": [
            {
                "path": document.path,
                "similarity": document.similarity,
                "nearest": location_record(document.location),
                "to": location_record(document.to),
            }
            for document in found.documents
        ],
    }


def outliers_text(found: Outliers, width: int, style: Style) -> str:
    """A line for each, with what it begins with below it; the last one says what is usual."""
    lines = []
    for outlier in found.found:
        where = outlier.location
        place = printable_path(outlier.path) if where is None else citation(where)
        lines.append(f"{outlier.similarity:.3f} {style.path(place)}")
        lines.append(style.dim(beginning(outlier.text, width)))
    lines.append(f"{found.usual:.3f} is usual, below {found.threshold:.3f} is an outlier")
    return "\n".join(lines)


def outliers_record(found: Outliers) -> dict[str, Any]:
    """The outliers, and what is usual."""
    return {
        "index": str(found.index),
        "generation": found.generation,
        "embedder": found.embedder,
        "neighbours": found.neighbours,
        "usual": found.usual,
        "threshold": found.threshold,
        "outliers": [
            {
                "path": outlier.path,
                "similarity": outlier.similarity,
                "location": None if outlier.location is None else location_record(outlier.location),
                "text": outlier.text,
            }
            for outlier in found.found
        ],
    }
