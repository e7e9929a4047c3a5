"""Run checks that may hang in a thread that may hang with them.

Callers wait for a set time and no longer. There is one thread at a time, however many ask: they
share its outcome, so that a hanging check holds up one thread, not one per caller. The outcome is
cached for a while, as anybody may ask.
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
        """Return a new round, the current one, or one that has just ended."""
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
        # So that log lines there carry the request id.
        work = contextvars.copy_context().run
        threading.Thread(target=work, args=(self._work,), name="readiness", daemon=True).start()

    def is_old(self) -> bool:
        return self.ended.is_set() and time.monotonic() - self._ended_at >= KEPT_SECONDS

    def outcomes(self, *, until: float) -> dict[str, Outcome]:
        """Return the outcome of every check, at the latest at that monotonic time."""
        self.ended.wait(max(0.0, until - time.monotonic()))
        late = failed("No answer in time")
        return {name: self._outcomes.get(name, late) for name in self._checks}

    def _work(self) -> None:
        lost: Unreachable | None = None
        try:
            for name, check in self._checks.items():
                if lost is None:
                    self._outcomes[name], lost = _carry_out(name, check)
                else:
                    self._outcomes[name] = failed(f"Skipped: {lost}")
        finally:
            # The thread ends with its connection, so each round needs a new one.
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
        return failed("The check failed; see the log"), None
