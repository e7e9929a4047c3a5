"""A demo registry that is being served, and its connection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random

from harborguard.demo.cast import Role
from harborguard.demo.content import Change, Content
from harborguard.demo.registry_server import Manners, RegistryServer
from registries.models import Registry


@dataclass(frozen=True, slots=True)
class LiveRegistry:
    role: Role
    server: RegistryServer

    @property
    def name(self) -> str:
        return self.role.name

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def content(self) -> Content:
        return self.server.content

    @property
    def manners(self) -> Manners:
        return self.server.manners

    def connection(self) -> Registry:
        return Registry.objects.get(name=self.name)

    def a_day(self, random: Random, day: date) -> dict[str, list[Change]]:
        """Yield what happens in each of its repositories."""
        changes: dict[str, list[Change]] = {}
        for change in self.role.habit(self.content.builds(), random, day):
            changes.setdefault(change.repository, []).append(change)
        return changes

    def apply(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self.content.apply(change)
