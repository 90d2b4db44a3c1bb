"""Related documents and outliers as text."""

from semsearch.cli.render.terminal import Style, beginning
from semsearch.documents.text.printable import printable_path
from semsearch.insights.outliers import Outliers
from semsearch.insights.related import Related
from semsearch.query.citation_text import citation


def related_text(found: Related, style: Style) -> str:
    """A line for each document: how near, and which passage is nearest to which."""
    return "\n".join(
        f"{document.similarity:.3f} {style.path(citation(document.location))}"
        f"  {style.dim(f'near {citation(document.to)}')}"
        for document in found.documents
    )


def outliers_text(found: Outliers, width: int, style: Style) -> str:
    """Two lines for each outlier, its place and the beginning of its text; then the threshold."""
    lines = []
    for outlier in found.found:
        where = outlier.location
        place = printable_path(outlier.path) if where is None else citation(where)
        lines.append(f"{outlier.similarity:.3f} {style.path(place)}")
        lines.append(style.dim(beginning(outlier.text, width)))
    lines.append(f"{found.usual:.3f} is usual, below {found.threshold:.3f} is an outlier")
    return "\n".join(lines)
