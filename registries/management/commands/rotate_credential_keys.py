"""Seal every stored credential anew with the first key of HARBORGUARD_CREDENTIAL_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from harborguard.access.actor import Actor
from registries.errors import CredentialUnreadable
from registries.models import Registry
from registries.services import rotate


class Command(BaseCommand):
    help = (
        "Seal every stored credential anew with the first of HARBORGUARD_CREDENTIAL_KEYS; "
        "afterwards the older keys may go. Safe to repeat, and while syncs run."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        by = Actor.at_the_command_line()
        moved, unreadable = 0, []
        for registry in Registry.objects.filter(credential__isnull=False).order_by("name"):
            try:
                moved += rotate(registry, by=by)
            except CredentialUnreadable as error:
                unreadable.append(registry.name)
                self.stderr.write(f"{registry.name}: {error}. {error.hint}")
        self.stdout.write(f"{moved} credentials moved to the active key")
        if unreadable:
            raise CommandError(f"{len(unreadable)} credentials could not be read")
