from __future__ import annotations

import secrets

from django.db import IntegrityError

from harborguard.access.models import User

USERNAME = "admin"


def create_first_admin() -> str | None:
    """Return the password of the user made, or None where somebody has an account already."""
    if User.objects.exists():
        return None
    password = secrets.token_urlsafe(15)
    try:
        User.objects.create_superuser(USERNAME, password=password)
    except IntegrityError:
        return None  # another installation on the same database was faster
    return password
