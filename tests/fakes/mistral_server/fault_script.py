"""Which request gets which fault."""

import random
import threading
from collections import deque
from collections.abc import Sequence

from fakes.mistral_server.fault import Fault


class FaultScript:
    """Faults in order, then a seeded random share of the requests of ``mix``."""

    def __init__(self, share: float, seed: int, mix: Sequence[Fault]) -> None:
        self.queue: deque[Fault] = deque()
        self._share = share
        self._mix = mix
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def take(self, route: str) -> Fault | None:
        """The fault of a request, if it has one; it is used up."""
        with self._lock:
            for fault in self.queue:
                if route.startswith(fault.route):
                    self.queue.remove(fault)
                    return fault
            if self._share and self._random.random() < self._share:
                fault = self._random.choice(self._mix)
                return fault if route.startswith(fault.route) else None
            return None
