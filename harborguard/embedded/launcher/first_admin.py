from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from itertools import count

from django.core.exceptions import ValidationError

from harborguard.access.actor import Actor
from harborguard.access.models import Role, User
from harborguard.access.people import admins, create_user

USERNAME = "admin"


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    username: str
    password: str = field(repr=False)


def create_first_admin() -> FirstAdmin | None:
    """Create an admin, and return it; None if somebody can already sign in as admin.

    Service accounts may exist before.
    """
    if admins().exists():
        return None
    made = FirstAdmin(_free_username(), secrets.token_urlsafe(15))
    by = Actor.at_the_command_line()
    try:
        create_user(by=by, username=made.username, password=made.password, role=Role.ADMIN)
    except ValidationError:
        return None  # another installation on the same database was faster
    return made


def _free_username() -> str:
    names = (USERNAME if number == 1 else f"{USERNAME}-{number}" for number in count(1))
    return next(name for name in names if not User.objects.filter(username=name).exists())
