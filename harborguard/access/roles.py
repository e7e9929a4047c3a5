"""Which role a request has: its user's, and never more than its key's."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.request import Request

from harborguard.access.models import ApiKey, Role, User


def has_role(request: HttpRequest | Request, role: Role) -> bool:
    key = getattr(request, "auth", None)
    if isinstance(key, ApiKey) and key.role < role:
        return False
    return isinstance(request.user, User) and request.user.has_role(role)


class AuthenticatedRequest(HttpRequest):
    """A request behind the guard: ``user`` is one of ours."""

    user: User
