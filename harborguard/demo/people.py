"""The demo's users: one for each role, with a password of this demo."""

from __future__ import annotations

from harborguard.access.actor import Actor
from harborguard.access.models import Role
from harborguard.access.people import create_user

ADMIN, DEVELOPER, VIEWER = "admin", "maria", "guest"
ROLES = {ADMIN: Role.ADMIN, DEVELOPER: Role.DEVELOPER, VIEWER: Role.VIEWER}


def create_people(password: str) -> None:
    by = Actor.at_the_command_line()
    for username, role in ROLES.items():
        create_user(by=by, username=username, password=password, role=role)
