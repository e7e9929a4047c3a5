"""A supervised service: its current process, or when the next one is due."""

from __future__ import annotations

import time

from harborguard.embedded.launcher.process import Process
from harborguard.embedded.launcher.service import Service

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
_STEADY_AFTER = 60.0


class Child:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.process: Process | None = None
        self.due_at = 0.0
        self._delay = 0.0

    @property
    def name(self) -> str:
        return self.service.name

    def is_due(self) -> bool:
        return self.process is None and self.due_at <= time.monotonic()

    def put_off(self, *, lived: float) -> float:
        """Return the delay of the restart in seconds: 1, doubled up to 30 if it never ran
        properly."""
        failed_before = self._delay and lived < _STEADY_AFTER
        self._delay = min(LONGEST_DELAY, 2 * self._delay) if failed_before else FIRST_DELAY
        self.due_at = time.monotonic() + self._delay
        return self._delay
