"""The guard in front of a page: signed in, and of at least the role that the page asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from harborguard.access.models import Role, User

P = ParamSpec("P")


def has_role(request: HttpRequest, role: Role) -> bool:
    return isinstance(request.user, User) and request.user.has_role(role)


class AuthenticatedRequest(HttpRequest):
    """A request behind the login: ``user`` is one of ours."""

    user: User


View = Callable[Concatenate[AuthenticatedRequest, P], HttpResponse]
Guarded = Callable[Concatenate[HttpRequest, P], HttpResponse]


def requires_role(role: Role) -> Callable[[View[P]], Guarded[P]]:
    """Refuse with 403 whoever is below ``role``. The login itself is the middleware's."""

    def decorate(view: View[P]) -> Guarded[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            signed_in = cast("AuthenticatedRequest", request)
            if not signed_in.user.has_role(role):
                raise PermissionDenied(f"This needs the role {role.label}.")
            return view(signed_in, *args, **kwargs)

        return guarded

    return decorate
