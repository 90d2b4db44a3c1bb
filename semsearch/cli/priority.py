"""The priority of an index run on the processors, below that of questions."""

import os
from contextlib import suppress
from typing import Final

# Of 19: beside it a process of the usual priority gets three quarters of a processor (nine tenths
# with 10, by which a run hardly moves on a machine that is busy all day).
_NICE: Final = 5


def yield_processors() -> None:
    """Let other processes go first for the rest of this one, where the system has priorities."""
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(max(0, _NICE - os.nice(0)))
