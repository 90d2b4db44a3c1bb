"""Citations as text: where a passage stands, as people and programs give it."""

from semsearch.documents.passage import Location
from semsearch.documents.text.printable import printable_line, printable_path


def citation(location: Location) -> str:
    """``path:12-18`` for lines, ``path p.3`` for pages, else the place as in ``path slide 3``.

    >>> citation(Location("a.pdf", None, (3, 4), ()))
    'a.pdf p.3-4'
    >>> citation(Location("a.srt", (3, 4), None, (), "00:01:10"))
    'a.srt:3-4 00:01:10'
    """
    cited = printable_path(location.path)
    if location.lines is not None:
        cited += f":{_range(location.lines)}"
    if location.place is not None:
        return f"{cited} {printable_line(location.place)}"
    return f"{cited} p.{_range(location.pages)}" if location.pages is not None else cited


def _range(bounds: tuple[int, int]) -> str:
    first, last = bounds
    return str(first) if first == last else f"{first}-{last}"
