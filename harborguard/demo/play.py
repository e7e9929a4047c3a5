"""The demo from its start: registries, their past month, and today.

Their content is stored at each change, so that this process may end and start again.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from random import Random

from harborguard.access.models import User
from harborguard.demo.cast import CAST
from harborguard.demo.content import Content
from harborguard.demo.history import History, behave
from harborguard.demo.life import Life
from harborguard.demo.live_registry import LiveRegistry
from harborguard.demo.people import DEVELOPER
from harborguard.demo.registry_server import Manners, RegistryServer
from registries.models import Registry

# The same month in every demo.
_SEED = 20


class CannotGoOn(Exception):
    def __str__(self) -> str:
        return "The registries ended while their history was generated and cannot resume it"


class Play:
    def __init__(self, listeners: Sequence[socket.socket], state: Path) -> None:
        self._state = state
        builds = json.loads(state.read_text()) if state.exists() else {}
        self._registries = {
            role.name: LiveRegistry(
                role, RegistryServer(listener, Content(builds.get(role.name)), Manners())
            )
            for role, listener in zip(CAST, listeners, strict=True)
        }
        self._developer = User.objects.get(username=DEVELOPER)
        self._random = Random(_SEED)  # noqa: S311  nothing secret depends on it

    def prepare(self, days: int) -> None:
        """Serve the registries; generate their history, unless that is done. Raise CannotGoOn."""
        for registry in self._registries.values():
            registry.server.start()
        if not self._state.exists():
            if Registry.objects.exists():
                raise CannotGoOn
            History(self._registries, self._developer, self._random, _say).play(days)
        behave(self._registries, ago=0)
        self._save()

    def go_on(self, root: str) -> None:
        life = Life(
            self._registries, self._developer, root=root, random=self._random, save=self._save
        )
        life.go_on()

    def _save(self) -> None:
        held = {name: registry.content.builds() for name, registry in self._registries.items()}
        draft = self._state.with_suffix(".new")
        draft.write_text(json.dumps(held))
        draft.replace(self._state)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  the launcher shows it
