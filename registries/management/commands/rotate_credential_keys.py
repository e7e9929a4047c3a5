"""Re-encrypt stored secrets with the first of HARBORGUARD_CREDENTIAL_KEYS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from harborguard.access.actor import Actor
from registries.errors import CredentialUnreadable
from registries.models import Registry
from registries.services import rotate
from registries.webhook.setup import reseal


class Command(BaseCommand):
    help = (
        "Re-encrypt all stored credentials and webhook secrets with the first key of "
        "HARBORGUARD_CREDENTIAL_KEYS. Older keys can be removed afterwards. Safe to repeat, "
        "and to run during syncs."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        by = Actor.at_the_command_line()
        credentials = Registry.objects.filter(credential__isnull=False).order_by("name")
        webhooks = Registry.objects.filter(webhook__isnull=False).order_by("name")
        unreadable = self._move("credentials", credentials, partial(rotate, by=by))
        unreadable += self._move("webhooks", webhooks, partial(reseal, by=by))
        if unreadable:
            raise CommandError(f"{unreadable} of them could not be decrypted")

    def _move(
        self, what: str, registries: Iterable[Registry], reseal_one: Callable[[Registry], bool]
    ) -> int:
        """Re-encrypt the rows. Return how many could not be decrypted."""
        moved = unreadable = 0
        for registry in registries:
            try:
                moved += reseal_one(registry)
            except CredentialUnreadable as error:
                unreadable += 1
                self.stderr.write(f"{registry.name}: {error}. {error.hint}")
        self.stdout.write(f"{moved} {what} moved to the active key")
        return unreadable
