"""The role of a request: its user's, and never more than its key's."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.request import Request

from harborguard.access.models import ApiKey, Role, User


def has_role(request: HttpRequest | Request, role: Role) -> bool:
    own = effective_role(request)
    return own is not None and own >= role


def effective_role(request: HttpRequest | Request) -> Role | None:
    """Return the role, or None for anonymous and deactivated users."""
    if not isinstance(request.user, User) or not request.user.is_active:
        return None
    key = getattr(request, "auth", None)
    own = request.user.role
    return Role(min(own, key.role) if isinstance(key, ApiKey) else own)


class AuthenticatedRequest(HttpRequest):
    """A request behind the guard: ``user`` is one of ours."""

    user: User
