"""A campaign of faults in units that can be done one after the other, by processes, on other days.

Unit ``n`` of a part is always of the same faults, and the units of a part are in a shuffled order:
those that a stopped campaign has done are a sample of all.
"""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any, TypeVar

from faults.tracing import PROCESSES

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Outcome:
    """The violations of a unit in words, and the numbers of what has happened."""

    violations: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Asked:
    """A part's folder, its number of items (0: all), and what it has enumerated before."""

    place: Path
    count: int = 0
    enumerated: Any = None
    thresholds: str = "{}"
    scenes: tuple[str, ...] = ()  # all, if none is named


@dataclass(frozen=True)
class Work:
    """``unit`` does unit number n in a folder of its own; it goes to other processes.

    ``enumerated`` is what a later campaign must not enumerate again, as a value of JSON. ``items``
    is the number of kills, flips and so on of all units.
    """

    units: int
    items: int
    unit: Callable[[int, Path], Outcome]
    enumerated: Any = None


@dataclass(frozen=True)
class Part:
    """A kind of fault. ``lacks`` says in words what this machine lacks, else is empty."""

    title: str
    prepare: Callable[[Asked], Work]
    chunk: int = 32  # units after which the state is written
    workers: int = 2
    lacks: Callable[[], str] = lambda: ""


class Workers:
    """Processes that do the units of a part."""

    def __init__(self, work: Work, count: int, place: Path) -> None:
        self._pool = ProcessPoolExecutor(count, PROCESSES, _begin, (work, place))

    def done(self, units: range) -> Iterator[Outcome]:
        """The outcomes of some units, in order."""
        return self._pool.map(_do, units)

    def end(self) -> None:
        """Wait for the units that are under way, and do no other."""
        self._pool.shutdown(cancel_futures=True)


_work: tuple[Work, Path] | None = None  # of this process, as it serves one part


def _begin(work: Work, place: Path) -> None:
    global _work  # set once, before the first unit
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the campaign after its units
    os.environ["OMP_NUM_THREADS"] = "1"
    _work = (work, place)


def _do(number: int) -> Outcome:
    assert _work is not None
    work, place = _work
    own = place / f"unit-{number}"
    own.mkdir(parents=True)
    try:
        return work.unit(number, own)
    except Exception as error:  # a fault of the harness counts, too
        return Outcome([f"unit {number}: {type(error).__name__}: {error}"])
    finally:
        rmtree(own, ignore_errors=True)


def shuffled(items: list[_Item]) -> list[_Item]:
    """The items in an order that is always the same."""
    order = list(items)
    random.Random(0).shuffle(order)
    return order
