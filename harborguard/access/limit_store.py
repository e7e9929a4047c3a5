"""Count hits of limits in the broker's Redis, for all web processes together.

While Redis does not answer, each process counts in its own memory: nobody is locked out, and
nothing is unlimited. Without Redis, it is always so.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from limits import RateLimitItem
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)
T = TypeVar("T")

_PREFIX = "harborguard-limits"
# A request waits this long for a connection, and for an answer.
_PATIENCE_SECONDS = 0.5
_LEFT_ALONE_SECONDS = 5.0
# Lua returns times with fourteen digits; after the reported wait, the request must succeed.
_ROUNDED_OFF_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    retry_after_seconds: int = 0


class LimitStore:
    def __init__(self, broker_url: str) -> None:
        url = redis_url(broker_url)
        self._shared = MovingWindowRateLimiter(_redis(url)) if url else None
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._one_at_a_time = threading.Lock()
        self._left_alone_until: float | None = None

    def hit(self, limit: RateLimitItem, *identity: str) -> Verdict:
        """Count one hit, unless the window is full: one step for any number of processes."""

        def count(limiter: MovingWindowRateLimiter) -> Verdict:
            if limiter.hit(limit, *identity):
                return Verdict(allowed=True)
            wait = limiter.get_window_stats(limit, *identity).reset_time - time.time()
            seconds = max(1, math.ceil(wait + _ROUNDED_OFF_SECONDS))
            return Verdict(allowed=False, retry_after_seconds=seconds)

        return self._ask(count)

    def give_back(self, limit: RateLimitItem, *identity: str) -> None:
        """Uncount the newest hit."""
        key = limit.key_for(*identity)
        self._ask(lambda limiter: _remove_newest(limiter.storage, key))

    def clear(self) -> None:
        self._ask(lambda limiter: limiter.storage.reset())
        self._own.storage.reset()

    def _ask(self, count: Callable[[MovingWindowRateLimiter], T]) -> T:
        if self._shared is not None and self._may_be_asked():
            try:
                answer = count(self._shared)
            except RedisError as error:
                self._leave_alone(error)
            else:
                self._welcome_back()
                return answer
        with self._one_at_a_time:
            return count(self._own)

    def _may_be_asked(self) -> bool:
        if self._left_alone_until is None:
            return True
        now = time.monotonic()
        if now < self._left_alone_until:
            return False
        # One request finds out whether Redis is back; the others do not wait for it.
        self._left_alone_until = now + _LEFT_ALONE_SECONDS
        return True

    def _leave_alone(self, error: RedisError) -> None:
        if self._left_alone_until is None:
            logger.warning(
                "Redis does not count for the limits (%s). Each web process counts by itself "
                "until it does. Check that the broker is up",
                error,
            )
        self._left_alone_until = time.monotonic() + _LEFT_ALONE_SECONDS

    def _welcome_back(self) -> None:
        if self._left_alone_until is not None:
            self._left_alone_until = None
            logger.info("Redis counts for the limits again")


def redis_url(broker_url: str) -> str | None:
    """Return the broker's URL for redis-py, or None where the broker is not Redis."""
    scheme, _, rest = broker_url.partition("://")
    schemes = {"redis": "redis", "rediss": "rediss", "redis+socket": "redis+unix"}
    if scheme not in schemes:
        return None
    place, _, query = rest.partition("?")
    options = dict(parse_qsl(query))
    if "virtual_host" in options:
        options["db"] = options.pop("virtual_host")
    if "ssl_cert_reqs" in options:
        options["ssl_cert_reqs"] = options["ssl_cert_reqs"].removeprefix("CERT_").lower()
    return f"{schemes[scheme]}://{place}" + (f"?{urlencode(options)}" if options else "")


def _redis(url: str) -> RedisStorage:
    # A lost connection is opened again once; a silent one is not waited for twice.
    retry = Retry(NoBackoff(), 1, (RedisConnectionError,))
    return RedisStorage(
        url,
        key_prefix=_PREFIX,
        socket_connect_timeout=_PATIENCE_SECONDS,
        socket_timeout=_PATIENCE_SECONDS,
        retry=retry,  # type: ignore[arg-type]  # redis-py's own option, passed on
    )


def _remove_newest(storage: Storage, key: str) -> None:
    """Remove the newest hit. The library only adds; both of its stores keep a list, newest
    first."""
    if isinstance(storage, RedisStorage):
        storage.storage.lpop(storage.prefixed_key(key))
    elif isinstance(storage, MemoryStorage):
        del storage.events.get(key, [])[:1]
