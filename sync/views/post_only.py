"""Views that act only on POST."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from harborguard.access.roles import AuthenticatedRequest

View = Callable[[AuthenticatedRequest, int], HttpResponseBase]


def post_only(view: View) -> View:
    """Redirect a GET to the registry, for someone sent back here by the sign-in page."""

    @wraps(view)
    def guarded(request: AuthenticatedRequest, pk: int) -> HttpResponseBase:
        if request.method != "POST":
            return redirect("registry-detail", pk)
        return view(request, pk)

    return guarded
