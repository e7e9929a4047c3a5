"""How one host may be asked: how fast, by how many at once, and whether at all.

What is found out here is noted for the other processes that ask the same host, and what they
have found out is heard. Neither touches anything but memory: somebody else carries it.
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

# What one refusal may keep others from asking at all, before somebody finds out how it is now.
_LONGEST_HOLD = 3600.0
# A hold as short as this is waited for even by somebody who waits for the answer.
_NOT_WORTH_TELLING = 1.0


@dataclass(frozen=True, slots=True)
class Ban:
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What one process found out since it was last asked."""

    refused: bool = False
    held_for: float = 0.0
    ban: Ban | None = None
    budget: Budget | None = None
    failed_logins: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What all processes together know. ``width`` is this one's share of the open requests."""

    width: int
    held_for: float = 0.0
    ban: Ban | None = None


class HostLimiter:
    """Safe to share between threads."""

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
        """``pause``, but for what would not be over after ``longest`` seconds: that is raised."""

        def wait(seconds: float) -> None:
            self.raise_if_closed(longest)
            pause(seconds)

        return wait

    def enter(self, wait: Callable[[float], None]) -> int:
        """Return at the caller's turn, with its epoch. Then it must leave, whatever happens.

        Raise Banned or RateLimited where that turn is further away than ``wait`` has patience.
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

    def told(self, budget: Budget | None) -> None:
        if budget is not None:
            self._budget = budget

    def refused(self, epoch: int, wish: float) -> float:
        """Too much was asked for, and ``wish`` seconds are to pass; return those that will."""
        if self._gate.narrow(epoch):
            self._refused = True
        return self._pace.refused(epoch, min(wish, _LONGEST_HOLD))

    def overloaded(self, epoch: int) -> None:
        self._pace.overloaded(epoch)

    def login_failed(self) -> None:
        """Not counted under a lock: it is a measure of how near a ban is."""
        self._failed_logins += 1

    def banned(self, seconds: float, reason: str) -> Banned:
        """Close the host to everybody; return what is to be raised."""
        ban = Ban(min(seconds, LONGEST_WAIT), reason)
        self.close(ban)
        return self._ban_error(ban.seconds, reason)

    def close(self, ban: Ban) -> None:
        self._new_ban = ban
        self._keep(ban)

    def take_notes(self) -> Noted:
        """What was found out since the last time. For one thread, which passes it on."""
        held_for = 0.0 if self.is_banned else self._pace.held_for
        # Each is taken at once: what is found out beside this is told the next time.
        refused, self._refused = self._refused, False
        ban, self._new_ban = self._new_ban, None
        budget, self._budget = self._budget, None
        noted = Noted(refused, held_for, ban, budget, self._failed_logins)
        self._failed_logins -= noted.failed_logins
        return noted

    def hear(self, heard: Heard) -> None:
        self._gate.share(heard.width)
        if heard.ban is not None:
            self._keep(heard.ban)
        # What is heard of a hold of our own has lost some milliseconds on its way.
        elif heard.held_for > self._pace.held_for + _NOT_WORTH_TELLING:
            self._pace.hold(heard.held_for)

    def raise_if_closed(self, longest: float) -> None:
        """Raise Banned or RateLimited where nobody may begin within ``longest`` seconds."""
        if self._ban is not None and (left := self._ban[0] - self._clock()) > 0:
            raise self._ban_error(left, self._ban[1])
        left = self._pace.held_for
        if left > max(longest, _NOT_WORTH_TELLING):
            raise RateLimited(
                f"Rate limited: {self.host} asked to be left alone until {_moment(left)}",
                retry_after=left,
            )

    def _keep(self, ban: Ban) -> None:
        self._ban = self._clock() + ban.seconds, ban.reason
        if ban.seconds > self._pace.held_for + _NOT_WORTH_TELLING:
            self._pace.hold(ban.seconds)

    def _ban_error(self, seconds: float, reason: str) -> Banned:
        return Banned(
            f"Banned: {self.host} is not asked again until {_moment(seconds)}: {reason}",
            retry_after=seconds,
        )


def _moment(seconds: float) -> str:
    """In so many seconds, for a person; a minute that has begun counts."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds + 59)
    return f"{moment:%Y-%m-%d %H:%M} UTC"
