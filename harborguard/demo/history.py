"""Generate the past month: each day's pushes and syncs, by the product's own pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random

from harborguard.access.actor import Actor
from harborguard.access.models import User
from harborguard.demo import cast
from harborguard.demo.content import Change
from harborguard.demo.habits import clean_up
from harborguard.demo.live_registry import LiveRegistry
from harborguard.demo.notifications import envelope
from harborguard.demo.passing_time import let_pass
from registries.models import Schedule
from registries.providers.shared.delivery import Delivery
from registries.transport.endpoint import Credential as Login
from registries.webhook import setup
from sync.enumeration import pipeline
from sync.models import State, SyncRun, Trigger
from sync.pushes.receiving import receive
from sync.runs import lifecycle
from sync.services import connecting

_ROOT = "http://127.0.0.1"

# The afternoon's pushes follow the morning's.
_AFTERNOON = timedelta(hours=5)
# What goes wrong, so many days ago.
_DOWN = {cast.LEGACY: {25, 17, 16}, cast.STAGING: {14}}
_CLOSED = {cast.LEGACY: {11, 10}}
_CLEANED_UP = 4
_LOGIN_EXPIRED = 2
_RENEWED = Login("robot", "renewed-since")
# Registries that rely on webhooks alone are synced when somebody asks.
_ASKED_FOR_EVERY = {cast.STAGING: 5, cast.LEGACY: 2}

Say = Callable[[str], None]


class History:
    def __init__(
        self, registries: Mapping[str, LiveRegistry], developer: User, random: Random, say: Say
    ) -> None:
        self._registries = registries
        self._developer = developer
        self._random = random
        self._say = say

    def play(self, days: int) -> None:
        today = datetime.now(UTC).date()
        self._connect(days, today - timedelta(days=days))
        for ago in reversed(range(days)):
            if (days - ago) % 10 == 1:
                self._say(f"Day {days - ago} of {days}")
            self._day(ago, today - timedelta(days=ago))
        let_pass(timedelta(hours=2))

    def _connect(self, days: int, day: date) -> None:
        by = Actor(self._developer.get_username(), self._developer)
        behave(self._registries, ago=days)
        for registry in self._registries.values():
            registry.apply(_all(registry.a_day(self._random, day)))
            _, run = connecting.connect(
                by=by,
                name=registry.name,
                url=registry.url,
                insecure=True,
                schedule=registry.role.schedule,
                login=registry.role.login,
                first_sync=registry.role.first_sync,
            )
            if run is not None:
                _carry_out(run)

    def _day(self, ago: int, day: date) -> None:
        changes = {
            name: registry.a_day(self._random, day)
            for name, registry in self._registries.items()
            # Nobody works on most weekend days; nightly builds go on.
            if day.weekday() < 5 or name == cast.TEAM_DATA or self._random.random() < 0.2
        }
        morning = timedelta(hours=7 + self._random.random())
        let_pass(morning)
        self._push(changes, half=0)
        let_pass(_AFTERNOON)
        self._push(changes, half=1)
        let_pass(timedelta(days=1) - morning - _AFTERNOON)
        for name, registry in self._registries.items():
            if not registry.role.tells:
                registry.apply(_all(changes.get(name, {})))
        self._night(ago)

    def _push(self, changes: Mapping[str, Mapping[str, list[Change]]], half: int) -> None:
        for name, by_repository in changes.items():
            registry = self._registries[name]
            repositories = list(by_repository)[half::2]
            if registry.role.tells and repositories:
                pushed = [change for one in repositories for change in by_repository[one]]
                registry.apply(pushed)
                _tell(registry, pushed)

    def _night(self, ago: int) -> None:
        behave(self._registries, ago)
        if ago == _CLEANED_UP:
            data = self._registries[cast.TEAM_DATA]
            data.apply(clean_up(data.content.builds()))
        for name, registry in self._registries.items():
            every = _ASKED_FOR_EVERY.get(name)
            asked_for = every is not None and (ago % every == 0 or ago in _DOWN[name])
            if registry.role.schedule == Schedule.DAILY:
                _carry_out(lifecycle.request(registry.connection().pk, Trigger.SCHEDULE))
            elif asked_for:
                _carry_out(
                    lifecycle.request(
                        registry.connection().pk, Trigger.MANUAL, user=self._developer
                    )
                )


def behave(registries: Mapping[str, LiveRegistry], ago: int) -> None:
    """Let each registry be as healthy as it was so many days ago."""
    for name, registry in registries.items():
        renewed = name == cast.AGENCY and ago <= _LOGIN_EXPIRED
        first = registry.content.repositories()[:1]
        registry.manners.login = _RENEWED if renewed else registry.role.login
        registry.manners.is_down = ago in _DOWN.get(name, ())
        registry.manners.closed = frozenset(first if ago in _CLOSED.get(name, ()) else ())


def _tell(registry: LiveRegistry, changes: list[Change]) -> None:
    """Deliver a webhook call without HTTP: there is no web process yet."""
    connection = registry.connection()
    hook = setup.shown(connection, _ROOT)
    delivery = Delivery({"authorization": f"Bearer {hook.secret}"}, envelope(changes))
    receive(connection.provider, hook.url.rpartition("/")[2], delivery, hook.url)
    waiting = SyncRun.objects.filter(registry=connection, state=State.QUEUED).first()
    if waiting is not None:
        _carry_out(waiting)


def _carry_out(run: SyncRun) -> None:
    for _ in pipeline.carry_out(run.pk):
        pass


def _all(by_repository: Mapping[str, list[Change]]) -> list[Change]:
    return [change for changes in by_repository.values() for change in changes]
