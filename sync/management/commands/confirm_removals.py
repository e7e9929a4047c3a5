"""Confirm removals that are held for review."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harborguard.access.actor import Actor
from registries.models import Registry
from sync.runs.lifecycle import SyncInProgress
from sync.services import confirming
from sync.services.confirming import NothingHeld


class Command(BaseCommand):
    help = (
        "Queue a run that checks the held images again and removes those still missing from "
        "the registry."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="name of the connection")

    def handle(self, *args: Any, **options: Any) -> None:
        registry = Registry.objects.filter(name=options["name"]).first()
        if registry is None:
            raise CommandError(f"No registry is called {options['name']!r}")
        try:
            run, held = confirming.confirm_removals(registry.pk, by=Actor.at_the_command_line())
        except NothingHeld as refusal:
            raise CommandError(str(refusal)) from None
        except SyncInProgress as live:
            raise CommandError(f"{live}. Confirm the removals when it has finished") from None
        self.stdout.write(
            f"Run {run.pk} checks {held} held images again and removes those still missing"
        )
