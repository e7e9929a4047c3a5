"""Who does something, and from where. Handed down as ``by`` to whatever changes something."""

from __future__ import annotations

import getpass
from dataclasses import dataclass

from django.http import HttpRequest
from rest_framework.request import Request

from harborguard.access.address import client_address
from harborguard.access.models import ApiKey, User


@dataclass(frozen=True, slots=True)
class Actor:
    """``name`` is the user's, or says which command it was."""

    name: str
    user: User | None = None
    key: ApiKey | None = None
    address: str | None = None
    request_id: str = ""

    @classmethod
    def of(cls, request: HttpRequest | Request) -> Actor:
        """Who sent a request; one that nobody has signed is ``anonymous``."""
        sent = request._request if isinstance(request, Request) else request
        user = request.user if isinstance(request.user, User) else None
        key = getattr(request, "auth", None)
        return cls(
            name=user.get_username() if user else "anonymous",
            user=user,
            key=key if isinstance(key, ApiKey) else None,
            address=client_address(sent),
            request_id=getattr(sent, "request_id", ""),
        )

    @classmethod
    def at_the_command_line(cls) -> Actor:
        """Whoever may run a command here: the operating system knows their name."""
        try:
            name = getpass.getuser()
        except (OSError, KeyError):
            name = "somebody"
        return cls(name=f"{name} at the command line")
