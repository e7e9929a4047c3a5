"""The availability of repositories and of the whole registry, judged by single failures.

Each request to an unavailable registry costs all its retries and deadlines. After a few failures in
a row the rest of a repository is skipped; after many, the registry itself is pinged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from registries.errors import ConnectionTimedOut, NetworkError, RegistryError

MAX_REPOSITORY_FAILURES = 4
MAX_CONSECUTIVE_FAILURES = 32

_UNAVAILABLE_STATUSES = frozenset({502, 503, 504})


class Availability:
    """A counter of consecutive failures. Thread-safe.

    ``ping`` raises RegistryError if the registry is unavailable.
    """

    def __init__(self, ping: Callable[[], None]) -> None:
        self._ping = ping
        self._lock = threading.Lock()
        self._consecutive = 0
        self._failures: dict[str, tuple[int, RegistryError]] = {}

    def error_to_report(self, repository: str) -> RegistryError | None:
        """Return the error to report for the rest of the repository, or None to go on."""
        count, error = self._failures.get(repository, (0, None))
        return error if count >= MAX_REPOSITORY_FAILURES else None

    def record_answer(self, repository: str) -> None:
        self._consecutive = 0
        if self._failures:
            self._failures.pop(repository, None)

    def record_failure(self, repository: str, error: RegistryError) -> None:
        """Count a failure. Raise RegistryError if the registry is unavailable.

        Any answer, even a refusal, proves that it is available.
        """
        if not _is_unavailable(error):
            self.record_answer(repository)
            return
        with self._lock:
            count, _ = self._failures.get(repository, (0, None))
            self._failures[repository] = count + 1, error
            self._consecutive += 1
            if self._consecutive < MAX_CONSECUTIVE_FAILURES:
                return
            self._consecutive = 0
        self._ping()


def _is_unavailable(error: RegistryError) -> bool:
    return (
        isinstance(error, ConnectionTimedOut | NetworkError)
        or error.status in _UNAVAILABLE_STATUSES
    )
