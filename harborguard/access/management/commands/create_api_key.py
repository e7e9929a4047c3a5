"""Create an API key, also on an installation where nobody has signed in yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from harborguard.access.actor import Actor
from harborguard.access.keys import create_key
from harborguard.access.models import Role, User
from harborguard.access.people import create_user

_OPTIONS = {"username": "NAME", "name": "NAME", "role": "--role", "user": "--user"}
_MOST_DAYS = 36_500


class Command(BaseCommand):
    help = (
        "Create an API key and print it. It is shown only once. Without --user it gets a "
        "service account of its own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="name of the key, such as ci")
        parser.add_argument("--role", required=True, help=" or ".join(Role.labels))
        parser.add_argument(
            "--user", help="owner of the key; default: a new service account called NAME"
        )
        parser.add_argument("--expires-days", metavar="N", help="default: never")

    def handle(self, *args: Any, **options: Any) -> None:
        role = _role(options["role"])
        expires_at = _expiry(options["expires_days"])
        by = Actor.at_the_command_line()
        try:
            with transaction.atomic():
                owner = _owner(options["name"], options["user"], role, by)
                _, secret = create_key(owner, options["name"], role, by=by, expires_at=expires_at)
        except ValidationError as error:
            raise CommandError(_named(error)) from None
        self.stdout.write(secret)


def _role(word: str) -> Role:
    if word not in Role.labels:
        raise CommandError(f"--role: {word!r} is not a role; choose {', '.join(Role.labels)}")
    return Role[word.upper()]


def _expiry(days: str | None) -> datetime | None:
    if days is None:
        return None
    if not (days.isascii() and days.isdecimal() and 0 < int(days[:9]) <= _MOST_DAYS):
        raise CommandError(
            f"--expires-days: {days!r} is not a number of days from 1 to {_MOST_DAYS}"
        )
    return timezone.now() + timedelta(days=int(days))


def _owner(name: str, user: str | None, role: Role, by: Actor) -> User:
    if user is not None:
        found = User.objects.filter(username=user).first()
        if found is None:
            raise CommandError(f"--user: no account is called {user!r}")
        return found
    if User.objects.filter(username=name).exists():
        raise CommandError(
            f"An account called {name!r} already exists. Create the key for it with --user "
            f"{name}, or choose another name"
        )
    return create_user(by=by, username=name, role=role)


def _named(error: ValidationError) -> str:
    return "; ".join(
        f"{_OPTIONS.get(field, field)}: {' '.join(messages)}"
        for field, messages in error.message_dict.items()
    )
