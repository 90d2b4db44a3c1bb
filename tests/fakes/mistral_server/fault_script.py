"""Assignment of faults to requests."""

import random
import threading
from collections import deque
from collections.abc import Sequence

from fakes.mistral_server.fault import Fault


class FaultScript:
    """Faults in order, then a seeded random share of the requests with faults of ``mix``."""

    def __init__(self, share: float, seed: int, mix: Sequence[Fault]) -> None:
        self.queue: deque[Fault] = deque()
        self._share = share
        self._mix = mix
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def take(self, route: str) -> Fault | None:
        """Return and remove the fault for a request, if any."""
        with self._lock:
            for fault in self.queue:
                if route.startswith(fault.route):
                    self.queue.remove(fault)
                    return fault
            if self._share and self._random.random() < self._share:
                fault = self._random.choice(self._mix)
                return fault if route.startswith(fault.route) else None
            return None
