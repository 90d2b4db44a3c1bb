"""Named indexes as text."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.store.named_indexes import NamedIndex


def named_text(found: Sequence[NamedIndex], now: datetime | None = None) -> str:
    """A line for each: its name, its folder, and the age of its index."""
    width = max(len(printable_line(named.name)) for named in found)
    return "\n".join(
        f"{printable_line(named.name):<{width}}  {_place_text(named)}  ({_state_text(named, now)})"
        for named in found
    )


def _place_text(named: NamedIndex) -> str:
    return printable_path(str(named.place if named.folder is None else named.folder))


def _state_text(named: NamedIndex, now: datetime | None) -> str:
    if named.created is None and named.problem is None:
        return "a collection"
    if named.created is None:
        return printable_line(str(named.problem))
    elsewhere = ""
    if named.index is not None and named.folder is not None and named.index.parent != named.folder:
        elsewhere = f", index in {printable_path(str(named.index))}"
    old = age((now or datetime.now(UTC)) - named.created)
    return f"generation {named.generation}, {old} old{elsewhere}"


def age(passed: timedelta) -> str:
    """A duration in its largest unit.

    >>> age(timedelta(hours=50)), age(timedelta(seconds=90))
    ('2 days', '1 min')
    """
    seconds = max(0, int(passed.total_seconds()))
    for name, unit in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= (2 * unit if name == "days" else unit):
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
