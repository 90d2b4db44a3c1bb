"""Clusters as a table."""

from typing import Final

from semsearch.cli.render.terminal import Style
from semsearch.documents.text.printable import printable_line
from semsearch.insights.clustering import Central, Cluster, Clustering, Unit
from semsearch.query.citation_text import citation
from semsearch.settings.amounts import counted

_TRAIL: Final = " › "
_WIDEST: Final = 60  # characters of a heading trail


def clustering_text(found: Clustering, style: Style) -> str:
    """Each cluster's number, name, size and cohesion, and its most central passages."""
    said = f"{counted(len(found.clusters), 'cluster')} of {found.count} {found.unit.value}"
    said += f", silhouette {found.silhouette:.2f}"
    if found.unclustered:
        said += f"; {found.unclustered} {found.unit.value} are in none"
    widest = max(len(printable_line(cluster.name)) for cluster in found.clusters)
    lines = [said]
    for cluster in found.clusters:
        lines += ["", _heading(cluster, found.unit, widest, style)]
        lines += [_central_text(central, style) for central in cluster.central]
    return "\n".join(lines)


def _heading(cluster: Cluster, unit: Unit, widest: int, style: Style) -> str:
    name = printable_line(cluster.name)
    gap = " " * (widest - len(name))
    size = _counted(cluster.size, "document")
    if unit is Unit.PASSAGES:
        size = (
            f"{_counted(cluster.size, 'passage')} of {_counted(len(cluster.documents), 'document')}"
        )
    return f"{cluster.number:>3}  {style.bold(name)}{gap}  {cluster.cohesion:.2f}  {size}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _central_text(central: Central, style: Style) -> str:
    trail = printable_line(_TRAIL.join(central.location.headings))
    if len(trail) > _WIDEST:
        trail = f"{trail[: _WIDEST - 1]}…"
    place = style.path(citation(central.location))
    return f"     {place}  {style.dim(trail)}" if trail else f"     {place}"
