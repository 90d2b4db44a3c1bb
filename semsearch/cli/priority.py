"""The priority of an index run on the processors, below that of questions."""

import os
from contextlib import suppress
from typing import Final

_NICE: Final = 10  # of 19; a process of the usual priority then gets nine tenths of a processor


def yield_processors() -> None:
    """Let other processes go first for the rest of this one, where the system has priorities."""
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(max(0, _NICE - os.nice(0)))
