"""Named indexes as text."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from semsearch.cli.render.terminal import printable_line, printable_path
from semsearch.store.named_indexes import NamedIndex


def named_text(found: Sequence[NamedIndex], now: datetime | None = None) -> str:
    """A line for each: its name, its folder, and the age of its index."""
    width = max(len(printable_line(one.name)) for one in found)
    return "\n".join(
        f"{printable_line(one.name):<{width}}  {_place_text(one)}  ({_state_text(one, now)})"
        for one in found
    )


def _place_text(one: NamedIndex) -> str:
    return printable_path(str(one.place if one.folder is None else one.folder))


def _state_text(one: NamedIndex, now: datetime | None) -> str:
    if one.created is None:
        return printable_line(str(one.problem))
    elsewhere = ""
    if one.index is not None and one.folder is not None and one.index.parent != one.folder:
        elsewhere = f", index in {printable_path(str(one.index))}"
    old = age((now or datetime.now(UTC)) - one.created)
    return f"generation {one.generation}, {old} old{elsewhere}"


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
