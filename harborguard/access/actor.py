"""The actor of a change, passed as ``by`` to every use case."""

from __future__ import annotations

import getpass
from dataclasses import dataclass

from django.http import HttpRequest
from rest_framework.request import Request

from harborguard.access.address import client_address
from harborguard.access.models import ApiKey, User


@dataclass(frozen=True, slots=True)
class Actor:
    """The user or command that makes a change, and its address. ``name`` is the user's, or names
    the command."""

    name: str
    user: User | None = None
    key: ApiKey | None = None
    address: str | None = None
    request_id: str = ""

    @classmethod
    def of(cls, request: HttpRequest | Request) -> Actor:
        """Return the actor of a request; ``anonymous`` if nobody is signed in."""
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
        """Return the operating system user who runs a command."""
        try:
            name = getpass.getuser()
        except (OSError, KeyError):
            name = "somebody"
        return cls(name=f"{name} at the command line")
