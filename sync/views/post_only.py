"""What a page's button does is asked for by POST alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from harborguard.access.roles import AuthenticatedRequest

View = Callable[[AuthenticatedRequest, int], HttpResponseBase]


def post_only(view: View) -> View:
    """A GET does nothing and leads to the registry: whoever pressed the button after the session
    had ended comes here from the login."""

    @wraps(view)
    def guarded(request: AuthenticatedRequest, pk: int) -> HttpResponseBase:
        if request.method != "POST":
            return redirect("registry-detail", pk)
        return view(request, pk)

    return guarded
