"""Keep the demo alive: pushes every few seconds, a sync now and then, a failure."""

from __future__ import annotations

import logging
import sched
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from random import Random

import requests
from django.db import DatabaseError, close_old_connections

from harborguard.access.actor import Actor
from harborguard.access.models import User
from harborguard.demo import cast
from harborguard.demo.content import Change
from harborguard.demo.live_registry import LiveRegistry
from harborguard.demo.notifications import MEDIA_TYPE, envelope
from registries.webhook import setup
from sync.models import Trigger
from sync.runs import lifecycle
from sync.services.starting import start_sync

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 10
# A slow sync, so that there is something to watch.
_SLOW_SECONDS = 1.0
_NEW_ONES = ("canary", "prototype", "playground", "spike", "sample")

Action = Callable[[], object]


class Life:
    def __init__(
        self,
        registries: Mapping[str, LiveRegistry],
        developer: User,
        *,
        root: str,
        random: Random,
        save: Action,
    ) -> None:
        """``root`` is the URL of HarborGuard."""
        self._registries = registries
        self._by = Actor(developer.get_username(), developer)
        self._root = root
        self._random = random
        self._save = save
        self._events = sched.scheduler(time.monotonic, time.sleep)

    def go_on(self) -> None:
        self._registries[cast.MIRROR].manners.seconds_an_answer = _SLOW_SECONDS
        self._every(4, 10, partial(self._push, cast.STAGING))
        self._every(30, 60, partial(self._push, cast.PRODUCTION))
        self._every(150, 240, self._begin_a_repository)
        for name in (cast.MIRROR, cast.TEAM_DATA, cast.LEGACY, cast.SANDBOX):
            self._every(30, 60, partial(self._change, name))
        self._every(90, 140, partial(self._ask_for, cast.MIRROR), first=5)
        self._every(120, 200, self._let_come_and_go)
        self._events.run()

    def _every(self, least: float, most: float, action: Action, first: float | None = None) -> None:
        def happen() -> None:
            self._try(action)
            self._events.enter(self._random.uniform(least, most), 0, happen)

        delay = self._random.uniform(least, most) / 2 if first is None else first
        self._events.enter(delay, 0, happen)

    def _try(self, action: Action) -> None:
        """Try, and ignore a service that is being restarted."""
        close_old_connections()
        try:
            action()
        except (requests.RequestException, DatabaseError, lifecycle.SyncInProgress) as error:
            logger.info("Nothing happened: %s", error)
        self._save()

    def _change(self, name: str) -> list[Change]:
        registry = self._registries[name]
        possible = registry.a_day(self._random, datetime.now(UTC).date())
        changes = possible[self._random.choice(list(possible))] if possible else []
        registry.apply(changes)
        return changes

    def _push(self, name: str) -> None:
        if changes := self._change(name):
            self._tell(name, changes)

    def _begin_a_repository(self) -> None:
        number = self._random.randrange(10, 100)
        build = f"{self._random.getrandbits(28):07x}"
        change = Change(f"labs/{self._random.choice(_NEW_ONES)}-{number}", "main", build)
        self._registries[cast.STAGING].content.apply(change)
        self._tell(cast.STAGING, [change])

    def _let_come_and_go(self) -> None:
        legacy = self._registries[cast.LEGACY]
        legacy.manners.is_down = not legacy.manners.is_down
        self._ask_for(cast.LEGACY)

    def _ask_for(self, name: str) -> None:
        connection = self._registries[name].connection()
        start_sync(connection.pk, Trigger.MANUAL, by=self._by)

    def _tell(self, name: str, changes: list[Change]) -> None:
        hook = setup.shown(self._registries[name].connection(), self._root)
        headers = {"Authorization": f"Bearer {hook.secret}", "Content-Type": MEDIA_TYPE}
        body = envelope(changes)
        requests.post(hook.url, body, headers=headers, timeout=_PATIENCE_SECONDS)
