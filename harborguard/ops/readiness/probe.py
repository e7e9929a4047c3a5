"""Checks of something that may hang, in a thread that may hang with it.

Who asks waits for a set time and no longer. There is one thread at a time, however many ask:
they share what it finds, and a thing that hangs holds up one thread and not one for each. What
has been found is told for a while, as strangers may ask.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Mapping

from django.db import connections

from harborguard.ops.readiness.outcome import NotReady, Outcome, Unreachable, failed

logger = logging.getLogger(__name__)

KEPT_SECONDS = 3.0

Check = Callable[[], Outcome]


class Probe:
    def __init__(self, checks: Mapping[str, Check]) -> None:
        self.checks = checks
        self._lock = threading.Lock()
        self._round: Round | None = None

    def begin(self) -> Round:
        """A new round, or the one that is on, or has ended just now."""
        with self._lock:
            if self._round is None or self._round.is_old():
                self._round = Round(self.checks)
            return self._round


class Round:
    def __init__(self, checks: Mapping[str, Check]) -> None:
        self.ended = threading.Event()
        self._ended_at = 0.0
        self._checks = checks
        self._outcomes: dict[str, Outcome] = {}
        # So that what is logged there carries the id of the request that began it.
        work = contextvars.copy_context().run
        threading.Thread(target=work, args=(self._work,), name="readiness", daemon=True).start()

    def is_old(self) -> bool:
        return self.ended.is_set() and time.monotonic() - self._ended_at >= KEPT_SECONDS

    def outcomes(self, *, until: float) -> dict[str, Outcome]:
        """Of every check, at that moment of the monotonic clock at the latest."""
        self.ended.wait(max(0.0, until - time.monotonic()))
        late = failed("There was no answer in time")
        return {name: self._outcomes.get(name, late) for name in self._checks}

    def _work(self) -> None:
        lost: Unreachable | None = None
        try:
            for name, check in self._checks.items():
                if lost is None:
                    self._outcomes[name], lost = _carry_out(name, check)
                else:
                    self._outcomes[name] = failed(f"Not checked: {lost}")
        finally:
            # The thread ends, and its connection with it: so each round needs a new one to be had.
            connections.close_all()
            self._ended_at = time.monotonic()
            self.ended.set()


def _carry_out(name: str, check: Check) -> tuple[Outcome, Unreachable | None]:
    try:
        return check(), None
    except NotReady as refusal:
        reason = refusal.__cause__ or refusal
        logger.warning("Not ready: %s: %s (%s)", name, refusal, reason)
        lost = refusal if isinstance(refusal, Unreachable) else None
        return failed(str(refusal), **refusal.facts), lost
    except Exception:
        logger.exception("Not ready: %s could not be checked", name)
        return failed("It could not be checked; the log says why"), None
