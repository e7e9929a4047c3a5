"""The limits of one host: how fast, how many at once, and whether at all.

What is learned here is collected for other processes that call the same host, and what they have
learned is applied. Neither touches anything but memory: somebody else exchanges it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from registries.errors import Banned, RateLimited
from registries.transport.gate import Gate
from registries.transport.pacing import Pace
from registries.transport.rate_headers import LONGEST_WAIT, Budget

# How long one refusal may hold others back before somebody tries again.
_LONGEST_HOLD = 3600.0
# So short a hold is waited for even where a person waits.
_NOT_WORTH_TELLING = 1.0


@dataclass(frozen=True, slots=True)
class Ban:
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class LocalLimits:
    """The findings of one process since the last exchange."""

    refused: bool = False
    held_for: float = 0.0
    ban: Ban | None = None
    budget: Budget | None = None
    failed_logins: int = 0


@dataclass(frozen=True, slots=True)
class SharedLimitState:
    """The findings of all processes together. ``width`` is this one's share of concurrent
    requests."""

    width: int
    held_for: float = 0.0
    ban: Ban | None = None


class HostLimiter:
    """The limits of one host. Thread-safe."""

    def __init__(self, host: str, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.host = host
        self._clock = clock
        self._gate = Gate(most, clock)
        self._pace = Pace(clock)
        self._ban: tuple[float, str] | None = None
        self._refused = False
        self._new_ban: Ban | None = None
        self._budget: Budget | None = None
        self._failed_logins = 0

    @property
    def width(self) -> int:
        return self._gate.width

    @property
    def is_banned(self) -> bool:
        return self._ban is not None and self._ban[0] > self._clock()

    def patience(self, pause: Callable[[float], None], longest: float) -> Callable[[float], None]:
        """Return a sleep function that raises where the wait would exceed ``longest`` seconds."""

        def wait(seconds: float) -> None:
            self.raise_if_closed(longest)
            pause(seconds)

        return wait

    def enter(self, wait: Callable[[float], None]) -> int:
        """Wait for the caller's turn, and return its epoch. The caller must leave, whatever
        happens.

        Raise Banned or RateLimited where the turn is further away than ``wait`` has patience.
        """
        self._gate.enter()
        try:
            return self._pace.wait(wait)
        except BaseException:
            self._gate.leave()
            raise

    def leave(self) -> None:
        self._gate.leave()

    def answered(self) -> None:
        self._pace.answered()

    def note_budget(self, budget: Budget | None) -> None:
        if budget is not None:
            self._budget = budget

    def refused(self, epoch: int, wish: float) -> float:
        """Apply a refusal that asks for ``wish`` seconds; return the actual wait."""
        if self._gate.narrow(epoch):
            self._refused = True
        return self._pace.refused(epoch, min(wish, _LONGEST_HOLD))

    def overloaded(self, epoch: int) -> None:
        self._pace.overloaded(epoch)

    def login_failed(self) -> None:
        """Count a failed login. No lock: it is only an estimate of how near a block is."""
        self._failed_logins += 1

    def banned(self, seconds: float, reason: str) -> Banned:
        """Block the host for everybody; return the error to raise."""
        ban = Ban(min(seconds, LONGEST_WAIT), reason)
        self.close(ban)
        return self._ban_error(ban.seconds, reason)

    def close(self, ban: Ban) -> None:
        self._new_ban = ban
        self._keep(ban)

    def take_local(self) -> LocalLimits:
        """Return what was learned since the last call. For the one thread that exchanges it."""
        held_for = 0.0 if self.is_banned else self._pace.held_for
        # Each is taken at once: what is learned meanwhile is reported the next time.
        refused, self._refused = self._refused, False
        ban, self._new_ban = self._new_ban, None
        budget, self._budget = self._budget, None
        local = LocalLimits(refused, held_for, ban, budget, self._failed_logins)
        self._failed_logins -= local.failed_logins
        return local

    def adopt(self, shared: SharedLimitState) -> None:
        self._gate.share(shared.width)
        if shared.ban is not None:
            self._keep(shared.ban)
        # A hold of our own comes back a few milliseconds shorter.
        elif shared.held_for > self._pace.held_for + _NOT_WORTH_TELLING:
            self._pace.hold(shared.held_for)

    def raise_if_closed(self, longest: float) -> None:
        """Raise Banned or RateLimited where nobody may start within ``longest`` seconds."""
        if self._ban is not None and (left := self._ban[0] - self._clock()) > 0:
            raise self._ban_error(left, self._ban[1])
        left = self._pace.held_for
        if left > max(longest, _NOT_WORTH_TELLING):
            raise RateLimited(
                f"Rate limited: {self.host} accepts no requests until {_moment(left)}",
                retry_after=left,
            )

    def _keep(self, ban: Ban) -> None:
        self._ban = self._clock() + ban.seconds, ban.reason
        if ban.seconds > self._pace.held_for + _NOT_WORTH_TELLING:
            self._pace.hold(ban.seconds)

    def _ban_error(self, seconds: float, reason: str) -> Banned:
        return Banned(
            f"Banned: {self.host} is not called again until {_moment(seconds)}: {reason}",
            retry_after=seconds,
        )


def _moment(seconds: float) -> str:
    """Return the time in so many seconds, rounded up to a minute."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds + 59)
    return f"{moment:%Y-%m-%d %H:%M} UTC"
